"""The wall-clock time both sides agreed on, kept when the rules of its zone change."""

from datetime import UTC, datetime

from django.db import IntegrityError
from django.urls import reverse

from appointments.models import Meeting
from appointments.rules import wall_times as rules
from appointments.services import further_guests, meeting_mails, reminding, work_items
from crm import clock, failpoints
from crm.models import Event
from crm.services import live, notifications
from crm.services.accounts import queue_up

TASK_MINUTES = 240
PARTS = ("account", "contact", "host", "setter", "meeting_type", "team", "conversation__mailbox")


def keep_all(limit: int = 5_000) -> int:
    """Every booked meeting to come whose zone has other rules than when it was agreed: how many moved.

    Zone rules come with the `tzdata` package; whoever starts with a newer one finds them here.
    """
    now = clock.now()
    coming = Meeting.objects.filter(state=Meeting.State.BOOKED, starts_at__gt=now).exclude(wall_start="")
    rows = list(coming.order_by("starts_at").values_list("pk", "starts_at", "wall_start", "wall_zone")[:limit])
    return sum(keep(pk) for pk, starts_at, wall, zone in rows if rules.instant(wall, zone) not in (None, starts_at))


@failpoints.commit("hour kept")
def keep(pk: int) -> int:
    """The hour stays, the moment moves: SEQUENCE + 1, reminders anew, guest, host and setter told. 1 where it moved."""
    queue_up(Meeting.objects.values_list("account", flat=True).get(pk=pk))
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related(*PARTS).get(pk=pk)
    start = rules.instant(meeting.wall_start, meeting.wall_zone)
    if start is None or start == meeting.starts_at or not _still_ahead(meeting):
        return 0
    before, shift = meeting.starts_at, start - meeting.starts_at
    columns = {name: getattr(meeting, name) + shift for name in ("starts_at", "ends_at", "busy_from", "busy_until")}
    try:
        with failpoints.commit("moment moved"):
            Meeting.objects.filter(pk=pk).update(**columns, sequence=meeting.sequence + 1, confirmed_at=None)
    except IntegrityError:  # the host has another meeting at that moment now
        return _overlaps(meeting, start)
    meeting.refresh_from_db(fields=[*columns, "sequence", "confirmed_at"])
    _told(meeting, before)
    reminding.plan(meeting)
    meeting_mails.zone_changed(meeting, before)
    further_guests.tell(meeting)
    return 1


def _still_ahead(meeting: Meeting) -> bool:
    return meeting.state == Meeting.State.BOOKED and meeting.starts_at > clock.now()


def _told(meeting: Meeting, before: datetime) -> None:
    why = f"The clock of {meeting.wall_zone} has new rules: from {before.astimezone(UTC):%H:%M} to {meeting.starts_at.astimezone(UTC):%H:%M} UTC."
    Event.record(
        "meeting.zone_changed", by="the clock", subject=meeting, account=meeting.account, contact=meeting.contact,
        team=meeting.team, why=why,
    )  # fmt: skip
    for person in {one for one in (meeting.host, meeting.setter) if one}:
        text = f"{meeting.guest_name}: {meeting_mails.when(meeting, person.zone)} now. {why}"
        notifications.notify(person, "meeting", text[:300], reverse("appointments:meeting", args=[meeting.pk]))
    meeting_mails.tell_host(meeting, f"zone:{meeting.pk}:{meeting.sequence}", f"{meeting}: another moment", why)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


def _overlaps(meeting: Meeting, start: datetime) -> int:
    """It stays at its moment, and a person finds another time; once for each new rule."""
    kind, why = "meeting.zone_overlap", f"Its hour would be {start:%Y-%m-%d %H:%M} UTC now; the host is taken then."
    known = Event.objects.filter(kind=kind, subject_type="appointments.meeting", subject_id=meeting.pk, why=why)
    if not known.exists():
        Event.record(
            kind,
            by="the clock",
            subject=meeting,
            account=meeting.account,
            contact=meeting.contact,
            team=meeting.team,
            why=why,
        )
        work_items.open_task(meeting, "rebook", TASK_MINUTES)
    return 0
