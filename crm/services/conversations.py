"""Mail threads of a team, and the messages that leave from them."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from crm import clock
from crm.models import Account, Contact, Conversation, Mailbox, Message, Team
from crm.rules import mime
from crm.rules.newest_text import newest_text
from crm.services import identity, matching


def start_conversation(
    *,
    team: Team,
    mailbox: Mailbox,
    account: Account | None,
    contact: Contact | None,
    subject: str,
    root_message_id: str,
    at: datetime,
) -> Conversation:
    """A thread known by its root message; the same root in the same team is the same thread."""
    root = root_message_id[: identity.LONGEST]
    row, _ = Conversation.objects.get_or_create(
        team=team,
        root_message_id=root,
        defaults={"tag": matching.seal(team.pk, root), "mailbox": mailbox, "account": account, "contact": contact, "subject": subject[:500],
                  "last_message_at": at, "created_at": clock.now()},
    )  # fmt: skip
    return row


@transaction.atomic
def record_outgoing(
    raw: bytes,
    *,
    conversation: Conversation,
    mailbox: Mailbox,
    account: Account | None,
    contact: Contact | None,
    message_id: str,
    subject: str,
    text: str,
    at: datetime,
) -> Message:
    """What left, kept beside what came in. Answers that came before it was on file find their thread now."""
    head = mime.parse_head(raw)
    message, new = Message.objects.get_or_create(
        message_id=message_id[: identity.LONGEST],
        content_hash=identity.content_hash(raw),
        defaults={
            "direction": Message.Direction.OUT, "state": Message.State.HANDLED, "raw": raw, "subject": subject[:500],
            "text": text, "newest": newest_text(text).newest, "kind": "human", "in_reply_to": head.in_reply_to[: identity.LONGEST],
            "references": identity.shortened(head.references), "from_address": mailbox.address, "from_name": mailbox.display_name,
            "to": list(head.to), "cc": list(head.cc), "account": account, "contact": contact, "conversation": conversation,
            "team": conversation.team, "sent_at": at, "at": at, "handled_at": at,
        },
    )  # fmt: skip
    if not new and message.conversation_id is None:  # read in the Sent folder before our own answer was kept
        message.conversation, message.account, message.contact = conversation, account, contact
        message.save(update_fields=["conversation", "account", "contact"])
        new = True
    if new:
        touched(conversation, at)
        matching.link_early_answers(message)
    return message


def touched(conversation: Conversation, at: datetime) -> None:
    """Remember when the thread last moved."""
    earlier = Q(last_message_at__lt=at)
    Conversation.objects.filter(earlier, pk=conversation.pk).update(last_message_at=at)
