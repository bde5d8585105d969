"""Measures the classifier on labelled replies."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from appointments.management.lines import read_lines
from appointments.rules.evaluation import evaluate
from appointments.services import classifier
from crm.management.arguments import print_json
from prospecting.rules.labels import known


class Command(BaseCommand):
    help = "Prints how well the classifier does on the labelled lines of FILE.jsonl."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.jsonl")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        rows = list(read_lines(file))
        labelled = [row for row in rows if "defects" not in row and known(str(row.get("label")))]
        if not labelled:
            raise CommandError(f"{file} holds no line with a known label.")
        left_out = len(rows) - len(labelled)
        print_json({**evaluate(labelled, classifier.model_for_files()), **({"left_out": left_out} if left_out else {})})
