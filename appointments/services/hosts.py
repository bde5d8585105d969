"""Who can hold a meeting, when they are free, and whose turn it is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet

from appointments.models import (
    Availability,
    Meeting,
    MeetingHost,
    MeetingSeat,
    MeetingType,
    Offer,
)
from appointments.rules import turns
from appointments.rules.slots import Limits, Week, candidates, free_slots
from appointments.services import calendar_reading, credits
from crm.models import Account, User
from crm.rules.working_time import Interval, holidays_of

S = Meeting.State
NO_MAXIMUM = 1_000
BACK, HALF_A_DAY = timedelta(days=2), timedelta(hours=12)


@dataclass(frozen=True)
class Slot:
    """A start, in UTC, and who would hold it (of several together, the first)."""

    start: datetime
    host_id: int


@dataclass
class Busy:
    """Busy times of hosts by id, with their buffers, the starts of the meetings among them, and pencils that ran out."""

    times: dict[int, list[Interval]] = field(default_factory=dict)
    starts: dict[int, list[datetime]] = field(default_factory=dict)
    run_out: list[int] = field(default_factory=list)


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


_BUSY = """
    SELECT host_id, starts_at, busy_from, busy_until, pencilled_until, meeting_id FROM appointments_meetingseat
     WHERE takes_time AND host_id = ANY(%(hosts)s) AND busy_from < %(end)s AND busy_until > %(start)s AND meeting_id <> %(but)s
       AND meeting_id NOT IN (SELECT id FROM appointments_meeting WHERE offer_id = %(offer)s AND state = 'pencilled')
 UNION ALL
    SELECT host_id, NULL, starts_at, ends_at, NULL, NULL FROM appointments_busytime
     WHERE host_id = ANY(%(hosts)s) AND starts_at < %(end)s AND ends_at > %(start)s
 UNION ALL
    SELECT host_id, NULL, %(start)s, %(end)s, NULL, NULL FROM appointments_calendar
     WHERE host_id = ANY(%(hosts)s) AND busy AND (error <> '' OR read_at IS NULL OR read_at < %(too_old)s)
       AND COALESCE((SELECT unread_calendars_busy FROM crm_organisation ORDER BY id LIMIT 1), TRUE)
"""


def busy_times(
    hosts: Iterable[int], start: datetime, end: datetime, now: datetime, *, but: Meeting | None = None,
    pencilled_by: Offer | None = None,
) -> Busy:  # fmt: skip
    """Everything that takes these hosts' time between two moments in UTC: the one place that knows, and one statement.

    `but` is a meeting that moves and frees its own time; `pencilled_by` an offer whose own pencils are in nobody's way.
    A calendar that cannot be read keeps its host busy throughout (fail closed; as `calendar_reading.unread_of` says it).
    """
    asked: dict[str, Any] = {
        "hosts": list(hosts), "start": start, "end": end, "but": but.pk if but else 0,
        "offer": pencilled_by.pk if pencilled_by else 0, "too_old": now - calendar_reading.TOO_OLD,
    }  # fmt: skip
    found = Busy()
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, asked)
        for host, starts_at, busy_from, busy_until, pencilled_until, meeting in cursor.fetchall():
            if pencilled_until and pencilled_until <= now:
                found.run_out.append(meeting)
                continue
            found.times.setdefault(host, []).append((busy_from, busy_until))
            if starts_at:
                found.starts.setdefault(host, []).append(starts_at)
    return found


_HOURS = """
    SELECT host,
           (SELECT json_build_array(notice_hours, horizon_days, daily_maximum) FROM appointments_availability WHERE host_id = host),
           (SELECT json_agg(json_build_array(weekday, start, "end")) FROM crm_workinghours WHERE user_id = host),
           (SELECT json_agg(json_build_array(day, start, "end")) FROM appointments_hoursexception WHERE host_id = host AND day >= %s),
           (SELECT json_agg(json_build_array(first_day, last_day)) FROM appointments_vacation WHERE host_id = host AND last_day >= %s)
      FROM unnest(%s::bigint[]) host
"""


class Hours:
    """When hosts can be booked by their limits, week, exceptions, vacations and holidays, in one statement."""

    def __init__(self, hosts: Sequence[int], since: date) -> None:
        self.limits: dict[int, tuple[int, int, int]] = {}
        self.week: dict[int, dict[int, list]] = {}
        self.exceptions: dict[int, dict[date, list]] = {}
        self.days_off: dict[int, set[date]] = {}
        with connection.cursor() as cursor:
            cursor.execute(_HOURS, [since, since, list(hosts)])
            for row in cursor.fetchall():
                self._read(*row)

    def _read(self, host: int, limits: Any, week: Any, exceptions: Any, away: Any) -> None:
        if limits:
            self.limits[host] = tuple(limits)
        for weekday, start, end in week or ():
            self.week.setdefault(host, {}).setdefault(weekday, []).append(_span(start, end))
        for day, start, end in exceptions or ():
            stretches = self.exceptions.setdefault(host, {}).setdefault(date.fromisoformat(day), [])
            if start and end:
                stretches.append(_span(start, end))
        for first, last in away or ():
            days = _days(date.fromisoformat(first), date.fromisoformat(last))
            self.days_off.setdefault(host, set()).update(days)

    def of(self, host: User) -> dict[str, Any]:
        """A host's part of `Week`."""
        return {
            "zone": ZoneInfo(host.zone), "hours": self.week.get(host.pk, {}), "exceptions": self.exceptions.get(host.pk, {}),
            "days_off": self.days_off.get(host.pk, set()), "holidays": holidays_of(host.country),
        }  # fmt: skip

    def stretches(self, host: User, day: date) -> list[Interval]:
        return Week(**self.of(host)).stretches(day)


