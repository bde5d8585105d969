"""JSON that a person or a program wrote: without doubles, with nothing the database cannot keep (RFC 8259)."""

import json
from typing import Any

DEEPEST = 20


def read_json(text: str | bytes) -> Any:
    """What the text says; ValueError for no JSON, doubled keys, NaN, NUL, lone surrogates and deep nesting."""
    try:
        found = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
        check(found)
    except RecursionError as error:
        raise ValueError(f"nested deeper than {DEEPEST}") from error
    return found


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def check(value: Any, depth: int = 0) -> None:
    """Raises ValueError for what PostgreSQL would refuse, and for nesting nobody needs."""
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text holds NUL")
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    elif isinstance(value, dict):
        for key, one in value.items():
            check(key, depth + 1)
            check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            check(one, depth + 1)
