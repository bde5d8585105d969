"""When a work item must be answered: its minutes counted in the setter's working hours."""

from collections.abc import Container, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.rules.working_time import NINE_TO_FIVE, Interval, WeeklyHours, add_working_minutes, merged, subtract, windows

FAR = timedelta(days=30)


def deadline(
    start: datetime,
    minutes: float,
    *,
    hours: WeeklyHours = NINE_TO_FIVE,
    zone: ZoneInfo,
    holidays: Container[date] = (),
    away: Iterable[Interval] = (),
) -> datetime:
    """The moment a promise of so many working minutes runs out; a setter who never works gets wall-clock days."""
    found = add_working_minutes(start, minutes, hours, zone, holidays, away)
    return found or min(start + timedelta(minutes=minutes * 3), start + FAR)


def works_at(
    moment: datetime,
    *,
    hours: WeeklyHours = NINE_TO_FIVE,
    zone: ZoneInfo,
    holidays: Container[date] = (),
    away: Iterable[Interval] = (),
) -> bool:
    """Whether someone is at work at that moment."""
    first = next(subtract(windows(moment, hours, zone, holidays, days=2), merged(away)), None)
    return first is not None and first[0] <= moment
