"""When a work item must be answered: its minutes counted in the working hours of whoever has it."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.rules.working_time import NINE_TO_FIVE, Interval, WeeklyHours, merged, subtract, windows

FAR = timedelta(days=30)
WARNED_AT = 0.75  # of the time one has
SPANS = (7, 60, 400)  # days looked ahead, each only where the one before is not enough


@dataclass(frozen=True)
class Hours:
    """When someone works: weekly hours in their zone, less holidays and the time they are away."""

    weekly: WeeklyHours
    zone: ZoneInfo
    holidays: Container[date] = ()
    away: tuple[Interval, ...] = ()

    def windows(self, start: datetime, days: int) -> Iterator[Interval]:
        return subtract(windows(start, self.weekly, self.zone, self.holidays, days), merged(self.away))


OFFICE = Hours(NINE_TO_FIVE, ZoneInfo("UTC"))


def at_work(people: Sequence[Hours], start: datetime, days: int) -> list[Interval]:
    """The stretches from `start` on in which at least one of them works."""
    return merged(stretch for one in people for stretch in one.windows(start, days))


def runs_out(start: datetime, minutes: float, people: Sequence[Hours]) -> datetime:
    """When a promise of so many minutes runs out, in the hours in which any of them works; wall-clock days if nobody ever does."""
    for days in SPANS:
        left = timedelta(minutes=minutes)
        for opens, closes in at_work(people, start, days):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
    return min(start + timedelta(minutes=minutes * 3), start + FAR)


def left(now: datetime, due: datetime, people: Sequence[Hours]) -> float:
    """Worked minutes between now and a moment; 0 where it is over."""
    stretches = at_work(people, now, max((due - now).days, 0) + 2)
    return sum(max((min(closes, due) - opens).total_seconds(), 0) for opens, closes in stretches) / 60


def warns(start: datetime, minutes: float, of: float, people: Sequence[Hours]) -> datetime | None:
    """When a quarter of the promise is left, where `minutes` of it are; None where that has passed."""
    before = minutes - of * (1 - WARNED_AT)
    return runs_out(start, before, people) if before > 0 else None


def works_now(moment: datetime, someone: Hours) -> bool:
    """Whether someone is at work at that moment."""
    first = next(someone.windows(moment, 2), None)
    return first is not None and first[0] <= moment


def opens(moment: datetime, people: Sequence[Hours]) -> datetime | None:
    """When the first of them comes to work after a moment; None where nobody does within a month."""
    for days in SPANS[:2]:
        coming = [one[0] for one in at_work(people, moment, days) if one[0] > moment]
        if coming:
            return coming[0]
    return None


def days_away(first: date, last: date, zone: ZoneInfo) -> Interval:
    """Days off, both included, as one stretch of time where they are."""
    midnight = datetime.min.time()
    start = datetime.combine(first, midnight, tzinfo=zone).astimezone(UTC)
    return start, datetime.combine(last + timedelta(days=1), midnight, tzinfo=zone).astimezone(UTC)
