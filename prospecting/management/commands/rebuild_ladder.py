"""Builds the ladder from the timeline and says whether it is the one that stands; JSON on standard output."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from prospecting.services import ladder_log


class Command(BaseCommand):
    help = "Builds every milestone and standing from the timeline; with --check it only compares, and keeps nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only; exit 1 where they differ")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        found = ladder_log.check() if check else ladder_log.rebuild()
        self.stdout.write(json.dumps({**found, "written": not check}))
        if check and not found["equal"]:
            raise CommandError("The ladder is not what the timeline says. Without --check it is built anew.")
