"""What rungs, labels and events are called on screens; upper apps enter theirs when they start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm.rules.story import Counted


@dataclass(frozen=True)
class Word:
    """A name with its drawing; `tone` is one of the four hues, or empty for ink."""

    text: str
    icon: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Telling:
    """How one kind of timeline row reads. `text` may be a sentence or a function of the event.

    `family` is what the filter of the timeline asks: said, sent or decided.
    """

    text: str | Callable[[Any], str]
    icon: str = "dot"
    tone: str = ""
    family: str = "decided"
    direction: str = ""  # in, out or inside, where the family does not say it

    @property
    def toward(self) -> str:
        """From them to us (`in`), from us to them (`out`), or among ourselves and the product (`inside`)."""
        return self.direction or {"said": "in", "sent": "out"}.get(self.family, "inside")


RUNGS: dict[str, str] = {"addressable": "Addressable"}
PAST_REPLY: set[str] = set()
LABELS: dict[str, Word] = {}
EVENTS: dict[str, Telling] = {}
# What the story of an account may be narrowed to: key → (name, how its kinds begin).
SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "record": ("The record", ("account.", "contact.", "membership.", "suppression.", "duplicate", "import.")),
}
DIRECTIONS = {"in": "From them", "out": "From us", "inside": "Inside"}
# Kinds of entries that are told together where they follow each other and nobody did them by hand.
COUNTED: dict[str, Counted] = {}


def rung(slug: str) -> str:
    return RUNGS.get(slug) or slug.replace("_", " ").capitalize()


def label(slug: str) -> Word:
    return LABELS.get(slug) or Word("Not read yet", "question")


def telling(kind: str) -> Telling:
    """How a row reads; a kind nobody entered is told by its own name rather than hidden."""
    return EVENTS.get(kind) or Telling(kind.replace(".", " ").replace("_", " ").capitalize())


def kinds_toward(direction: str) -> list[str]:
    return [kind for kind, row in EVENTS.items() if row.toward == direction]


def kinds_of(family: str) -> list[str]:
    return [kind for kind, row in EVENTS.items() if row.family == family]
