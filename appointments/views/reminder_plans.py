"""How one kind of meeting is reminded of and confirmed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from appointments import access
from appointments.forms_reminders import ReminderPlanForm
from appointments.services import reminder_plans
from crm import toasts
from crm.access import policy
from crm.rules import saying


@require_http_methods(["GET", "HEAD", "POST"])
@policy("lead")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    kind = access.meeting_type_write(request.user, pk)
    data = request.POST if request.method == "POST" else None
    form = ReminderPlanForm(data, kind=kind, current=reminder_plans.current(kind))
    if request.method == "POST" and form.is_valid():
        planned = reminder_plans.keep(kind, form.rules, by=request.user)
        also = f" {saying.count(planned, 'booked meeting')} planned anew." if planned else ""
        toasts.say(request, f"The reminders of “{kind}” are kept.{also}")
        return redirect("appointments:booking_pages")
    context = {"type": kind, "form": form, "rows": form.rows()}
    return render(request, "appointments/reminder_plan.html", context, status=400 if form.errors else 200)
