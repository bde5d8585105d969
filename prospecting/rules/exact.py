"""Exact tests of two groups, and the bar that many of them share.

Fisher's exact test, two-sided (R. A. Fisher, *Statistical Methods for Research Workers*, 1934, §21.02), is right for any
number of accounts. Whoever looks often enough finds something: by Tarone's method (R. E. Tarone, *Biometrics* 46, 1990)
tables that could never show anything, whoever answered, are not counted, and the others share the error.
"""

from collections.abc import Sequence
from functools import lru_cache


def fisher(count: int, of: int, rest_count: int, rest_of: int) -> float:
    """Two-sided p-value of Fisher's exact test: `count` of `of` against `rest_count` of `rest_of`."""
    weights, first = _weights(of, rest_of, count + rest_count)
    return _tail(weights, weights[count - first])


def least_p(of: int, rest_of: int, hits: int) -> float:
    """The smallest p-value that these margins can have at all, whatever had happened."""
    weights, _ = _weights(of, rest_of, hits)
    return _tail(weights, min(weights[0], weights[-1]))


def _tail(weights: Sequence[float], observed: float) -> float:
    """The share of everything that is as unlikely as what was observed; equal ones may differ in the last digits."""
    return min(1.0, sum(weight for weight in weights if weight <= observed * (1 + 1e-9)) / sum(weights))


@lru_cache(maxsize=512)
def _weights(of: int, rest_of: int, hits: int) -> tuple[list[float], int]:
    """How likely each number of hits in the first group is, up to a common factor, from the least possible on.

    Built outwards from the likeliest one, so that nothing overflows and only what is negligible underflows.
    """
    low, high = max(0, hits - rest_of), min(of, hits)
    middle = min(high, max(low, (of + 1) * (hits + 1) // (of + rest_of + 2)))
    down, up = [1.0], [1.0]
    for n in range(middle, low, -1):
        down.append(down[-1] * (n * (rest_of - hits + n)) / ((of - n + 1) * (hits - n + 1)))
    for n in range(middle, high):
        up.append(up[-1] * ((of - n) * (hits - n)) / ((n + 1) * (rest_of - hits + n + 1)))
    return [*reversed(down), *up[1:]], low


def bar(least: Sequence[float], alpha: float) -> int:
    """Tarone's K: by how many the error is shared, tables that cannot pass left out."""
    ordered = sorted(least)
    for k in range(1, len(ordered) + 1):
        if sum(1 for p in ordered if p <= alpha / k) <= k:
            return k
    return max(1, len(ordered))
