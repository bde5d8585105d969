"""R7: a mailbox read while its server cuts, renumbers, doubles and expunges; counted in the Maildir and by SQL."""

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from crm import clock
from crm.models import Mailbox, MailFolder, Message, Team
from crm.services import intake, mailboxes
from tests import servers
from tests.faults.imap_mischief import Cutting, Maildir, deliver, stored_marks
from tests.faults.readers import Reader

LONG = {"messages": 50_000, "resets": 20, "duplicates": 5_000, "fresh": 100, "kills": 5, "days": 90, "patience": 7200}
EXPUNGED = 5  # mails that vanish at each reset


def run(
    messages: int = 600, resets: int = 5, duplicates: int = 100, fresh: int = 10, kills: int = 1, days: int = 30,
    patience: float = 300,
) -> dict[str, Any]:  # fmt: skip
    """What is missed, what is stored twice, the most memory, and how soon new mail is there."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baton-faults-", ignore_cleanup_errors=True) as folder:
        dovecot = servers.Dovecot(Path(folder)).start()
        proxy = Cutting(dovecot.imap)
        maildir = Maildir(dovecot, "r7@baton.example")
        maildir.fill(messages, copies=duplicates, same_id=messages // 30, days=days)
        office = _mailbox(proxy.port, days + 10)
        reader = Reader(connection.settings_dict["NAME"], every_folder=5.0)
        try:
            reader, memory, epochs = _disturb(reader, office, maildir, messages, resets, kills, patience)
            _recounted(office, maildir, patience)
            waits = sorted(_wait_for_fresh(maildir, fresh))
            memory, took = max(memory, reader.most_memory()), reader.stop()
        finally:
            reader.kill()
            proxy.stop()
            dovecot.stop()
        there, here = maildir.marks(), stored_marks()
    inbox = MailFolder.objects.get(mailbox=office, role="inbox")
    return {
        "figure": "R7", "messages": messages, "duplicates": duplicates, "resets": len(epochs) - 1, "kills": kills,
        "cuts": proxy.cuts, "expunged": len(maildir.gone - there), "missed": len(there - here.keys()),
        "twice": sum(many > 1 for many in here.values()), "foreign": len(here.keys() - there - maildir.gone),
        "counted_missing": inbox.missing, "on_server": inbox.on_server, "stored": inbox.stored,
        "unhandled": Message.objects.exclude(state="handled").count(), "rss_mb": memory, "stopped_in_s": round(took, 1),
        "visible_p95_s": round(waits[int(len(waits) * 0.95)] if waits else 0.0, 2), "seconds": round(time.monotonic() - began),
    }  # fmt: skip


def _mailbox(port: int, days: int) -> Mailbox:
    team = Team.objects.create(name="Team Readers")
    mailbox = Mailbox.objects.create(
        address="r7@baton.example", team=team, smtp_host="127.0.0.1", smtp_port=1, imap_host="127.0.0.1", imap_port=port,
        imap_security="none", created_at=clock.now() - timedelta(days=days),
    )  # fmt: skip
    mailboxes.change_secret(mailbox, servers.PASSWORD)
    return mailbox


def _disturb(
    reader: Reader, office: Mailbox, maildir: Maildir, many: int, resets: int, kills: int, patience: float
) -> tuple[Reader, float, set[int]]:
    """New numbers each time a share has been read; mail comes in between, other mail goes; sometimes the reader is killed.

    After new numbers all is read again from the first; so each time half as many again have been read as the time before.
    """
    memory, epochs = 0.0, set[int]()
    for turn in range(resets + 1):
        enough = many * 2 // 3 if turn == resets else int(many / 2 / 1.5 ** (resets - 1 - turn))
        _until(lambda enough=enough: Message.objects.count() >= enough, patience)  # type: ignore[misc]
        epochs |= {row.uidvalidity for row in MailFolder.objects.filter(mailbox=office, role="inbox")}
        if turn < kills:
            memory = max(memory, reader.most_memory())
            reader.kill()
            reader = Reader(connection.settings_dict["NAME"], every_folder=5.0)
        if turn < resets:
            _numbered_anew(office, maildir, epochs)
            maildir.expunge_some(EXPUNGED)
            epochs |= _epoch(office)
    return reader, memory, epochs


def _numbered_anew(office: Mailbox, maildir: Maildir, epochs: set[int]) -> None:
    """Until the reader has seen it: a server that has the folder open just then writes its old numbers down again."""
    for _ in range(10):
        time.sleep(1.0)  # Dovecot makes the new UIDVALIDITY from the second
        maildir.number_anew()
        deliver(maildir.dovecot, maildir.address, maildir.mail(maildir.mark()))
        if _until(lambda: bool(_epoch(office) - epochs), 30):
            return
    raise AssertionError("the reader never saw the new numbers")


def _epoch(office: Mailbox) -> set[int]:
    return set(MailFolder.objects.filter(mailbox=office, role="inbox").values_list("uidvalidity", flat=True))


def _recounted(office: Mailbox, maildir: Maildir, patience: float) -> None:
    """As the hourly count does it, without waiting for the hour."""
    MailFolder.objects.filter(mailbox=office).update(checked_at=None)
    folders = MailFolder.objects.filter(mailbox=office, checked_at=None)
    _until(lambda: not folders.exists(), patience)
    intake.handle_unhandled(1000)  # what a killed reader had stored: the worker's sweep, which does not run here


def _wait_for_fresh(maildir: Maildir, many: int) -> list[float]:
    """Seconds from delivery until a new mail is on file and handled."""
    waits = []
    for _ in range(many):
        mark, began = maildir.mark(), time.monotonic()
        deliver(maildir.dovecot, maildir.address, maildir.mail(mark))
        there = Message.objects.filter(message_id=f"{mark}@elsewhere.example", state="handled")
        _until(there.exists, 120)
        waits.append(time.monotonic() - began)
    return waits


def _until(true: Callable[[], bool], patience: float) -> bool:
    end = time.monotonic() + patience
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()
