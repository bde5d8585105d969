"""The plan of reminders of one kind of meeting, as people write it."""

from typing import Any

from django import forms

from appointments.models import MeetingType, ReminderRule
from appointments.rules import reminders as rules

UNITS = ((1, "minutes"), (60, "hours"), (1440, "days"))
WORDS = dict(ReminderRule.Kind.choices)


class ReminderPlanForm(forms.Form):
    """One row a reminder: whether, how long before the start, and how far ahead it must have been booked."""

    def __init__(self, data: Any = None, *, kind: MeetingType, current: list[rules.Rule]) -> None:
        super().__init__(data)
        self.kind, self.current = kind, current
        for rule in current:
            count, unit = split(rule.before)
            ahead, ahead_unit = split(rule.ahead)
            self.fields |= {
                f"{rule.kind}_active": forms.BooleanField(required=False, initial=rule.active, label=WORDS[rule.kind]),
                f"{rule.kind}_before": number(count, "Before the start"),
                f"{rule.kind}_before_unit": unit_of(unit),
                f"{rule.kind}_ahead": number(ahead, "If booked ahead"),
                f"{rule.kind}_ahead_unit": unit_of(ahead_unit),
            }

    def rows(self) -> list[dict[str, Any]]:
        parts = ("active", "before", "before_unit", "ahead", "ahead_unit")
        return [
            {"kind": rule.kind, "words": WORDS[rule.kind], **{part: self[f"{rule.kind}_{part}"] for part in parts}}
            for rule in self.current
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for rule in self.current:
            before, ahead = self._minutes(rule.kind, "before"), self._minutes(rule.kind, "ahead")
            if before is None or ahead is None:
                continue
            if not 5 <= before <= rules.MOST_BEFORE:
                self.add_error(f"{rule.kind}_before", "Between 5 minutes and 30 days before.")
            elif ahead < before:
                self.add_error(f"{rule.kind}_ahead", "At least as far ahead as the reminder itself.")
        return said

    def _minutes(self, kind: str, part: str) -> int | None:
        count, unit = self.cleaned_data.get(f"{kind}_{part}"), self.cleaned_data.get(f"{kind}_{part}_unit")
        return count * int(unit) if count is not None and unit else None

    @property
    def rules(self) -> list[rules.Rule]:
        """What was said, valid: one rule a kind."""
        return [
            rules.Rule(
                one.kind, self._minutes(one.kind, "before") or 0, self._minutes(one.kind, "ahead") or 0,
                bool(self.cleaned_data[f"{one.kind}_active"]),
            )
            for one in self.current
        ]  # fmt: skip


def number(initial: int, label: str) -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=99_999, initial=initial, label=label)


def unit_of(initial: int) -> forms.ChoiceField:
    return forms.ChoiceField(choices=UNITS, initial=initial, label="Unit")


def split(minutes: int) -> tuple[int, int]:
    """Minutes as a number of the largest unit that has no rest."""
    unit = next((size for size, _ in reversed(UNITS) if minutes and minutes % size == 0), 1)
    return minutes // unit, unit
