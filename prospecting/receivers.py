"""What prospecting hears from below, and the one verb each message calls."""

from typing import Any

from django.dispatch import receiver

from crm.models import Message
from crm.signals import message_received
from prospecting.services import replies


@receiver(message_received, dispatch_uid="prospecting.reply")
def on_message(sender: Any, *, message: Message, envelope: Any = None, **kwargs: Any) -> None:
    replies.create(message, envelope=envelope)
