"""Free times of a host: hours, exceptions, busy times, buffers and limits; right across changes of the clock."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.rules.working_time import NINE_TO_FIVE, Interval, WeeklyHours, day_windows, merged

COMFORTABLE = (time(8), time(18))


@dataclass(frozen=True)
class Week:
    """When a host can be booked: the week, and the days on which it is otherwise. The zone is the host's."""

    zone: ZoneInfo
    hours: WeeklyHours = field(default_factory=lambda: NINE_TO_FIVE)
    exceptions: Mapping[date, Sequence[tuple[time, time]]] = field(default_factory=dict)
    days_off: Container[date] = ()
    holidays: Container[date] = ()

    def stretches(self, day: date) -> list[Interval]:
        """When they can be booked on a local day, in UTC: a vacation before an exception before a holiday before the week."""
        if day in self.days_off:
            return []
        if day in self.exceptions:
            return day_windows(day, {day.weekday(): self.exceptions[day]}, self.zone)
        return day_windows(day, self.hours, self.zone, self.holidays)


@dataclass(frozen=True)
class Limits(Week):
    """What a host and a meeting type allow, in minutes, hours and days."""

    minutes: int = 30
    step: int = 30
    buffer_before: int = 0
    buffer_after: int = 0
    notice_hours: int = 4
    horizon_days: int = 21
    daily_maximum: int = 99


def free_slots(
    limits: Limits, now: datetime, busy: Iterable[Interval], meetings: Iterable[datetime] = (),
    starts: Sequence[datetime] | None = None,
) -> list[datetime]:  # fmt: skip
    """Starts, in UTC, of every slot that fits. `busy` already carries its own buffers; `meetings` are the starts
    of those the host has, for the daily maximum; `starts` what `candidates` says, where it is known already."""
    found = list(candidates(limits, now) if starts is None else starts)
    before = timedelta(minutes=limits.buffer_before)
    needed = timedelta(minutes=limits.minutes + limits.buffer_after)
    for start, end in reversed(merged(busy)):  # from the end, so that what is cut out moves nothing still to be cut
        del found[bisect_right(found, start - needed) : bisect_left(found, end + before)]
    booked = Counter(start.astimezone(limits.zone).date() for start in meetings)
    full = {day for day, count in booked.items() if count >= limits.daily_maximum}
    if limits.daily_maximum == 0:
        return []
    return [start for start in found if start.astimezone(limits.zone).date() not in full] if full else found


def candidates(
    limits: Limits, now: datetime, since: datetime | None = None, until: datetime | None = None
) -> list[datetime]:
    """Every step inside working hours between the minimum notice and the horizon, in order; a doubled hour only once.

    `since` and `until`: no more than what lies between these moments.
    """
    earliest = max(filter(None, (now + timedelta(hours=limits.notice_hours), since)))
    latest = min(filter(None, (now + timedelta(days=limits.horizon_days), until)))
    length, step = timedelta(minutes=limits.minutes), timedelta(minutes=limits.step)
    first = earliest.astimezone(limits.zone).date() - timedelta(days=1)
    found: list[datetime] = []
    for number in range((latest.astimezone(limits.zone).date() - first).days + 2):
        for opens, closes in limits.stretches(first + timedelta(days=number)):
            fit = (closes - opens - length) // step + 1
            starts = [opens + n * step for n in range(fit)]
            if starts and not earliest <= starts[0] <= starts[-1] <= latest:
                starts = [start for start in starts if earliest <= start <= latest]
            if opens.astimezone(limits.zone).utcoffset() != closes.astimezone(limits.zone).utcoffset():
                starts = [start for start in starts if not start.astimezone(limits.zone).fold]
            found += starts
    return sorted(found)


def pick(slots: Sequence[datetime], guest_zone: ZoneInfo, n: int = 3) -> list[datetime]:
    """A few to propose: spread over days, at an hour that suits the guest, at different times of the day."""
    suits = [slot for slot in slots if COMFORTABLE[0] <= slot.astimezone(guest_zone).time() < COMFORTABLE[1]]
    days: dict[date, list[datetime]] = {}
    for slot in sorted(suits or slots):
        days.setdefault(slot.astimezone(guest_zone).date(), []).append(slot)
    chosen: list[datetime] = []
    while len(chosen) < n and any(days.values()):
        for number, day in enumerate(sorted(days)):
            if days[day] and len(chosen) < n:
                chosen.append(days[day].pop(_hour_for(number, len(days[day]))))
    return sorted(chosen)


def first(slots: Sequence[datetime], guest_zone: ZoneInfo, n: int = 3) -> list[datetime]:
    """The earliest there are, at an hour that suits the guest where one does."""
    suits = [slot for slot in slots if COMFORTABLE[0] <= slot.astimezone(guest_zone).time() < COMFORTABLE[1]]
    return sorted(suits or slots)[:n]


def _hour_for(number: int, count: int) -> int:
    """Morning on the first day, afternoon on the second, noon on the third."""
    return (count // 4, count * 3 // 4, count // 2)[number % 3]


def nearest(slots: Iterable[datetime], wanted: datetime, n: int = 3) -> list[datetime]:
    """The free slots closest to one that is taken, in order of time."""
    return sorted(sorted(slots, key=lambda slot: (abs(slot - wanted), slot))[:n])


def within(slots: Iterable[datetime], proposals: Iterable[Interval]) -> list[datetime]:
    """Free slots that lie in the windows a guest proposed; an exact moment matches the slot that starts then."""
    wanted = list(proposals)
    return [slot for slot in slots if any(start <= slot and (slot < end or slot == start) for start, end in wanted)]
