"""On which days an event recurs (RFC 5545 §3.3.10), worked out in a number of steps that is known beforehand.

Libraries walk a rule from its first occurrence on; a rule that never matches, or matches every second, keeps them
walking. Here every day of a window is asked whether the rule names it, so that a window costs what it is long.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

MOST_A_DAY = 48
MOST_OF_ONE, MOST_STEPS = 15_000, 250_000
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_OFTEN = {"SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour"}
_VALUE = re.compile(r"\s*(\d{8})[^,]*")
_RANGES = {
    "BYSECOND": (0, 60), "BYMINUTE": (0, 59), "BYHOUR": (0, 23), "BYMONTHDAY": (-31, 31), "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53), "BYMONTH": (1, 12), "BYSETPOS": (-366, 366),
}  # fmt: skip


class TooMuch(ValueError):
    """It recurs more often, or further back, than is worked out; the text says so in a sentence."""


class Steps:
    """How much may still be worked out: of one event, and of all events of a calendar."""

    def __init__(self, left: int = MOST_STEPS, whole: "Steps | None" = None) -> None:
        self.left, self.whole = left, whole

    def of_one(self) -> "Steps":
        return Steps(MOST_OF_ONE, self)

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMuch("Its events recur too often to be worked out.")
        if self.whole:
            self.whole.spend(steps)


@dataclass(frozen=True)
class Rule:
    """An RRULE, read; days of BYDAY as (ordinal or 0, weekday with Monday = 0)."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None  # in the wall-clock time of the event
    wkst: int = 0
    by: dict[str, frozenset[int]] = field(default_factory=dict)
    weekdays: frozenset[tuple[int, int]] = frozenset()
    times: tuple[time, ...] = ()


def read(text: str, start: datetime | date) -> Rule:
    """An RRULE with what DTSTART adds to it. Raises TooMuch, or ValueError for what is no rule."""
    parts = dict(part.split("=", 1) for part in text.upper().strip().strip(";").split(";"))
    freq = parts.get("FREQ", "")
    if freq in _OFTEN:
        raise TooMuch(f"An event in it recurs by the {_OFTEN[freq]}.")
    if freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise ValueError(f"no such frequency: {freq[:20]}")
    by = {name: _numbers(parts[name], *span) for name, span in _RANGES.items() if name in parts}
    weekdays = frozenset(_weekday(one) for one in parts.get("BYDAY", "").split(",") if one.strip())
    return Rule(
        freq=freq, interval=max(int(parts.get("INTERVAL", "1")), 1),
        count=int(parts["COUNT"]) if "COUNT" in parts else None, until=_until(parts.get("UNTIL", ""), start),
        wkst=_DAYS.index(parts.get("WKST", "MO")), by=_with_start(by, weekdays, freq, start),
        weekdays=weekdays or _weekday_of_start(by, freq, start), times=_times(by, start),
    )  # fmt: skip


def _numbers(text: str, least: int, most: int) -> frozenset[int]:
    found = frozenset(int(one) for one in text[:4000].split(",") if one.strip())
    if not found or not all(least <= one <= most for one in found):
        raise ValueError("a number out of its range")
    return found


def _weekday(text: str) -> tuple[int, int]:
    text = text.strip()
    return int(text[:-2] or 0), _DAYS.index(text[-2:])


