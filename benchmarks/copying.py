"""Rows by COPY, with the indexes of a table made anew afterwards: how a million rows get in within seconds."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from django.db import connection, transaction
from django.db.models import Model

LINES = 5_000
DROPPABLE = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT indisunique AND NOT indisprimary
"""


def copy(table: str, columns: str, lines: Iterable[str]) -> None:
    """`lines` in COPY's text form without their end: tabs between values, \\N for nothing, no backslash in a text."""
    rest = iter(lines)
    batch = list(islice(rest, LINES))  # what a generator asks the database first, it asks before the connection copies
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as sink:
        while batch:
            sink.write("\n".join(batch) + "\n")
            batch = list(islice(rest, LINES))


@contextmanager
def filling(model: type[Model]) -> Iterator[str]:
    """The model's table without indexes and checks of keys; both are back afterwards, and the planner knows its size."""
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(DROPPABLE, [table])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield table
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM ANALYZE'} {table}")
