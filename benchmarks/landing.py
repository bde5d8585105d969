"""From landing to visible: a reply goes in through the intake door, and open pages hear of it."""

import smtplib
import socket
import threading
import time
from contextlib import closing
from statistics import median, quantiles
from typing import Any

import psycopg
from django.db import connection

from benchmarks.harness import Measured, memory_used
from crm.gateways.listener import Door
from crm.management.doors import own_connection
from crm.services import intake
from crm.services.live import CHANNEL

VISIBLE = 0.050  # seconds, of the slowest hundredth


def landing(rows: int, letters: list[bytes]) -> list[Measured]:
    """Against a fixed limit: 50 ms from the first word of SMTP until PostgreSQL tells that there is work. The browser's own
    part, one request for the list after 40 ms, comes on top.
    """
    waits = []
    with Listening() as heard:
        port = free_port()
        door = Door(own_connection(intake.take_in), "127.0.0.1", port)
        door.start()
        try:
            with smtplib.SMTP("127.0.0.1", port) as server:
                for raw in [letters[0], *letters]:
                    heard.clear()
                    started = time.perf_counter()
                    server.sendmail("person@company.example", ["bench@bench.example"], raw)
                    assert heard.wait(30), "nobody heard of it"
                    waits.append(heard.at - started)
        finally:
            door.stop()
    waits = waits[1:]  # the first one loads the encoder
    usual, slow = median(waits), quantiles(waits, n=100)[-1]
    return [
        Measured("landing-p50", "intake door to news", rows, usual, VISIBLE, usual / VISIBLE, 1.0, memory_used()),
        Measured("landing-p99", "the slowest hundredth", rows, slow, VISIBLE, slow / VISIBLE, 1.0, memory_used()),
    ]


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


class Listening(threading.Event):
    """Set when a notice of work arrives, with when it did."""

    at = 0.0

    def __enter__(self) -> "Listening":
        known = connection.get_connection_params()
        names = ("host", "port", "dbname", "user", "password")
        self.own: Any = psycopg.connect(**{name: known[name] for name in names if known.get(name)}, autocommit=True)
        self.own.execute(f"LISTEN {CHANNEL}")
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *said: Any) -> None:
        self.own.cancel()
        self.thread.join(5)
        self.own.close()

    def _hear(self) -> None:
        try:
            for notice in self.own.notifies():
                if '"work_item"' in notice.payload:
                    self.at = time.perf_counter()
                    self.set()
        except psycopg.Error:
            return
