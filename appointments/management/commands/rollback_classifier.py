"""Lets an earlier version of the classifier judge again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from appointments.services import learning
from crm.errors import Refused
from crm.management.arguments import print_json


class Command(BaseCommand):
    help = (
        "Judges by VERSION again: a number, or 0 for the classifier that came with the product; else by the one before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", type=int, nargs="?", metavar="VERSION")

    def handle(self, *args: Any, version: int | None, **options: Any) -> None:
        try:
            found = learning.roll_back(version, by="the command line")
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        print_json({"in_use": found.pk if found else 0, "trained_at": found.trained_at if found else None})
