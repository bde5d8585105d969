"""When a host can be booked, and the calendars that say when they cannot: one's own, and those one keeps for others."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from appointments import access
from appointments.calendar_forms import CalendarForm, ExceptionForm
from appointments.forms import AvailabilityForm, VacationForm
from appointments.models import Availability, Calendar, HoursException, Vacation
from appointments.services import calendar_reading, calendars, hours
from crm import clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.forms import HoursForm
from crm.models import User
from crm.services import people


@require_safe
@policy("member")
def mine(request: HttpRequest) -> HttpResponse:
    return show(request, access.host_write(request.user, request.user.pk))


@require_safe
@policy("member")
def of_host(request: HttpRequest, host: int) -> HttpResponse:
    return show(request, access.host_write(request.user, host))


def show(request: HttpRequest, host: User, *, status: int = 200, **forms: Any) -> HttpResponse:
    own = Availability.objects.filter(host=host).first() or Availability(host=host)
    today = clock.now().astimezone(ZoneInfo(host.zone)).date()
    context = {
        "host": host,
        "own": host.pk == request.user.pk,
        "may_connect": access.may_connect(request.user, host),
        "hours_form": HoursForm(initial=HoursForm.initial_of(host)),
        "limits": AvailabilityForm(instance=own),
        "exceptions": hours.exceptions_of(host, today),
        "exception_form": ExceptionForm(),
        "vacations": Vacation.objects.filter(host=host, last_day__gte=today).order_by("first_day"),
        "away": VacationForm(),
        "calendars": Calendar.objects.filter(host=host).order_by("name", "pk"),
        "conflicts": calendar_reading.conflicts_of(host)[:50],
        "calendar_form": CalendarForm(),
        **forms,
    }
    return render(request, "appointments/hours.html", context, status=status)


def back(request: HttpRequest, host: User) -> HttpResponse:
    if host.pk == request.user.pk:
        return redirect("appointments:hours")
    return redirect("appointments:hours_of", host.pk)


@require_POST
@policy("member")
def week(request: HttpRequest, host: int) -> HttpResponse:
    person = access.host_write(request.user, host)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return show(request, person, status=400, hours_form=form)
    people.set_hours(person, form.rows())
    toasts.say(request, "The weekly hours are kept.")
    return back(request, person)


@require_POST
@policy("member")
def limits(request: HttpRequest, host: int) -> HttpResponse:
    person = access.host_write(request.user, host)
    own = Availability.objects.filter(host=person).first() or Availability(host=person)
    form = AvailabilityForm(request.POST, instance=own)
    if not form.is_valid():
        return show(request, person, status=400, limits=form)
    form.save()
    toasts.say(request, "The limits are kept.")
    return back(request, person)


@require_POST
@policy("member")
def exception_new(request: HttpRequest, host: int) -> HttpResponse:
    person = access.host_write(request.user, host)
    form = ExceptionForm(request.POST)
    if not form.is_valid():
        return show(request, person, status=400, exception_form=form)
    hours.except_on(person, form.cleaned_data["day"], form.stretches(), reason=form.cleaned_data["reason"])
    toasts.say(request, "The day is kept.")
    return back(request, person)


@require_POST
@policy("member")
def exception_drop(request: HttpRequest, host: int, pk: int) -> HttpResponse:
    person = access.host_write(request.user, host)
    row = get_object_or_404(HoursException, pk=pk, host=person)
    hours.as_usual(person, row.day)
    toasts.say(request, "The usual hours hold on that day.")
    return back(request, person)


@require_POST
@policy("member")
def away_new(request: HttpRequest, host: int) -> HttpResponse:
    person = access.host_write(request.user, host)
    form = VacationForm(request.POST, instance=Vacation(host=person))
    if not form.is_valid():
        return show(request, person, status=400, away=form)
    form.save()
    toasts.say(request, "These days are kept free.")
    return back(request, person)


@require_POST
@policy("member")
def away_drop(request: HttpRequest, host: int, pk: int) -> HttpResponse:
    person = access.host_write(request.user, host)
    get_object_or_404(Vacation, pk=pk, host=person).delete()
    toasts.say(request, "These days can be booked again.")
    return back(request, person)


# Calendars --------------------------------------------------------------------------------------------------------


@require_POST
@policy("member")
def connect(request: HttpRequest, host: int) -> HttpResponse:
    """Tried at once; what was typed stays on the page when it does not work, but for the password."""
    person = access.host_connect(request.user, host)
    form = CalendarForm(request.POST)
    if not form.is_valid():
        return show(request, person, status=400, calendar_form=form)
    try:
        found = calendars.connect(person, form.typed(), by=request.user, writes=form.cleaned_data["writes"])
    except Refused as refused:
        form.add_error("url", str(refused))
        return show(request, person, status=400, calendar_form=form)
    calendar_reading.read_now(found)
    names = ", ".join(row.name for row in found)
    toasts.say(request, f"Connected: {names}.")
    return back(request, person)


@require_POST
@policy("member")
def calendar_act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Read it now, let it count or not, write into it or not, take it away."""
    row = access.calendar_write(request.user, pk)
    if what == "read":
        read = calendar_reading.read_now([row])
        row.refresh_from_db()
        toasts.say(request, f"“{row.name}” was read.") if read else toasts.refuse(
            request, row.error or "It is being read."
        )
    elif what == "busy":
        calendars.count_as_busy(row, request.POST.get("on") == "1", by=request.user)
        toasts.say(
            request, f"“{row.name}” counts." if request.POST.get("on") == "1" else f"“{row.name}” no longer counts."
        )
    elif what == "write":
        calendars.write_into(row, request.POST.get("on") == "1", by=request.user)
        toasts.say(
            request, "Meetings go into it." if request.POST.get("on") == "1" else "Meetings are no longer written."
        )
    else:
        calendars.take_away(row, by=request.user)
        toasts.say(request, f"“{row.name}” is taken away.")
    return back(request, row.host)
