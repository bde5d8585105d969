"""Celery's beat, with a heartbeat of its own: nobody else can say that the clock still ticks."""

import logging
import time
from typing import Any

from celery.beat import Scheduler
from django.db import DatabaseError, InterfaceError, close_old_connections

from crm.services import running

BEATS_EVERY = 10.0  # seconds
log = logging.getLogger(__name__)


class Beat(Scheduler):
    """The schedule is code and is kept in memory: there is no file that could disagree with it."""

    max_interval = 5
    beat_at = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() - self.beat_at >= BEATS_EVERY:
            self.beat_at = time.monotonic()
            show_life()
        wait: float = super().tick(*args, **kwargs)
        return min(wait, self.max_interval)


def show_life() -> None:
    """A database that is away must not end the clock."""
    try:
        close_old_connections()
        running.beat("beat")
    except (DatabaseError, InterfaceError):
        log.warning("The database is away; the clock ticks on.")
