"""Measures speed as ratios, in a database of its own that is thrown away."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from benchmarks import cases, harness
from crm.management.calm import CalmCommand


class Command(CalmCommand):
    help = "Measures cases against their floors; prints a table, writes bench.json, answers with JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", nargs="*", help=f"any of {', '.join(cases.CASES)}; without one, all")
        parser.add_argument("--rows", type=int, help="how many rows instead of the case's own number")

    def handle(self, *args: Any, case: list[str], rows: int | None, **options: Any) -> None:
        if unknown := set(case) - set(cases.CASES):
            raise CommandError(f"There is no case {', '.join(sorted(unknown))}; there are {', '.join(cases.CASES)}.")
        results = self.measured(case or list(cases.CASES), rows)
        self.stderr.write(harness.table(results))
        path = settings.DATA_DIR / "bench.json"
        path.write_text(json.dumps(harness.as_json(results), indent=1))
        self.stdout.write(json.dumps(harness.as_json(results)))

    def measured(self, names: list[str], rows: int | None) -> list[harness.Measured]:
        own = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            results: list[harness.Measured] = []
            for name in names:
                self.stderr.write(f"{name} …")
                make, usual = cases.CASES[name]
                harness.forget_peak()
                made = make(rows or usual)
                results += made if isinstance(made, list) else [harness.measure(made)]
            return results
        finally:
            connection.creation.destroy_test_db(own, verbosity=0)
