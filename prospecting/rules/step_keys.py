"""Which step of a new version is which step of those before it: who had it does not get it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

NEW = 0


@dataclass(frozen=True)
class Wanted:
    """A step of the draft. `key`: the one it had, NEW for a step a person added, None where nobody said."""

    role: str
    order: int
    channel: str
    text: int | None = None  # the template, not its version
    key: int | None = None


@dataclass(frozen=True)
class Known:
    """A step of the versions before."""

    role: str
    key: int
    order: int
    channel: str
    text: int | None = None


def keys(wanted: Sequence[Wanted], known: Sequence[Known], highest: Mapping[str, int]) -> list[int]:
    """A key for each: its own, else that of the step with the same text, else (where nobody said) of the same place.

    `highest` is the greatest key a role has ever had here: a key is never used for another step again.
    """
    return [key for _, key in sorted(_given(wanted, known, dict(highest)))]


def _given(wanted: Sequence[Wanted], known: Sequence[Known], highest: dict[str, int]) -> Iterator[tuple[int, int]]:
    taken: set[tuple[str, int]] = set()
    left = dict(enumerate(wanted))
    for same in (_same_key, _same_text, _same_place):
        for at, step in list(left.items()):
            found = next((k for k in known if same(step, k) and (k.role, k.key) not in taken), None)
            if found:
                taken.add((step.role, found.key))
                del left[at]
                yield at, found.key
    for at, step in left.items():
        highest[step.role] = highest.get(step.role, 0) + 1
        yield at, highest[step.role]


def _same_key(step: Wanted, known: Known) -> bool:
    return bool(step.key) and (step.role, step.key) == (known.role, known.key)


def _same_text(step: Wanted, known: Known) -> bool:
    same = (step.role, step.channel, step.text) == (known.role, known.channel, known.text)
    return not step.key and step.text is not None and same


def _same_place(step: Wanted, known: Known) -> bool:
    return step.key is None and (step.role, step.order, step.channel) == (known.role, known.order, known.channel)
