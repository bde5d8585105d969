"""The intake door for a mail server: Postfix or Dovecot hand over by LMTP (RFC 2033), and retry what was put off."""

from argparse import ArgumentParser
from typing import Any

from crm.gateways.listener import Door
from crm.management.calm import CalmCommand
from crm.management.doors import own_connection, run
from crm.services import intake


class Command(CalmCommand):
    help = "Takes mail in by LMTP (or SMTP) until it is stopped. Bind it where only the mail server can reach it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=2424)
        parser.add_argument("--smtp", action="store_true", help="Speak SMTP instead of LMTP.")

    def handle(self, *args: Any, host: str, port: int, smtp: bool, **options: Any) -> None:
        door = Door(own_connection(intake.take_in), host, port, lmtp=not smtp)
        said = f"Mail door: takes in by {'SMTP' if smtp else 'LMTP'} on {host}:{port}."
        run([door], "intake", lambda: self.stderr.write(said))
