"""A sender in a process of its own, for tests that kill it; all of them are forked from one that is set up once."""

import os
from multiprocessing.connection import Connection

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.conf import settings  # noqa: E402 - after setup

from prospecting.services import sending  # noqa: E402
from tests.forks import forks  # noqa: E402

PATIENCE = 60.0  # seconds; a bound against hanging


def serve(orders: Connection, database: str, name: str) -> None:
    """Send what is due whenever told to, and say so."""
    settings.DATABASES["default"]["NAME"] = database
    while orders.recv() == "go":
        sending.send_due(limit=5, worker=name)
        orders.send("done")


class Worker:
    """What a test holds of it."""

    def __init__(self, database: str, name: str) -> None:
        self.line, orders = forks.Pipe()
        self.process = forks.Process(target=serve, args=(orders, database, name))
        self.process.start()

    def go(self) -> None:
        self.line.send("go")

    def done(self) -> bool:
        """Wait until it has done what it was told."""
        return self.line.poll(PATIENCE) and self.line.recv() == "done"

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
