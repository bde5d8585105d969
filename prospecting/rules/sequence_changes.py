"""How one version of a sequence differs from another, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

CHANNELS = {"email": "mail", "call": "call", "social": "social note", "task": "task"}


@dataclass(frozen=True)
class StepFacts:
    role: str
    key: int
    order: int
    channel: str
    wait_days: int
    same_thread: bool = True
    text: str = ""
    text_version: int = 0
    task: str = ""

    @property
    def name(self) -> str:
        what = f" “{self.text}”" if self.text else (f" “{self.task}”" if self.task else "")
        return f"step {self.order}, {CHANNELS[self.channel]}{what}"


@dataclass(frozen=True)
class VersionFacts:
    steps: Sequence[StepFacts]
    snippets: Mapping[str, int] = field(default_factory=dict)
    mailboxes: frozenset[str] = frozenset()


def changes(before: VersionFacts, after: VersionFacts) -> list[str]:
    """One sentence for each difference, role by role; none when they say the same."""
    found: list[str] = []
    roles = dict.fromkeys([step.role for step in (*before.steps, *after.steps)])
    for role in roles:
        found += [f"{role}: {words}." for words in _of_role(_by_key(before, role), _by_key(after, role))]
    found += [f"{words}." for words in _of_snippets(before.snippets, after.snippets)]
    return found + [f"{words}." for words in _of_mailboxes(before.mailboxes, after.mailboxes)]


def _by_key(version: VersionFacts, role: str) -> dict[int, StepFacts]:
    return {step.key: step for step in sorted(version.steps, key=lambda s: s.order) if step.role == role}


def _of_role(before: Mapping[int, StepFacts], after: Mapping[int, StepFacts]) -> Iterator[str]:
    if not after:
        yield f"all {len(before)} steps are taken out" if len(before) > 1 else "its one step is taken out"
        return
    for key, step in before.items():
        if key not in after:
            yield f"{step.name}, is taken out"
    for key, step in after.items():
        if key in before:
            yield from (f"{step.name}, {words}" for words in step_changes(before[key], step))
        else:
            yield f"{step.name}, is new, {_when(step)}"
    stayed = [key for key in before if key in after]
    moved = [key for key in after if key in before]
    if stayed != moved:
        yield f"the order is now {', '.join(after[key].name for key in after)}"


def step_changes(old: StepFacts, new: StepFacts) -> Iterator[str]:
    """What is different about one step, wherever it stands."""
    if old.channel != new.channel:
        yield f"is a {CHANNELS[new.channel]} instead of a {CHANNELS[old.channel]}"
    if old.wait_days != new.wait_days:
        yield f"waits {_days(new.wait_days)} instead of {old.wait_days}"
    if old.text != new.text:
        yield f"says “{new.text}” instead of “{old.text}”" if old.text and new.text else _text_came_or_went(old, new)
    elif old.text_version != new.text_version:
        yield f"has its text in v{new.text_version} instead of v{old.text_version}"
    if old.same_thread != new.same_thread:
        yield "answers in the same thread" if new.same_thread else "begins a new thread"
    if old.task != new.task:
        yield f"asks to “{new.task}” instead of “{old.task}”" if old.task and new.task else "has another note"


def _text_came_or_went(old: StepFacts, new: StepFacts) -> str:
    return f"has the text “{new.text}” now" if new.text else f"has no text any more, it was “{old.text}”"


def _of_snippets(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old and new and old != new:
            yield f"The snippet “{name}” is v{new} instead of v{old}"


def _of_mailboxes(before: frozenset[str], after: frozenset[str]) -> Iterator[str]:
    if before != after:
        yield f"It leaves from {_boxes(after)} instead of {_boxes(before)}"


def _boxes(addresses: Iterable[str]) -> str:
    return ", ".join(sorted(addresses)) or "the prospector's own mailbox"


def _when(step: StepFacts) -> str:
    if step.order == 1:
        return "the first"
    return f"{_days(step.wait_days)} after the one before" if step.wait_days else "on the day of the one before"


def _days(n: int) -> str:
    return "1 working day" if n == 1 else f"{n} working days"
