"""The only Python that asks the time."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.apps import apps
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.db import Error, connection

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)
_offset_seconds = 0.0
_offset_read_at = -1e9
OFFSET_KEPT = 0.5  # seconds a process trusts the offset row it read


def now() -> dt.datetime:
    """The current moment, aware, in UTC."""
    return _frozen.get() or dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_offset())


def agreed() -> dt.datetime:
    """The current moment by the database's clock, which all machines share: for what is due neither early nor twice
    though the clock of one of them jumps. Frozen and offset as `now` is; raises django.db.Error without a database."""
    if frozen := _frozen.get():
        return frozen
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment.astimezone(dt.UTC) + dt.timedelta(seconds=_offset())


def today() -> dt.date:
    """The current day in UTC; a person's own day comes from their zone."""
    return now().date()


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Freeze the clock of this context at an aware moment: tests and the demonstration world."""
    if moment.tzinfo is None:
        raise ValueError("clock.at needs an aware moment")
    token = _frozen.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def _offset() -> float:
    """Seconds the sandbox's clock runs ahead; one row moves all processes at once."""
    global _offset_seconds, _offset_read_at
    if not settings.SANDBOX or time.monotonic() - _offset_read_at < OFFSET_KEPT:
        return _offset_seconds if settings.SANDBOX else 0.0
    try:
        row = apps.get_model("crm", "ClockOffset").objects.values_list("seconds", flat=True).first()
        _offset_seconds, _offset_read_at = float(row or 0), time.monotonic()
    except (SynchronousOnlyOperation, Error):
        pass  # an event loop, or nothing migrated yet: the last known offset stands, and whoever asks next looks again
    return _offset_seconds
