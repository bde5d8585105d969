"""A week of several hosts: their hours, meetings and what else keeps them busy, read in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.models import BusyTime, CalendarConflict
from appointments.queries import visible_meetings
from appointments.rules.week_page import Day, day_of
from appointments.services import calendar_reading
from appointments.services.hosts import Hours, busy_of
from crm import clock
from crm.models import User
from crm.rules.working_time import Interval, merged, to_utc


@dataclass(frozen=True)
class HostWeek:
    """One host's days; `unread` names a calendar of theirs that cannot be read."""

    host: User
    days: list[Day]
    unread: str = ""


def weeks(hosts: Sequence[User], first: date, days: int, *, reader: User, zone: ZoneInfo) -> list[HostWeek]:
    """Local days of `zone`; a meeting the reader may not see is a busy time to them."""
    now = clock.now()
    start, end = to_utc(first, time(), zone), to_utc(first + timedelta(days=days), time(), zone)
    ids = [host.pk for host in hosts]
    hours = Hours(ids, first - timedelta(days=2))
    seats = list(
        busy_of(ids, start, end, now).select_related("meeting__account", "meeting__contact", "meeting__meeting_type")
    )
    ours = visible_meetings(reader).filter(pk__in=[seat.meeting_id for seat in seats])
    seen = set(ours.values_list("pk", flat=True))
    marked = set(CalendarConflict.objects.filter(meeting__in=seen, over_at=None).values_list("meeting", flat=True))
    busy: dict[int, list[Interval]] = {}
    met: dict[int, list[tuple[Interval, object]]] = {}
    for seat in seats:
        span = seat.meeting.starts_at, seat.meeting.ends_at
        if seat.meeting_id in seen:
            seat.meeting.clashes = seat.meeting_id in marked  # type: ignore[attr-defined]
            met.setdefault(seat.host_id, []).append((span, seat.meeting))
        else:
            busy.setdefault(seat.host_id, []).append(span)
    calendars = BusyTime.objects.filter(host__in=ids, starts_at__lt=end, ends_at__gt=start)
    for host, begins, ends in calendars.values_list("host", "starts_at", "ends_at"):
        busy.setdefault(host, []).append((begins, ends))
    unread = calendar_reading.unread_of(ids, now)
    whole = range(-1, days + 1)
    return [
        HostWeek(
            host,
            [
                day_of(
                    first + timedelta(days=n), zone,
                    merged(span for m in whole for span in hours.stretches(host, first + timedelta(days=m))),
                    _busy(busy.get(host.pk, []), host, unread, now, end), met.get(host.pk, []),
                )
                for n in range(days)
            ],
            unread.get(host.pk, ""),
        )
        for host in hosts
    ]  # fmt: skip


def _busy(found: list[Interval], host: User, unread: dict[int, str], now: datetime, end: datetime) -> list[Interval]:
    """A calendar nobody can read takes all the time ahead, and so does being away."""
    more = [(now, end)] if host.pk in unread and now < end else []
    if host.away_until and host.away_until > now:
        more.append((now, host.away_until))
    return [*found, *more]
