"""Put every mailbox's secret under the newest of BATON_MAILBOX_KEYS, so that an older key can be taken away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.services import mailboxes


class Command(BaseCommand):
    help = "Encrypt all mailbox secrets with the newest key; older keys are not needed afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = mailboxes.lock_again()
        self.stdout.write(f"{done} secrets are under the newest key.")
        if lost:
            raise CommandError(
                f"No present key opens the secret of {', '.join(lost)}: keep the old key, or type them again."
            )
