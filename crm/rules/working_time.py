"""Working days and working hours: which days count, which minutes of them, and what lies n of them ahead."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as holiday_calendars

WeeklyHours = Mapping[int, Sequence[tuple[time, time]]]
"""Weekday (Monday is 0) to the stretches of wall-clock time that are worked."""

Interval = tuple[datetime, datetime]
"""Aware, UTC, half open."""

HORIZON_DAYS = 400
NINE_TO_FIVE: WeeklyHours = {day: ((time(9), time(17)),) for day in range(5)}


@lru_cache(maxsize=256)
def holidays_of(country: str) -> Container[date]:
    """Public holidays of an ISO 3166 country, perhaps with a subdivision ("DE" or "DE-BY"); unknown: none."""
    code, _, subdivision = country.upper().partition("-")
    try:
        return holiday_calendars.country_holidays(code, subdiv=subdivision or None)
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=65536)
def is_working_day(day: date, country: str = "") -> bool:
    return day.weekday() < 5 and (not country or day not in holidays_of(country))


def add_working_days(day: date, n: int, country: str = "") -> date:
    """The n-th working day after `day`; 0 is `day` or the first working day after it; negative goes back."""
    step = timedelta(days=-1 if n < 0 else 1)
    if n == 0:
        while not is_working_day(day, country):
            day += step
        return day
    for _ in range(abs(n)):
        day += step
        while not is_working_day(day, country):
            day += step
    return day


def working_days_between(start: date, end: date, country: str = "") -> int:
    """Working days after `start` up to and including `end`; 0 when `end` is not later."""
    days = (end - start).days
    return sum(is_working_day(start + timedelta(days=n), country) for n in range(1, days + 1))


def to_utc(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A wall-clock moment as UTC; a skipped one becomes the end of the gap, a doubled one the earlier."""
    moment = datetime.combine(day, wall, tzinfo=zone)
    instant = moment.astimezone(UTC)
    if exists(day, wall, zone):
        return instant
    return _end_of_gap(moment.replace(fold=1).astimezone(UTC), instant, zone)


def exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    """False for a wall-clock time that a change to summer time skips."""
    moment = datetime.combine(day, wall, tzinfo=zone)
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second in which the offset changes, by halving."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        changed = middle.astimezone(zone).utcoffset() == offset
        before, after = (before, middle) if changed else (middle, after)
    return after.replace(microsecond=0)


def day_windows(day: date, hours: WeeklyHours, zone: ZoneInfo, holidays: Container[date] = ()) -> list[Interval]:
    """The worked stretches of one local day, in UTC and in order; "00:00" as an end means midnight."""
    if day in holidays:
        return []
    found = []
    for start, end in sorted(hours.get(day.weekday(), ())):
        last = day + timedelta(days=1) if end <= start else day
        window = to_utc(day, start, zone), to_utc(last, end, zone)
        if window[0] < window[1]:
            found.append(window)
    return found


def windows(
    start: datetime,
    hours: WeeklyHours,
    zone: ZoneInfo,
    holidays: Container[date] = (),
    days: int = HORIZON_DAYS,
) -> Iterator[Interval]:
    """Worked stretches from `start` on, the first one clipped to it."""
    first = start.astimezone(zone).date() - timedelta(days=1)
    for n in range(days + 1):
        for opens, closes in day_windows(first + timedelta(days=n), hours, zone, holidays):
            if closes > start:
                yield max(opens, start), closes


def next_window(now: datetime, hours: WeeklyHours, zone: ZoneInfo, holidays: Container[date] = ()) -> Interval | None:
    """The open stretch `now` lies in, clipped to it, else the next one; None where nothing is ever worked."""
    return next(windows(now, hours, zone, holidays), None)


def subtract(intervals: Iterable[Interval], taken: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of ordered intervals when the (ordered) taken ones are cut out; linear in both."""
    position = 0
    for start, end in intervals:
        while position < len(taken) and taken[position][1] <= start:
            position += 1
        cut = position
        while cut < len(taken) and taken[cut][0] < end:
            if taken[cut][0] > start:
                yield start, taken[cut][0]
            start = max(start, taken[cut][1])
            cut += 1
        if start < end:
            yield start, end


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, with touching and overlapping ones joined."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        elif start < end:
            result.append((start, end))
    return result


def add_working_minutes(
    start: datetime,
    minutes: float,
    hours: WeeklyHours,
    zone: ZoneInfo,
    holidays: Container[date] = (),
    away: Iterable[Interval] = (),
) -> datetime | None:
    """The moment at which so many worked minutes have passed since `start`; None where that never happens."""
    left = timedelta(minutes=minutes)
    for opens, closes in subtract(windows(start, hours, zone, holidays), merged(away)):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return None


def working_minutes_between(
    start: datetime, end: datetime, hours: WeeklyHours, zone: ZoneInfo, holidays: Container[date] = ()
) -> float:
    """Worked minutes that lie between two moments."""
    days = max((end - start).days, 0) + 2
    stretches = windows(start, hours, zone, holidays, days)
    return sum(max((min(closes, end) - opens).total_seconds(), 0) for opens, closes in stretches if opens < end) / 60


def parse_hours(raw: Mapping[str, Sequence[Sequence[str]]]) -> WeeklyHours:
    """Stored hours, {"0": [["09:00", "12:30"]]} with weekdays from Monday = 0, as times."""
    return {
        int(day): tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in stretches)
        for day, stretches in raw.items()
    }
