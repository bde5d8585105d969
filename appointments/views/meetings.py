"""Meetings: the list, and one meeting with what was answered, proposed and came of it."""

import datetime as dt
import zoneinfo
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_POST, require_safe

from appointments import access, queries
from appointments.filters import MeetingFilter
from appointments.forms import CancelForm, FurtherGuestForm, HeldForm, MoveForm, NoShowForm
from appointments.models import Meeting, Recovery
from appointments.services import booking, further_guests, no_show_risk, offers, outcomes, rsvp
from appointments.views import counters, qualification
from appointments.views.no_shows import recovery_words
from crm import clock, toasts
from crm.access import policy
from crm.lookups import dressed
from crm.models import User
from crm.paging import page
from crm.rules import saying
from crm.views import timeline
from crm.views.back import back_to

S = Meeting.State
TABS = {"": "Coming", "today": "Today", "missing": "Was it held?", "past": "Past", "all": "All"}


@require_safe
@policy("member")
def meetings(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    when = request.GET.get("when", "")
    when = when if when in TABS else ""
    seen = access.visible_meetings(request.user)
    found = MeetingFilter(
        request.GET, queries.meetings_when(seen, when, now).select_related("account", "contact", "host", "meeting_type")
    )
    found.form.fields["host"].queryset = hosts_of(request.user)
    down = when in ("past", "all", "missing")
    rows = page(found.qs, keys=("starts_at", "pk"), after=request.GET.get("after", ""), down=down)
    no_show_risk.told(rows.rows)
    missing = queries.meetings_when(seen, "missing", now).count()
    unsure = queries.to_confirm(seen, now).filter(confirmed_at=None).count()
    context = {
        "filter": found,
        "page": rows,
        "groups": by_day(rows.rows, now),
        "when": when,
        "tabs": [tab(key, name, when, missing) for key, name in TABS.items()],
        "sentence": f"{saying.count(missing, 'meeting waits', 'meetings wait')} for someone to say whether it was held."
        if missing
        else "What was booked, and what became of it.",
        "unsure": unsure,
        "inbox_url": reverse("appointments:inbox"),
    }
    return render(request, "appointments/meetings.html", context)


def tab(key: str, name: str, when: str, missing: int) -> dict[str, Any]:
    address = reverse("appointments:meetings")
    url = f"{address}?when={key}" if key else address
    return {"name": name, "url": url, "here": key == when, "count": missing if key == "missing" and missing else None}


def hosts_of(user: User) -> QuerySet[User]:
    people = User.objects.filter(is_active=True)
    return people if user.is_admin else people.filter(team=user.team_id)


def by_day(rows: list[Meeting], now: dt.datetime) -> list[dict[str, Any]]:
    today = timezone.localtime(now).date()
    days: dict[str, list[Meeting]] = {}
    for meeting in rows:
        days.setdefault(capfirst(saying.day(timezone.localtime(meeting.starts_at).date(), today)), []).append(meeting)
    return [{"name": name, "items": items} for name, items in days.items()]


@require_safe
@policy("member")
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, access.meeting_read(request.user, pk))


def show(request: HttpRequest, row: Meeting, *, status: int = 200, **forms: Any) -> HttpResponse:
    now = clock.now()
    over = row.ends_at <= now
    events = access.events_of(row)
    found = Recovery.objects.filter(meeting=row).first()
    no_show_risk.told([row])
    context = {
        "meeting": row,
        "minutes": row.ends_at - row.starts_at,
        "over": over,
        "missing": over and row.state == S.BOOKED,
        "correcting": correcting(row),
        "question": question(row, over),
        "may_write": row.state in (S.BOOKED, S.HELD, S.NO_SHOW),
        "can": allowed(row, over),
        "theirs": theirs(row),
        "held_form": HeldForm(people=outcomes.may_stand_in(row), host=row.host, correcting=correcting(row)),
        "no_show_form": NoShowForm(initial={"side": "guest"}, correcting=correcting(row)),
        "move_form": MoveForm(slots=choices(row, now) if row.state == S.BOOKED else []),
        "cancel_form": CancelForm(),
        "called_off_form": CancelForm(),
        "counter": counters.shown(row, now),
        "rsvps": row.rsvps.order_by("address"),
        "guests": list(row.guests.select_related("contact")),
        "hosts": [seat.host for seat in row.seats.select_related("host").order_by("pk")],
        "suggested": further_guests.suggested(row) if row.state == S.BOOKED and not over else [],
        "guest_form": FurtherGuestForm(),
        "recovery": found,
        "recovery_says": recovery_words(found) if found else "",
        "reminders": row.reminders.filter(for_sequence=row.sequence).order_by("due_at"),
        "days": timeline.days(dressed(events).order_by("-at", "-id")[:50]),
        "item": row.work_item,
        "qualification": qualification.standing(row.account, row.enrollment, request.user),
        **forms,
    }
    return render(request, "appointments/meeting.html", context, status=status)


def question(row: Meeting, over: bool) -> dict[str, str]:
    if row.state in (S.HELD, S.NO_SHOW):
        return {"title": "The outcome", "text": "Said wrongly? Change it with a reason; both stay on the timeline."}
    if over:
        return {"title": "Was it held?", "text": f"{row.host} has not said. Until someone does, it does not count."}
    return {
        "title": "What changes?",
        "text": "It has not begun. A move keeps the invitation and plans the reminders anew.",
    }