def goes_first(offer: Offer | None) -> bool:
    """Whether a link is for somebody whom we did not come to meet."""
    return bool(offer and offer.replaces_id and offer.replaces and offer.replaces.side == Meeting.Side.HOST)


class Diary:
    """Hours, limits and busy times of several hosts, read in two statements however many there are.

    `days`: no further ahead than so many; `around`: the two moments in UTC between which alone it is looked;
    `first`: whom we stood up goes before daily maximum and minimum notice but for an hour (what is busy stays busy).
    """

    def __init__(
        self, hosts: Sequence[User], meeting_type: MeetingType, now: datetime, but: Meeting | None = None,
        pencilled_by: Offer | None = None, days: int | None = None, around: Interval | None = None,
        first: bool = False,
    ) -> None:  # fmt: skip
        self.hosts, self.meeting_type, self.now, self.days = list(hosts), meeting_type, now, days
        self.but, self.pencilled_by, self.around = but, pencilled_by, around
        self.first = first or goes_first(pencilled_by)
        self.by_id = {host.pk: host for host in hosts}
        self.shared: dict[Any, list[datetime]] = {}
        self.hours = Hours(list(self.by_id), now.date() - timedelta(days=1))
        self.limits = {host.pk: self._limits(host) for host in hosts}
        self.read_busy()

    def read_busy(self, hosts: Collection[User] = ()) -> Busy:
        """What takes their time as it stands now, of all of them or of some; in one statement."""
        furthest = max((one.horizon_days for one in self.limits.values()), default=0)
        start, end = self.around or (self.now - BACK, self.now + timedelta(days=furthest) + BACK)
        ids = [host.pk for host in hosts] or list(self.by_id)
        found = busy_times(ids, start, end, self.now, but=self.but, pencilled_by=self.pencilled_by)
        if not hosts:
            self.busy = found
        for host in ids:  # of the others stays what was read before
            self.busy.times[host] = found.times.get(host, [])
            self.busy.starts[host] = found.starts.get(host, [])
        return found

    def _limits(self, host: User) -> Limits:
        notice, horizon, most = self.hours.limits.get(host.pk) or _usual_limits()
        notice, most = (min(notice, 1), NO_MAXIMUM) if self.first and most else (notice, most)
        kind = self.meeting_type
        return Limits(
            **self.hours.of(host), minutes=kind.minutes, step=min(30, kind.minutes),
            buffer_before=kind.buffer_before, buffer_after=kind.buffer_after, notice_hours=notice,
            horizon_days=min(horizon, self.days or horizon), daily_maximum=most,
        )  # fmt: skip

    def free(self, host: User) -> list[datetime]:
        limits, busy = self.limits[host.pk], [*self.busy.times.get(host.pk, []), *self._away(host)]
        return free_slots(limits, self.now, busy, self.busy.starts.get(host.pk, ()), self._candidates(host, limits))

    def _candidates(self, host: User, limits: Limits) -> list[datetime]:
        """Hosts of one zone with the same hours and no days of their own share what could be offered."""
        since, until = self.around or (None, None)
        if limits.exceptions or limits.days_off:
            return candidates(limits, self.now, since, until)
        hours = tuple((day, tuple(sorted(spans))) for day, spans in sorted(limits.hours.items()))
        key = (host.zone, host.country, hours, limits.notice_hours, limits.horizon_days)
        if key not in self.shared:
            self.shared[key] = candidates(limits, self.now, since, until)
        return self.shared[key]

    def free_at(self, host: User, start: datetime) -> bool:
        """Whether one start is free: what `free` would say of it, from the day around it alone."""
        limits = self.limits[host.pk]
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
        found: dict[datetime, int] = {}
        for pk in reversed(in_turn(self.hosts, self.meeting_type, first)):  # whoever is written last has the turn
            found.update(dict.fromkeys(self.free(self.by_id[pk]), pk))
        return [Slot(start, host) for start, host in sorted(found.items())]

    def _together(self) -> list[Slot]:
        """The starts at which every one of them is free."""
        free = [set(self.free(host)) for host in self.hosts]
        return [Slot(start, self.hosts[0].pk) for start in sorted(set.intersection(*free))] if free else []


@cache
def _usual_limits() -> tuple[int, int, int]:
    usual = Availability()
    return usual.notice_hours, usual.horizon_days, usual.daily_maximum


def _span(start: str, end: str) -> tuple[time, time]:
    return time.fromisoformat(start), time.fromisoformat(end)


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
