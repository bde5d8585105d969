"""What the commands of the record share: JSON on standard output, a sentence and a code where they refuse."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from crm.errors import Refused
from crm.management.calm import CalmCommand
from crm.services import imports


def print_json(found: Any) -> None:
    """One ASCII-only line."""
    sys.stdout.write(json.dumps(found, ensure_ascii=True, separators=(",", ":"), default=str) + "\n")
    sys.stdout.flush()


class ImportCommand(CalmCommand):
    """`import_accounts` and `import_contacts`: a file in, one JSON object out."""

    kind = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and write nothing.")
        parser.add_argument("--map", default="", metavar="COLUMN=field,...", help="Which column is which field.")
        parser.add_argument(
            "--match-on", default="", metavar="COLUMN,...", help="Further columns that count as evidence."
        )

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            file.open("rb").close()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        match_on = [column for column in options["match_on"].split(",") if column]
        try:
            report = imports.import_rows(
                lambda: chunks_of(file), self.kind, mapping=mapping_of(options["map"]), match_on=match_on,
                file_name=file.name, by="the command line", dry_run=dry_run, tell=self.tell,
            )  # fmt: skip
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        print_json(report)
        self.stderr.write(f"{report['rows']} rows: {report['created']} created, {report['updated']} updated, "
                          f"{report['unchanged']} unchanged, {report['skipped']} skipped. "
                          f"Blank lines, not counted: {report['blank_lines']}.")  # fmt: skip

    def tell(self, phase: str, rows: int) -> None:
        """A line on standard error each hundred thousand rows."""
        if rows % 100_000 == 0:
            self.stderr.write(f"{phase}, {rows} rows")


def chunks_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while chunk := content.read(1024 * 1024):
            yield chunk


def mapping_of(text: str) -> dict[str, str]:
    """`COLUMN=field,COLUMN=field`."""
    mapping: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        column, equals, name = pair.rpartition("=")
        if not equals or not column:
            raise CommandError(f"“{pair}” is not COLUMN=field.")
        mapping[column.strip()] = name.strip()
    return mapping
