"""The figures the funnel compares with; leads change them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from appointments.forms import FiguresForm
from appointments.services import figures
from crm import toasts
from crm.access import policy


@require_http_methods(["GET", "HEAD", "POST"])
@policy("lead")
def edit(request: HttpRequest) -> HttpResponse:
    form = FiguresForm(request.POST if request.method == "POST" else None, initial=FiguresForm.shown(figures.figures()))
    if request.method == "POST" and form.is_valid():
        figures.change(form.benchmarks, form.costs, form.cleaned_data["currency"], by=request.user)
        toasts.say(request, "The figures are kept. The funnel compares with them from now on.")
        return redirect("appointments:funnel")
    return render(request, "appointments/figures.html", {"form": form}, status=400 if form.errors else 200)
