"""Senders and other programs as processes of their own, which a figure kills; all are forked from one that is set up once."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after setup
from django.urls import reverse  # noqa: E402

from appointments.rules import classify, encoder  # noqa: E402
from crm import failpoints  # noqa: E402
from crm.rules.companies import registrable_domain  # noqa: E402
from crm.rules.working_time import holidays_of  # noqa: E402
from prospecting.services import sending  # noqa: E402
from tests.forks import forks  # noqa: E402


def warm_up() -> None:
    """What takes seconds to load, and each fork that judges a reply, writes a link or counts hours would load anew."""
    encoder.encode(["ready"])
    classify.hear(classify.Incoming("Ready.", datetime.now(UTC)))
    reverse("appointments:today")
    holidays_of("GB")
    registrable_domain("ready.example")


warm_up()

PATIENCE = 60.0  # seconds; a bound against hanging
IDLE = 0.02


def serve(line: Connection, database: str, point: str, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    settings.DATABASES["default"]["NAME"] = database
    settings.INSIDE_ADDRESSES = ["127.0.0.0/8"]
    failpoints.arm(point)
    line.send("ready")
    work(line, *arguments)


def keep_sending(line: Connection, name: str) -> None:
    """Send what is due until told to stop, or until whoever started it is gone."""
    while not line.poll():
        if not sending.send_due(20, worker=name):
            time.sleep(IDLE)


def keep_all_hands_sending(line: Connection, name: str, hands: int = 8) -> None:
    """As one sender process does it: so many threads, each sending what is due, until told to stop."""

    def work(number: int) -> None:
        while not told.is_set():
            if not sending.send_due(20, worker=f"{name}:{number}"):
                time.sleep(IDLE)

    told = threading.Event()
    for number in range(hands):
        threading.Thread(target=work, args=[number], daemon=True).start()
    line.poll(None)
    told.set()


class Program:
    """One process; `kill` is SIGKILL, to this pid and no other."""

    def __init__(self, database: str, work: Callable[..., Any], *arguments: Any, point: str = "") -> None:
        self.line, other = forks.Pipe()
        self.process = forks.Process(target=serve, args=(other, database, point, work, arguments), daemon=True)
        self.process.start()
        other.close()

    def is_ready(self) -> bool:
        return self.line.poll(PATIENCE) and self.line.recv() == "ready"

    def heard(self) -> list[Any]:
        """What it said before it ended, and after it was ready."""
        said = []
        with suppress(EOFError, ConnectionError):
            while self.line.poll():
                said.append(self.line.recv())
        return [one for one in said if one != "ready"]

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.line.close()

    def ended(self) -> int | None:
        """Its exit code, once it has come to its end by itself or by a crash point."""
        self.process.join(PATIENCE)
        return self.process.exitcode

    def stop(self) -> None:
        try:
            self.line.send("stop")
            self.process.join(PATIENCE)
        except OSError:
            pass
        self.kill()


class Sender(Program):
    def __init__(self, database: str, name: str, point: str = "") -> None:
        self.name = name
        super().__init__(database, keep_sending, name, point=point)
