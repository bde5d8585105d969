"""Where everything stands in the drawing of a route: stages are lanes, every way to open one a labelled arrow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import east_asian_width

from prospecting.rules import gates
from prospecting.rules.gates import Gate
from prospecting.rules.route_changes import people
from prospecting.rules.route_checks import Problem, Stop

WIDE, NARROW = 660, 316  # drawn one to one: the letters keep their size on a phone
LETTER, BOLD = 6.9, 8.2  # about as wide as one is
LINE, PAD = 18, 12
ARROW = 24  # room below labels for the arrow's head
AT_MOST = 3  # ways that fit beside each other; more of them hang on one arrow
GUTTER = 30
SKIP_STEP = 12
MOST_LINES = 4


@dataclass(frozen=True)
class Line:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Lane:
    number: int
    y: int
    width: int
    height: int
    name: list[Line]
    small: list[Line]
    says: str  # for those who do not see it
    tone: str = ""  # late: it cannot be used like this; soon: a remark

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass(frozen=True)
class Arrow:
    path: str
    head: str
    box: tuple[int, int, int, int]  # x, y, width, height of its label
    lines: list[Line]
    says: str
    skips: bool = False


@dataclass
class Drawing:
    width: int
    height: int = 0
    lanes: list[Lane] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """One way to open a stage: from which stage it leads, and its sentence."""

    source: int
    words: str
    skips: bool


def draw(
    stops: Sequence[Stop], roles: Mapping[str, str], found: Sequence[Problem] = (), *, width: int = WIDE
) -> Drawing:
    """The whole route; `roles` are names by slug, `found` colours the lanes with something to settle."""
    drawing = Drawing(width)
    skips = sum(way.skips for stop in stops for way in ways(stop, stops))
    lane_width = width - (GUTTER + SKIP_STEP * max(skips - 1, 0) if skips else 0)
    y, used = 0, 0
    for stop in stops:
        led = ways(stop, stops)
        labels, y = _labels(led, y, lane_width, width)
        lane = _lane(stop, roles, [one for one in found if one.stage == stop.number], y, lane_width)
        for way, (x, box, lines) in zip(led, labels, strict=True):
            gutter = lane_width + GUTTER - 12 + SKIP_STEP * used
            used += way.skips
            drawing.arrows.append(_arrow(way, stop, stops, x, box, lines, drawing.lanes, lane, gutter))
        drawing.lanes.append(lane)
        y = lane.y + lane.height
    drawing.height = y + 2
    return drawing


def ways(stop: Stop, stops: Sequence[Stop]) -> list[Way]:
    """Each way by itself, those from an earlier stage than the one before last."""
    names = {one.number: one.name for one in stops}
    found = []
    for gate in gates.ways(stop.gate or {"by_hand": {}}):
        source = _source(gate, stop.number)
        words = gates.words(gate, names)
        found.append(Way(source, words[:1].upper() + words[1:], source < stop.number - 1))
    return sorted(found, key=lambda way: way.skips)


def _source(gate: Gate, number: int) -> int:
    """The stage an arrow comes from: the one it names, else the one before."""
    named = [stage for stage in gates.stages_named(gate) if isinstance(stage, int) and 0 < stage < number]
    return min(named, default=number - 1)


def _labels(
    led: Sequence[Way], y: int, lane: int, width: int
) -> tuple[list[tuple[int, tuple[int, int, int, int], list[Line]]], int]:
    """For each way the x of its arrow, the box of its label and the lines in it; and where the lane begins."""
    beside = width == WIDE and len(led) <= AT_MOST
    found, top, lowest = [], y + 8, y + 8
    for n, way in enumerate(led):
        if beside:
            column = lane // len(led)
            x, left, room = n * column + 18, n * column + 34, column - 44
        else:
            x, left, room = 18, 34, lane - 36
        text = wrapped(way.words, room - 20, LETTER)
        box = (left, top, min(room, _longest(text) + 22), len(text) * LINE + 10)
        found.append((x, box, [Line(left + 10, top + 17 + i * LINE, line) for i, line in enumerate(text)]))
        lowest = max(lowest, top + box[3])
        top = top if beside else top + box[3] + 6
    return found, lowest + ARROW


def _longest(lines: Sequence[str]) -> int:
    return int(max((measured(line) for line in lines), default=1) * LETTER)


def _lane(stop: Stop, roles: Mapping[str, str], found: Sequence[Problem], y: int, width: int) -> Lane:
    who = " or ".join(roles.get(slug, slug) for slug in stop.roles) or "Nobody yet"
    name = wrapped(stop.name or who, width - 64, BOLD)
    small = [*wrapped(f"Writes to {who}" if stop.roles else who, width - 64, LETTER), _counts(stop)]
    tone = "late" if any(one.blocks for one in found) else "soon" if found else ""
    settle = f" {' '.join(one.sentence for one in found)}" if found else ""
    at = y + PAD + 15
    lines = [Line(52, at + n * LINE, text) for n, text in enumerate(name)]
    below = [Line(52, at + (len(name) + n) * LINE, text) for n, text in enumerate(small)]
    height = 2 * PAD + (len(name) + len(small)) * LINE
    return Lane(stop.number, y, width, height, lines, below, f"Stage {stop.number}, {stop.name or who}: writes to {who}; {_counts(stop)}.{settle}", tone)  # fmt: skip


def _counts(stop: Stop) -> str:
    return f"{people(stop)}, patient for {gates.counted(stop.patience, 'day', 'days')}"


def _arrow(
    way: Way, stop: Stop, stops: Sequence[Stop], x: int, box: tuple[int, int, int, int], lines: list[Line],
    above: Sequence[Lane], lane: Lane, gutter: int,
) -> Arrow:  # fmt: skip
    names = {one.number: one.name for one in stops}
    origin = f"From {names[way.source]} to" if way.source in names else "The beginning of"
    says = f"{origin} {stop.name}: {way.words}"
    source = next((one for one in above if one.number == way.source), None)
    middle = box[1] + box[3] // 2
    if way.skips and source:
        end = lane.middle - 10
        path = f"M{lane.width} {source.middle}H{gutter}V{end}H{lane.width + 8}M{box[0] + box[2]} {middle}H{gutter}"
        head = f"{lane.width + 1},{end} {lane.width + 9},{end - 5} {lane.width + 9},{end + 5}"
        return Arrow(path, head, box, lines, says, skips=True)
    start = source.y + source.height if source else box[1] - 8
    head = f"{x},{lane.y} {x - 6},{lane.y - 9} {x + 6},{lane.y - 9}"
    return Arrow(f"M{x} {start}V{lane.y - 8}M{x} {middle}H{box[0]}", head, box, lines, says)


def wrapped(text: str, room: float, letter: float, most: int = MOST_LINES) -> list[str]:
    """The text in lines that fit, the last one cut where there is no more room."""
    limit, lines = max(int(room / letter), 6), [""]
    for word in text.split():
        for part in _parts(word, limit):
            joined = f"{lines[-1]} {part}".strip()
            if measured(joined) <= limit:
                lines[-1] = joined
            else:
                lines.append(part)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: limit - 1]}…"]


def _parts(word: str, limit: int) -> list[str]:
    """A word longer than a line, in pieces."""
    parts, piece = [], ""
    for letter in word:
        if measured(piece + letter) > limit:
            parts.append(piece)
            piece = ""
        piece += letter
    return [*parts, piece]


def measured(text: str) -> int:
    return len(text) + sum(east_asian_width(letter) in "WF" for letter in text)
