"""Who can hold a meeting, when they are free, and whose turn it is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from appointments.models import Availability, Meeting, MeetingHost, MeetingSeat, MeetingType, Offer, Vacation
from appointments.rules import turns
from appointments.rules.slots import Limits, free_slots
from appointments.services import credits
from crm.models import Account, User, WorkingHours
from crm.rules.working_time import Interval, WeeklyHours, holidays_of

S = Meeting.State
BACK, AHEAD = timedelta(days=2), timedelta(days=120)


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
    return found


class Diary:
    """Hours, limits and busy times of several hosts, read in a constant number of queries."""

    def __init__(
        self, hosts: Sequence[User], meeting_type: MeetingType, now: datetime, but: Meeting | None = None,
        pencilled_by: Offer | None = None,
    ) -> None:  # fmt: skip
        self.hosts, self.meeting_type, self.now = list(hosts), meeting_type, now
        ids = [host.pk for host in hosts]
        self.limits_rows = {row.host_id: row for row in Availability.objects.filter(host__in=ids)}
        self.hours: dict[int, dict[int, list]] = {}
        for row in WorkingHours.objects.filter(user__in=ids):
            self.hours.setdefault(row.user_id, {}).setdefault(row.weekday, []).append((row.start, row.end))
        self.days_off: dict[int, set[date]] = {}
        for away in Vacation.objects.filter(host__in=ids, last_day__gte=now.date() - timedelta(days=1)):
            self.days_off.setdefault(away.host_id, set()).update(_days(away.first_day, away.last_day))
        self.busy = busy_times(ids, now - BACK, now + AHEAD, now, but=but, pencilled_by=pencilled_by)

    def limits(self, host: User) -> Limits:
        row, kind = self.limits_rows.get(host.pk) or Availability(host=host), self.meeting_type
        hours: WeeklyHours = self.hours.get(host.pk, {})
        return Limits(
            zone=ZoneInfo(host.zone), hours=hours, minutes=kind.minutes, step=min(30, kind.minutes),
            buffer_before=kind.buffer_before, buffer_after=kind.buffer_after, notice_hours=row.notice_hours,
            horizon_days=row.horizon_days, daily_maximum=row.daily_maximum,
            days_off=self.days_off.get(host.pk, set()), holidays=holidays_of(host.country),
        )  # fmt: skip

    def free(self, host: User) -> list[datetime]:
        busy = list(self.busy.times.get(host.pk, []))
        if host.away_until and host.away_until > self.now:
            busy.append((self.now - timedelta(days=2), host.away_until))
        return free_slots(self.limits(host), self.now, busy, self.busy.starts.get(host.pk, ()))

    def slots(self, first: Collection[int] = ()) -> list[Slot]:
        """Every free start once, with the host whose turn it is; those named `first` come before the turn."""
        if is_together(self.meeting_type):
            return self._together()
        by_id = {host.pk: host for host in self.hosts}
        found: dict[datetime, int] = {}
        for pk in in_turn(self.hosts, self.meeting_type, first):
            for start in self.free(by_id[pk]):
                found.setdefault(start, pk)
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
