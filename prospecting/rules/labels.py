"""What a reply can say: 17 labels in 9 families, their words on screen, and which comes first."""

from collections.abc import Iterable
from dataclasses import dataclass

MACHINE = "machine"
GONE = "gone"
STOP = "stop"
POSITIVE = "positive"
REDIRECT = "redirect"
LATER = "later"
OBJECTION = "objection"
NO = "no"
OTHER = "other"

FAMILIES = (MACHINE, GONE, STOP, POSITIVE, REDIRECT, LATER, OBJECTION, NO, OTHER)


@dataclass(frozen=True)
class Label:
    key: str
    family: str
    words: str
    short: str
    colour: str  # a role of the design tokens: after, late or plain ink


_ROWS = (
    # in order of precedence: the main label is the first that applies
    Label("bounce", MACHINE, "Bounced", "Bounced", "ink"),
    Label("unsubscribe", STOP, "Wants no more mail", "No more mail", "late"),
    Label("left_company", GONE, "Has left", "Has left", "ink"),
    Label("out_of_office", MACHINE, "Away", "Away", "ink"),
    Label("auto_reply", MACHINE, "Automatic reply", "Automatic", "ink"),
    Label("meeting_request", POSITIVE, "Wants to meet", "Wants to meet", "after"),
    Label("referral", REDIRECT, "Names someone", "Names someone", "ink"),
    Label("wrong_person", REDIRECT, "Wrong person", "Wrong person", "ink"),
    Label("not_now", LATER, "Not now", "Not now", "ink"),
    Label("objection_price", OBJECTION, "Objection: price", "Price", "ink"),
    Label("objection_competitor", OBJECTION, "Objection: has a supplier", "Has a supplier", "ink"),
    Label("objection_authority", OBJECTION, "Objection: cannot decide", "Cannot decide", "ink"),
    Label("objection_other", OBJECTION, "Objection: another reason", "Another reason", "ink"),
    Label("not_interested", NO, "Declines", "Declines", "ink"),
    Label("question", POSITIVE, "Asks a question", "Asks a question", "ink"),
    Label("interested", POSITIVE, "Interested", "Interested", "after"),
    Label("other", OTHER, "Something else", "Something else", "ink"),
)

LABELS: dict[str, Label] = {row.key: row for row in _ROWS}
PRECEDENCE: tuple[str, ...] = tuple(LABELS)
CHOICES: list[tuple[str, str]] = [(row.key, row.words) for row in _ROWS]


def known(key: str) -> bool:
    return key in LABELS


def words(key: str) -> str:
    """The label as a person reads it; an unlabelled message is not read yet."""
    return LABELS[key].words if key in LABELS else "Not read yet"


def told(key: str) -> str:
    """What everyone may know of a reply. Beyond a machine's words, a departure and an opt-out, which stand on the
    record of person and address anyway, what was said belongs to the team of the conversation.
    """
    openly = key in LABELS and (family(key) in (MACHINE, GONE, STOP))
    return words(key) if openly else "Answered"


def family(key: str) -> str:
    return LABELS[key].family


def counts(key: str) -> bool:
    """A Reply in the sense of the reply rate: a person wrote it."""
    return key in LABELS and LABELS[key].family != MACHINE


def is_no(key: str) -> bool:
    """The labels after which the account's cool-off begins."""
    return key in ("not_interested", "unsubscribe") or (key in LABELS and family(key) == OBJECTION)


def main_label(said: Iterable[str]) -> str:
    """The first of several labels in order of precedence; *other* when nothing was recognised."""
    present = set(said)
    return next((key for key in PRECEDENCE if key in present), "other")
