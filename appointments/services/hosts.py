"""Who can hold a meeting, when they are free, and whose turn it is."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from appointments.models import (
    Availability,
    BusyTime,
    HoursException,
    Meeting,
    MeetingHost,
    MeetingSeat,
    MeetingType,
    Offer,
    Vacation,
)
from appointments.rules import turns
from appointments.rules.slots import Limits, Week, candidates, free_slots
from appointments.services import calendar_reading, credits
from crm.models import Account, User, WorkingHours
from crm.rules.working_time import Interval, holidays_of

S = Meeting.State
BACK, HALF_A_DAY = timedelta(days=2), timedelta(hours=12)


@dataclass(frozen=True)
class Slot:
    """A start, in UTC, and who would hold it (of several together, the first)."""

    start: datetime
    host_id: int


@dataclass
class Busy:
    """Busy times of hosts by id, with their buffers, and the starts of the meetings among them."""

    times: dict[int, list[Interval]] = field(default_factory=dict)
    starts: dict[int, list[datetime]] = field(default_factory=dict)


def hosts_of(meeting_type: MeetingType, *, team_id: int | None = None) -> list[User]:
    """Those named for the type, in that order; without any, the team's executives, else its leads."""
    rows = MeetingHost.objects.filter(meeting_type=meeting_type).select_related("user").order_by("pk")
    named = [row.user for row in rows]
    if named:
        return [user for user in named if user.is_active]
    team = meeting_type.team_id or team_id
    people = User.objects.filter(team=team, is_active=True).order_by("pk")
    return list(people.filter(job=User.Job.EXECUTIVE)) or list(people.filter(job=User.Job.LEAD))


def taking_time(now: datetime) -> Q:
    """Seats that take time: all with an outcome ahead or behind, and pencils that have not run out."""
    return Q(takes_time=True) & (Q(pencilled_until=None) | Q(pencilled_until__gt=now))


def busy_of(hosts: Iterable[int], start: datetime, end: datetime, now: datetime) -> QuerySet[MeetingSeat]:
    return MeetingSeat.objects.filter(taking_time(now), host__in=list(hosts), busy_from__lt=end, busy_until__gt=start)


def busy_times(
    hosts: Iterable[int], start: datetime, end: datetime, now: datetime, *, but: Meeting | None = None,
    pencilled_by: Offer | None = None,
) -> Busy:  # fmt: skip
    """Everything that takes these hosts' time between two moments in UTC: the one place that knows.

    `but` is a meeting that moves and frees its own time; `pencilled_by` an offer whose own pencils are in nobody's way.
    """
    rows = busy_of(hosts, start, end, now)
    rows = rows.exclude(meeting=but) if but else rows
    if pencilled_by:
        rows = rows.exclude(meeting__in=Meeting.objects.filter(offer=pencilled_by, state=S.PENCILLED).values("pk"))
    found = Busy()
    for host, starts_at, busy_from, busy_until in rows.values_list("host", "starts_at", "busy_from", "busy_until"):
        found.times.setdefault(host, []).append((busy_from, busy_until))
        found.starts.setdefault(host, []).append(starts_at)
    for host, span in besides(hosts, start, end, now):
        found.times.setdefault(host, []).append(span)
    return found


