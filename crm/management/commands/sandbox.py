"""The mail sandbox as a process: an SMTP server that keeps what it gets, and the door through which answers come in."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from crm.gateways.listener import Door
from crm.management.calm import CalmCommand
from crm.management.doors import own_connection, run
from crm.services import intake, sandbox


class Command(CalmCommand):
    help = "Runs the mail sandbox on loopback until it is stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("There is no sandbox in this installation.")
        keeps, takes = settings.SANDBOX_SMTP_PORT, settings.SANDBOX_INTAKE_PORT
        doors = [
            Door(own_connection(sandbox.keep), "127.0.0.1", keeps, refuse=sandbox.refusal),
            Door(own_connection(intake.take_in), "127.0.0.1", takes),
        ]
        said = f"Mail sandbox: keeps on port {keeps}, takes in on port {takes}."
        run(doors, "sandbox", lambda: self.stderr.write(said))
