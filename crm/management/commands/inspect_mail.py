"""Says what the product reads in mails, and stores nothing."""

import mailbox
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from crm.management.arguments import print_json
from crm.rules import envelope as envelopes
from crm.rules import mbox, mime
from crm.rules.bounce import Bounce
from crm.rules.newest_text import newest_text


class Command(BaseCommand):
    help = "Reads mails (a Maildir, a .mbox, or one message a file) and prints one JSON object for each."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")

    def handle(self, *args: Any, paths: list[str], **options: Any) -> None:
        for path in paths:
            for raw in messages(path):
                print_json(inspected(path, raw))


def messages(path: str) -> Iterator[bytes | str]:
    """The raw mails at a path; a text says why there is none."""
    place = Path(path)
    try:
        if place.is_dir():
            yield from maildir(place)
        elif place.suffix == ".mbox":
            yield from mbox.messages(place.read_bytes())
        else:
            yield place.read_bytes()
    except OSError as error:
        yield f"cannot be read: {error.strerror}"


def maildir(place: Path) -> Iterator[bytes | str]:
    found = sorted(mailbox.Maildir(place, create=False).iterkeys()) if (place / "cur").is_dir() else []
    box = mailbox.Maildir(place, create=False) if found else None
    for key in found:
        yield box.get_bytes(key) if box else b""
    if not found:
        for file in sorted(one for one in place.iterdir() if one.is_file()):
            yield file.read_bytes()


def inspected(path: str, raw: bytes | str) -> dict[str, Any]:
    """What a mail says; one that cannot be read says so in its defects."""
    if isinstance(raw, str):
        return {"path": path, "message_id": "", "from": "", "to": [], "subject": "", "date": None, "kind": "human", "bounce": None,
                "newest_text": "", "attachments": [], "defects": [raw], "ms": 0}  # fmt: skip
    began = time.perf_counter()
    mail = mime.parse(raw)
    envelope = envelopes.kind(mail)
    newest = newest_text(mail.text, mail.html).newest
    taken = (time.perf_counter() - began) * 1000
    return {
        "path": path,
        "message_id": mail.message_id,
        "from": mail.from_address,
        "to": list(mail.to),
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "kind": envelope.kind,
        "bounce": told(envelope.bounce),
        "newest_text": newest,
        "attachments": [
            {"name": one.name, "content_type": one.content_type, "size": one.size} for one in mail.attachments
        ],
        "defects": list(mail.defects),
        "ms": round(taken, 2),
    }


def told(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    return {
        "recipients": list(bounce.recipients),
        "status": bounce.status,
        "reason": bounce.reason,
        "hard": bounce.hard,
    }
