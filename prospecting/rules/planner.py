"""Who is written to next, with what, and from which day; it never looks at a mailbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from crm.rules.working_time import add_working_days
from prospecting.rules.guard import too_many_people

WAITING, OPEN, CLOSED = "waiting", "open", "closed"


@dataclass(frozen=True)
class Budget:
    """The politeness budget of one account, over all sequences, users and mailboxes."""

    people_at_once: int = 2
    touches_a_week: int = 3
    days_between_people: int = 1  # working days


@dataclass(frozen=True)
class Stage:
    id: int
    position: int
    name: str
    roles: tuple[str, ...]
    state: str
    opened_on: date | None = None
    most_people: int = 1
    patience_from: date | None = None  # an absence stretches the pauses between steps


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    role: str
    stopped: str = ""  # why nothing more goes to them
    not_before: date | None = None


@dataclass(frozen=True)
class Step:
    id: int
    key: str  # stays the same from version to version: nobody gets the same step twice
    position: int
    role: str
    channel: str
    wait_days: int


@dataclass(frozen=True)
class Past:
    """A touch that was made, is on its way or is planned; `day` is when."""

    contact: int
    step_key: str
    day: date
    done: bool  # False while planned, paused or in flight
    name: str = ""
    counts: bool = True  # a step that a person left out is done, and spends no budget


@dataclass(frozen=True)
class Next:
    contact: int
    step: int
    stage: int
    channel: str
    day: date
    why: str


@dataclass(frozen=True)
class Plan:
    touches: tuple[Next, ...] = ()
    why_none: tuple[str, ...] = ()
    missing_roles: tuple[str, ...] = ()
    used_up: tuple[int, ...] = ()  # open stages whose steps are all made


@dataclass
class _Room:
    """What the budget still allows while one plan is being made."""

    budget: Budget
    past: Sequence[Past]
    days: list[tuple[int, date]] = field(default_factory=list)
    active: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.days = [(touch.contact, touch.day) for touch in self.past if touch.counts]


def plan(
    stages: Sequence[Stage],
    people: Mapping[str, Sequence[Person]],
    steps: Sequence[Step],
    past: Sequence[Past],
    *,
    budget: Budget,
    today: date,
    country: str = "",
) -> Plan:
    """The next touch of each person whose stage is open, or words for why there is none.

    `people` are the holders of each role, the one to try first in front; `past` holds every touch of the account.
    """
    room = _Room(budget, past)
    room.active = _active(stages, people, steps, past)
    touches: list[Next] = []
    why: list[str] = []
    missing: list[str] = []
    used_up: list[int] = []
    for stage in sorted((s for s in stages if s.state == OPEN), key=lambda s: s.position):
        found, words, done = _plan_stage(stage, people, steps, room, today, country)
        touches += found
        why += words
        missing += [role for role in stage.roles if not people.get(role)]
        used_up += [stage.id] if done else []
    if not any(stage.state == OPEN for stage in stages):
        why.append("No stage is open.")
    return Plan(tuple(touches), tuple(why), tuple(dict.fromkeys(missing)), tuple(used_up))


def _plan_stage(
    stage: Stage,
    people: Mapping[str, Sequence[Person]],
    steps: Sequence[Step],
    room: _Room,
    today: date,
    country: str,
) -> tuple[list[Next], list[str], bool]:
    """Touches of one open stage; True at the end when everybody there has had every step."""
    touches: list[Next] = []
    why: list[str] = []
    tried = left = 0
    for person in _chosen(stage, people, room):
        tried += 1
        step = _next_step(person, steps, room.past)
        if step is None:
            why.append(f"{person.name} has had every step for this role.")
            continue
        left += 1
        if any(t.contact == person.id and not t.done for t in room.past):
            continue  # one planned touch a person; the next is made when this one has left
        if person.id not in room.active and len(room.active) >= room.budget.people_at_once:
            why.append(too_many_people(room.budget.people_at_once, tuple(room.active.values())))
            continue
        touches.append(_touch(stage, person, step, room, today, country))
    if not tried:
        why.append(_nobody(stage, people))
    return touches, why, bool(tried) and not left


def _chosen(stage: Stage, people: Mapping[str, Sequence[Person]], room: _Room) -> list[Person]:
    """The first holders of the stage's roles who are not stopped; those already being written to come first."""
    willing = [p for role in stage.roles for p in people.get(role, ()) if not p.stopped]
    unique = list({p.id: p for p in willing}.values())
    touched = {t.contact for t in room.past}
    unique.sort(key=lambda p: p.id not in touched)
    return unique[: max(stage.most_people, 1)]


