"""The rungs an account climbs, in their order, with their words."""

from collections.abc import Iterable

ADDRESSABLE = "addressable"
TARGETED = "targeted"
CONTACTED = "contacted"
ENGAGED = "engaged"
QUALIFIED = "qualified"
BOOKED = "booked"
HELD = "held"
ACCEPTED = "accepted"
NOT_ACCEPTED = "not_accepted"

RUNGS = (ADDRESSABLE, TARGETED, CONTACTED, ENGAGED, QUALIFIED, BOOKED, HELD, NOT_ACCEPTED, ACCEPTED)

WORDS = {
    ADDRESSABLE: "Addressable",
    TARGETED: "Targeted",
    CONTACTED: "Contacted",
    ENGAGED: "Engaged",
    QUALIFIED: "Qualified",
    BOOKED: "Booked",
    HELD: "Held",
    NOT_ACCEPTED: "Not accepted",
    ACCEPTED: "Accepted",
}

# Beside the ladder, dated like a rung: the first setter has the reply.
IN_HAND = "in_hand"

CHOICES = [(rung, WORDS[rung]) for rung in RUNGS]
BEFORE_THE_REPLY = (TARGETED, CONTACTED)
AFTER_THE_REPLY = (ENGAGED, QUALIFIED, BOOKED, HELD, NOT_ACCEPTED, ACCEPTED)


def order(rung: str) -> int:
    return RUNGS.index(rung)


def furthest(rungs: Iterable[str]) -> str:
    """The highest rung; an account with none is addressable. What stands beside the ladder is no rung."""
    return max((rung for rung in rungs if rung in WORDS), key=order, default=ADDRESSABLE)
