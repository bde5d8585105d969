"""What is different between two versions of a route, in words."""

from collections.abc import Mapping, Sequence

from prospecting.rules import gates
from prospecting.rules.gates import counted
from prospecting.rules.route_checks import Stop

Roles = Mapping[str, str]  # slug → name


def changes(before: Sequence[Stop], after: Sequence[Stop], roles: Roles) -> list[str]:
    """Sentences, in the order of the new route; empty where the two say the same."""
    pairs = paired(before, after)
    found = [line for new in after for line in _of_stage(pairs.get(new.number), new, before, after, roles)]
    kept = {old.number for old in pairs.values()}
    found += [f"Stage {old.number}, {old.name}, is gone." for old in before if old.number not in kept]
    return found


def departments_changed(before: Sequence[str], after: Sequence[str]) -> list[str]:
    found = [f"{name} is never written to on this route." for name in after if name not in before]
    return found + [f"{name} may be written to." for name in before if name not in after]


def paired(before: Sequence[Stop], after: Sequence[Stop]) -> dict[int, Stop]:
    """Number of a new stage → the old one it was: by name, then by its roles, then by its place."""
    left, found = list(before), {}
    for same in (_same_name, _same_roles, _same_place):
        for new in after:
            old = next((one for one in left if new.number not in found and same(one, new)), None)
            if old:
                found[new.number] = old
                left.remove(old)
    return found


def _same_name(old: Stop, new: Stop) -> bool:
    return old.name.casefold() == new.name.casefold()


def _same_roles(old: Stop, new: Stop) -> bool:
    return set(old.roles) == set(new.roles)


def _same_place(old: Stop, new: Stop) -> bool:
    return old.number == new.number and bool(set(old.roles) & set(new.roles))


def _of_stage(old: Stop | None, new: Stop, before: Sequence[Stop], after: Sequence[Stop], roles: Roles) -> list[str]:
    who = f"Stage {new.number}, {new.name}"
    if old is None:
        return [f"{who}, is new: it writes to {_names(new.roles, roles)} and opens {gate_words(new, after)}."]
    found = []
    if old.name != new.name:
        found.append(f"Stage {new.number} is called {new.name} instead of {old.name}.")
    if old.number != new.number:
        found.append(f"{who}, was stage {old.number}.")
    if set(old.roles) != set(new.roles):
        found.append(f"{who}, writes to {_names(new.roles, roles)} instead of {_names(old.roles, roles)}.")
    if (old.least, old.most) != (new.least, new.most):
        found.append(f"{who}, has {people(new)} instead of {people(old)}.")
    if old.patience != new.patience:
        found.append(f"{who}, is patient for {_days(new.patience)} instead of {old.patience}.")
    if gate_words(old, before) != gate_words(new, after):
        found.append(f"{who}, opens {gate_words(new, after)} instead of {gate_words(old, before)}.")
    return found


def gate_words(stop: Stop, stops: Sequence[Stop]) -> str:
    return gates.words(stop.gate, {one.number: one.name for one in stops})


def people(stop: Stop) -> str:
    """2 people, 1 to 3 people."""
    if stop.least == stop.most:
        return counted(stop.most, "person", "people")
    return f"{stop.least} to {stop.most} people"


def _days(number: int) -> str:
    return counted(number, "working day", "working days")


def _names(slugs: Sequence[str], roles: Roles) -> str:
    return " or ".join(roles.get(slug, slug) for slug in slugs) or "nobody"
