"""Looks through the records on file for ones that may be the same."""

from argparse import ArgumentParser
from typing import Any

from crm.management.arguments import print_json
from crm.management.calm import CalmCommand
from crm.services import duplicates


class Command(CalmCommand):
    help = (
        "Proposes accounts and people that may be the same; merges nothing. Fills normal forms that are missing first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", nargs="*", choices=["accounts", "contacts", []], default=[])
        parser.add_argument(
            "--match-on", default="", metavar="ATTRIBUTE,...", help="Attributes that count as evidence."
        )

    def handle(self, *args: Any, kind: list[str], match_on: str, **options: Any) -> None:
        self.stderr.write(f"{duplicates.fill_normal_forms()} records got their normal forms.")
        for each in kind or ["accounts", "contacts"]:
            print_json(duplicates.find_duplicates(each, match_on=[one for one in match_on.split(",") if one]))
