"""Steps in the editor: moved, copied, taken out and added by one click each."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]
_ACT = re.compile(r"^(up|down|copy|remove)-(\d{1,3})$|^(add)-([a-z0-9-]{1,50})$")
FIRST_WAIT, NEXT_WAIT = "0", "3"


def acted(steps: Sequence[Step], act: str) -> tuple[list[Step], int | None]:
    """The steps after the click, and which of them it was about (from 0); unknown clicks change nothing."""
    found = _ACT.match(act)
    if not found:
        return list(steps), None
    if found[3]:
        return _added(steps, found[4])
    at = int(found[2])
    return _MOVES[found[1]](list(steps), at) if at < len(steps) else (list(steps), None)


def in_order(steps: Sequence[Step], roles: Sequence[str]) -> list[Step]:
    """Role by role, in the order of the roles; within one as they stand."""
    place = {slug: n for n, slug in enumerate(roles)}
    return sorted(steps, key=lambda step: place.get(str(step["role"]), len(place)))


def _swapped(steps: list[Step], at: int, other: int | None) -> tuple[list[Step], int | None]:
    if other is None:
        return steps, at
    steps[at], steps[other] = steps[other], steps[at]
    return steps, other


def _up(steps: list[Step], at: int) -> tuple[list[Step], int | None]:
    before = [n for n in range(at) if steps[n]["role"] == steps[at]["role"]]
    return _swapped(steps, at, before[-1] if before else None)


def _down(steps: list[Step], at: int) -> tuple[list[Step], int | None]:
    after = [n for n in range(at + 1, len(steps)) if steps[n]["role"] == steps[at]["role"]]
    return _swapped(steps, at, after[0] if after else None)


def _copy(steps: list[Step], at: int) -> tuple[list[Step], int | None]:
    """A step of its own: who had the first gets the copy too."""
    return [*steps[: at + 1], {**steps[at], "key": ""}, *steps[at + 1 :]], at + 1


def _remove(steps: list[Step], at: int) -> tuple[list[Step], int | None]:
    left = [*steps[:at], *steps[at + 1 :]]
    return left, min(at, len(left) - 1) if left else None


def _added(steps: Sequence[Step], role: str) -> tuple[list[Step], int | None]:
    own = [n for n, step in enumerate(steps) if step["role"] == role]
    at = own[-1] + 1 if own else len(steps)
    new = {
        "role": role, "key": "", "channel": "email", "wait_days": NEXT_WAIT if own else FIRST_WAIT, "template": "",
        "same_thread": True, "task": "",
    }  # fmt: skip
    return [*steps[:at], new, *steps[at:]], at


_MOVES: dict[str, Callable[[list[Step], int], tuple[list[Step], int | None]]] = {
    "up": _up, "down": _down, "copy": _copy, "remove": _remove,
}  # fmt: skip
