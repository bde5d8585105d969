"""Reads the mailboxes by IMAP as a process: new mail within seconds, every folder once a minute."""

import signal
import threading
from typing import Any

from crm.management import watching
from crm.management.calm import CalmCommand
from crm.management.doors import warm_up


class Command(CalmCommand):
    help = "Reads every mailbox that has an IMAP server, until it is stopped. Several may run: each mailbox has one reader."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        self.stderr.write("Mail reader: reads the mailboxes that have an IMAP server.")
        warm_up()
        watching.run(stopped)
