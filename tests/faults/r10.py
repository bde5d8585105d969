"""R10: correspondents that answer by themselves, and a second instance of the product, through a simulated day."""

import smtplib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from itertools import count
from typing import Any

import psycopg
from django.db import connection

from appointments.services import recovering, reminding
from crm import clock
from crm.models import Mailbox
from crm.services import intake
from prospecting.services import planner, published, sending
from tests.faults import stage

DAY = timedelta(hours=24)
ONCE = 'require ["vacation"];\nvacation "I am away until Monday.";\n'
EACH_TIME = 'require ["vacation-seconds"];\nvacation :seconds 0 "I am away until Monday.";\n'
UNMARKED = "[ticket] We have your message"
KINDS = ("once", "each", "unmarked", "second", "staff")  # how a correspondent answers


@dataclass
class Instance:
    """One installation: its database, its mailboxes, and the mail that it has read there."""

    database: str
    boxes: list[Mailbox] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        before = connection.settings_dict["NAME"]
        _use(self.database)
        try:
            yield
        finally:
            _use(before)


def _use(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
    published.forget()
    clock._offset_read_at = -1e9


def run(pairs: int = 5, looks: int = 6) -> dict[str, Any]:
    """`pairs` correspondents, of every kind; both instances look at their mail `looks` times in twenty-four hours."""
    began = time.monotonic()
    with second_database() as name, stage.stage(answering=True) as scene:
        first, second = Instance(scene.database, scene.boxes), Instance(name)
        people = correspondents(scene, pairs)
        with second.at_work():
            _, theirs, second.boxes = stage.office(scene.postfix.smtp, scene.dovecot.imap, domain=stage.SECOND)
            stage.touches_due(theirs, 1, to=[first.boxes[0].address])
            write_to(second.boxes, [first.boxes[0].address])
        stage.touches_due(scene.ada, pairs, to=people)
        write_to(first.boxes, people)
        careless = [Careless(scene, address) for address in people if address.startswith("unmarked")]
        start = clock.now()
        for look in range(looks + 1):
            for instance in (first, second):
                with instance.at_work():
                    a_look(instance, scene, start + DAY * look / looks)
                for one in careless:
                    one.answer()
        found = automatic(scene)
    return {
        "figure": "R10", "pairs": len(found.pairs), "hours": 24, "looks": looks, "mails": found.mails,
        "automatic": sum(found.pairs.values()), "most_per_pair": max(found.pairs.values(), default=0),
        "vacations": found.vacations, "unmarked": found.unmarked, "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


@contextmanager
def second_database() -> Iterator[str]:
    """A copy of this one, as it is before anything happens."""
    own = connection.settings_dict["NAME"]
    name = f"{own}_second"
    connection.close()
    said = {key: connection.settings_dict[key.upper()] for key in ("host", "port", "user", "password")}
    door = {key: value for key, value in said.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **door) as line:
        line.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        line.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [own])
        line.execute(f'CREATE DATABASE "{name}" TEMPLATE "{own}"')
        try:
            yield name
        finally:
            line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def correspondents(scene: stage.Stage, many: int) -> list[str]:
    """Their addresses; whoever is away has a script that says so. Of the second instance as many as it has mailboxes."""
    found: list[str] = []
    for n in count():
        if len(found) == many:
            break
        kind = KINDS[n % len(KINDS)]
        address = (
            f"ada{n // len(KINDS) % stage.MAILBOXES}@{stage.SECOND}"
            if kind == "second"
            else f"{kind}{n}@{stage.THEIRS}"
        )
        if kind in ("once", "each", "staff"):
            scene.dovecot.script(address, ONCE if kind == "once" else EACH_TIME)
        if address not in found:
            found.append(address)
    return found


def write_to(boxes: list[Mailbox], people: list[str]) -> None:
    """To each: what a person wrote by hand, which may be answered, and a confirmation, which is automatic."""
    own = boxes[0]
    inside = {"owner": None, "team": None, "internal": True, "domain": own.address.partition("@")[2]}
    stage.mailbox(own.owner, 9, own.smtp_port, own.imap_port, **inside)
    for n, address in enumerate(people):
        if address.startswith("staff"):
            sending.internal_mail(f"r10:{n}", address, "Someone answered", "Look at it.")
            continue
        words = {"to_address": address, "to_name": "", "subject": "Our meeting", "mailbox": boxes[n % len(boxes)]}
        sending.meeting_mail(f"r10:hand:{n}", body="Shall we say Tuesday?", automatic=False, **words)
        if not address.startswith("unmarked"):  # it would answer this too, which says nothing about us
            sending.meeting_mail(f"r10:booked:{n}", body="Booked: Tuesday.", not_before=clock.now() + DAY / 4, **words)


def a_look(instance: Instance, scene: stage.Stage, now: datetime) -> None:
    """Everything that the clock does in an installation, after the mail that came in."""
    stage.move_to(now)
    stage.all_delivered(scene)
    for box in instance.boxes:
        home = scene.dovecot.maildir(box.address)
        for path in sorted([*home.glob("new/*"), *home.glob("cur/*")]):
            if path.name not in instance.read:
                instance.read.add(path.name)
                intake.receive(path.read_bytes(), recipients=[box.address])
    reminding.send_due()
    recovering.send_due()
    planner.plan_due()
    while sending.send_due(200, worker=f"of {instance.database}"):
        pass
    stage.all_delivered(scene)


class Careless:
    """A program that answers whatever comes, and does not say that it is a program."""

    def __init__(self, scene: stage.Stage, address: str) -> None:
        self.scene, self.address = scene, address
        self.seen: set[str] = set()

    def answer(self) -> None:
        for path in self.scene.dovecot.maildir(self.address).glob("new/*"):
            if path.name not in self.seen:
                self.seen.add(path.name)
                self._answer(message_from_bytes(path.read_bytes(), policy=policy.default))
        stage.all_delivered(self.scene)

    def _answer(self, asked: Any) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.address, address_of(asked, "From"), UNMARKED
        mail["Message-ID"], mail["In-Reply-To"] = f"<answer-{len(self.seen)}-{self.address}>", str(asked["Message-ID"])
        mail.set_content("We have your message and will look at it.")
        with smtplib.SMTP("127.0.0.1", self.scene.postfix.smtp) as line:
            line.send_message(mail)


def address_of(mail: Any, header: str) -> str:
    return parseaddr(str(mail[header] or ""))[1].lower()


@dataclass
class Found:
    mails: int = 0
    vacations: int = 0
    unmarked: int = 0
    pairs: Counter[tuple[str, ...]] = field(default_factory=Counter)


def automatic(scene: stage.Stage) -> Found:
    """Counted in every Maildir: automatic mails by pair of correspondents, whoever of the two sent them."""
    found = Found()
    for home in (scene.dovecot.folder / "mail").iterdir():
        for raw in scene.dovecot.mails(home.name):
            mail = message_from_bytes(raw, policy=policy.default)
            pair = tuple(sorted((address_of(mail, "From"), address_of(mail, "To"))))
            said = str(mail["Auto-Submitted"] or "no").lower()
            found.mails += 1
            found.vacations += said.startswith("auto-replied")
            found.unmarked += str(mail["Subject"]) == UNMARKED
            found.pairs[pair] += said != "no" or str(mail["Subject"]) == UNMARKED
    return found
