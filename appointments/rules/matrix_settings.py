"""What a row of the matrix may be set to: its actions, its minutes and its settings, checked and told in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appointments.rules import matrix
from prospecting.rules import labels

MOST_MINUTES = 20 * matrix.DAY


@dataclass(frozen=True)
class Setting:
    """`actions` are the cells that read it; of a number `low` to `high`, else one of `choices`."""

    words: str
    actions: tuple[str, ...]
    low: int = 1
    high: int = 0
    choices: tuple[Any, ...] = ()

    def takes(self, value: Any) -> bool:
        if self.choices:
            return any(value is one or (isinstance(one, str) and value == one) for one in self.choices)
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    @property
    def range(self) -> str:
        if self.choices:
            return " or ".join(f"“{one}”" if isinstance(one, str) else str(one).lower() for one in self.choices)
        return f"a whole number from {self.low} to {self.high:,}"


SETTINGS = {
    "default_days": Setting("Working days away where no day is given", ("pause_until_back", "wait_for_return"), 1, 60),
    "urgent_minutes": Setting("Working minutes for legal or hostile words", ("confirm_opt_out",), 5, 2 * matrix.DAY),
    "find_minutes": Setting("Working minutes to find the person of a department", ("write_to_referred",), 5, MOST_MINUTES),
    matrix.CITES: Setting("A text to the person named may say who sent us", ("follow_referral",), choices=(True, False)),
    "undated_days": Setting("Days of rest where no date is given", ("rest",), 1, 730),
    "lead_days": Setting("Days before their date on which we begin again", ("rest",), 0, 120),
    "rest_days": Setting("Days of rest after a decline", ("rest_or_next_role",), 1, 730),
    matrix.SECOND_ANSWER: Setting("A second answer to the same objection", ("answer_objection",), choices=(matrix.REFUSED, matrix.WITH_REASON)),
}  # fmt: skip


def wrong(row: matrix.Row) -> dict[str, str]:
    """Column → what cannot be, in a sentence; nothing where the row can be carried out."""
    found: dict[str, str] = {}
    if row.label not in labels.LABELS:
        found["label"] = "There is no such label."
    for column, value, known in (
        ("contact_action", row.contact, matrix.CONTACT_ACTIONS),
        ("account_action", row.account, matrix.ACCOUNT_ACTIONS),
        ("item_action", row.item, matrix.ITEM_ACTIONS),
    ):
        if value not in known:
            found[column] = "The product cannot do that. Choose from the list."
    if minutes := _minutes(row):
        found["minutes"] = minutes
    if settings := _settings(row):
        found["settings"] = settings
    if row.label == "unsubscribe" and row.contact != "suppress":
        found["contact_action"] = "Who wants no more mail is never written to again; this cell cannot be anything else."
    return found


def _minutes(row: matrix.Row) -> str:
    if row.item == "nothing":
        return "There is nothing to do, so there is no clock. Leave it empty." if row.minutes else ""
    if row.minutes is None:
        return "A work item needs a clock: say its working minutes."
    if not 1 <= row.minutes <= MOST_MINUTES:
        return f"A clock runs for 1 to {MOST_MINUTES:,} working minutes; a working day has {matrix.DAY}."
    return ""


def _settings(row: matrix.Row) -> str:
    if not isinstance(row.settings, Mapping):
        return "Write settings as names with values, as in {“rest_days”: 180}."
    actions = {row.contact, row.account, row.item}
    for name, value in row.settings.items():
        known = SETTINGS.get(name)
        if known is None:
            return f"There is no setting “{str(name)[:40]}”. Known: {', '.join(SETTINGS)}."
        if not actions & set(known.actions):
            return f"“{name}” says nothing to this row: none of its cells reads it."
        if not known.takes(value):
            return f"“{name}” is {known.range}."
    return ""


def help_for() -> str:
    return "  ".join(f"{name}: {one.words.lower()}, {one.range}." for name, one in SETTINGS.items())
