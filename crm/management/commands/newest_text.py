"""Tells the newest text of messages from signature and quotes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from crm.management.arguments import print_json
from crm.rules import mime
from crm.rules.charsets import decode
from crm.rules.newest_text import Newest, newest_text


class Command(BaseCommand):
    help = "Prints the newest text of each message; a .txt is a plain body."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")

    def handle(self, *args: Any, paths: list[str], **options: Any) -> None:
        for path in paths:
            try:
                found = read(Path(path))
            except OSError as error:
                print_json(
                    {
                        "path": path,
                        "newest": "",
                        "signature": "",
                        "quoted": "",
                        "defects": [f"cannot be read: {error.strerror}"],
                    }
                )
                continue
            print_json({"path": path, "newest": found.newest, "signature": found.signature, "quoted": found.quoted})


def read(path: Path) -> Newest:
    raw = path.read_bytes()
    if path.suffix == ".txt":
        return newest_text(decode(raw))
    mail = mime.parse(raw)
    return newest_text(mail.text, mail.html)
