"""Judges the replies of a file, one JSON object a line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from appointments.management.lines import read_lines
from appointments.rules.classify import classify
from appointments.rules.evaluation import read_row, shown
from appointments.services import classifier
from crm.management.arguments import print_json


class Command(BaseCommand):
    help = "Adds label, secondary, confidence, decided_by, entities and needs_person to each line of FILE.jsonl."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.jsonl")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        model = classifier.model_for_files()
        for row in read_lines(file):
            if "defects" in row:
                print_json(row)
            else:
                print_json({**row, **shown(classify(read_row(row), model))})
