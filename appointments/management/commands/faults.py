"""Measures what the product survives, in a database of its own that is thrown away."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = (
        "Kills, cuts and misbehaves around the running product and counts from outside; a line of JSON for each figure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("figure", nargs="*", help="as in R1 R6; without one, all")
        parser.add_argument(
            "--size", action="append", default=[], help="as in sends=2000; instead of the long form's own"
        )

    def handle(self, *args: Any, figure: list[str], size: list[str], **options: Any) -> None:
        figures = import_module("tests.faults.figures").FIGURES
        if unknown := set(figure) - set(figures):
            raise CommandError(f"There is no figure {', '.join(sorted(unknown))}; there are {', '.join(figures)}.")
        sizes = {name: int(number) for name, _, number in (one.partition("=") for one in size)}
        with (settings.DATA_DIR / "faults.json").open("w") as kept:
            for name in figure or list(figures):
                with empty_database():
                    line = measured(*figures[name], sizes)
                    self.stdout.write(line)
                    self.stdout.flush()
                    print(line, file=kept, flush=True)


def measured(run: Any, usual: dict[str, int], sizes: dict[str, int]) -> str:
    chosen = {name: number for name, number in sizes.items() if name in usual}
    return json.dumps(run(**{**usual, **chosen}))


@contextmanager
def empty_database() -> Iterator[None]:
    """Each figure begins with one; whoever is still in it at the end is shown out, so that nothing outlives its figure."""
    own = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.creation.destroy_test_db(own, verbosity=0)
