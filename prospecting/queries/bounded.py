"""Questions asked while someone types: each has a moment, then an estimate answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

COUNTED = 50_000
MOMENT = 1_500  # milliseconds


@contextmanager
def within(milliseconds: int = MOMENT) -> Iterator[None]:
    """Statements inside are cancelled after so long (OperationalError); what was set before is set again after."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()[0]
        cursor.execute(f"SET LOCAL statement_timeout = {int(milliseconds)}")
        yield
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


@dataclass(frozen=True)
class Count:
    number: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.number:,}" if self.exact else f"about {rounded(self.number):,}"


def rounded(number: int) -> int:
    """Two figures that mean something: an estimate has no more."""
    return number if number < 100 else round(number, 2 - len(str(number)))


def count(rows: QuerySet[Any], *, most: int = COUNTED, milliseconds: int = MOMENT) -> Count:
    """Exact as long as that is cheap, else what the database's planner expects."""
    try:
        with within(milliseconds):
            found = rows.order_by()[: most + 1].count()
    except OperationalError:
        return Count(expected(rows), exact=False)
    return Count(found, exact=True) if found <= most else Count(max(expected(rows), most), exact=False)


def expected(rows: QuerySet[Any]) -> int:
    try:
        plan = json.loads(rows.order_by().values("pk").explain(format="json"))
    except EmptyResultSet:
        return 0
    return int(plan[0]["Plan"]["Plan Rows"])


def sample(rows: QuerySet[Any], size: int = 5, *, milliseconds: int = MOMENT) -> list[Any]:
    """Some of the rows, whichever come first; none when even that takes too long."""
    try:
        with within(milliseconds):
            return list(rows.order_by()[:size])
    except OperationalError:
        return []
