"""Meetings in their host's own calendar: one event with one UID each, written after the commit and until it is there."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from appointments.gateways import calendars as gateway
from appointments.models import Calendar, CalendarEntry, Meeting, MeetingSeat
from appointments.models.calendar import ENTRY
from appointments.rules import calendar_event, calendar_trials
from appointments.services import calendars
from crm import clock, links

AT_ONCE = 50
LEASE_SECONDS = 180
LONGEST_WAIT = timedelta(minutes=30)
State = CalendarEntry.State
GONE = (Meeting.State.CANCELLED, Meeting.State.LAPSED)
_CLAIM = """
    WITH due AS MATERIALIZED (
         SELECT id FROM appointments_calendarentry
          WHERE id = ANY(%s) AND (lease_until IS NULL OR lease_until < clock_timestamp())
          ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
    UPDATE appointments_calendarentry taken SET lease_until = clock_timestamp() + make_interval(secs => %s)
      FROM due WHERE taken.id = due.id RETURNING taken.id
"""


def write_due() -> int:
    """Bring hosts' calendars up to the meetings; how many events were written or taken out."""
    now = clock.now()
    _plan(now)
    pks = list(_due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    if not pks:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [pks, AT_ONCE, LEASE_SECONDS])
        claimed = sorted(pk for (pk,) in cursor.fetchall())
    return sum(_done(pk) for pk in claimed)


def _plan(now: datetime) -> None:
    """A row for every seat ahead whose host has a calendar to write into; they are found, not announced."""
    wanted = Calendar.objects.filter(host=OuterRef("host"), writes=True)
    here = CalendarEntry.objects.filter(
        uid=OuterRef("meeting__uid"), calendar__host=OuterRef("host"), calendar__writes=True
    )
    missing = MeetingSeat.objects.filter(
        Exists(wanted), ~Exists(here), meeting__state=Meeting.State.BOOKED, meeting__ends_at__gt=now
    )
    seats = list(missing.select_related("meeting").order_by("starts_at")[:AT_ONCE])
    into = {row.host_id: row for row in Calendar.objects.filter(writes=True, host__in={seat.host_id for seat in seats})}
    CalendarEntry.objects.bulk_create(
        [
            CalendarEntry(calendar=into[seat.host_id], meeting=seat.meeting, uid=seat.meeting.uid, due_at=now)
            for seat in seats
            if seat.host_id in into
        ],
        ignore_conflicts=True,
    )


def _stays() -> Q:
    """The meeting belongs into this calendar: its host sits in it, and it was not called off."""
    seat = MeetingSeat.objects.filter(meeting=OuterRef("meeting"), host=OuterRef("calendar__host"))
    return Q(Exists(seat), calendar__writes=True) & ~Q(meeting__state__in=GONE)


def _due(now: datetime):  # type: ignore[no-untyped-def]
    """To be written: another version than the one there, and still ahead. To be taken out: off, or somebody else's."""
    ahead = Q(meeting__state=Meeting.State.BOOKED, meeting__ends_at__gt=now)
    erased = Q(state=State.WRITTEN, sequence=-1)  # whatever its time
    write = _stays() & (erased | ahead & (~Q(state=State.WRITTEN) | ~Q(sequence=F("meeting__sequence"))))
    rows = CalendarEntry.objects.alias(stays=Exists(CalendarEntry.objects.filter(_stays(), pk=OuterRef("pk"))))
    off = Q(stays=False) & ~Q(state=State.REMOVED)
    return rows.filter(write | off, due_at__lte=now)


def _done(pk: int) -> bool:
    """One claimed entry, outside any transaction: laying the same event under the same address twice changes nothing."""
    entry = CalendarEntry.objects.select_related(
        "calendar__host", "meeting__host", "meeting__account", "meeting__contact", "meeting__meeting_type"
    ).filter(pk=pk).first()  # fmt: skip
    if entry is None:
        return False
    try:
        stays = CalendarEntry.objects.filter(_stays(), pk=pk).exists()
        if stays and entry.meeting:
            _write(entry, entry.meeting)
        else:
            _take_out(entry)
    except gateway.Trouble as trouble:
        _failed(entry, trouble)
        return False
    return True


def _write(entry: CalendarEntry, meeting: Meeting) -> None:
    login = calendars.login_of(entry.calendar)
    href = entry.href or calendar_event.address_in(entry.calendar.url, meeting.uid)
    href = gateway.write(login, href, meeting.uid, calendar_event.text(event_of(meeting), clock.now()))
    columns = {"href": href[:1200], "sequence": meeting.sequence, **_settled()}
    if entry.state == State.WRITTEN:
        CalendarEntry.objects.filter(pk=entry.pk).update(**columns)
    else:
        ENTRY.move(entry, State.WRITTEN, set=columns)


def event_of(meeting: Meeting) -> calendar_event.Held:
    """What the host sees: whom they meet, where, and the page that says the rest."""
    guest = meeting.guest_name
    who = f"{guest}, {meeting.account}" if guest else str(meeting.account)
    page = links.url("appointments:meeting", pk=meeting.pk)
    told = [f"{guest} <{meeting.guest_email}>" if meeting.guest_email else guest, meeting.guest_note, page]
    return calendar_event.Held(
        uid=meeting.uid, sequence=meeting.sequence, starts_at=meeting.starts_at, ends_at=meeting.ends_at,
        summary=f"{meeting.meeting_type}: {who}", location=meeting.place, url=page,
        description="\n\n".join(one for one in told if one),
    )  # fmt: skip


def _take_out(entry: CalendarEntry) -> None:
    if entry.href:
        gateway.remove(calendars.login_of(entry.calendar), entry.href)
    ENTRY.move(entry, State.REMOVED, set={"sequence": -1, **_settled()})


def _settled() -> dict[str, object]:
    return {"tries": 0, "error": "", "lease_until": None, "done_at": clock.now()}


def _failed(entry: CalendarEntry, trouble: gateway.Trouble) -> None:
    """Tried again, ever less often, for as long as the meeting is ahead."""
    why = calendar_trials.explain(trouble.kind, trouble.said, host=calendars.host_of(entry.calendar.url))
    wait = min(timedelta(minutes=2 ** min(entry.tries, 5)), LONGEST_WAIT)
    CalendarEntry.objects.filter(pk=entry.pk).update(
        tries=entry.tries + 1, error=why, due_at=clock.now() + wait, lease_until=None
    )
