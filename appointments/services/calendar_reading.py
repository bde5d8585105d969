"""Reading hosts' calendars: busy times are kept in the database, and a calendar nobody can read keeps its host busy."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.urls import reverse

from appointments.gateways import calendars as gateway
from appointments.models import BusyTime, Calendar, CalendarConflict, Meeting
from appointments.rules import busy as rules
from appointments.rules import calendar_trials
from appointments.services import calendars
from crm import clock
from crm.models import Event, Organisation, User
from crm.rules import saying
from crm.services import live, notifications

EVERY = timedelta(minutes=5)
STALE = timedelta(minutes=2)  # older than that it is read again before a meeting is booked
TOO_OLD = timedelta(hours=1)  # nobody has read it for so long: what it says now, nobody knows
BEHIND, AHEAD = timedelta(days=14), timedelta(days=190)
LONGEST_WAIT = timedelta(minutes=15)
LEASE_SECONDS = 120
AT_ONCE = 20
SIDE_BY_SIDE = 8
HURRY_SECONDS = 6.0  # somebody waits
_CLAIM = """
    WITH due AS MATERIALIZED (
         SELECT id FROM appointments_calendar
          WHERE (id = ANY(%s) OR (%s AND due_at <= %s)) AND busy
            AND (lease_until IS NULL OR lease_until < clock_timestamp())
          ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
    UPDATE appointments_calendar taken SET lease_until = clock_timestamp() + make_interval(secs => %s)
      FROM due WHERE taken.id = due.id RETURNING taken.id
"""


def read_due() -> int:
    """Calendars whose time has come, each by one worker; how many were read."""
    return _read(_claim([], due=True), gateway.ALTOGETHER_SECONDS)


def read_now(rows: Iterable[Calendar], *, seconds: float = gateway.ALTOGETHER_SECONDS) -> int:
    """These at once, unless another worker is reading them."""
    return _read(_claim([row.pk for row in rows], due=False), seconds)


def freshen(hosts: Iterable[User | int]) -> None:
    """Before a meeting is booked: read again what was read more than two minutes ago. Before any transaction begins."""
    old = Calendar.objects.filter(host__in=list(hosts), busy=True).exclude(read_at__gt=clock.now() - STALE)
    read_now(old.exclude(failures__gt=0, due_at__gt=clock.now())[:AT_ONCE], seconds=HURRY_SECONDS)


def _claim(pks: list[int], *, due: bool) -> list[int]:
    if not pks and not due:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [pks, due, clock.now(), AT_ONCE, LEASE_SECONDS])
        return [pk for (pk,) in cursor.fetchall()]


def _read(pks: list[int], seconds: float) -> int:
    """Claimed calendars: asked side by side outside any transaction, then kept whole one by one; how many could be read."""
    rows = list(Calendar.objects.select_related("host").filter(pk__in=pks))
    if not rows:
        return 0
    now = clock.now()
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(rows))) as pool:
        answers = list(pool.map(lambda row: _asked(row, now, seconds), rows))
    for row, found in zip(rows, answers, strict=True):
        if isinstance(found, str):
            _failed(row, found)
        else:
            _keep(row, found)
    return sum(not isinstance(found, str) for found in answers)


def _asked(calendar: Calendar, now: datetime, seconds: float) -> rules.Reading | str:
    """What it says, or why it cannot be read; touches no database."""
    begin, end, zone = now - BEHIND, now + AHEAD, ZoneInfo(calendar.host.zone)
    try:
        login = replace(calendars.login_of(calendar), seconds=seconds)
        feed = calendar.kind == Calendar.Kind.FEED
        texts = [gateway.feed(login)] if feed else gateway.events(login, begin, end)
        readings = [rules.read(text, begin, end, zone, address=calendar.host.email) for text in texts]
    except gateway.Trouble as trouble:
        return calendar_trials.explain(trouble.kind, trouble.said, host=calendars.host_of(calendar.url))
    except rules.Unreadable as bad:
        return str(bad)
    return rules.Reading([one for found in readings for one in found.busy], sum(found.skipped for found in readings))


@transaction.atomic
def _keep(calendar: Calendar, found: rules.Reading) -> None:
    """The busy times of before make room; meetings of ours in it take their time here already."""
    rows = Calendar.objects.select_for_update(of=("self",)).select_related("host")
    locked = rows.filter(pk=calendar.pk).first()
    if locked is None or not locked.busy:
        return
    uids = {one.uid for one in found.busy}
    own = frozenset(Meeting.objects.filter(uid__in=uids).values_list("uid", flat=True))
    wanted = set(rules.stretches(found.busy, own))
    here = {(row.starts_at, row.ends_at): row.pk for row in locked.busy_times.all()}
    BusyTime.objects.filter(pk__in=[pk for key, pk in here.items() if key not in wanted]).delete()
    BusyTime.objects.bulk_create(
        BusyTime(calendar=locked, host_id=locked.host_id, starts_at=start, ends_at=end)
        for start, end in sorted(wanted - here.keys())
    )
    now = clock.now()
    Calendar.objects.filter(pk=locked.pk).update(
        read_at=now, due_at=now + EVERY, error="", failing_since=None, failures=0, told_at=None,
        skipped=found.skipped, lease_until=None,
    )  # fmt: skip
    look_for_conflicts(locked)
    live.tell("calendar", user=locked.host_id)


@transaction.atomic
def _failed(calendar: Calendar, why: str) -> None:
    """Tried again soon, then less often; the host is told once, and not of a single stumble."""
    row = Calendar.objects.select_for_update(of=("self",)).select_related("host").filter(pk=calendar.pk).first()
    if row is None:
        return
    now = clock.now()
    row.failures, row.error, row.failing_since = row.failures + 1, why[:300], row.failing_since or now
    row.due_at = now + min(timedelta(minutes=2 ** min(row.failures - 1, 5)), LONGEST_WAIT)
    row.lease_until = None
    if row.told_at is None and row.failures > 1:
        row.told_at = now
        means = "You count as busy until it can." if _unread_is_busy() else "What was last read counts."
        notifications.notify(
            row.host, "calendar", f"“{row.name}” cannot be read. {row.error} {means}", reverse("appointments:hours")
        )
    row.save()


# What is known ----------------------------------------------------------------------------------------------------


def _unread_is_busy() -> bool:
    found = Organisation.objects.values_list("unread_calendars_busy", flat=True).first()
    return True if found is None else found


def unread_of(hosts: Iterable[int], now: datetime) -> dict[int, str]:
    """Hosts with a calendar that cannot be read, and its name: they count as busy, unless the organisation says otherwise."""
    rows = Calendar.objects.filter(host__in=list(hosts), busy=True)
    found = [
        (host, name)
        for host, name, error, read_at in rows.values_list("host", "name", "error", "read_at")
        if error or read_at is None or read_at < now - TOO_OLD
    ]
    return dict(found) if found and _unread_is_busy() else {}


# Conflicts (they are marked, never solved by force) ---------------------------------------------------------------


def look_for_conflicts(calendar: Calendar) -> None:
    """Booked meetings that something else in the calendar overlaps: marked, told to the host once, and cleared again."""
    now = clock.now()
    coming = Meeting.objects.filter(seats__host=calendar.host_id, state=Meeting.State.BOOKED, ends_at__gt=now)
    marked = {row.meeting_id: row for row in CalendarConflict.objects.filter(calendar=calendar, over_at=None)}
    still = set()
    for meeting in coming.select_related("host", "account", "contact", "team", "meeting_type"):
        clash = (
            BusyTime.objects.filter(calendar=calendar, starts_at__lt=meeting.ends_at, ends_at__gt=meeting.starts_at)
            .order_by("starts_at")
            .first()
        )
        if clash:
            still.add(meeting.pk)
            if meeting.pk not in marked:
                _mark(meeting, calendar, clash, now)
    over = [row.pk for meeting, row in marked.items() if meeting not in still]
    CalendarConflict.objects.filter(pk__in=over).update(over_at=now)


def _mark(meeting: Meeting, calendar: Calendar, clash: BusyTime, now: datetime) -> None:
    CalendarConflict.objects.create(
        meeting=meeting, calendar=calendar, starts_at=clash.starts_at, ends_at=clash.ends_at, found_at=now
    )
    local = meeting.starts_at.astimezone(ZoneInfo(calendar.host.zone))
    when = saying.moment(local, now.astimezone(local.tzinfo).date())
    why = f"“{calendar.name}” has something else then. The meeting stands; move it or make room."
    Event.record(
        "meeting.conflict", by="the calendar", subject=meeting, account=meeting.account, contact=meeting.contact,
        team=meeting.team, why=why,
    )  # fmt: skip
    notifications.notify(
        calendar.host, "meeting", f"{meeting.guest_name or meeting.account}, {when}: {why}",
        reverse("appointments:meeting", args=[meeting.pk]),
    )  # fmt: skip
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


def conflicts_of(host: Any) -> Any:
    rows = CalendarConflict.objects.filter(
        calendar__host=host, over_at=None, meeting__state=Meeting.State.BOOKED, meeting__ends_at__gt=clock.now()
    )
    return rows.select_related("meeting__account", "meeting__meeting_type", "calendar").order_by("meeting__starts_at")
