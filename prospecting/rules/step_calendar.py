"""On which day each step of a role falls, over the working days of a country, with the holidays it steps around."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from crm.rules.working_time import add_working_days, holidays_of, is_working_day

MOST_WEEKS = 30


@dataclass(frozen=True)
class Placed:
    """A step and its day; `around` are the holidays between it and the step before that are no working days."""

    number: int  # the step's place, from 1
    day: date
    around: tuple[tuple[date, str], ...] = ()


@dataclass
class Cell:
    day: date
    works: bool
    holiday: str = ""
    steps: list[int] = field(default_factory=list)


def placed(waits: Sequence[int], start: date, country: str) -> list[Placed]:
    """Each step so many working days after the one before; the first on `start` or the first working day after it."""
    found: list[Placed] = []
    before = start
    for number, wait in enumerate(waits, start=1):
        day = add_working_days(before, wait if found else 0, country)
        found.append(Placed(number, day, _around(before, day, country)))
        before = day
    return found


def _around(start: date, end: date, country: str) -> tuple[tuple[date, str], ...]:
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    return tuple((day, name) for day in days if day.weekday() < 5 and (name := holiday_name(day, country)))


def holiday_name(day: date, country: str) -> str:
    """The name of a public holiday; empty for any other day."""
    named = holidays_of(country) if country else {}
    return str(named.get(day) or "") if hasattr(named, "get") else ""


def weeks(steps: Sequence[Placed], country: str) -> list[list[Cell]]:
    """Monday to Sunday, from the week of the first step to that of the last."""
    if not steps:
        return []
    first = steps[0].day - timedelta(days=steps[0].day.weekday())
    many = min((steps[-1].day - first).days // 7 + 1, MOST_WEEKS)
    on: dict[date, list[int]] = {}
    for step in steps:
        on.setdefault(step.day, []).append(step.number)
    days = [first + timedelta(days=n) for n in range(7 * many)]
    cells = [Cell(d, is_working_day(d, country), holiday_name(d, country), on.get(d, [])) for d in days]
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]
