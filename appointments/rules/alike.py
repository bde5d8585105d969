"""Like for like: two proportions over the strata that both have, the earlier one in the mix of the later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stratum:
    count: int
    of: int


@dataclass(frozen=True)
class Alike:
    """Shares from 0 to 1, None of nothing; `left_out` is how many of the later one's whole share no stratum."""

    earlier: float | None
    later: float | None
    earlier_alike: float | None
    later_alike: float | None
    shared: int
    left_out: int


def compare(earlier: Mapping[Any, Stratum], later: Mapping[Any, Stratum]) -> Alike:
    """Direct standardisation: each shared stratum's earlier share, weighted by what the later one has in it."""
    both = [key for key in later if key in earlier]
    weight = sum(later[key].of for key in both)
    mixed = sum(earlier[key].count / earlier[key].of * later[key].of for key in both)
    met = sum(later[key].count for key in both)
    return Alike(
        _share(earlier), _share(later), mixed / weight if weight else None, met / weight if weight else None,
        weight, sum(one.of for one in later.values()) - weight,
    )  # fmt: skip


def _share(found: Mapping[Any, Stratum]) -> float | None:
    whole = sum(one.of for one in found.values())
    return sum(one.count for one in found.values()) / whole if whole else None
