"""Whose turn it is: round robin by weight over a ledger, so that cancelling and being away cost nobody their share."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

NONE = Decimal(0)


@dataclass(frozen=True)
class Hand:
    """A host with their weight (1 or more; 0 is never in turn) and the meetings the ledger says they had."""

    host_id: int
    weight: int = 1
    had: Decimal = NONE


def in_turn(hands: Iterable[Hand], first: Collection[int] = ()) -> list[int]:
    """Who comes first: those named first, in their order, then by the least share after one more meeting.

    (had + 1) / weight is the finish time of stride scheduling: a weight of 3 gets three of four beside a 1, evenly mixed.
    """
    sharing = sorted(
        (one for one in hands if one.weight > 0), key=lambda one: ((one.had + 1) / one.weight, one.host_id)
    )
    known = [one.host_id for one in sharing]
    ahead = [pk for pk in dict.fromkeys(first) if pk in known]
    return [*ahead, *(pk for pk in known if pk not in ahead)]


def average(hands: Collection[Hand], weight: int) -> Decimal:
    """What somebody of this weight would have had by now, had they been there all along: a joiner starts with it."""
    weights = sum(one.weight for one in hands)
    return sum((one.had for one in hands), NONE) / weights * weight if weights else NONE


def share_missed(others: Collection[Hand], had_then: Decimal, weight: int) -> Decimal:
    """What the others had per weight while somebody was away, for this weight; never less than nothing.

    `others` carry what each of them had in that time; `had_then` is what the one who was away had meanwhile.
    """
    return max(NONE, average(others, weight) - had_then)
