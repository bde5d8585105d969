"""The sender at work: due touches leave over SMTP, against bare smtplib on one connection to the same server."""

import atexit
import datetime as dt
import os
import shutil
import smtplib
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.test import override_settings

from benchmarks import planner
from benchmarks.harness import Case
from crm import clock
from crm.models import Team, User
from crm.services import mailboxes, people
from prospecting.models import Attempt, Enrollment, Touch
from prospecting.models.touch import Flight
from prospecting.services import sending

HANDS = 8  # threads of a sender process
PEOPLE = 20  # each with a mailbox of their own
NOON = dt.datetime(2026, 6, 9, 11, tzinfo=dt.UTC)  # a Tuesday without a holiday
WITHOUT_END: dict[str, Any] = {
    "daily_cap": 10**6, "weekly_cap": 10**6, "gap_seconds": 0, "smtp_security": "none",
    "window_from": dt.time(0), "window_until": dt.time(23, 59),
}  # fmt: skip


def sending_mail(rows: int) -> Case:
    """Claim, guard, words, hand-over and a durable outcome, against the same bytes by smtplib; the goal is 60 % of it."""
    port = sink()
    lay(rows, port)
    letters: list[tuple[str, str, bytes]] = []
    leave()
    letters += [(a.mailbox.address, a.recipient, bytes(a.raw)) for a in Attempt.objects.select_related("mailbox")]
    assert len(letters) == rows, f"{len(letters)} of {rows} left: {_why_not()}"

    def floor() -> int:
        with smtplib.SMTP("127.0.0.1", port) as server:
            return sum(server.sendmail(sender, [to], raw) == {} for sender, to, raw in letters)

    return Case("send", "due touches by SMTP", 1 / 0.6, rows, leave, floor, lambda: lay(rows, port))


def leave() -> int:
    """Everything that is due, by as many hands as a sender process has; how many the server took."""

    def hand() -> int:
        try:
            return sending.send_due(10**6)
        finally:
            connection.close()

    with clock.at(NOON), override_settings(INSIDE_ADDRESSES=["127.0.0.0/8"]), ThreadPoolExecutor(HANDS) as hands:
        return sum(one.result() for one in [hands.submit(copy_context().run, hand) for _ in range(HANDS)])


def lay(rows: int, port: int) -> None:
    """Walks whose second touch is due today, shared out among people who each have a mailbox at the sink."""
    with clock.at(NOON):
        planner.lay_walks(rows, due=0)
        team = Team.objects.get(name="Bench")
        senders = [_sender(n, team, port) for n in range(PEOPLE)]
        for n, pk in enumerate(senders):
            Enrollment.objects.extra(where=["id %% %s = %s"], params=[PEOPLE, n]).update(prospector=pk)


def _sender(number: int, team: Team, port: int) -> int:
    address = f"sender{number}@bench.example"
    if found := User.objects.filter(email=address).first():
        return found.pk
    user = people.create_person(address, f"Sender {number}", User.Job.SDR, team, by="the bench")
    mailboxes.create_mailbox(
        address=address, owner=user, smtp_host="127.0.0.1", smtp_port=port, by="the bench", **WITHOUT_END
    )
    return user.pk


def sink() -> int:
    """A server that takes every mail and keeps none: Postfix's own smtp-sink, as long as this process lives."""
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if program is None:
        raise CommandError("`send` needs smtp-sink, which comes with Postfix: apt-get install postfix")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    user = ["-u", "postfix"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "100"], cwd=Path("/"))
    atexit.register(process.terminate)
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return port
        time.sleep(0.05)
    raise CommandError("The mail sink did not begin to listen.")


def _why_not() -> list[str]:
    waiting = Touch.objects.exclude(state=Flight.SENT)
    return list(waiting.values_list("waits_because", flat=True).distinct()[:5])
