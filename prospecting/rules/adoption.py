"""What changes for one walk that takes a newer version of its sequence, in words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from prospecting.rules.sequence_changes import StepFacts, step_changes


@dataclass(frozen=True)
class Planned:
    """A touch that has not left: whose, which step, from which day."""

    contact: int
    name: str
    step: StepFacts
    day: date
    edited: bool = False  # a person gave it other words


@dataclass(frozen=True)
class Change:
    kind: str  # stays, changes, goes, comes
    sentence: str


def changes(before: Sequence[Planned], after: Sequence[Planned]) -> list[Change]:
    """What was planned and what is planned now, person by person."""
    people = dict.fromkeys([row.contact for row in (*before, *after)])
    found: list[Change] = []
    for person in people:
        found += _of_person([r for r in before if r.contact == person], [r for r in after if r.contact == person])
    return found


def _of_person(before: Sequence[Planned], after: Sequence[Planned]) -> Iterator[Change]:
    now = {(row.step.role, row.step.key): row for row in after}
    for old in before:
        new = now.pop((old.step.role, old.step.key), None)
        yield _went(old) if new is None else _compared(old, new)
    for row in now.values():
        yield Change("comes", f"{row.name}: {row.step.name}, is planned for {_day(row.day)}.")


def _went(old: Planned) -> Change:
    words = ", with the words a person gave it" if old.edited else ""
    return Change("goes", f"{old.name}: {old.step.name}, planned for {_day(old.day)}, is taken back{words}.")


def _compared(old: Planned, new: Planned) -> Change:
    words = list(step_changes(old.step, new.step))
    if old.step.order != new.step.order:
        words.append(f"is step {new.step.order} now")
    words += [f"moves from {_day(old.day)} to {_day(new.day)}"] if old.day != new.day else []
    if not words:
        return Change("stays", f"{old.name}: {old.step.name}, stays on {_day(old.day)}.")
    kept = " The words a person gave it stay." if new.edited else ""
    return Change("changes", f"{old.name}: {new.step.name}, {', and '.join(words)}.{kept}")


def had(name: str, made: Collection[int], role: str, steps: Sequence[StepFacts]) -> str:
    """What of the new version a person has behind them; none of it comes again."""
    own = [step for step in steps if step.role == role]
    known = [step for step in own if step.key in made]
    if not known:
        return ""
    which = ", ".join(f"step {step.order}" for step in known)
    return f"{name} has had {which} of {len(own)}; nothing of that comes again."


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%B}"
