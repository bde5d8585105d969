"""Standing orders: which lists are taken in by themselves, how many a day, and what each day did."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from crm import access, clock, paging, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting import access as own_access
from prospecting.models import Intake
from prospecting.queries import screens
from prospecting.services import intakes
from prospecting.work_forms import WEEKDAYS, IntakeForm

OWN = ("name", "segment", "sequence", "per_day", "weekdays", "owners", "person", "team", "approval")


@require_safe
@policy("member")
def intake_index(request: HttpRequest) -> HttpResponse:
    rows = own_access.visible_intakes(request.user).order_by("name", "pk")
    page = paging.page(rows, keys=("name", "pk"), after=request.GET.get("after", ""))
    days = intakes.next_days(page.rows)
    for row in page.rows:
        row.on, row.next = days_said(row), days[row.pk]
    shown = {"page": page, "today": clock.today(), "may_write": access.holds(request.user, "lead")}
    return render(request, "prospecting/intakes.html", shown)


def days_said(intake: Intake) -> str:
    if intake.weekdays == [0, 1, 2, 3, 4]:
        return "Monday to Friday"
    if len(intake.weekdays) == 7:
        return "every day"
    names = dict(WEEKDAYS)
    return ", ".join(names[day] for day in intake.weekdays)


@policy("lead")
def intake_new(request: HttpRequest) -> HttpResponse:
    form = bound(request, initial={"segment": request.GET.get("segment", "")})
    if request.method == "POST" and form.is_valid():
        try:
            row = intakes.create(by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, f"{row} takes its first accounts on its next day.")
            return redirect("prospecting:intake", row.pk)
    return render(request, "prospecting/intake_edit.html", {"form": form})


def bound(request: HttpRequest, **more: Any) -> IntakeForm:
    segments = screens.enrollable_segments()
    return IntakeForm(request.POST or None, user=request.user, segments=segments, **more)


@policy("member")
def intake(request: HttpRequest, pk: int) -> HttpResponse:
    """What it does, when next, and what each day did."""
    row = own_access.intake_read(request.user, pk)
    page = paging.page(row.days.all(), keys=("day", "pk"), after=request.GET.get("after", ""), size=30, down=True)
    candidates = intakes.candidates(row).order_by()
    shown = {
        "intake": row,
        "on": days_said(row),
        "next": intakes.next_day(row),
        "today": clock.today(),
        "left": paging.count_up_to(candidates),
        "page": page,
        "may_write": access.holds(request.user, "lead"),
    }
    return render(request, "prospecting/intake.html", shown)


@policy("lead")
def intake_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = own_access.intake_read(request.user, pk)
    form = bound(request, initial={name: getattr(row, name) for name in OWN})
    if request.method == "POST" and form.is_valid():
        try:
            intakes.change(row, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, "Changed, from its next day on.")
            return redirect("prospecting:intake", pk)
    return render(request, "prospecting/intake_edit.html", {"form": form, "intake": row})


@require_POST
@policy("lead")
def intake_move(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Pause, resume or stop."""
    row = own_access.intake_read(request.user, pk)
    if what not in ("pause", "resume", "stop"):
        raise Http404
    try:
        if what == "resume":
            intakes.resume(row, by=request.user)
        else:
            {"pause": intakes.pause, "stop": intakes.stop}[what](row, request.POST.get("why", ""), by=request.user)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, {"pause": "Paused.", "resume": "Running again.", "stop": "Stopped for good."}[what])
    return redirect("prospecting:intake", pk)
