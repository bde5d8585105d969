"""Bring target lists in step with their rules; one JSON line a list."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from prospecting.models import Segment
from prospecting.services import lists


class Command(BaseCommand):
    help = "Refresh every target list, or those of the segments named (by name or number)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("segment", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        segments = self._segments(options["segment"]) if options["segment"] else None
        for done in lists.refresh_all(segments):
            self.stdout.write(json.dumps(asdict(done), ensure_ascii=True))

    def _segments(self, names: list[str]) -> Any:
        wanted = Q()
        for name in names:
            found = Q(name__iexact=name) | Q(pk=int(name) if name.isdigit() else None)
            if not Segment.objects.filter(found).exists():
                raise CommandError(f"There is no segment named “{name}”.")
            wanted |= found
        return Segment.objects.filter(wanted)
