"""The border: a handled message becomes a reply row, and everything planned at the account stops."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Message, User
from crm.services import live
from crm.services.accounts import queue_up
from crm.whole import whole
from prospecting.models import Enrollment, Reply, Touch
from prospecting.models.enrollment import OPEN
from prospecting.rules import labels, ladder
from prospecting.services import milestones
from prospecting.services.bounces import record_bounce
from prospecting.services.evidence import message_shows_arrival
from prospecting.services.reactions import pause_account
from prospecting.signals import reply_received


@whole()
def create(message: Message, *, envelope: Any) -> Reply | None:
    """One row for each matched message. A message that is not certainly a machine pauses the account right here."""
    if message.conversation_id is None or message.direction != Message.Direction.IN:
        return None
    if Reply.objects.filter(message=message).exists():
        return None
    queue_up(message.account_id)
    message_shows_arrival(message)
    if envelope is not None and envelope.kind == "bounce":
        record_bounce(message, envelope)
    elif message.account and not message.certainly_machine:
        who = message.contact.name if message.contact else message.from_name or message.from_address
        pause_account(message.account, f"{who} wrote.", by="the intake")
    reply = _row(message)
    if message.account_id:
        live.tell("reply", team=reply.team, reply=reply.pk, account=message.account_id)
    reply_received.send(sender=Reply, reply=reply, message=message, envelope=envelope)
    return reply


def _row(message: Message) -> Reply:
    conversation = message.conversation
    assert conversation is not None  # noqa: S101 - the caller looked; this tells mypy
    return Reply.objects.create(
        message=message,
        account=message.account,
        contact=message.contact,
        conversation=conversation,
        team=conversation.team,
        enrollment=enrollment_of(message),
        at=message.at,
    )


def enrollment_of(message: Message) -> Enrollment | None:
    """The walk the thread belongs to, else the account's open one, else none: then it is inbound."""
    if message.account_id is None:
        return None
    refs = [ref for ref in [message.in_reply_to, *message.references] if ref]
    thread = Q(message__message_id__in=refs) | Q(message__conversation=message.conversation_id)
    touch = (
        Touch.objects.filter(thread, account=message.account_id).select_related("enrollment").order_by("-pk").first()
    )
    if touch:
        return touch.enrollment
    return Enrollment.objects.filter(account=message.account_id, state__in=OPEN).first()


@whole()
def set_label(reply: Reply, label: str, *, secondary: Sequence[str] = (), by: User | str) -> Reply:
    """Write what was said. Engaged follows the label: a correction between person and machine flips it."""
    if not labels.known(label) or not all(map(labels.known, secondary)):
        raise Refused("There is no such label.")
    before = reply.label
    reply.label, reply.secondary, reply.counts = label, list(dict.fromkeys(secondary)), labels.counts(label)
    Reply.objects.filter(pk=reply.pk).update(label=label, secondary=reply.secondary, counts=reply.counts)
    facts = {"label": label, "from": before, "secondary": reply.secondary}
    Event.record(
        "reply.labelled", by=by, subject=reply, account=reply.account, contact=reply.contact,
        team=reply.team, message=reply.message, why=labels.words(label), facts=facts,
    )  # fmt: skip
    if reply.account:
        _follow_engaged(reply, reply.account, by=by)
    return reply


def _follow_engaged(reply: Reply, account: Account, *, by: User | str) -> None:
    if reply.counts:
        milestones.reach(
            account, ladder.ENGAGED, enrollment=reply.enrollment, contact=reply.contact,
            at=min(reply.at, clock.now()), by=by,
        )  # fmt: skip
        return
    others = Reply.objects.filter(account=account, enrollment=reply.enrollment, counts=True).exclude(pk=reply.pk)
    if reply.enrollment and not others.exists():
        milestones.void(reply.enrollment, ladder.ENGAGED, why="the message was a machine's after all", by=by)
