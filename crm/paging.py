"""Pages of a list by the last row seen: the thousandth page costs what the first one does."""

import base64
import json
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

COUNTED = 10_000


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: str  # what `after` is on the next page; empty on the last
    back: bool  # there is something before
    said: str = ""


def page(rows: QuerySet, *, keys: tuple[str, ...], after: str = "", size: int = 50, down: bool = False) -> Page:
    """The rows after a token, ordered by `keys` (the last one unique). A token nobody gave starts at the front."""
    order = [f"-{key}" if down else key for key in keys]
    seen = read(after, len(keys))
    try:
        start = rows.filter(beyond(keys, seen, down)) if seen else rows
    except (ValidationError, ValueError, TypeError):
        seen, start = None, rows
    found = list(start.order_by(*order)[: size + 1])
    more, shown = len(found) > size, found[:size]
    return Page(shown, token(shown[-1], keys) if more else "", bool(seen))


def beyond(keys: tuple[str, ...], seen: list[Any], down: bool) -> Q:
    """A range on the first key plus its ties, so that the index is entered where the page begins."""
    op = "lt" if down else "gt"
    start = Q(**{f"{keys[0]}__{op}e": seen[0]})
    ties = Q(**{keys[0]: seen[0]}) & ~Q(**{f"{keys[-1]}__{op}": seen[-1]})
    return start & ~ties if len(keys) > 1 else Q(**{f"{keys[0]}__{op}": seen[0]})


def token(row: Any, keys: tuple[str, ...]) -> str:
    values = [reduce(getattr, key.split("__"), row) for key in keys]
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read(text: str, length: int) -> list[Any] | None:
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    fitting = (
        isinstance(values, list) and len(values) == length and all(isinstance(v, str | int | float) for v in values)
    )
    return values if fitting and not any("\x00" in str(v) for v in values) else None


def count_up_to(rows: QuerySet, most: int = COUNTED) -> str:
    """`603`, or `more than 10,000`: a count that costs no more on a large list."""
    n = rows.order_by()[: most + 1].count()
    return f"more than {most:,}" if n > most else f"{n:,}"
