"""A stage for figures about sending: real servers, mailboxes, due mail, and what lies in the Maildirs afterwards."""

import datetime as dt
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q

from crm import clock
from crm.models import ClockOffset, Mailbox, Organisation, Team, User
from crm.services import contacts, mailboxes, people
from crm.services.starting import ensure_roles
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.services import enrollment, segments, sending
from prospecting.services.starting import ensure_policy
from tests import servers
from tests.prospecting.world import account_named, person_at, playbook

THEIRS, OURS, SECOND = "prospects.example", "baton.example", "second.example"
MAILBOXES = 4
SETTLES_AFTER = dt.timedelta(minutes=16)
_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>]+)>", re.IGNORECASE | re.MULTILINE)


@dataclass
class Stage:
    dovecot: servers.Dovecot
    postfix: servers.Postfix
    team: Team
    ada: User
    boxes: list[Mailbox]
    database: str


@contextmanager
def stage(*, answering: bool = False) -> Iterator[Stage]:
    """Postfix that files a copy in Sent, Dovecot behind it, and a few mailboxes that send through them on a Monday.

    `answering`: whoever is given a script answers by it.
    """
    before, settings.INSIDE_ADDRESSES = settings.INSIDE_ADDRESSES, ["127.0.0.0/8"]
    with tempfile.TemporaryDirectory(prefix="baton-faults-", ignore_cleanup_errors=True) as folder:
        dovecot = servers.Dovecot(Path(folder) / "dovecot", files_copies=True)
        postfix = servers.Postfix(Path(folder) / "postfix", dovecot, [THEIRS, OURS, SECOND])
        dovecot.answers_through = postfix.smtp if answering else 0
        try:
            dovecot.start()
            postfix.start()
            yield Stage(dovecot, postfix, *office(postfix.smtp, dovecot.imap), connection.settings_dict["NAME"])
        finally:
            postfix.stop()
            dovecot.stop()
            settings.INSIDE_ADDRESSES = before


def office(smtp: int, imap: int = 0, domain: str = OURS) -> tuple[Team, User, list[Mailbox]]:
    """A team with an SDR and mailboxes; their clock goes on from a Monday morning."""
    ensure_roles()
    ensure_policy()
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Baton Works", "postal_address": "1 Relay Road, Leeds"})
    team = Team.objects.get_or_create(name="Faults")[0]
    ada = User.objects.filter(team=team).first() or people.create_person(
        "ada@faults.example", "Ada Faults", User.Job.SDR, team, by="the test"
    )
    move_to(next_monday())
    return team, ada, [mailbox(ada, n, smtp, imap, domain=domain) for n in range(MAILBOXES)]


def mailbox(ada: User, number: int, smtp: int, imap: int = 0, *, domain: str = OURS, **fields: Any) -> Mailbox:
    """The first one is Ada's own, the others her team's."""
    signing_in = {"imap_host": "127.0.0.1", "imap_port": imap, "imap_security": "none"} if imap else {}
    address = f"ada{number}@{domain}"
    usual = {
        "owner": None if number else ada, "team": ada.team, "smtp_host": "127.0.0.1", "smtp_port": smtp, "smtp_security": "none",
        "username": address if imap else "", "secret": servers.PASSWORD if imap else "", "gap_seconds": 0,
        "window_from": "00:00", "window_until": "23:59", "daily_cap": 10**6, "weekly_cap": 10**6,
    }  # fmt: skip
    return mailboxes.create_mailbox(address=address, by="the test", **{**usual, **signing_in, **fields})


def next_monday() -> dt.datetime:
    today = dt.datetime.now(dt.UTC)
    return (today + dt.timedelta(days=7 - today.weekday())).replace(hour=9, minute=0)


def move_to(moment: dt.datetime) -> None:
    ClockOffset.objects.update_or_create(pk=1, defaults={"seconds": (moment - dt.datetime.now(dt.UTC)).total_seconds()})
    clock._offset_read_at = -1e9


# What is due -----------------------------------------------------------------------------------------------------


def mails_due(boxes: list[Mailbox], count: int, name: str = "m", *, apart: bool = False) -> None:
    """Meeting mail, from each mailbox in turn, to as many addresses: of twenty people, or each of somebody else."""
    Outgoing.objects.bulk_create(
        Outgoing(
            key=f"{name}:{n}", purpose=Outgoing.Purpose.MEETING, mailbox=boxes[n % len(boxes)],
            to_address=f"{name}{n}@{THEIRS}" if apart else f"{name}{n % 20}+{n}@{THEIRS}", subject=f"Mail {n}", body=f"Hello,\n\nthis is {name} {n}.",
            created_at=clock.now(),
        )
        for n in range(count)
    )  # fmt: skip


