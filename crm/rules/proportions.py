"""What a proportion of few can say: its likely range, and how many are needed to tell."""

from math import ceil, sqrt

Z95 = 1.96
TELLING_DROP = 2 / 3  # a rate a third below the reference is worth finding


def wilson(count: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson's score); (0, 1) of nothing."""
    if of <= 0:
        return 0.0, 1.0
    share, square = count / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def needed(reference: float) -> int:
    """About how many are needed to tell a rate a third lower than the reference from chance."""
    if not 0 < reference < 1:
        return 0
    lower = reference * TELLING_DROP
    exact = Z95**2 * lower * (1 - lower) / (reference - lower) ** 2
    return max(10, ceil(exact / 5) * 5)