def _nobody(stage: Stage, people: Mapping[str, Sequence[Person]]) -> str:
    stopped = [p for role in stage.roles for p in people.get(role, ()) if p.stopped]
    if stopped:
        return f"{stage.name}: {stopped[0].name} is not written to any more ({stopped[0].stopped}), and nobody else is known."
    return f"{stage.name}: nobody is known in this role."


def _next_step(person: Person, steps: Sequence[Step], past: Sequence[Past]) -> Step | None:
    had = {t.step_key for t in past if t.contact == person.id and t.done}
    own = sorted((s for s in steps if s.role == person.role), key=lambda s: s.position)
    return next((step for step in own if step.key not in had), None)


def _active(
    stages: Sequence[Stage],
    people: Mapping[str, Sequence[Person]],
    steps: Sequence[Step],
    past: Sequence[Past],
) -> dict[int, str]:
    """People in the middle of their steps, in the order they were first written to."""
    known = {p.id: p for holders in people.values() for p in holders}
    open_roles = {role for s in stages if s.state == OPEN for role in s.roles}
    active: dict[int, str] = {}
    for touch in sorted(past, key=lambda t: t.day):
        person = known.get(touch.contact)
        if person is None or person.stopped or person.role not in open_roles:
            if not touch.done:
                active.setdefault(touch.contact, touch.name or "someone else")
        elif _next_step(person, steps, past):
            active.setdefault(person.id, person.name)
    return active


def _touch(stage: Stage, person: Person, step: Step, room: _Room, today: date, country: str) -> Next:
    day, why = _due(stage, person, step, room.past, today, country)
    polite = _polite_day(person, day, room, country)
    if polite > day:
        why = f"{why}, moved by the account's budget"
    room.active.setdefault(person.id, person.name)
    room.days.append((person.id, polite))
    return Next(person.id, step.id, stage.id, step.channel, polite, why)


def _due(stage: Stage, person: Person, step: Step, past: Sequence[Past], today: date, country: str) -> tuple[date, str]:
    """The day the step falls due: so many working days after the last real send, never in the past."""
    last = max((t.day for t in past if t.contact == person.id and t.done), default=None)
    start = last or stage.opened_on or today
    waited_from = max(start, stage.patience_from or start)
    day = add_working_days(waited_from, step.wait_days if last else 0, country)
    earliest = max(today, person.not_before or today)
    words = f"{step.wait_days} working days after the last touch" if last else f"first touch of {stage.name}"
    return add_working_days(max(day, earliest), 0, country), words


def _polite_day(person: Person, day: date, room: _Room, country: str) -> date:
    """The first working day on or after `day` that the week and the distance between people allow."""
    for _ in range(60):
        week = sum(1 for _, d in room.days if day - timedelta(days=7) < d <= day)
        near = any(
            contact != person.id and _near(day, d, room.budget.days_between_people, country) for contact, d in room.days
        )
        if week < room.budget.touches_a_week and not near:
            return day
        day = add_working_days(day, 1, country)
    return day


def _near(one: date, other: date, days: int, country: str) -> bool:
    """Fewer than so many working days lie between the two; years are not counted day by day to find out."""
    return days > 0 and add_working_days(min(one, other), days, country) > max(one, other)
