"""A mail refused at once comes back as the report a mail server would write, so that one row of the matrix acts on both."""

from crm import clock
from crm.models import Conversation, Message
from crm.rules import delivery_report, envelope, mime
from crm.services import conversations, intake
from prospecting.models import Attempt, Outgoing, Touch


def is_hard(attempt: Attempt, response: str) -> bool:
    """Whether the address itself is dead; a full or filtered mailbox is not, and no reason at all counts as dead."""
    found = envelope.kind(mime.parse(_report(attempt, response, attempt.mailbox.address))).bounce
    return found is None or found.hard


def report(row: Touch | Outgoing, attempt: Attempt, response: str) -> None:
    """Put the report into the intake, in the thread of the mail it is about; mail to our own users has none."""
    if attempt.mailbox.team_id is not None:
        intake.store(_report(attempt, response, _to(row, attempt)), mailbox=attempt.mailbox, at=clock.now())


def complaint(row: Touch | Outgoing, attempt: Attempt) -> None:
    """Put a report of abuse into the intake in the same way, as a provider that tells of it by mail writes it."""
    if attempt.mailbox.team_id is None:
        return
    raw = delivery_report.complaint(
        to=_to(row, attempt), recipient=attempt.recipient, original=mime.parse_head(bytes(attempt.raw)),
        message_id=f"complained-{attempt.pk}-{attempt.message_id}", date=attempt.ended_at or attempt.started_at,
    )  # fmt: skip
    intake.store(raw, mailbox=attempt.mailbox, at=clock.now())


def _to(row: Touch | Outgoing, attempt: Attempt) -> str:
    local, _, domain = attempt.mailbox.address.rpartition("@")
    return f"{local}+{_thread(row, attempt).tag}@{domain}"


def handle(attempt: Attempt) -> None:
    """Read the report now; where that fails, the intake's sweeper tries again."""
    waiting = Message.objects.filter(message_id=_message_id(attempt), state=Message.State.STORED)
    for pk in waiting.values_list("pk", flat=True):
        intake.handle(pk)


def _report(attempt: Attempt, response: str, to: str) -> bytes:
    return delivery_report.refusal(
        to=to, recipient=attempt.recipient, response=response, original=mime.parse_head(bytes(attempt.raw)),
        message_id=_message_id(attempt), date=attempt.ended_at or clock.now(),
    )  # fmt: skip


def _message_id(attempt: Attempt) -> str:
    """The same for every report of one hand-over: it is stored once."""
    return f"refused-{attempt.pk}-{attempt.message_id}"


def _thread(row: Touch | Outgoing, attempt: Attempt) -> Conversation:
    """The thread the mail was meant for: the one it answers, else the one it would have begun."""
    head = mime.parse_head(bytes(attempt.raw))
    parent = Message.objects.filter(message_id=head.in_reply_to, conversation__team=attempt.mailbox.team_id)
    found = parent.select_related("conversation").first() if head.in_reply_to else None
    own = row.conversation if isinstance(row, Outgoing) else None
    if own or (found and found.conversation):
        return own or found.conversation  # type: ignore[union-attr, return-value]
    return conversations.start_conversation(
        team=attempt.mailbox.team, mailbox=attempt.mailbox, account=row.account, contact=row.contact,  # type: ignore[arg-type]
        subject=head.subject, root_message_id=attempt.message_id, at=clock.now(),
    )  # fmt: skip
