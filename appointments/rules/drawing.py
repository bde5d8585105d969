"""Where the bars, bands and ribbons of the funnel's charts stand; plain numbers in, plain numbers out."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

FLOOR = 262.0
TALL = 200.0
WIDE = 1120.0
BORDER = 512.0
BAR = 64.0
LEFT_END, RIGHT_START = 376.0, 560.0


@dataclass(frozen=True)
class Bar:
    """One step of the funnel: the rectangle, and where its words stand above it."""

    x: float
    y: float
    width: float
    height: float

    @property
    def number_y(self) -> float:
        return self.y - 24

    @property
    def name_y(self) -> float:
        return self.y - 8

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Flow:
    left: list[Bar]
    right: list[Bar]
    left_ribbons: list[str]
    right_ribbons: list[str]
    border: float
    joins: list[float]  # the middle of each gap between two bars, left ones first


def flow(left: Sequence[int], right: Sequence[int]) -> Flow:
    """Two halves that meet at the reply; the right half is drawn against its own first step, so larger."""
    lefts = _bars(left, 0, LEFT_END)
    rights = _bars(right, RIGHT_START, WIDE - BAR)
    crossing = _y(left[-1] if left else 0, left), _y(right[0] if right else 0, right)
    meet = (crossing[0] + crossing[1]) / 2
    into = _ribbon(LEFT_END + BAR, crossing[0], BORDER, meet)
    out = _ribbon(BORDER, meet, RIGHT_START, crossing[1])
    return Flow(
        left=lefts,
        right=rights,
        left_ribbons=[*_between(lefts), into],
        right_ribbons=[out, *_between(rights)],
        border=BORDER,
        joins=[*_gaps(lefts), *_gaps(rights)],
    )


def _bars(counts: Sequence[int], first: float, last: float) -> list[Bar]:
    step = (last - first) / max(1, len(counts) - 1)
    return [
        Bar(round(first + n * step, 1), y := _y(count, counts), BAR, round(FLOOR - y, 1))
        for n, count in enumerate(counts)
    ]


def _y(count: int, counts: Sequence[int]) -> float:
    whole = max([*counts, 1])
    return round(FLOOR - TALL * count / whole, 1)


def _between(bars: list[Bar]) -> list[str]:
    return [_ribbon(a.x + a.width, a.y, b.x, b.y) for a, b in itertools.pairwise(bars)]


def _gaps(bars: list[Bar]) -> list[float]:
    return [round((a.x + a.width + b.x) / 2, 1) for a, b in itertools.pairwise(bars)]


def _ribbon(x1: float, y1: float, x2: float, y2: float) -> str:
    middle = round((x1 + x2) / 2, 1)
    return f"M{x1} {FLOOR}V{y1}C{middle} {y1} {middle} {y2} {x2} {y2}V{FLOOR}Z"


@dataclass(frozen=True)
class Gauge:
    """A rate on a scale of 440: the point, its likely range, the usual and the benchmark."""

    at: float
    low: float
    width: float
    usual: float | None
    benchmark: float | None
    top: float  # the share at the right end

    @property
    def usual_said(self) -> float:
        return _within(self.usual, HALF_OF_USUAL)

    @property
    def benchmark_said(self) -> float:
        """Between the two ends of the scale, which are written on the same line."""
        return _within(self.benchmark, HALF_OF_BENCHMARK)


GAUGE = 440.0
HALF_OF_USUAL, HALF_OF_BENCHMARK = 34.0, 72.0  # the room that their words need on either side


def _within(at: float | None, room: float) -> float:
    return min(max(at or 0.0, room), GAUGE - room)


def gauge(share: float, low: float, high: float, usual: float | None, benchmark: float | None) -> Gauge:
    """The scale ends at a round share with room for everything on it."""
    top = _round_up(max(share, high, usual or 0, benchmark or 0) * 1.15)

    def place(value: float) -> float:
        return round(GAUGE * min(1.0, value / top), 1)

    return Gauge(
        at=place(share),
        low=place(low),
        width=round(max(2.0, place(high) - place(low)), 1),
        usual=None if usual is None else place(usual),
        benchmark=None if benchmark is None else place(benchmark),
        top=top,
    )


def _round_up(share: float) -> float:
    for top in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8):
        if share <= top:
            return top
    return 1.0


@dataclass(frozen=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    middle: float
    share: float


@dataclass(frozen=True)
class Columns:
    """A bar chart of shares on 540 by 196: a bar a cohort, two grid lines, and where things end."""

    bars: list[Column]
    top: float
    usual_y: float | None
    first_young_x: float | None
    break_xs: list[float]


def columns(shares: Sequence[float], *, young: Sequence[bool], breaks: Sequence[bool], usual: float | None) -> Columns:
    """Bars from left to right, oldest first; a break is a line before its bar."""
    top = _round_up(max([*shares, usual or 0, 0.04]) * 1.05)
    pitch = 506 / max(8, len(shares))
    width = round(min(26.0, pitch * 0.68), 1)

    def place(n: int, share: float) -> Column:
        x = round(36 + n * pitch, 1)
        height = round(118 * min(share, top) / top, 1)
        return Column(x, round(150 - height, 1), width, height, round(x + width / 2, 1), share)

    bars = [place(n, share) for n, share in enumerate(shares)]
    gap = round((pitch - width) / 2, 1)
    return Columns(
        bars=bars,
        top=top,
        usual_y=None if usual is None else round(150 - 118 * min(usual, top) / top, 1),
        first_young_x=next((bar.x - gap for bar, is_young in zip(bars, young, strict=True) if is_young), None),
        break_xs=[round(bar.x - gap, 1) for bar, is_break in zip(bars, breaks, strict=True) if is_break],
    )


@dataclass(frozen=True)
class Stretch:
    x: float
    width: float


STRIP = 320.0


def strip(hours: Sequence[tuple[float, float]], first: float, last: float) -> list[Stretch]:
    """Stretches of a day, in hours since midnight, on a band 320 wide from `first` to `last` o'clock."""
    scale = STRIP / max(1.0, last - first)
    return [
        Stretch(round(max(0.0, (start - first) * scale), 1), round(max(6.0, (end - start) * scale), 1))
        for start, end in hours
    ]