def besides(hosts: Iterable[int], start: datetime, end: datetime, now: datetime) -> Iterator[tuple[int, Interval]]:
    """What hosts do outside the product; a calendar that cannot be read keeps its host busy throughout (fail closed)."""
    ids = list(hosts)
    rows = BusyTime.objects.filter(host__in=ids, starts_at__lt=end, ends_at__gt=start)
    for host, begins, ends in rows.values_list("host", "starts_at", "ends_at"):
        yield host, (begins, ends)
    for host in calendar_reading.unread_of(ids, now):
        yield host, (start, end)


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
        self, hosts: Sequence[User], meeting_type: MeetingType, now: datetime, but: Meeting | None = None,
        pencilled_by: Offer | None = None, days: int | None = None,
    ) -> None:  # fmt: skip
        self.hosts, self.meeting_type, self.now, self.days = list(hosts), meeting_type, now, days
        ids = [host.pk for host in hosts]
        self.limits_rows = {row.host_id: row for row in Availability.objects.filter(host__in=ids)}
        self.shared: dict[Any, list[datetime]] = {}
        self.hours = Hours(ids, now.date() - timedelta(days=1))
        furthest = max((self.limits(host).horizon_days for host in hosts), default=0)
        ahead = now + timedelta(days=furthest) + BACK
        self.busy = busy_times(ids, now - BACK, ahead, now, but=but, pencilled_by=pencilled_by)

    def limits(self, host: User) -> Limits:
        row, kind = self.limits_rows.get(host.pk) or Availability(host=host), self.meeting_type
        return Limits(
            **self.hours.of(host), minutes=kind.minutes, step=min(30, kind.minutes),
            buffer_before=kind.buffer_before, buffer_after=kind.buffer_after, notice_hours=row.notice_hours,
            horizon_days=min(row.horizon_days, self.days or row.horizon_days), daily_maximum=row.daily_maximum,
        )  # fmt: skip

    def free(self, host: User) -> list[datetime]:
        busy = [*self.busy.times.get(host.pk, []), *self._away(host)]
        limits = self.limits(host)
        return free_slots(limits, self.now, busy, self.busy.starts.get(host.pk, ()), self._candidates(host, limits))

    def _candidates(self, host: User, limits: Limits) -> list[datetime]:
        """Hosts of one zone with the same hours and no days of their own share what could be offered."""
        if limits.exceptions or limits.days_off:
            return candidates(limits, self.now)
        hours = tuple((day, tuple(sorted(spans))) for day, spans in sorted(limits.hours.items()))
        key = (host.zone, host.country, hours, limits.notice_hours, limits.horizon_days)
        if key not in self.shared:
            self.shared[key] = candidates(limits, self.now)
        return self.shared[key]

    def free_at(self, host: User, start: datetime) -> bool:
        """Whether one start is free: what `free` would say of it, from the day around it alone."""
        limits = self.limits(host)
        soonest, latest = timedelta(hours=limits.notice_hours), timedelta(days=limits.horizon_days)
        if not soonest <= start - self.now <= latest:
            return False
        busy = [*self.busy.times.get(host.pk, []), *self._away(host)]
        one_day = replace(limits, notice_hours=0, horizon_days=1)
        return start in free_slots(one_day, start - HALF_A_DAY, busy, self.busy.starts.get(host.pk, ()))

    def _away(self, host: User) -> list[Interval]:
        return [(self.now - BACK, host.away_until)] if host.away_until and host.away_until > self.now else []

    def slots(self, first: Collection[int] = ()) -> list[Slot]:
        """Every free start once, with the host whose turn it is; those named `first` come before the turn."""
        if is_together(self.meeting_type):
            return self._together()
        by_id = {host.pk: host for host in self.hosts}
        found: dict[datetime, int] = {}
        for pk in reversed(in_turn(self.hosts, self.meeting_type, first)):  # whoever is written last has the turn
            found.update(dict.fromkeys(self.free(by_id[pk]), pk))
        return [Slot(start, host) for start, host in sorted(found.items())]

    def _together(self) -> list[Slot]:
        """The starts at which every one of them is free."""
        free = [set(self.free(host)) for host in self.hosts]
        return [Slot(start, self.hosts[0].pk) for start in sorted(set.intersection(*free))] if free else []


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(min((last - first).days, 400) + 1)]


def is_together(meeting_type: MeetingType) -> bool:
    return meeting_type.hosting == MeetingType.Hosting.TOGETHER


def in_turn(hosts: Sequence[User], meeting_type: MeetingType, first: Collection[int] = ()) -> list[int]:
    """Round robin by the ledger: the ids of those who hold it, the least share first."""
    if len(hosts) < 2:
        return [host.pk for host in hosts]
    return turns.in_turn(credits.hands(meeting_type, hosts), first)


def first_for(account: Account | None, meeting_type: MeetingType) -> list[int]:
    """Who knows the account already: its owner, then whoever met it last. They come before the turn."""
    if account is None or not meeting_type.owner_first:
        return []
    met = Meeting.objects.filter(account=account, state__in=[S.BOOKED, S.HELD]).order_by("-starts_at")
    return [pk for pk in (account.owner_id, met.values_list("host", flat=True).first()) if pk]
