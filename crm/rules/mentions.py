"""Who is meant by an @ and a name in a text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AT = re.compile(r"(?<![\w.@])@(?=\w)")


@dataclass(frozen=True)
class Found:
    people: tuple[int, ...]
    unsure: tuple[str, ...]  # first names that several people have


def find(text: str, people: Mapping[int, str]) -> Found:
    """`@Ada Mensah` or `@Ada`, in any case; a first name only where one person has it. In order, each once."""
    full, first = _names(people)
    found: dict[int, None] = {}
    unsure: dict[str, None] = {}
    for at in AT.finditer(text):
        rest = text[at.end() : at.end() + 130].casefold()
        whole = next((name for name in full if _begins(rest, name)), None)
        short = None if whole else next((name for name in first if _begins(rest, name)), None)
        meant = full[whole] if whole else first[short] if short else []
        if len(meant) == 1:
            found[meant[0]] = None
        elif meant:
            unsure[text[at.end() : at.end() + len(whole or short or "")]] = None
    return Found(tuple(found), tuple(unsure))


def _names(people: Mapping[int, str]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Whole names and first names with whoever has them, the longest first."""
    full: dict[str, list[int]] = {}
    first: dict[str, list[int]] = {}
    for pk, name in people.items():
        words = name.casefold().split()
        if words:
            full.setdefault(" ".join(words), []).append(pk)
            first.setdefault(words[0], []).append(pk)
    return _longest(full), _longest(first)


def _longest(names: dict[str, list[int]]) -> dict[str, list[int]]:
    return dict(sorted(names.items(), key=lambda row: -len(row[0])))


def _begins(rest: str, name: str) -> bool:
    return rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum()


def said(unsure: Sequence[str]) -> str:
    """What to tell a writer whose @name could be several people."""
    return f"Several people are called {unsure[0]}. Write the whole name after the @, so that the right one is told."
