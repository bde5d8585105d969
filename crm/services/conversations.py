"""Mail threads of a team, and the messages that leave from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from crm import clock
from crm.models import Account, Contact, Conversation, Mailbox, Message, RawMail, Team
from crm.once import once
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
    row, _ = once(
        Conversation,
        team=team,
        root_message_id=root,
        also={"tag": matching.seal(team.pk, root), "mailbox": mailbox, "account": account, "contact": contact, "subject": subject[:500],
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
    name, digest = message_id[: identity.LONGEST], identity.content_hash(raw)
    columns = {
        "direction": Message.Direction.OUT, "state": Message.State.HANDLED, "subject": subject[:500],
        "text": text, "newest": newest_text(text).newest, "kind": "human", "in_reply_to": head.in_reply_to[: identity.LONGEST],
        "references": identity.shortened(head.references), "from_address": mailbox.address, "from_name": mailbox.display_name,
        "to": list(head.to), "cc": list(head.cc), "account": account, "contact": contact, "conversation": conversation,
        "team": conversation.team, "sent_at": at, "at": at, "handled_at": at,
    }  # fmt: skip
    message = _copy_read_before(name, digest, conversation.team)
    if message is None:
        message, new = Message.objects.get_or_create(message_id=name, content_hash=digest, defaults=columns)
    else:
        new = (message.content_hash, message.conversation_id) != (digest, conversation.pk)
        if new:
            Message.objects.filter(pk=message.pk).update(**columns, content_hash=digest)
            message.sightings.update(conversation=conversation)
            message.refresh_from_db()
    if new:
        RawMail.keep(message, raw)
        touched(conversation, at)
        matching.link_early_answers(message)
    return message


@dataclass(frozen=True)
class Left:
    """A mail of ours that left, with what we know because we wrote it ourselves."""

    raw: bytes
    account_id: int
    contact_id: int
    to: str
    message_id: str
    subject: str
    text: str
    at: datetime
    conversation: Conversation | None = None
    in_reply_to: str = ""
    references: Sequence[str] = ()


def record_many(mails: Sequence[Left], *, mailbox: Mailbox, team: Team) -> list[Message]:
    """As start_conversation and record_outgoing, for mails of one mailbox of which nothing can be on file yet.

    Raises django.db.IntegrityError where something is after all.
    """
    threads = [one.conversation or _begun(one, mailbox, team) for one in mails]
    Conversation.objects.bulk_create([thread for thread in threads if thread.pk is None])
    messages = Message.objects.bulk_create(
        Message(
            direction=Message.Direction.OUT, state=Message.State.HANDLED, content_hash=identity.content_hash(one.raw),
            message_id=one.message_id, in_reply_to=one.in_reply_to[: identity.LONGEST],
            references=identity.shortened(one.references), from_address=mailbox.address,
            from_name=mailbox.display_name, to=[one.to], cc=[], subject=one.subject[:500], text=one.text,
            newest=newest_text(one.text).newest, kind="human", account_id=one.account_id, contact_id=one.contact_id,
            conversation=thread, team=team, sent_at=one.at, at=one.at, handled_at=one.at,
        )
        for one, thread in zip(mails, threads, strict=True)
    )  # fmt: skip
    RawMail.objects.bulk_create(RawMail(message=row, data=one.raw) for row, one in zip(messages, mails, strict=True))
    last = max(one.at for one in mails)
    older = [one.conversation.pk for one in mails if one.conversation]
    if older:
        Conversation.objects.filter(pk__in=older, last_message_at__lt=last).update(last_message_at=last)
    matching.link_early_answers_to(messages)
    return messages


def read_before(message_ids: Collection[str]) -> set[str]:
    """Those of our own mails that are on file already: copies of them were read in a Sent folder."""
    return set(Message.objects.filter(message_id__in=message_ids).values_list("message_id", flat=True))


def _begun(mail: Left, mailbox: Mailbox, team: Team) -> Conversation:
    root = mail.message_id[: identity.LONGEST]
    return Conversation(
        team=team, root_message_id=root, tag=matching.seal(team.pk, root), mailbox=mailbox, account_id=mail.account_id,
        contact_id=mail.contact_id, subject=mail.subject[:500], last_message_at=mail.at, created_at=clock.now(),
    )  # fmt: skip


def _copy_read_before(message_id: str, digest: str, team: Team) -> Message | None:
    """Of a mail nobody knew to have left, its copy in the Sent folder may have been read first: that is this message."""
    copies = Message.objects.select_for_update().filter(
        direction=Message.Direction.OUT, message_id=message_id, team=team
    )
    return min(copies.order_by("pk"), key=lambda copy: copy.content_hash != digest, default=None)


def touched(conversation: Conversation, at: datetime) -> None:
    """Remember when the thread last moved."""
    earlier = Q(last_message_at__lt=at)
    Conversation.objects.filter(earlier, pk=conversation.pk).update(last_message_at=at)
