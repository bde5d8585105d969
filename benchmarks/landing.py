"""From the wire to the queue: how long until open pages hear of a mail's work item, by the intake door and by IMAP IDLE."""

import json
import smtplib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg
from django.db import connection
from django.test import override_settings

from benchmarks.harness import Measured, memory_used
from crm.gateways.listener import Door
from crm.management import watching
from crm.models import Mailbox
from crm.services import intake, live, mailboxes, registries

PATIENCE = 60.0
WARM = 5  # mails that go before and do not count
BY_THE_DOOR, BY_IDLE = 0.05, 1.0  # seconds, at the 99th percentile
Send = Callable[[bytes], Any]


def landed(mails: list[bytes], mailbox: Mailbox) -> list[Measured]:
    """One mail after the other, from its final dot until the pages are told; 99 of 100 against the bound."""
    for load in registries.before_mail:
        load()
    half = len(mails) // 2
    try:
        with _heard() as heard:
            return [_by_the_door(mails[:half], mailbox, heard), _by_idle(mails[half:], mailbox, heard)]
    finally:
        _hang_up()


def _hang_up() -> None:
    """Doors and readers have threads with connections of their own; the database is about to be thrown away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _by_the_door(mails: list[bytes], mailbox: Mailbox, heard: psycopg.Connection) -> Measured:
    servers: Any = import_module("tests.servers")
    door = Door(_take, "127.0.0.1", servers.free_ports(1)[0])
    door.start()
    try:
        with smtplib.SMTP("127.0.0.1", door.port) as line:
            return _measured("landing door", BY_THE_DOOR, mails, heard, lambda raw: _by(line, mailbox, raw))
    finally:
        door.stop(no_assert=True)


def _take(sender: str, recipients: list[str], raw: bytes) -> None:
    intake.take_in(sender, recipients, raw)


def _by_idle(mails: list[bytes], mailbox: Mailbox, heard: psycopg.Connection) -> Measured:
    """Handed to Dovecot by LMTP; the reader is told of it by IDLE."""
    servers: Any = import_module("tests.servers")
    with tempfile.TemporaryDirectory(prefix="baton-landing-", ignore_cleanup_errors=True) as folder:
        dovecot = servers.Dovecot(Path(folder) / "dovecot").start()
        there = {
            "imap_host": "127.0.0.1",
            "imap_port": dovecot.imap,
            "imap_security": "none",
            "username": mailbox.address,
        }
        Mailbox.objects.filter(pk=mailbox.pk).update(**there)
        mailboxes.change_secret(mailbox, servers.PASSWORD)
        stopped = threading.Event()
        reader = threading.Thread(target=watching.run, args=[stopped], daemon=True)
        try:
            with override_settings(INSIDE_ADDRESSES=["127.0.0.0/8"]), smtplib.LMTP("127.0.0.1", dovecot.lmtp) as line:
                reader.start()
                return _measured("landing idle", BY_IDLE, mails, heard, lambda raw: _by(line, mailbox, raw))
        finally:
            stopped.set()
            reader.join(PATIENCE)
            dovecot.stop()


def _by(line: smtplib.SMTP, mailbox: Mailbox, raw: bytes) -> None:
    line.sendmail("", [mailbox.address], raw)


def _measured(name: str, most: float, mails: list[bytes], heard: psycopg.Connection, send: Send) -> Measured:
    took = []
    for raw in mails:
        start = time.perf_counter()
        sending = threading.Thread(target=send, args=[raw])  # the door answers only when all is done
        sending.start()
        _wait_for_work(heard)
        took.append(time.perf_counter() - start)
        sending.join(PATIENCE)
    took = took[WARM:]
    last = quantiles(took, n=100, method="inclusive")[98]
    what = f"99 of 100 mails are in the queue; half of them after {median(took) * 1000:.0f} ms"
    return Measured(name, what, len(took), last, most, last / most, 1.0, memory_used())


@contextmanager
def _heard() -> Iterator[psycopg.Connection]:
    """What open pages hear, on a connection of its own."""
    known = connection.get_connection_params()
    where = {name: known[name] for name in ("host", "port", "dbname", "user", "password") if known.get(name)}
    with psycopg.connect(**where, autocommit=True) as line:
        line.execute(f"LISTEN {live.CHANNEL}")
        yield line


def _wait_for_work(heard: psycopg.Connection) -> None:
    for notice in heard.notifies(timeout=PATIENCE):
        if json.loads(notice.payload)["kind"] == "work_item":
            return
    raise TimeoutError("The mail did not come to the queue.")
