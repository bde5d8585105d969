"""How well replies were understood, counted from what people said afterwards: per label, confusion, coverage, drift."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.rules.proportions import wilson
from prospecting.rules import labels

ENOUGH = 20  # fewer of a label say nothing of a share
ENOUGH_WEEKS = 100  # labels on each side, before a change between months means anything
MONTH_WEEKS = 4
BANDS = ((0.0, "under 50 %"), (0.5, "50 to 75 %"), (0.75, "75 to 90 %"), (0.9, "90 to 97 %"), (0.97, "97 % and more"))
LAYERS = {"header": "A header", "rule": "A rule", "model": "The model"}


@dataclass(frozen=True)
class Counted:
    """So many replies that were judged alike, and what became of the label."""

    said: str  # what the machine took it for; where it was not sure, its guess
    final: str  # what it counts as now
    layer: str
    sure: bool  # decided without a person
    person: bool  # somebody confirmed or corrected the label
    seen: bool  # somebody did, or worked the reply and left the label as it was
    weeks_ago: int
    band: int
    n: int
    confidence: float = 0.0  # the mean of theirs

    @property
    def right(self) -> bool:
        return self.said == self.final

    @property
    def changed(self) -> bool:
        return self.sure and self.person and not self.right


def band_of(confidence: float) -> int:
    return max(place for place, (least, _) in enumerate(BANDS) if confidence >= least)


@dataclass(frozen=True)
class Part:
    """A part of a whole in words; never a share of too few."""

    part: int
    whole: int
    enough: int = ENOUGH

    @property
    def too_few(self) -> bool:
        return self.whole < self.enough

    @property
    def share(self) -> float | None:
        return None if self.too_few else self.part / self.whole

    @property
    def words(self) -> str:
        if not self.whole:
            return "none yet"
        if self.too_few:
            return f"{self.part} of {self.whole}, too few to say"
        return f"{self.part / self.whole:.0%}".replace("%", " %")

    @property
    def likely(self) -> str:
        low, high = wilson(self.part, self.whole)
        return "" if self.too_few else f"{self.part} of {self.whole}, likely {low:.0%} to {high:.0%}".replace("%", " %")


def _sum(rows: Iterable[Counted]) -> int:
    return sum(row.n for row in rows)


# In all ------------------------------------------------------------------------------------------------------------


def coverage(rows: Sequence[Counted]) -> Part:
    """Decided without a person, of everything that came."""
    return Part(_sum(row for row in rows if row.sure), _sum(rows))


def accuracy(rows: Sequence[Counted]) -> Part:
    """Right, of what was decided without a person and somebody saw."""
    seen = [row for row in rows if row.sure and row.seen]
    return Part(_sum(row for row in seen if row.right), _sum(seen))


def layers(rows: Sequence[Counted]) -> list[tuple[str, Part, Part]]:
    """Who decided: words, how much of everything, and how often right where somebody saw; last what a person decides."""
    whole = _sum(rows)
    found = []
    for key, words in LAYERS.items():
        mine = [row for row in rows if row.sure and row.layer == key]
        found.append((words, Part(_sum(mine), whole, 1), accuracy(mine)))
    unsure = [row for row in rows if not row.sure]
    return [*found, ("A person", Part(_sum(unsure), whole, 1), Part(0, 0))]


# Per label -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    label: str
    decided: int
    changed: int
    precision: Part  # of those it called so and somebody saw, so many are
    recall: Part  # of those that are so, as far as somebody saw, so many it called so

    @property
    def words(self) -> str:
        return labels.words(self.label)


def per_label(rows: Sequence[Counted]) -> list[Line]:
    """In order of precedence, those that occur."""
    return [line for label in labels.PRECEDENCE if (line := _line(rows, label))]


def _line(rows: Sequence[Counted], label: str) -> Line | None:
    said = [row for row in rows if row.said == label and row.sure]
    seen = [row for row in said if row.seen]
    wanted = [row for row in rows if row.final == label and row.seen]
    if not said and not wanted:
        return None
    hits = _sum(row for row in seen if row.right)
    found = _sum(row for row in wanted if row.said == label)
    changed = _sum(row for row in said if row.changed)
    return Line(label, _sum(said), changed, Part(hits, _sum(seen)), Part(found, _sum(wanted)))


# Confusion -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    n: int
    right: bool
    heat: int  # 0 to 4: how much of what people said it was
    said: str
    final: str


def confusion(rows: Sequence[Counted]) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """What it was against what it was taken for, over what somebody saw; only labels that occur."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.seen:
            counts[row.final, row.said] += row.n
    present = {label for pair in counts for label in pair}
    columns = [label for label in labels.PRECEDENCE if label in present]
    lines = []
    for final in columns:
        whole = sum(counts[final, said] for said in columns)
        lines.append((final, [_cell(counts[final, said], whole, final, said) for said in columns]))
    return columns, lines


