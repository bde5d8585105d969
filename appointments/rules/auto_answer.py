"""Whether an answer may leave without a person: everything that speaks against it, in words; plain values."""

from collections.abc import Collection
from dataclasses import dataclass, field

from prospecting.rules import labels

NEVER = ("bounce", "out_of_office", "auto_reply", "unsubscribe", "left_company", "other")
LABELS = tuple(key for key in labels.LABELS if key not in NEVER)
LEAST = 0.9
ONE_A = 24  # hours


@dataclass(frozen=True)
class Facts:
    label: str
    secondary: Collection[str]
    confidence: float
    least: float
    needs_person: bool
    typed: bool  # by a person, as the envelope tells
    flags: Collection[str] = field(default_factory=tuple)
    allowed: bool = True
    stopped_in_team: bool = False
    sent_lately: bool = False
    answered: bool = False
    problem: str = ""
    guard: str = ""


def why_not(facts: Facts) -> str:
    """The first reason that keeps an answer for a person; empty where it may leave by itself."""
    said = {facts.label, *facts.secondary}
    never = next((one for one in NEVER if one in said), "")
    reasons = (
        (not facts.allowed, "No one has allowed it."),
        (facts.stopped_in_team, "It is switched off for the team."),
        (not facts.typed, "A machine is never answered."),
        (bool(never), f"“{labels.words(never)}” is never answered without a person." if never else ""),
        (bool(facts.flags), "The words call for a person."),
        (facts.needs_person, "A person should look at this one."),
        (facts.confidence < max(facts.least, LEAST), f"{facts.confidence:.0%} sure is less than the {facts.least:.0%} asked for."),
        (facts.answered, "Someone answers it already, or it was answered before."),
        (facts.sent_lately, f"They had an automatic answer within {ONE_A} hours."),
        (bool(facts.problem), facts.problem),
        (bool(facts.guard), facts.guard),
    )  # fmt: skip
    return next((words for speaks, words in reasons if speaks), "")