def _until(text: str, start: datetime | date) -> datetime | None:
    if not text:
        return None
    if len(text) < 15:
        return datetime.combine(datetime.strptime(text[:8], "%Y%m%d").date(), time.max)  # noqa: DTZ007 - wall clock
    found = datetime.strptime(text[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall clock, or made so below
    zone = start.tzinfo if isinstance(start, datetime) else None
    if text.endswith("Z") and zone and 1 < found.year < 9999:
        return found.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return found


def _with_start(
    by: dict[str, frozenset[int]], weekdays: frozenset[tuple[int, int]], freq: str, start: date
) -> dict[str, frozenset[int]]:
    """What the rule leaves open comes from DTSTART."""
    if weekdays or by.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"} or freq not in ("MONTHLY", "YEARLY"):
        return by
    found = {**by, "BYMONTHDAY": frozenset({start.day})}
    if freq == "YEARLY" and "BYMONTH" not in by:
        found["BYMONTH"] = frozenset({start.month})
    return found


def _weekday_of_start(by: dict[str, frozenset[int]], freq: str, start: date) -> frozenset[tuple[int, int]]:
    return frozenset({(0, start.weekday())}) if freq == "WEEKLY" and "BYMONTHDAY" not in by else frozenset()


def _times(by: dict[str, frozenset[int]], start: datetime | date) -> tuple[time, ...]:
    if not isinstance(start, datetime):
        return (time(),)
    lists = [sorted(by.get(name, {own})) for name, own in
             (("BYHOUR", start.hour), ("BYMINUTE", start.minute), ("BYSECOND", start.second))]  # fmt: skip
    if len(lists[0]) * len(lists[1]) * len(lists[2]) > MOST_A_DAY:
        raise TooMuch(f"An event in it recurs more than {MOST_A_DAY} times a day.")
    return tuple(time(hour, minute, min(second, 59)) for hour in lists[0] for minute in lists[1] for second in lists[2])


# Which days -------------------------------------------------------------------------------------------------------


def starts(rule: Rule, start: datetime | date, begin: date, end: date, steps: Steps) -> list[datetime]:
    """Wall-clock starts on the days from `begin` to `end`, both included, without a zone. Raises TooMuch."""
    first = _day(start)
    counted = rule.count is not None and rule.count < ((end - first).days + 1) * len(rule.times)
    left = rule.count if counted else None
    picked: dict[date, set[datetime]] = {}
    found: list[datetime] = []
    for day in _candidates(rule, first, first if counted else max(first, begin), end, steps):
        for moment in _moments(rule, start, day, picked, steps):
            if (rule.until and moment > rule.until) or left == 0:
                return found
            left = left - 1 if left is not None else None
            if day >= begin:
                steps.spend()
                found.append(moment)
    return found


def _candidates(rule: Rule, first: date, begin: date, end: date, steps: Steps) -> Iterator[date]:
    """Days that may be named, in order; whole months and weeks that are not meant are passed over in a step."""
    if rule.freq == "DAILY":
        yield from _every(begin, -(begin - first).days % rule.interval, rule.interval, end, steps)
    elif rule.freq == "WEEKLY":
        meant = {weekday for _, weekday in rule.weekdays} or set(range(7))
        weeks = -((_week(begin, rule.wkst) - _week(first, rule.wkst)).days // 7) % rule.interval
        for monday in _every(_week(begin, rule.wkst), weeks * 7, rule.interval * 7, end, steps):
            named = (_later(monday, (weekday - rule.wkst) % 7) for weekday in meant)
            yield from (day for day in sorted(set(named)) if begin <= day <= end)
    else:
        for month in _months(begin, end):
            steps.spend()
            if _in_turn(rule, first, month) and month.month in rule.by.get("BYMONTH", {month.month}):
                yield from (day for day in _days_in(rule, month, steps) if begin <= day <= end)


def _every(begin: date, offset: int, interval: int, end: date, steps: Steps) -> Iterator[date]:
    ordinal, last = begin.toordinal() + offset, end.toordinal()
    while ordinal <= last:
        steps.spend()
        yield date.fromordinal(ordinal)
        ordinal += interval


def _later(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _months(begin: date, end: date) -> Iterator[date]:
    for number in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month):
        yield date(number // 12, number % 12 + 1, 1)


def _days_in(rule: Rule, month: date, steps: Steps) -> Iterator[date]:
    last = monthrange(month.year, month.month)[1]
    wanted = rule.by.get("BYMONTHDAY")
    for day in (
        range(1, last + 1)
        if wanted is None
        else sorted(
            {number if number > 0 else last + 1 + number for number in wanted if number and -last <= number <= last}
        )
    ):
        steps.spend()
        yield month.replace(day=day)


def _day(start: datetime | date) -> date:
    return start.date() if isinstance(start, datetime) else start


def _moments(
    rule: Rule, start: datetime | date, day: date, picked: dict[date, set[datetime]], steps: Steps
) -> Iterator[datetime]:
    if not on(rule, _day(start), day):
        return
    moments = [datetime.combine(day, at) for at in rule.times]
    if "BYSETPOS" in rule.by:
        period, days = _period(rule, day)
        if period not in picked:
            picked[period] = _picked(rule, _day(start), period, days, steps)
        moments = [moment for moment in moments if moment in picked[period]]
    for moment in moments:
        if not isinstance(start, datetime) or moment >= start.replace(tzinfo=None):
            yield moment


def _picked(rule: Rule, first: date, begin: date, days: int, steps: Steps) -> set[datetime]:
    """Those of a period that BYSETPOS names."""
    steps.spend(days)
    whole = [begin + timedelta(days=n) for n in range(days)]
    every = [datetime.combine(one, at) for one in whole if on(rule, first, one) for at in rule.times]
    places = [place - 1 if place > 0 else place for place in rule.by["BYSETPOS"] if place]
    return {every[place] for place in places if -len(every) <= place < len(every)}


def _period(rule: Rule, day: date) -> tuple[date, int]:
    if rule.freq == "DAILY":
        return day, 1
    if rule.freq == "WEEKLY":
        return _week(day, rule.wkst), 7
    if rule.freq == "MONTHLY":
        return day.replace(day=1), monthrange(day.year, day.month)[1]
    return date(day.year, 1, 1), _days_of(day.year)


def on(rule: Rule, first: date, day: date) -> bool:
    """Whether the rule names this day."""
    return day >= first and _in_turn(rule, first, day) and _listed(rule, day) and _on_weekday(rule, day)


def _in_turn(rule: Rule, first: date, day: date) -> bool:
    if rule.freq == "DAILY":
        passed = (day - first).days
    elif rule.freq == "WEEKLY":
        passed = (_week(day, rule.wkst) - _week(first, rule.wkst)).days // 7
    elif rule.freq == "MONTHLY":
        passed = (day.year - first.year) * 12 + day.month - first.month
    else:
        passed = day.year - first.year
    return passed % rule.interval == 0


def _listed(rule: Rule, day: date) -> bool:
    """BYMONTH, BYMONTHDAY, BYYEARDAY and BYWEEKNO; numbers below zero count from the end."""
    by = rule.by
    if "BYMONTH" in by and day.month not in by["BYMONTH"]:
        return False
    if "BYMONTHDAY" in by and not _either(by["BYMONTHDAY"], day.day, monthrange(day.year, day.month)[1]):
        return False
    if "BYYEARDAY" in by and not _either(by["BYYEARDAY"], day.timetuple().tm_yday, _days_of(day.year)):
        return False
    return "BYWEEKNO" not in by or _in_weeks(by["BYWEEKNO"], day, rule.wkst)


def _either(wanted: frozenset[int], number: int, most: int) -> bool:
    return number in wanted or number - most - 1 in wanted


def _on_weekday(rule: Rule, day: date) -> bool:
    if not rule.weekdays:
        return True
    by_month = rule.freq == "MONTHLY" or (rule.freq == "YEARLY" and "BYMONTH" in rule.by)
    if by_month:
        place, length = day.day, monthrange(day.year, day.month)[1]
    else:
        place, length = day.timetuple().tm_yday, _days_of(day.year)
    ordinals = {0, (place - 1) // 7 + 1, -((length - place) // 7 + 1)}
    limits = rule.freq in ("MONTHLY", "YEARLY")  # RFC 5545: elsewhere a number has no meaning
    return any(weekday == day.weekday() and (not limits or nth in ordinals) for nth, weekday in rule.weekdays)


def _week(day: date, wkst: int) -> date:
    back = (day.weekday() - wkst) % 7
    return day - timedelta(days=min(back, day.toordinal() - 1))


def _days_of(year: int) -> int:
    return 366 if monthrange(year, 2)[1] == 29 else 365


def _in_weeks(wanted: frozenset[int], day: date, wkst: int) -> bool:
    """Weeks of a year begin on WKST; the first is the one with four days in it (ISO 8601)."""
    if not 1 < day.year < 9998:
        return False
    year = next(year for year in (day.year + 1, day.year, day.year - 1) if day >= _first_week(year, wkst))
    number = (day - _first_week(year, wkst)).days // 7 + 1
    weeks = (_first_week(year + 1, wkst) - _first_week(year, wkst)).days // 7
    return number in wanted or number - weeks - 1 in wanted


def _first_week(year: int, wkst: int) -> date:
    return _week(date(year, 1, 4), wkst)


def spaced(values: str, begin: date, end: date) -> list[str]:
    """Of RDATE or EXDATE values those that begin with a day from `begin` to `end`; compared as digits, not read."""
    low, high = f"{begin:%Y%m%d}", f"{end:%Y%m%d}"
    return [one[0].strip() for one in _VALUE.finditer(values) if low <= one[1] <= high]
