"""What is wrong with a whole route, in words and at the stage it is about; plain values, the day passed in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from prospecting.rules import gate_checks, gates
from prospecting.rules.gates import Gate, counted

NO_STAGES = "It has no stages."
MOST_PEOPLE = 99


@dataclass(frozen=True)
class Stop:
    """A stage as a route says it."""

    number: int
    name: str
    roles: tuple[str, ...] = ()  # slugs
    least: int = 1
    most: int = 2
    patience: int = 10
    gate: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """`stage` is its number, 0 the route itself; what does not block is said and may be published."""

    stage: int
    sentence: str
    blocks: bool = True


def problems(stops: Sequence[Stop], *, roles: Mapping[str, str], today: date) -> list[Problem]:
    """Everything that can be said of the route by itself; `roles` are those there are, slug to name."""
    if not stops:
        return [Problem(0, NO_STAGES)]
    found: list[Problem] = []
    for stop in stops:
        own = list(_own(stop, roles))
        found += own or list(_gate(stop, stops, roles, today))
    broken = {problem.stage for problem in found if problem.blocks}
    return [*found, *_unreachable(stops, broken), *_same_people(stops)]


def _own(stop: Stop, roles: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with a stage whatever stands around it."""
    unknown = [gate_checks.short(slug) for slug in stop.roles if slug not in roles]
    if not stop.roles:
        yield Problem(stop.number, "It names nobody to write to.")
    elif unknown:
        yield Problem(stop.number, f"There is no role “{unknown[0]}”.")
    if stop.least > stop.most:
        yield Problem(
            stop.number, f"It needs {counted(stop.least, 'person', 'people')} and allows {stop.most} at most."
        )
    for line in gate_checks.problems(stop.gate, roles=roles):
        yield Problem(stop.number, line)


def _gate(stop: Stop, stops: Sequence[Stop], roles: Mapping[str, str], today: date) -> Iterator[Problem]:
    """What is wrong with a sound gate at this place of this route."""
    yield from _order(stop, stops)
    if gate_checks.over(stop.gate, today):
        yield Problem(stop.number, "Its window is over; this gate can never open again.")
    elif any(gate_checks.over(way, today) for way in gates.ways(stop.gate)):
        yield Problem(stop.number, "One of its windows is over and opens nothing any more.", blocks=False)
    if stop.number == 1 and not opens_at_start(stop.gate):
        yield Problem(1, "The first stage does not open at the start, so nobody is ever written to.")
    elif stop.number > 1 and any(_needs_a_hand(way) for way in gates.ways(stop.gate)):
        yield Problem(stop.number, "“By hand” among outcomes that must all come: it opens by hand only.", blocks=False)
    yield from _roles_named(stop, stops, roles)


def opens_at_start(gate: Gate) -> bool:
    kind, terms = gates.one_kind(gate)
    if kind == "any":
        return any(opens_at_start(inner) for inner in terms)
    return kind in ("start", "timing", "role_filled") or (kind == "all" and all(map(opens_at_start, terms)))


def _needs_a_hand(way: Gate) -> bool:
    kind, _ = gates.one_kind(way)
    return kind == "all" and any(inner == "by_hand" for inner, _ in gates.leaves(way))


def _order(stop: Stop, stops: Sequence[Stop]) -> Iterator[Problem]:
    """A gate may look back only: at itself or forward it waits for what cannot have happened."""
    by_number = {one.number: one for one in stops}
    for named in sorted(gates.stages_named(stop.gate)):
        other = by_number.get(named)
        if other is None:
            yield Problem(stop.number, f"Its gate waits for stage {named}, and there is none.")
        elif named == stop.number:
            yield Problem(stop.number, "Its gate waits for itself: nobody here is written to before it opens.")
        elif named > stop.number:
            yield Problem(stop.number, _forward(stop, other))


def _forward(stop: Stop, other: Stop) -> str:
    if stop.number in gates.stages_named(other.gate):
        return f"It and stage {other.number}, {other.name}, wait for each other; neither ever opens."
    return f"Its gate waits for stage {other.number}, {other.name}, which opens after it."


def _roles_named(stop: Stop, stops: Sequence[Stop], roles: Mapping[str, str]) -> Iterator[Problem]:
    """A role that only a later stage writes to, or none at all, where this gate waits for it."""
    earlier = {slug for one in stops if one.number <= stop.number for slug in one.roles}
    for kind, terms in gates.leaves(stop.gate):
        role = str(terms.get("role") or "") if kind in ("referral", "role_filled") else ""
        if not role or role in earlier:
            continue
        name = roles.get(role, role)
        later = next((one for one in stops if role in one.roles), None)
        if later:
            yield Problem(stop.number, f"Its gate waits for the role {name}, which belongs to stage {later.number}, {later.name}, after it.")  # fmt: skip
        else:
            yield Problem(stop.number, f"Its gate waits for the role {name}, whom no stage writes to.", blocks=False)


def _unreachable(stops: Sequence[Stop], broken: set[int]) -> list[Problem]:
    """Stages that nothing on this route can lead to, because what they wait for is not reached either."""
    reached: set[int] = set()
    found: list[Problem] = []
    for stop in stops:
        if stop.number in broken:
            continue
        if _can_open(stop.gate, stop.number, reached):
            reached.add(stop.number)
        elif stop.number > 1:
            found.append(Problem(stop.number, "Nobody gets here: the stages it waits for never open."))
    return found


def _can_open(gate: Gate, number: int, reached: set[int]) -> bool:
    kind, terms = gates.one_kind(gate)
    if kind in ("any", "all"):
        return (any if kind == "any" else all)(_can_open(inner, number, reached) for inner in terms)
    if kind in gates.OF_A_STAGE and (terms or {}).get("stage"):
        return terms["stage"] in reached
    if kind == "silence":
        return number - 1 in reached
    return bool(reached) if kind in ("reply", "referral", "meeting_held") else True


def _same_people(stops: Sequence[Stop]) -> list[Problem]:
    found = []
    for n, stop in enumerate(stops):
        same = next((one for one in stops[:n] if set(stop.roles) and set(stop.roles) <= set(one.roles)), None)
        if same:
            line = f"It writes to the same roles as stage {same.number}; nobody gets a step twice."
            found.append(Problem(stop.number, line, blocks=False))
    return found


def too_long_a_silence(stops: Sequence[Stop], touches: Mapping[int, int]) -> list[Problem]:
    """Silences that ask for more touches than any sequence makes; `touches` by stage, where a sequence is in use."""
    found = []
    for stop in stops:
        asked = [_touches(way, stop.number) for way in gates.ways(stop.gate)]
        short = [(needed, of) for needed, of in asked if needed > touches.get(of, needed)]
        if short:
            needed, of = short[0]
            most = counted(touches[of], "touch", "touches")
            line = f"It waits for {needed} touches of stage {of}; no sequence in use makes more than {most} there."
            found.append(Problem(stop.number, line, blocks=False))
    return found


def _touches(way: Gate, number: int) -> tuple[int, int]:
    """How many touches a way waits for, and of which stage."""
    silences = [terms for kind, terms in gates.leaves(way) if kind == "silence"]
    return max(((int(t.get("touches", 1)), t.get("stage") or number - 1) for t in silences), default=(0, 0))
