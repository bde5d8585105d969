"""Which accounts of a segment come to nothing: every simple cut of what was known of them, tested without fooling ourselves.

Each cut is a table of two groups and one outcome, tested exactly; all looks together keep to one false finding in twenty
segments (`exact`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from crm.rules.proportions import needed, wilson
from prospecting.rules.exact import bar, fisher, least_p
from prospecting.rules.groups import Cut, Group, Side, bits, singles

LEAST = 12  # accounts on either side of a cut, or it is not looked at
PAIRED = 8  # fields that pairs are made of, each by its widest cut
ALPHA, ALPHA_PAIRS = 0.04, 0.01  # of the 5 % in all
SHOWN = 3
MOST_REMOVED = 2  # times as many as stay
TWIN = 0.7  # two findings that share so much of their accounts say the same

ENGAGED, HELD = "engaged", "held"
OUTCOMES = {HELD: "held a meeting", ENGAGED: "answered"}


@dataclass(frozen=True)
class Walked:
    """One account that was contacted: what was known of it when it was enrolled, and how far it came."""

    facts: Mapping[str, Any]
    engaged: bool
    held: bool


@dataclass(frozen=True)
class Finding:
    """A group that does worse than everybody else of the segment, or better, and by how much chance could do that too."""

    fields: tuple[str, ...]
    group: Side
    keep: Side  # the term that keeps everybody else
    outcome: str
    count: int
    of: int
    rest_count: int
    rest_of: int
    p: float
    adjusted: float
    held: int = 0
    mask: int = field(default=0, repr=False, compare=False)

    @property
    def worse(self) -> bool:
        return self.count * self.rest_of < self.rest_count * self.of

    @property
    def removable(self) -> bool:
        """A term takes away two thirds at most; whoever would throw out more wants another segment."""
        return self.worse and self.of <= MOST_REMOVED * self.rest_of

    @property
    def sentence(self) -> str:
        """“Fewer than 3 sites: 41 accounts, 0 held a meeting; of the 599 others 61 did.”"""
        words = self.group.words[:1].upper() + self.group.words[1:]
        return f"{words}: {self.of:,} accounts, {self.count:,} {OUTCOMES[self.outcome]}; of the {self.rest_of:,} others {self.rest_count:,} did."

    @property
    def own_share(self) -> str:
        return share_words(self.count, self.of)

    @property
    def rest_share(self) -> str:
        return share_words(self.rest_count, self.rest_of)

    @property
    def ranges(self) -> str:
        """Both shares with their likely range (Wilson, 95 %)."""
        return f"{share_words(self.count, self.of)} against {share_words(self.rest_count, self.rest_of)}"


@dataclass(frozen=True)
class Search:
    """What was looked at, and what stood out."""

    accounts: int
    engaged: int
    held: int
    looked: int  # tables: cuts times outcomes
    telling: int  # of them, those that could have shown something
    small: int  # cuts with too few accounts on one side
    findings: tuple[Finding, ...] = ()
    nearest: Finding | None = None
    needed: int = 0

    @property
    def proposals(self) -> list[Finding]:
        return [one for one in self.findings if one.removable]

    @property
    def better(self) -> list[Finding]:
        return [one for one in self.findings if not one.removable]

    @property
    def too_few(self) -> bool:
        return not self.findings and (self.telling == 0 or self.accounts < self.needed)

    @property
    def sentence(self) -> str:
        if self.proposals:
            return self.proposals[0].sentence
        if self.too_few:
            return f"Too few to say: {self.accounts:,} accounts, need about {max(self.needed, 2 * LEAST):,}."
        return "No part of this segment does clearly worse than the rest."

    @property
    def looks(self) -> str:
        """How many looks it took, in words: whoever looks a hundred times finds five that mean nothing."""
        if not self.looked:
            return "No cut has enough accounts on both sides to be looked at."
        looked = f"{self.looked:,} comparisons were made over {self.accounts:,} accounts"
        chance = f"about {max(1, round(self.looked * 0.05)):,} would look like something by chance alone"
        return f"{looked}. {chance.capitalize()}, so what is said here has passed a test for all of them together: a segment in which nothing differs would show something once in twenty times."


def share_words(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{count / of if of else 0:.0%} (likely {low:.0%} to {high:.0%})".replace("%", " %")


def search(walked: Sequence[Walked]) -> Search:
    """Every single cut, and pairs of them where no single one says it; each group at least `LEAST` accounts."""
    everyone = (1 << len(walked)) - 1
    hits = {HELD: bits(row.held for row in walked), ENGAGED: bits(row.engaged for row in walked)}
    engaged, held = hits[ENGAGED].bit_count(), hits[HELD].bit_count()
    cuts = singles([row.facts for row in walked])
    wide = [cut for cut in cuts if big_enough(cut.mask, len(walked))]
    found = look([cut.sides(everyone) for cut in wide], everyone, hits, ALPHA)
    taken = {name for one in found.passed for name in one.fields}
    more = look([[group] for group in paired(wide, everyone, taken)], everyone, hits, ALPHA_PAIRS)
    share = engaged / len(walked) if walked else 0.0
    return Search(
        accounts=len(walked), engaged=engaged, held=held, looked=found.tables + more.tables,
        telling=found.telling + more.telling, small=len(cuts) - len(wide),
        findings=tuple(told_once([*found.passed, *more.passed])[:SHOWN]), nearest=found.nearest,
        needed=needed(share) if 0 < share < 1 else 0,
    )  # fmt: skip


def big_enough(mask: int, whole: int) -> bool:
    return LEAST <= mask.bit_count() <= whole - LEAST


@dataclass(frozen=True)
class Looked:
    """One round: what passed, how many tables were looked at, how many could have shown anything, and what came nearest."""

    passed: list[Finding]
    tables: int
    telling: int
    nearest: Finding | None


def look(cuts: Sequence[list[Group]], everyone: int, hits: Mapping[str, int], alpha: float) -> Looked:
    """Test each cut against everybody else for both outcomes; `alpha` is what all of them may err together."""
    tables = [
        (sides, outcome, *tested(sides[0].mask, everyone, hit)) for sides in cuts for outcome, hit in hits.items()
    ]
    if not tables:
        return Looked([], 0, 0, None)
    shared = bar([least for *_, least in tables], alpha)
    found = []
    for sides, outcome, p, _ in tables:
        adjusted = min(1.0, p * shared * (ALPHA + ALPHA_PAIRS) / alpha)
        found.append(told([finding(side, outcome, p, adjusted, everyone, hits) for side in sides]))
    found.sort(key=lambda one: (one.adjusted, one.p, -one.of))
    passed = [one for one in found if one.adjusted <= ALPHA + ALPHA_PAIRS]
    nearest = next((one for one in found if one not in passed and one.removable), None)
    return Looked(passed, len(tables), sum(1 for *_, least in tables if least <= alpha / shared), nearest)


def tested(mask: int, everyone: int, hit: int) -> tuple[float, float]:
    """(the p-value, the least one that these margins allow)"""
    of, whole, count, hits = mask.bit_count(), everyone.bit_count(), (mask & hit).bit_count(), hit.bit_count()
    return fisher(count, of, hits - count, whole - of), least_p(of, whole - of, hits)


def finding(side: Group, outcome: str, p: float, adjusted: float, everyone: int, hits: Mapping[str, int]) -> Finding:
    of, whole, hit = side.mask.bit_count(), everyone.bit_count(), hits[outcome]
    count = (side.mask & hit).bit_count()
    return Finding(
        side.fields, side.group, side.keep, outcome, count, of, hit.bit_count() - count, whole - of, p, adjusted,
        held=(side.mask & hits[HELD]).bit_count(), mask=side.mask,
    )  # fmt: skip


def told(sides: Sequence[Finding]) -> Finding:
    """The side that does worse where a rule may leave it out, else the smaller side."""
    return next((one for one in sides if one.removable), None) or min(sides, key=lambda one: one.of)


def paired(wide: Sequence[Cut], everyone: int, taken: set[str]) -> list[Group]:
    """Groups that two terms of different fields describe; the widest cuts first, none of a field that says it alone."""
    whole = everyone.bit_count()
    open_ones = [cut for cut in wide if cut.field not in taken]
    widest: dict[str, Cut] = {}
    for cut in sorted(open_ones, key=lambda cut: (abs(cut.mask.bit_count() - whole / 2), cut.here.rule)):
        widest.setdefault(cut.field, cut)
    even = list(widest.values())[:PAIRED]
    found: dict[int, Group] = {}
    for one, two in combinations(even, 2):
        for a, b in ((x, y) for x in one.sides(everyone) for y in two.sides(everyone)):
            both = a.mask & b.mask
            if LEAST <= both.bit_count() <= whole // 2 and both not in (a.mask, b.mask):
                here = Side(f"{a.group.words} and {b.group.words}", f"{a.group.rule} and {b.group.rule}")
                keep = Side(f"{a.keep.words}, or {b.keep.words}", f"({bare(a.keep.rule)} or {bare(b.keep.rule)})")
                found.setdefault(both, Group((one.field, two.field), here, keep, both))
    return list(found.values())


def bare(rule: str) -> str:
    return rule[1:-1] if rule.startswith("(") and rule.endswith(")") else rule


def told_once(found: Sequence[Finding]) -> list[Finding]:
    """Of findings about one field, or nearly the same accounts, the clearest; those that a rule can act on first."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda row: (not row.removable, row.adjusted, row.p, -row.of)):
        if all(one.fields != other.fields and alike(one, other) < TWIN for other in kept):
            kept.append(one)
    return kept


def alike(one: Finding, two: Finding) -> float:
    """How much of their accounts two findings share (Jaccard)."""
    either = (one.mask | two.mask).bit_count()
    return (one.mask & two.mask).bit_count() / either if either else 1.0
