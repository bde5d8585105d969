"""Running mail doors as a process: until SIGTERM or Ctrl-C, showing that they live."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from crm.gateways.listener import Door
from crm.services import registries, running

BEAT_SECONDS = 10
log = logging.getLogger(__name__)


def run(doors: Sequence[Door], name: str, say: Callable[[], Any]) -> None:
    """Open the doors, say so, and wait; a port that is taken is refused in a sentence."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        for door in doors:
            door.start()
    except OSError as error:
        raise CommandError(f"A port is not free: {error}") from None
    say()
    warm_up()
    while not stopped.wait(BEAT_SECONDS):
        show_life(name)
    for door in doors:
        door.stop()


def warm_up() -> None:
    """Load beside the work what the first mail would wait seconds for."""
    threading.Thread(target=_load, name="warm-up", daemon=True).start()


def _load() -> None:
    try:
        for load in registries.before_mail:
            load()
    except Exception:  # the first mail loads it then, and says what is wrong
        log.exception("What reads mail could not be loaded ahead.")
    finally:
        connection.close()


def show_life(name: str) -> None:
    """A database that is away must not close the doors: mail is put off, and its server brings it again."""
    try:
        close_old_connections()
        running.beat(name)
    except (DatabaseError, InterfaceError):
        log.warning("The database is away; the doors stay open.")


def own_connection(take: Callable[..., Any]) -> Callable[..., None]:
    """Each mail is taken in on a thread of the door; its database connection ends with the mail."""

    def taken(mail_from: str, recipients: list[str], raw: bytes) -> None:
        try:
            take(mail_from, recipients, raw)
        finally:
            connection.close()

    return taken
