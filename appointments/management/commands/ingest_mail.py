"""The door for a mail server's pipe: one message on standard input, stored and handled."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.management.arguments import print_json
from crm.models import Message
from crm.services import intake
from prospecting.models import Reply


class Command(BaseCommand):
    help = "Takes one mail from standard input: manage.py ingest_mail [RECIPIENT ...] < message.eml"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "recipients", nargs="*", metavar="RECIPIENT", help="Envelope recipients; else the headers say."
        )

    def handle(self, *args: Any, recipients: list[str], **options: Any) -> None:
        raw = sys.stdin.buffer.read()
        if not raw.strip():
            raise CommandError("There was no mail on standard input.")
        message = intake.receive(raw, recipients=recipients)
        print_json(told(message))


def told(message: Message) -> dict[str, Any]:
    """What became of it; a message that waits for an account has no reply yet."""
    reply = Reply.objects.filter(message=message).first()
    return {
        "message": message.pk,
        "kind": message.kind,
        "account": message.account_id,
        "reply": reply.pk if reply else None,
        "label": reply.label if reply else None,
    }
