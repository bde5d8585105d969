"""Long bytes to and from the database as they are: written out as text they need four times their size."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor


def write(sql: str, values: Sequence[Any]) -> None:
    """One statement on Django's own connection and in its transaction; bytes stand as %b."""
    with _cursor() as cursor, connection.wrap_database_errors:
        cursor.execute(sql, values)


def read(sql: str, values: Sequence[Any]) -> bytes:
    """The bytes that the statement's one value holds; none where there is no row."""
    with _cursor() as cursor, connection.wrap_database_errors:
        row = cursor.execute(sql, values, binary=True).fetchone()
    return bytes(row[0]) if row else b""


def row(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row that the statement answers with; None where there is none."""
    with _cursor() as cursor, connection.wrap_database_errors:
        return cursor.execute(sql, values).fetchone()


def _cursor() -> Cursor[Any]:
    """A cursor that sends its values apart from the statement; Django's own writes them into it."""
    connection.ensure_connection()
    return Cursor(connection.connection)
