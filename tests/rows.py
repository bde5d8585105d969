"""Rows kept as text and laid down again: what took verbs hundreds of queries comes back in a few."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from crm.models import Event

Rows = dict[str, list[bytes]]


def read() -> Rows:
    """Every row of every table, as COPY writes it."""
    tables = connection.introspection.django_table_names()
    return {table: _lines(table) for table in sorted(tables)}


def lay(rows: Rows) -> None:
    """Put them in, numbers and all; keys are checked when the transaction ends, so the order does not matter."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, lines in rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as stream:
                stream.write(b"".join(lines))


def emptied(tables: Iterable[str]) -> list[str]:
    """SQL that empties tables after whoever still writes is done, as TRUNCATE does, without new files for every index."""
    names = [f'"{table}"' for table in tables]
    return [
        "SET LOCAL session_replication_role = replica",
        f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE",
        "; ".join(f"DELETE FROM {name}" for name in names),  # noqa: S608 - names of our own models
    ]


def numbers(table: str, names: Iterable[str]) -> dict[str, int]:
    """A number of the table's own for each name, which nobody else will get."""
    wanted = list(names)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, len(wanted)]
        )
        return dict(zip(wanted, (number for (number,) in cursor.fetchall()), strict=True))


@dataclass
class Kept:
    """What a maker gave the first time, whom it was given, and the rows it added."""

    thing: Any
    given: tuple[Any, ...]
    rows: Rows


class Worlds:
    """Makes a world with the product's verbs once, and lays its rows down again for every further test.

    Only where that is the same: in a transaction that is taken back, among the same people, before anything happened.
    """

    def __init__(self) -> None:
        self.kept: dict[Any, Kept] = {}

    def __call__(self, make: Callable[..., Any], *given: Any) -> Any:
        if not _can_be_laid():
            return make(*given)
        key = (make, *get_user_model().objects.order_by("pk").values_list("pk", flat=True))
        if key not in self.kept:
            return self._first(key, make, given)
        kept = self.kept[key]
        _lay_unguarded(kept.rows)
        return _copied(kept.thing, kept.given, given)

    def _first(self, key: Any, make: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        before = read()
        thing = make(*given)
        self.kept[key] = Kept(_copied(thing, given, given), given, _added(before, read()))
        return thing


def _can_be_laid() -> bool:
    return connection.in_atomic_block and is_mighty() and not Event.objects.exists()


def is_mighty() -> bool:
    """Whether we may lay rows past the guards of the database, which asked when the rows were made."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return bool(cursor.fetchone()[0] == "on")


def _copied(thing: Any, old: tuple[Any, ...], new: tuple[Any, ...]) -> Any:
    """A copy in which the people given are the ones of this test."""
    return copy.deepcopy(thing, {id(one): other for one, other in zip(old, new, strict=True)})


def _added(before: Rows, after: Rows) -> Rows:
    """What is there after and was not before; an assertion when more than that has changed."""
    old = {table: set(lines) for table, lines in before.items()}
    changed = sorted(table for table in after if old[table] - set(after[table]))
    assert not changed, f"a world adds rows and changes none, but it changed {', '.join(changed)}"
    found = {table: [line for line in lines if line not in old[table]] for table, lines in after.items()}
    return {table: lines for table, lines in found.items() if lines}


def _lay_unguarded(rows: Rows) -> None:
    """The guards of the database asked when these rows were made; they would forbid what comes without its past."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        lay(rows)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _lines(table: str) -> list[bytes]:
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as stream:
        return list(map(bytes, stream))