def correcting(row: Meeting) -> bool:
    """An outcome that was said is changed with a reason only."""
    return row.state in (S.HELD, S.NO_SHOW)


def allowed(row: Meeting, over: bool) -> dict[str, bool]:
    booked = row.state == S.BOOKED
    begun = row.starts_at <= clock.now()
    return {
        "held": (booked and begun) or row.state == S.NO_SHOW,
        "no_show": (booked and begun) or row.state == S.HELD,
        "confirm": booked and not over and not row.confirmed_at,
        "move": booked,
        "cancel": booked and not over,
        "called_off": booked and over,
    }


def theirs(row: Meeting) -> str:
    """The start as the guest's clock shows it, where their zone is another than the reader's."""
    if not row.guest_zone:
        return ""
    try:
        local = row.starts_at.astimezone(zoneinfo.ZoneInfo(row.guest_zone))
    except zoneinfo.ZoneInfoNotFoundError:
        return ""
    return f"{local:%H:%M} in {row.guest_zone.rpartition('/')[2].replace('_', ' ')}"


def choices(row: Meeting, now: dt.datetime) -> list[tuple[str, str]]:
    """Free times for a move with the same host."""
    free = offers.free_slots(row.meeting_type, now=now, team_id=row.team_id, host=row.host, but=row)
    today = timezone.localtime(now).date()
    return [(slot.start.isoformat(), saying.moment(timezone.localtime(slot.start), today)) for slot in free[:300]]


@require_POST
@policy("member")
def held(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.meeting_write(request.user, pk)
    form = HeldForm(request.POST, people=outcomes.may_stand_in(row), host=row.host, correcting=correcting(row))
    if not form.is_valid():
        return show(request, row, status=400, held_form=form)
    said = form.cleaned_data
    outcomes.mark_held(
        row, by=request.user, why=said["why"], next=said["next"], rest_until=said["rest_until"], held_by=said["held_by"]
    )
    toasts.say(request, f"Held: {row.account}.")
    return back(request, row)


@require_POST
@policy("member")
def no_show(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.meeting_write(request.user, pk)
    form = NoShowForm(request.POST, correcting=correcting(row))
    if not form.is_valid():
        return show(request, row, status=400, no_show_form=form)
    outcomes.mark_no_show(row, side=form.cleaned_data["side"], by=request.user, why=form.cleaned_data["why"])
    toasts.say(request, f"No-show kept. {row.account} is asked for a new time.")
    return back(request, row)


@require_POST
@policy("member")
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.meeting_write(request.user, pk)
    booking.confirm(row, by=request.user)
    toasts.say(request, f"{row.guest_name or row.account} will be there.")
    return back(request, row)


@require_POST
@policy("member")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.meeting_write(request.user, pk)
    form = MoveForm(request.POST, slots=choices(row, clock.now()))
    if not form.is_valid():
        return show(request, row, status=400, move_form=form)
    booking.move(row, form.cleaned_data["at"], by=request.user)
    toasts.say(request, "Moved. The new invitation is on its way.")
    return back(request, row)


@require_POST
@policy("member")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.meeting_write(request.user, pk)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return show(request, row, status=400, cancel_form=form)
    booking.cancel(row, reason=form.cleaned_data["reason"], by=request.user)
    toasts.say(request, "Cancelled. The guest is told.")
    return back(request, row)


@require_POST
@policy("member")
def guest(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask somebody else along."""
    row = access.meeting_write(request.user, pk)
    form = FurtherGuestForm(request.POST)
    if not form.is_valid():
        return show(request, row, status=400, guest_form=form)
    said = form.cleaned_data
    added = further_guests.add(row, name=said["name"], email=said["email"], by=request.user)
    toasts.say(request, f"{added} gets the invitation.")
    return back(request, row)


@require_POST
@policy("member")
def void_links(request: HttpRequest, pk: int) -> HttpResponse:
    """The guest's links of this meeting open nothing any more; the next mail carries a new one."""
    row = access.meeting_write(request.user, pk)
    booking.void_links(row, by=request.user)
    toasts.say(request, "The guest's links are void. The next message carries a new one.")
    return back(request, row)


@require_POST
@policy("member")
def called_off(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.meeting_write(request.user, pk)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return show(request, row, status=400, called_off_form=form)
    outcomes.mark_cancelled(row, by=request.user, why=form.cleaned_data["reason"])
    toasts.say(request, "Kept: it had been called off.")
    return back(request, row)


@require_POST
@policy("member")
def answer_counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the other time a guest's calendar proposes, or keep the one that was agreed."""
    proposal = access.counter_write(request.user, pk)
    if request.POST.get("do") == "accept":
        rsvp.accept(proposal, by=request.user)
        toasts.say(request, "Moved to the time they proposed. The new invitation is on its way.")
    else:
        rsvp.refuse(proposal, by=request.user)
        toasts.say(request, "The time stays. Their calendar is told.")
    return back(request, proposal.meeting)


def back(request: HttpRequest, row: Meeting) -> HttpResponse:
    return redirect(back_to(request, reverse("appointments:meeting", args=[row.pk])))
