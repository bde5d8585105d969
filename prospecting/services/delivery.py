"""What a server's answer means for the touch or message that was handed over."""

from email import message_from_bytes, policy
from typing import Any

from django.db.models import Value
from django.db.models.functions import Greatest

from crm import clock, failpoints
from crm.models import Conversation, Mailbox, Message
from crm.services import accounts, conversations, live, mailboxes
from crm.services.accounts import queue_up
from prospecting.models import Attempt, Enrollment, Outgoing, StageVisit, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.rules import ladder, retry
from prospecting.services import milestones, refusals
from prospecting.services.bounces import bounced
from prospecting.services.reactions import next_holder

Row = Touch | Outgoing
BY = "the sender"
MOST_PATIENCE = 3  # a server that comes back is tried within two hours


@failpoints.commit("outcome")
def settle(model: type[Row], pk: int, attempt: Attempt, outcome: str, response: str) -> str:
    """Keep what the server said. A row that evidence or a person settled meanwhile stays as it is.

    An answer that comes late, when another sender has the row already, changes the row only if the message was taken
    and nobody has begun to hand it over again: then it does not leave a second time.
    """
    queue_up(attempt.touch.account_id if attempt.touch else attempt.outgoing.account_id if attempt.outgoing else None)
    beside = ("account", "contact", "enrollment", "visit") if model is Touch else ("account", "contact", "conversation")
    row = model._base_manager.select_for_update(of=("self",)).select_related(*beside).get(pk=pk)
    ours = row.fence == attempt.fence and row.state in (Flight.IN_FLIGHT, Flight.UNCERTAIN)
    still_to_send = row.state in (Flight.PLANNED, Flight.UNCERTAIN) and outcome == "accepted"
    if not (ours or still_to_send):
        _end(attempt, "temporary" if outcome == "away" else outcome, response)
        return str(row.state)
    {
        "accepted": accepted,
        "temporary": put_off,
        "away": try_again,
        "permanent": refused,
        "sender": sender_problem,
        "unknown": unknown,
    }[outcome](row, attempt, response)
    if isinstance(row, Outgoing) or row.state != Flight.SENT:
        live.tell("outgoing", team=attempt.mailbox.team_id)
    return str(row.state)


def accepted(row: Row, attempt: Attempt, response: str, *, by: str = BY) -> None:
    """The recipient's server has it: sent, on the record, and the planner looks again.

    What evidence or a person says days later is about the moment when it left.
    """
    at = {"in_flight": clock.now(), "accepted": attempt.ended_at}.get(attempt.outcome) or attempt.started_at
    _end(attempt, "accepted", response)
    message = _record(row, attempt, at)
    columns = {"sent_at": at, "message": message, "mailbox": attempt.mailbox, "lease_until": None, "waits_because": ""}
    TOUCH.move(row, Flight.SENT, by=by, set=columns, **_facts(row, attempt))
    Mailbox.objects.filter(pk=attempt.mailbox_id).update(last_sent_at=Greatest("last_sent_at", Value(at)))
    if isinstance(row, Outgoing) and row.purpose == Outgoing.Purpose.OUTREACH:
        reached_by_hand(row)
    if isinstance(row, Touch):
        reached_person(row)
        live.tell("touch", team=attempt.mailbox.team, account=row.account_id, touch=row.pk)


def _facts(row: Row, attempt: Attempt) -> dict[str, str]:
    """What the timeline keeps of a sent message."""
    channel = {"channel": row.channel} if isinstance(row, Touch) else {"purpose": row.purpose}
    return {"message_id": attempt.message_id, **channel}


def reached_person(touch: Touch) -> None:
    """A delivered touch counts when its stage is open; then it is the planner's turn."""
    accounts.mark_touched(touch.account, touch.sent_at or clock.now())
    if touch.reached and touch.visit.state == StageVisit.State.OPEN:
        milestones.reach(
            touch.account, ladder.CONTACTED, enrollment=touch.enrollment, contact=touch.contact, by=BY, at=touch.sent_at,
            touch=touch,
        )  # fmt: skip
    Enrollment.objects.filter(pk=touch.enrollment_id).update(plan_at=clock.now())


def reached_by_hand(row: Outgoing) -> None:
    """A mail by hand counts as contact where the stage of its person is open, as a step does."""
    if row.account is None:
        return
    at, visit = row.sent_at or clock.now(), row.visit
    accounts.mark_touched(row.account, at)
    if visit and visit.state == StageVisit.State.OPEN:
        walk = visit.enrollment
        milestones.reach(
            row.account, ladder.CONTACTED, enrollment=walk, contact=row.contact, by=row.by or BY, at=at,
            mailbox=row.mailbox,
        )  # fmt: skip
    Enrollment.objects.filter(account=row.account, state=Enrollment.State.ACTIVE).update(plan_at=clock.now())


