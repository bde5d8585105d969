"""The mail sandbox as a process: an SMTP server that keeps what it gets, and the door through which answers come in."""

import signal
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connection

from crm.gateways.listener import Door
from crm.services import running, sandbox

BEAT_SECONDS = 10


class Command(BaseCommand):
    help = "Runs the mail sandbox on loopback until it is stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("There is no sandbox in this installation.")
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        doors = [
            Door(own_connection(sandbox.keep), "127.0.0.1", settings.SANDBOX_SMTP_PORT, refuse=sandbox.refusal),
            Door(own_connection(sandbox.take_in), "127.0.0.1", settings.SANDBOX_INTAKE_PORT),
        ]
        try:
            for door in doors:
                door.start()
        except OSError as error:
            raise CommandError(f"The sandbox's ports are not free: {error}") from None
        self.stderr.write(f"Mail sandbox: keeps on port {doors[0].port}, takes in on port {doors[1].port}.")
        while not stopped.wait(BEAT_SECONDS):
            show_life()
        for door in doors:
            door.stop()


def show_life() -> None:
    close_old_connections()
    running.beat("sandbox")


def own_connection(take: Callable[..., Any]) -> Callable[..., None]:
    """Each mail is taken in on a thread of the door; its database connection ends with the mail."""

    def taken(mail_from: str, recipients: list[str], raw: bytes) -> None:
        try:
            take(mail_from, recipients, raw)
        finally:
            connection.close()

    return taken
