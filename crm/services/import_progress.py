"""How far an import is, said while its one transaction runs, and the way to stop it: on a connection of their own."""

import logging
import threading
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection, connections

from crm.models import Import
from crm.services import live

PHASES = ("reading", "comparing", "writing")
_EVERY_SECONDS = 0.5
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody asked for the import to be stopped; the transaction is rolled back."""


def quiet(phase: str, rows: int) -> None:
    """Nobody watches."""


class Watch:
    """`with Watch(row) as tell`: `tell(phase, rows)` shows it to whoever looks, and raises Cancelled when asked to stop."""

    def __init__(self, row: Import) -> None:
        self.row, self.phase, self.done = row, PHASES[0], 0
        self.cancelled, self.told, self.ended = False, ("", -1), threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True, name=f"import {row.pk}")
        self.lock = threading.Lock()

    def __enter__(self) -> "Watch":
        connection.ensure_connection()
        self.working: Any = connection.connection
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __call__(self, phase: str, rows: int) -> None:
        self.phase, self.done = phase, rows
        if self.cancelled:
            raise Cancelled

    def stop(self) -> None:
        """From here on nothing is shown and nothing can be stopped: it is being committed."""
        with self.lock:
            self.ended.set()
        self.thread.join()
        if self.cancelled:
            raise Cancelled

    def _watch(self) -> None:
        try:
            while not self.ended.wait(_EVERY_SECONDS):
                try:
                    self._look()
                except DatabaseError:
                    log.warning("import %s: its progress could not be shown", self.row.pk, exc_info=True)
                    connections["default"].close()
        finally:
            connections["default"].close()

    def _look(self) -> None:
        now = (self.phase, self.done)
        asked = Import.objects.filter(pk=self.row.pk, state=Import.State.RUNNING)
        if now != self.told:
            self.told = now
            asked.update(rows_done=self.done, counts={"phase": self.phase})
            live.tell("import", user=self.row.by_id, id=self.row.pk)
        if asked.filter(cancel_asked=True).exists():
            self._interrupt()

    def _interrupt(self) -> None:
        """A statement may take a minute; it is not waited for."""
        with self.lock:
            if not self.ended.is_set():
                self.cancelled = True
                self.working.cancel_safe(timeout=5)