def touches_due(ada: User, count: int, to: Sequence[str] = ()) -> None:
    """First mails of so many walks, planned by the product itself; to addresses of prospects, or to these."""
    book = playbook(ada)
    accounts = [account_named(f"Store {n}", owner=ada) for n in range(count)]
    for n, account in enumerate(accounts):
        contacts.add_contact(
            account,
            by="the test",
            role="problem-owner",
            first_name="Otto",
            last_name=f"S{n}",
            email=to[n] if to else f"t{n}@{THEIRS}",  # with a plus tag it would be the same person again
        )
        person_at(account, f"Anna A{n}", "approver")
    version = book.segment.versions.get()
    segments.publish(version, by=ada)
    segments.refresh_list(book.segment)
    for account in accounts:
        enrollment.enroll(account, segment=book.segment, sequence_version=book.sequence, prospector=ada, by=ada)


# What became of it -----------------------------------------------------------------------------------------------


def in_maildirs(dovecot: servers.Dovecot, domain: str = THEIRS) -> SimpleNamespace:
    """Every mail that lies with a prospect: how often each address got one, and how often each Message-ID lies there."""
    their = re.compile(rf"^to:[^@]*?([^\s<@]+@{re.escape(domain)})".encode(), re.IGNORECASE | re.MULTILINE)
    to: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    for home in (dovecot.folder / "mail").glob(f"*@{domain}"):
        for raw in dovecot.mails(home.name):
            head = raw.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in raw else raw.partition(b"\n\n")[0]
            to[their.search(head)[1].decode()] += 1  # type: ignore[index]
            ids[_MESSAGE_ID.search(head)[1].decode()] += 1  # type: ignore[index]
    return SimpleNamespace(to=to, ids=ids)


def rows() -> list[tuple[str, str]]:
    """Every message with its address and state."""
    mail = Touch.objects.filter(channel="email").values_list("contact__email", "state")
    return [*mail, *Outgoing.objects.values_list("to_address", "state")]


def states() -> Counter[str]:
    return Counter(state for _, state in rows())


def claims_end(name: str) -> None:
    """What a killed sender had claimed, as if the minute of its lease were over."""
    for model in (Touch, Outgoing):
        model.objects.filter(lease_owner=name).exclude(lease_until=None).update(lease_until="2020-01-01T00:00:00Z")


def wait_until(done: Any, what: str, patience: float = 120.0) -> None:
    until = time.monotonic() + patience
    while not done():
        if time.monotonic() > until:
            raise AssertionError(f"waited too long: {what}")
        time.sleep(0.05)


def all_delivered(scene: Stage) -> None:
    wait_until(lambda: scene.postfix.waiting() == 0, "Postfix hands on what it took")


def settle_everything(scene: Stage, rounds: int = 6) -> dict[str, int]:
    """Wait as long as evidence takes, look, and send what provably never arrived; what the evidence found."""
    found: Counter[str] = Counter()
    for _ in range(rounds):
        wait_until(lambda: sending.reap() == 0, "the dead are found")
        uncertain = states()["uncertain"]
        if not uncertain and not still_to_send().exists() and not states()["in_flight"]:
            break
        all_delivered(scene)
        move_to(clock.now() + SETTLES_AFTER)
        sending.reconcile()
        found["uncertain"] += uncertain
        found["settled"] += uncertain - states()["uncertain"]
        while sending.send_due(200, worker="the last one"):
            pass
    return dict(found)


def still_to_send() -> Any:
    return Outgoing.objects.filter(state="planned", mailbox__state="active")


def judged(scene: Stage) -> dict[str, int]:
    """Rows against Maildirs: what is lost, what came twice, and what the product is wrong about."""
    all_delivered(scene)
    there = in_maildirs(scene.dovecot)
    all_rows = [(address, state) for address, state in rows() if address.endswith(f"@{THEIRS}")]
    sent = {address.lower() for address, state in all_rows if state == "sent"}
    told_not = {address.lower() for address, state in all_rows if state not in ("sent", "uncertain")}
    return {
        "rows": len(all_rows),
        "sent": len(sent),
        "in_maildirs": len(there.to),
        "twice": sum(1 for many in [*there.to.values(), *there.ids.values()] if many > 1),
        "lost": len(sent - set(there.to)),
        "wrong": len(told_not & set(there.to)),
        "unresolved": sum(1 for _, state in all_rows if state == "uncertain"),
        "not_sent": sum(1 for _, state in all_rows if state not in ("sent", "uncertain")),
    }


def resent() -> int:
    return Attempt.objects.filter(Q(response__startswith="proven")).count()
