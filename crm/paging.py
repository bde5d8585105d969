"""Pages of a list by the last row seen: the thousandth page costs what the first one does."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model, Q, QuerySet

COUNTED = 5_000
CERTAINLY_MANY = 4 * COUNTED  # so far above, the planner need not be right


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: str  # what `after` is on the next page; empty on the last
    back: bool  # there is something before
    said: str = ""
    began: str = ""  # the token it was asked for with; empty on the first


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
    return Page(shown, token(shown[-1], keys) if more else "", bool(seen), began=after if seen else "")


def beyond(keys: tuple[str, ...], seen: list[Any], down: bool) -> Q:
    """A range on the first key plus what follows among its ties, so that the index is entered where the page begins."""
    op = "lt" if down else "gt"
    if len(keys) == 1:
        return Q(**{f"{keys[0]}__{op}": seen[0]})
    follows = Q()
    for depth, key in enumerate(keys):
        tied = Q(**dict(zip(keys[:depth], seen[:depth], strict=True)))
        follows |= tied & Q(**{f"{key}__{op}": seen[depth]})
    return Q(**{f"{keys[0]}__{op}e": seen[0]}) & follows


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


def narrowed(
    rows: QuerySet, *, keys: tuple[str, ...], after: str = "", dress: Callable[[QuerySet], QuerySet] | None = None
) -> Page:
    """A page of whatever the filters left, `said` being how many. `dress` joins what each shown row needs.

    Where an index holds just those rows in this order, its first fifty are the page. Otherwise, where few are left, they are
    found first and sorted by themselves: walking the order's index until fifty fit could walk all of it. Where many are left
    that walk is short.
    """
    dressed = dress or (lambda found: found)
    if not rows.query.where:
        return replace(page(dressed(rows), keys=keys, after=after), said=count_up_to(rows))
    expected, straight = foreseen(rows, keys)
    few = rows.order_by().values("pk")[: COUNTED + 1]
    n = few.count() if expected < CERTAINLY_MANY else expected
    found = rows if straight or n > COUNTED else rows.model._default_manager.filter(pk__in=few)
    return replace(page(dressed(found), keys=keys, after=after), said=f"{n:,}" if n <= COUNTED else about(expected))


def count_up_to(rows: QuerySet, most: int = COUNTED) -> str:
    """`603`, or `about 1,000,000`: exact up to `most`, then what the database's planner reckons."""
    expected = estimate(rows)
    if not rows.query.where and expected > 2 * most:
        return about(expected, most)
    n = rows.order_by()[: most + 1].count()
    return about(expected, most) if n > most else f"{n:,}"


def about(n: int, most: int = COUNTED) -> str:
    """In two digits that count; what is known to be more than `most` is never said to be less."""
    digits = max(len(str(n)) - 2, 0)
    return f"about {round(n, -digits):,}" if n > most else f"more than {most:,}"


def estimate(rows: QuerySet) -> int:
    """How many rows the planner expects: no row is read for it."""
    return int(_plan(rows.order_by())["Plan Rows"])


def whole_table(model: type[Model], most: int) -> tuple[int, int]:
    """How many rows a table has as of the last look of autovacuum, and counted up to `most`, in one question."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT reltuples::bigint, (SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT %s) AS first) "  # noqa: S608 - our own table
            "FROM pg_class WHERE oid = %s::regclass",
            [most, table],
        )
        expected, counted = cursor.fetchone()
    return expected, counted


def foreseen(rows: QuerySet, keys: tuple[str, ...]) -> tuple[int, bool]:
    """How many rows the planner expects, and whether it would read a page of them from an index and look at no others."""
    plan = _plan(rows.order_by(*keys)[:51])
    walk = plan.get("Plans", [plan])[0]  # below its limit
    return int(walk["Plan Rows"]), walk["Node Type"].startswith("Index") and "Filter" not in walk


def _plan(rows: QuerySet) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(rows.values("pk").explain(format="json"))[0]["Plan"]
    return plan
