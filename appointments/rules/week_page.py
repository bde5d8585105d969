"""A host's days as blocks, and a week of them as rows of half hours; plain values in, plain values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from crm.rules.working_time import Interval, merged, subtract, to_utc

STEP = 30  # minutes of a row
EARLIEST, LATEST = 8, 18  # hours shown at least
MEETING, BUSY, FREE = "meeting", "busy", "free"


@dataclass(frozen=True)
class Block:
    """A stretch of one day, in UTC; `of` is the meeting."""

    kind: str
    start: datetime
    end: datetime
    of: Any = None


@dataclass(frozen=True)
class Day:
    """One local day of one host."""

    day: date
    blocks: list[Block]

    def of(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block.kind == kind]

    def total(self, kind: str) -> timedelta:
        return sum((block.end - block.start for block in self.of(kind)), timedelta())


@dataclass(frozen=True)
class Cell:
    """So many rows of one column; nothing in it is outside the hours."""

    rows: int
    kind: str = ""
    blocks: list[Block] = field(default_factory=list)


def day_of(
    day: date,
    zone: ZoneInfo,
    hours: Iterable[Interval],
    busy: Iterable[Interval],
    meetings: Sequence[tuple[Interval, Any]],
) -> Day:
    """A day's meetings, what else keeps the host busy, and the hours that are left; cut at its midnights in `zone`."""
    bounds = to_utc(day, time(), zone), to_utc(day + timedelta(days=1), time(), zone)
    met = [Block(MEETING, *cut, of) for span, of in meetings if (cut := _cut(span, bounds))]
    taken = merged((block.start, block.end) for block in met)
    besides = list(subtract(merged(cut for span in busy if (cut := _cut(span, bounds))), taken))
    left = subtract(merged(cut for span in hours if (cut := _cut(span, bounds))), merged([*taken, *besides]))
    blocks = [*met, *(Block(BUSY, *span) for span in besides), *(Block(FREE, *span) for span in left)]
    return Day(day, sorted(blocks, key=lambda block: (block.start, block.end)))


def _cut(span: Interval, bounds: Interval) -> Interval | None:
    start, end = max(span[0], bounds[0]), min(span[1], bounds[1])
    return (start, end) if start < end else None


def grid(days: Sequence[Day], zone: ZoneInfo) -> list[tuple[str, list[Cell | None]]]:
    """Rows of half hours, each with its label (whole hours only) and a cell a day; None where one above reaches down."""
    ends = [_span(block, day, zone) for day in days for block in day.blocks if block.kind != BUSY]
    first = min([EARLIEST * 2, *(start for start, _ in ends)]) // 2 * 2
    last = (max([LATEST * 2, *(end for _, end in ends)]) + 1) // 2 * 2
    columns = [_column(day, zone, first, last) for day in days]
    return [
        (f"{row // 2:02}:00" if row % 2 == 0 else "", [column.get(row) for column in columns])
        for row in range(first, last)
    ]


def _span(block: Block, day: Day, zone: ZoneInfo) -> tuple[int, int]:
    """The half hours of the clock a block touches, the end not included."""
    start, end = (moment.astimezone(zone) for moment in (block.start, block.end))
    begins = (start.hour * 60 + start.minute) // STEP if start.date() == day.day else 0
    over = end.date() > day.day
    finishes = 24 * 60 // STEP if over else -(-(end.hour * 60 + end.minute) // STEP)
    return begins, max(finishes, begins + 1)


def _column(day: Day, zone: ZoneInfo, first: int, last: int) -> dict[int, Cell]:
    """Cells by the row they begin in; a meeting before anything else, and what shares a half hour shares a cell."""
    owner: dict[int, int] = {}
    group: dict[int, list[Block]] = {}
    for number, block in enumerate(sorted(day.blocks, key=lambda one: (MEETING, BUSY, FREE).index(one.kind))):
        start, end = _span(block, day, zone)
        rows = list(range(max(start, first), min(end, last)))
        sharing = {owner[row] for row in rows if row in owner}
        joined = next((one for one in sharing if block.kind == MEETING and group[one][0].kind == MEETING), number)
        group.setdefault(joined, []).append(block)
        for row in rows:
            owner.setdefault(row, joined)
    cells, row = {}, first
    for mark, run in groupby(owner.get(row) for row in range(first, last)):
        rows_ = len(list(run))
        found = group.get(mark, []) if mark is not None else []
        cells[row] = Cell(rows_, found[0].kind if found else "", found)
        row += rows_
    return cells
