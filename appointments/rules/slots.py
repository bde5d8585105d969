"""Free times of a host: hours, exceptions, busy times, buffers and limits; right across changes of the clock."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.rules.working_time import NINE_TO_FIVE, Interval, WeeklyHours, merged, windows

COMFORTABLE = (time(8), time(18))


@dataclass(frozen=True)
class Limits:
    """What a host and a meeting type allow. Minutes, hours and days; the zone is the host's."""

    zone: ZoneInfo
    hours: WeeklyHours = field(default_factory=lambda: NINE_TO_FIVE)
    minutes: int = 30
    step: int = 30
    buffer_before: int = 0
    buffer_after: int = 0
    notice_hours: int = 4
    horizon_days: int = 21
    daily_maximum: int = 99
    days_off: Container[date] = ()
    holidays: Container[date] = ()


def free_slots(
    limits: Limits, now: datetime, busy: Iterable[Interval], meetings: Iterable[datetime] = ()
) -> list[datetime]:
    """Starts, in UTC, of every slot that fits. `busy` already carries its own buffers; `meetings` are the starts
    of those the host has, for the daily maximum."""
    taken = merged(busy)
    ends = [end for _, end in taken]
    booked = Counter(start.astimezone(limits.zone).date() for start in meetings)
    before, after = timedelta(minutes=limits.buffer_before), timedelta(minutes=limits.buffer_after)
    length = timedelta(minutes=limits.minutes)
    return [
        start
        for start in _candidates(limits, now)
        if not _overlaps(taken, ends, start - before, start + length + after)
        and booked[start.astimezone(limits.zone).date()] < limits.daily_maximum
    ]


def _candidates(limits: Limits, now: datetime) -> Iterator[datetime]:
    """Every step inside working hours between the minimum notice and the horizon; a doubled hour only once."""
    earliest = now + timedelta(hours=limits.notice_hours)
    latest = now + timedelta(days=limits.horizon_days)
    length, step = timedelta(minutes=limits.minutes), timedelta(minutes=limits.step)
    day_before = earliest.astimezone(limits.zone).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for opens, closes in windows(day_before, limits.hours, limits.zone, limits.holidays, limits.horizon_days + 3):
        if opens > latest:
            return
        start = opens
        while start + length <= closes:
            local = start.astimezone(limits.zone)
            if earliest <= start <= latest and not local.fold and local.date() not in limits.days_off:
                yield start
            start += step


def _overlaps(taken: Sequence[Interval], ends: Sequence[datetime], start: datetime, end: datetime) -> bool:
    """Whether a stretch touches one of the sorted, disjoint busy ones."""
    position = bisect_left(ends, start)
    while position < len(taken) and taken[position][1] <= start:
        position += 1
    return position < len(taken) and taken[position][0] < end


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