def _record(row: Row, attempt: Attempt, now: Any) -> Message | None:
    """Put the sent mail into its conversation; mail to our own users belongs to none."""
    if isinstance(row, Outgoing) and row.purpose == Outgoing.Purpose.INTERNAL:
        return None
    team = attempt.mailbox.team
    if team is None:
        return None
    subject, text, in_reply_to = _read(bytes(attempt.raw))
    conversation = _conversation(row, attempt, in_reply_to) or conversations.start_conversation(
        team=team, mailbox=attempt.mailbox, account=row.account, contact=row.contact,
        subject=subject, root_message_id=attempt.message_id, at=now,
    )  # fmt: skip
    return conversations.record_outgoing(
        bytes(attempt.raw), conversation=conversation, mailbox=attempt.mailbox, account=row.account,
        contact=row.contact, message_id=attempt.message_id, subject=subject, text=text, at=now,
    )  # fmt: skip


def _conversation(row: Row, attempt: Attempt, in_reply_to: str) -> Conversation | None:
    if isinstance(row, Outgoing) and row.conversation:
        return row.conversation
    if not in_reply_to:
        return None
    parent = Message.objects.filter(message_id=in_reply_to, conversation__team=attempt.mailbox.team_id)
    found = parent.select_related("conversation").first()
    return found.conversation if found else None


def _read(raw: bytes) -> tuple[str, str, str]:
    """Subject, plain text and parent of a mail we made ourselves."""
    mail = message_from_bytes(raw, policy=policy.default)
    part = mail.get_body(("plain",))
    text = part.get_content().replace("\r\n", "\n") if part else ""
    return str(mail["Subject"] or ""), text, str(mail["In-Reply-To"] or "").strip("<> ")


def try_again(row: Row, attempt: Attempt, response: str) -> None:
    """The mailbox's server was not to be had: that is no verdict on the message, and never ends it."""
    _end(attempt, "temporary", response)
    tries, why = row.tries + 1, f"The mailbox's server was not to be had: {response}"[:200]
    again = clock.now() + retry.wait_before(min(tries, MOST_PATIENCE), seed=attempt.message_id)
    columns = {"not_before": again, "tries": tries, "lease_until": None, "waits_because": why}
    TOUCH.move(row, Flight.PLANNED, by=BY, why=why, set=columns)


def put_off(row: Row, attempt: Attempt, response: str) -> None:
    """4xx: the same bytes again later; the step is not advanced. After 48 hours nobody tries any more."""
    _end(attempt, "temporary", response)
    first = row.attempts.order_by("started_at").values_list("started_at", flat=True).first() or clock.now()
    tries = row.tries + 1
    again = retry.next_try(tries, first=first, now=clock.now(), seed=attempt.message_id)
    why = f"The server put it off: {response}"[:200]
    if again is None:
        TOUCH.move(
            row, Flight.BOUNCED, by=BY, why=why, set={"lease_until": None, "waits_because": "Given up after 48 h."}
        )
        if isinstance(row, Touch):
            Enrollment.objects.filter(pk=row.enrollment_id).update(plan_at=clock.now())
        return
    columns = {"not_before": again, "tries": tries, "lease_until": None, "waits_because": why}
    TOUCH.move(row, Flight.PLANNED, by=BY, why=why, set=columns)


def refused(row: Row, attempt: Attempt, response: str) -> None:
    """5xx for the recipient: this address takes no mail. What a person must do about it follows from the report."""
    _end(attempt, "permanent", response)
    why = f"The server refused the address: {response}"[:300]
    if refusals.is_hard(attempt, response):
        bounced(row, attempt.recipient, why=why)
        if isinstance(row, Touch):
            next_holder(row.enrollment, row.contact)
    else:
        TOUCH.move(row, Flight.BOUNCED, by=BY, why=why, set={"lease_until": None})
        if isinstance(row, Touch):
            Enrollment.objects.filter(pk=row.enrollment_id).update(plan_at=clock.now())
    refusals.report(row, attempt, response)


def sender_problem(row: Row, attempt: Attempt, response: str) -> None:
    """Our own trouble (login, certificate, policy): the mailbox pauses, the person is not burnt, the queue is kept."""
    _end(attempt, "sender", response)
    why = f"The mailbox cannot send: {response}"[:200]
    TOUCH.move(row, Flight.PLANNED, by=BY, why=why, set={"lease_until": None, "waits_because": why})
    mailbox = Mailbox.objects.select_for_update(no_key=True).get(pk=attempt.mailbox_id)  # another mail may pause it too
    mailboxes.pause_mailbox(mailbox, response[:300] or "It cannot send.", by=BY)


def unknown(row: Row, attempt: Attempt, response: str) -> None:
    """The final dot may have been read: evidence decides, or a person does."""
    _end(attempt, "unknown", response)
    if row.state == Flight.IN_FLIGHT:
        why = f"Nobody knows whether it arrived: {response}"[:200]
        TOUCH.move(row, Flight.UNCERTAIN, by=BY, why=why, set={"lease_until": None, "waits_because": why})


def _end(attempt: Attempt, outcome: str, response: str) -> None:
    attempt.outcome, attempt.response, attempt.ended_at = outcome, response[:500], clock.now()
    attempt.save(update_fields=["outcome", "response", "ended_at"])
