"""Who can hold a meeting, when they are free, and whose turn it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from appointments.models import Availability, BusyTime, HoursException, Meeting, MeetingHost, MeetingType, Vacation
from appointments.rules.slots import Limits, Week, free_slots
from appointments.services import calendar_reading
from crm.models import User, WorkingHours
from crm.rules.working_time import Interval, holidays_of

S = Meeting.State
LOAD_DAYS = 30


@dataclass(frozen=True)
class Slot:
    """A start, in UTC, and who would hold it."""

    start: datetime
    host_id: int


def hosts_of(meeting_type: MeetingType, *, team_id: int | None = None) -> list[User]:
    """Those named for the type; without any, the team's executives, else its leads."""
    named = [row.user for row in MeetingHost.objects.filter(meeting_type=meeting_type).select_related("user")]
    if named:
        return [user for user in named if user.is_active]
    team = meeting_type.team_id or team_id
    people = User.objects.filter(team=team, is_active=True)
    return list(people.filter(job=User.Job.EXECUTIVE)) or list(people.filter(job=User.Job.LEAD))


def taking_time(now: datetime) -> Q:
    """Meetings that take time: all with an outcome ahead or behind, and pencils that have not run out."""
    return Q(state__in=[S.BOOKED, S.HELD, S.NO_SHOW]) | Q(state=S.PENCILLED, pencilled_until__gt=now)


def busy_of(hosts: Iterable[int], start: datetime, end: datetime, now: datetime) -> QuerySet[Meeting]:
    return Meeting.objects.filter(taking_time(now), host__in=list(hosts), busy_from__lt=end, busy_until__gt=start)


class Hours:
    """When hosts can be booked by their week, exceptions, vacations and holidays, in a constant number of queries."""

    def __init__(self, hosts: Sequence[int], since: date) -> None:
        self.week: dict[int, dict[int, list]] = {}
        for row in WorkingHours.objects.filter(user__in=hosts):
            self.week.setdefault(row.user_id, {}).setdefault(row.weekday, []).append((row.start, row.end))
        self.exceptions: dict[int, dict[date, list]] = {}
        for special in HoursException.objects.filter(host__in=hosts, day__gte=since):
            stretches = self.exceptions.setdefault(special.host_id, {}).setdefault(special.day, [])
            if special.start and special.end:
                stretches.append((special.start, special.end))
        self.days_off: dict[int, set[date]] = {}
        for away in Vacation.objects.filter(host__in=hosts, last_day__gte=since):
            self.days_off.setdefault(away.host_id, set()).update(_days(away.first_day, away.last_day))

    def of(self, host: User) -> dict[str, Any]:
        """A host's part of `Week`."""
        return {
            "zone": ZoneInfo(host.zone), "hours": self.week.get(host.pk, {}), "exceptions": self.exceptions.get(host.pk, {}),
            "days_off": self.days_off.get(host.pk, set()), "holidays": holidays_of(host.country),
        }  # fmt: skip

    def stretches(self, host: User, day: date) -> list[Interval]:
        return Week(**self.of(host)).stretches(day)


class Diary:
    """Hours, limits and busy times of several hosts, read in a constant number of queries."""

    def __init__(
        self, hosts: Sequence[User], meeting_type: MeetingType, now: datetime, but: Meeting | None = None
    ) -> None:
        self.hosts, self.meeting_type, self.now = list(hosts), meeting_type, now
        ids = [host.pk for host in hosts]
        self.limits_rows = {row.host_id: row for row in Availability.objects.filter(host__in=ids)}
        self.hours = Hours(ids, now.date() - timedelta(days=1))
        self._read_busy(ids, now, but)

    def _read_busy(self, ids: list[int], now: datetime, but: Meeting | None) -> None:
        self.busy: dict[int, list[Interval]] = {}
        self.starts: dict[int, list[datetime]] = {}
        rows = busy_of(ids, now - timedelta(days=2), now + timedelta(days=120), now)
        rows = rows.exclude(pk=but.pk) if but else rows
        for host, start, busy_from, busy_until in rows.values_list("host", "starts_at", "busy_from", "busy_until"):
            self.busy.setdefault(host, []).append((busy_from, busy_until))
            self.starts.setdefault(host, []).append(start)
        self._read_calendars(ids, now)

    def _read_calendars(self, ids: list[int], now: datetime) -> None:
        """What hosts do besides; a calendar that cannot be read keeps its host busy throughout (fail closed)."""
        unread = calendar_reading.unread_of(ids, now)
        self.unread = unread
        rows = BusyTime.objects.filter(host__in=ids, ends_at__gt=now - timedelta(days=2))
        for host, start, end in rows.values_list("host", "starts_at", "ends_at"):
            self.busy.setdefault(host, []).append((start, end))
        for host in unread:
            self.busy.setdefault(host, []).append((now - timedelta(days=2), now + timedelta(days=400)))

    def limits(self, host: User) -> Limits:
        row, kind = self.limits_rows.get(host.pk) or Availability(host=host), self.meeting_type
        return Limits(
            **self.hours.of(host), minutes=kind.minutes, step=min(30, kind.minutes),
            buffer_before=kind.buffer_before, buffer_after=kind.buffer_after, notice_hours=row.notice_hours,
            horizon_days=row.horizon_days, daily_maximum=row.daily_maximum,
        )  # fmt: skip

    def free(self, host: User) -> list[datetime]:
        busy = list(self.busy.get(host.pk, []))
        if host.away_until and host.away_until > self.now:
            busy.append((self.now - timedelta(days=2), host.away_until))
        return free_slots(self.limits(host), self.now, busy, self.starts.get(host.pk, ()))

    def slots(self) -> list[Slot]:
        """Every free start once, with the host whose turn it is."""
        order = in_turn(self.hosts, self.meeting_type, self.now)
        found: dict[datetime, int] = {}
        for host in order:
            for start in self.free(host):
                found.setdefault(start, host.pk)
        return [Slot(start, host) for start, host in sorted(found.items())]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(min((last - first).days, 400) + 1)]


def in_turn(hosts: Sequence[User], meeting_type: MeetingType, now: datetime) -> list[User]:
    """Round robin: whoever had the fewest meetings of the last weeks for their weight comes first."""
    if len(hosts) < 2:
        return list(hosts)
    since = now - timedelta(days=LOAD_DAYS)
    rows = Meeting.objects.filter(host__in=hosts, created_at__gte=since, state__in=[S.BOOKED, S.HELD])
    load = dict(rows.order_by().values_list("host").annotate(n=Count("pk")))
    weights = dict(MeetingHost.objects.filter(meeting_type=meeting_type).values_list("user", "weight"))
    return sorted(hosts, key=lambda host: (load.get(host.pk, 0) / max(weights.get(host.pk, 1), 1), host.pk))
