"""Loads the demonstration world once, with a bar on standard error; prints what there is now as JSON."""

import gc
import json
import logging
import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from appointments.demo import world
from appointments.demo.hands import BrokenHand
from crm.management.calm import CalmCommand
from crm.models import Account, User

WIDTH = 32
MOST_HANDS = 4


class Command(CalmCommand):
    help = "Loads the demonstration world: invented companies and nine months of lived history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=int, default=600)
        parser.add_argument("--months", type=int, default=9)
        hands = min(MOST_HANDS, os.cpu_count() or 1)
        parser.add_argument("--hands", type=int, default=hands, help="Processes; one makes the same history each time.")
        parser.add_argument("--seed", type=int, default=11)

    def handle(self, *args: Any, accounts: int, months: int, hands: int, seed: int, **options: Any) -> None:
        if world.is_there():
            self.answer({"loaded": False, "already_there": True, "counts": world.counts(), "log_ins": world.log_ins()})
            return
        if world.is_half_there():
            self.start_over()
        if Account.objects.exists() or User.objects.exclude(is_superuser=True).exists():
            raise CommandError("There is real work here already; the demonstration world loads into an empty one only.")
        if accounts < 30 or months < 2:
            raise CommandError("A world needs at least 30 accounts and 2 months.")
        started = time.monotonic()
        try:
            found = self.load(world.Size(accounts, months, max(1, hands), seed))
        except BrokenHand as broken:
            raise CommandError(f"The demonstration world could not be loaded.\n{broken}") from None
        self.write_log_ins(found["log_ins"])
        self.answer({"loaded": True, "already_there": False, "seconds": round(time.monotonic() - started, 1), **found})

    def start_over(self) -> None:
        """Nothing but the sandbox's own world is ever emptied."""
        if not settings.SANDBOX:
            raise CommandError("The demonstration world was interrupted half-way; empty this database and start anew.")
        self.stderr.write("The demonstration world was interrupted half-way; it starts anew.")
        world.start_over()

    def load(self, size: world.Size) -> dict[str, Any]:
        """Millions of short-lived objects and nothing to collect: the collector would cost a tenth of the time."""
        bar = Bar()
        noisy = logging.getLogger("prospecting")
        level = noisy.level
        noisy.setLevel(logging.WARNING)
        gc.disable()
        try:
            return world.load(size, bar.show)
        finally:
            gc.enable()
            noisy.setLevel(level)
            bar.end()

    def write_log_ins(self, log_ins: list[dict[str, str]]) -> None:
        """`make run` prints them at every start."""
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        (settings.DATA_DIR / "demo.json").write_text(json.dumps({"logins": log_ins}, indent=1))

    def answer(self, what: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(what, ensure_ascii=True))


class Bar:
    """A line that fills on a terminal; a line for each tenth elsewhere."""

    def __init__(self) -> None:
        self.last, self.alive = -1, sys.stderr.isatty()

    def show(self, share: float, what: str) -> None:
        step = int(share * (100 if self.alive else 10))
        if step == self.last:
            return
        self.last = step
        if self.alive:
            filled = "#" * int(share * WIDTH)
            sys.stderr.write(f"\rDemonstration world [{filled:<{WIDTH}}] {share:4.0%}  {what:<24}")
        else:
            sys.stderr.write(f"Demonstration world {share:4.0%}  {what}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self.alive:
            sys.stderr.write("\n")