def _cell(n: int, whole: int, final: str, said: str) -> Cell:
    heat = 0 if not n else min(4, 1 + int(4 * n / whole)) if whole else 0
    return Cell(n, final == said, heat, said, final)


def mixed_up(rows: Sequence[Counted], most: int = 3) -> list[tuple[str, str, int]]:
    """What is most often taken for something else: said, what it was, how often."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.changed:
            counts[row.said, row.final] += row.n
    return [(said, final, n) for (said, final), n in counts.most_common(most)]


# Calibration and drift -----------------------------------------------------------------------------------------------


def calibration(rows: Sequence[Counted]) -> list[tuple[str, float | None, Part]]:
    """For each band of how sure it was: the mean of that, and how often it was right where somebody saw."""
    found = []
    for place, (_, words) in enumerate(BANDS):
        mine = [row for row in rows if row.band == place and row.seen]
        n = _sum(mine)
        mean = sum(row.confidence * row.n for row in mine) / n if n else None
        found.append((words, mean, Part(_sum(row for row in mine if row.right), n)))
    return found


@dataclass(frozen=True)
class Week:
    weeks_ago: int
    all: int
    decided: int
    changed: int
    shares: dict[str, int]  # family -> replies


def weeks(rows: Sequence[Counted], many: int) -> list[Week]:
    """The newest last; a week without a reply is a row of noughts."""
    found = []
    for ago in reversed(range(many)):
        mine = [row for row in rows if row.weeks_ago == ago]
        shares: Counter[str] = Counter()
        for row in mine:
            shares[labels.family(row.final) if labels.known(row.final) else labels.OTHER] += row.n
        sure = [row for row in mine if row.sure]
        found.append(Week(ago, _sum(mine), _sum(sure), _sum(row for row in sure if row.changed), dict(shares)))
    return found


def drift(rows: Sequence[Counted]) -> str:
    """Whether people change more labels than a month before, in plain words."""
    now, before = _month(rows, 0), _month(rows, MONTH_WEEKS)
    if not now.whole:
        return "In the last 4 weeks no label was decided without a person."
    said = f"In the last 4 weeks people changed {now.part} of {_labels(now.whole)}"
    said += f"; before {before.part} of {before.whole}." if before.whole else "."
    if now.too_few or before.too_few:
        return f"{said} Too few to say whether that is a change."
    if wilson(now.part, now.whole)[0] > wilson(before.part, before.whole)[1]:
        return f"{said} That is more than chance: what people write has changed, or what you want to hear in it. Learn from it."
    if wilson(now.part, now.whole)[1] < wilson(before.part, before.whole)[0]:
        return f"{said} That is fewer, and more than chance."
    return f"{said} That is no change beyond chance."


def _month(rows: Sequence[Counted], first: int) -> Part:
    mine = [row for row in rows if row.sure and first <= row.weeks_ago < first + MONTH_WEEKS]
    return Part(_sum(row for row in mine if row.changed), _sum(mine), ENOUGH_WEEKS)


def _labels(n: int) -> str:
    return f"{n:,} label{'' if n == 1 else 's'}"


def shift(rows: Sequence[Counted]) -> list[tuple[str, Part, Part]]:
    """Families whose share of all replies changed beyond chance between the last 4 weeks and the 4 before."""
    found = []
    for family in labels.FAMILIES:
        now, before = _share_of(rows, family, 0), _share_of(rows, family, MONTH_WEEKS)
        if now.too_few or before.too_few:
            continue
        (low, high), (least, most) = wilson(now.part, now.whole), wilson(before.part, before.whole)
        if low > most or high < least:
            found.append((family, now, before))
    return found


def _share_of(rows: Sequence[Counted], family: str, first: int) -> Part:
    mine = [row for row in rows if first <= row.weeks_ago < first + MONTH_WEEKS and labels.known(row.final)]
    return Part(_sum(row for row in mine if labels.family(row.final) == family), _sum(mine), ENOUGH_WEEKS)


def verdict(rows: Sequence[Counted]) -> str:
    """The first sentence of the page."""
    covered, right = coverage(rows), accuracy(rows)
    if not covered.whole:
        return "No reply was judged in these weeks."
    if covered.too_few:
        return f"{covered.whole} replies were judged in these weeks: too few to say how well."
    said = f"{covered.words} of replies are labelled without a person"
    if right.too_few:
        return f"{said}; people looked at {right.whole} of them, too few to say how many are right."
    return f"{said}, and {right.words} of those that somebody saw are right."
