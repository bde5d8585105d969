"""Trains the head that ships with the product from the replies that ship with it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from appointments.management.lines import read_lines
from appointments.rules import head
from appointments.rules.model import SHIPPED
from crm.management.arguments import print_json
from crm.management.calm import CalmCommand


class Command(CalmCommand):
    help = "Trains on appointments/training/*.jsonl and writes the head; the same files give the same head."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, default=SHIPPED, help="where the head is written")

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        files = sorted(SHIPPED.parent.glob("*.jsonl"))
        rows = [row for path in files for row in read_lines(str(path))]
        self.stderr.write(f"{len(rows)} replies …")
        trained = head.train(rows)
        out.write_bytes(trained.dump())
        print_json({"file": str(out), "replies": len(rows), "bytes": out.stat().st_size, **trained.figures})
