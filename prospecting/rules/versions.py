"""How two versions of a segment compare: may a chart join them or not."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

COMPARABLE = "comparable"
SHIFTED = "shifted"
BROKEN = "broken"

SHIFTED_BELOW = 0.8


@dataclass(frozen=True)
class Comparison:
    verdict: str
    overlap: float  # Jaccard: those in both divided by those in either
    entering: int
    leaving: int
    staying: int

    @property
    def sentence(self) -> str:
        if self.verdict == BROKEN:
            return "The route changed: the two versions are never compared."
        if self.verdict == SHIFTED:
            return f"Overlap {self.overlap:.2f}: charts draw a line here and keep the two apart."
        return f"Overlap {self.overlap:.2f}: charts join the two."


def jaccard(staying: int, entering: int, leaving: int) -> float:
    """Overlap of two sets by their counts; two empty sets are the same set."""
    either = staying + entering + leaving
    return staying / either if either else 1.0


def compare_counts(*, staying: int, entering: int, leaving: int, same_route: bool) -> Comparison:
    overlap = jaccard(staying, entering, leaving)
    verdict = COMPARABLE if overlap >= SHIFTED_BELOW else SHIFTED
    return Comparison(verdict if same_route else BROKEN, overlap, entering, leaving, staying)


def compare(before: AbstractSet[int], after: AbstractSet[int], *, same_route: bool) -> Comparison:
    """Compare two memberships by the ids of their accounts."""
    return compare_counts(
        staying=len(before & after),
        entering=len(after - before),
        leaving=len(before - after),
        same_route=same_route,
    )
