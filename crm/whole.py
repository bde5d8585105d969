"""A transaction that is the caller's where there is one: no savepoint for what nobody would undo alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def whole() -> Iterator[None]:
    """All or nothing, together with what the caller does; also a decorator.

    Unlike `transaction.atomic` it can't be undone apart: for verbs that refuse before they write, or whose failure
    the caller doesn't outlive.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield
