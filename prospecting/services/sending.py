"""The only sender: every message of the product leaves here, once."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import getaddresses
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError, ProgrammingError, connection

from crm import clock, closing, failpoints
from crm.errors import Refused
from crm.gateways import smtp
from crm.models import Account, Contact, Conversation, Mailbox, Message, User
from crm.services import live, mailboxes, providers
from crm.services.accounts import queue_up
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.services import delivery, hands, refusals, settling, takeoff
from prospecting.services.batches import Plan, Ready, planned
from prospecting.services.claims import (
    Claim,
    OtherIsAtIt,
    address_lock,
    claim_batch,
    claim_outgoing,
    give_back,
    release,
)
from prospecting.services.departure import Held, prepare_outgoing, prepare_touch
from prospecting.services.evidence import reconcile
from prospecting.services.queueing import look_again
from prospecting.services.reaping import reap
from prospecting.services.settling import Taken

__all__ = [
    "DjangoMail", "answer", "internal_mail", "log_touch", "meeting_mail", "reap", "reconcile",
    "send_due", "settle_uncertain", "undo",
]  # fmt: skip

log = logging.getLogger(__name__)
UNDO = timedelta(seconds=10)
AFTER_A_FAULT = timedelta(minutes=5)
IN_A_MOMENT = timedelta(seconds=15)
BARRED = "This address is suppressed."  # as the database itself says it
BARRED_WORDS = "Asked not to be written to just before it left; nothing was handed over."
WHILE_THE_DATABASE_STARTS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between two tries
BATCH = 25  # touches of one mailbox whose facts are gathered together
SETTLED_WITHIN = 1.0  # seconds until what follows from an accepted mail is written
HandOver = Callable[..., Any]
Kept = TypeVar("Kept")
Row = Touch | Outgoing


def send_due(
    limit: int = 50, worker: str = "sender", *, hand_over: HandOver | None = None, outreach: int | None = None
) -> int:
    """Send what is due: other messages first, because someone waits for them. How many a server accepted.

    `hand_over` stands in for SMTP where history is made or a server is played; `outreach` bounds the touches alone.
    """
    now, sent = clock.now(), 0
    others = partial(claim_outgoing, worker, now=now, limit=1)
    with smtp.Lines() as lines:
        by = hand_over or partial(_on_its_way, lines)
        for pk, fence in _one_by_one(others, limit):
            sent += _send(Outgoing, pk, fence, prepare_outgoing, by)
        claim = partial(claim_batch, worker, today=now.date(), now=now)
        sent += _touches(claim, limit if outreach is None else outreach, by)
    return sent


def _touches(claim: Callable[..., list[Claim]], most: int, hand_over: HandOver) -> int:
    """Due touches, a batch of one mailbox at a time, each row tried once."""
    seen, busy, sent = set[int](), list[int](), 0
    while len(seen) < most and not closing.asked():
        claims = claim(limit=min(BATCH, most - len(seen)), but=list(seen), not_of=busy)
        if not claims:
            break
        seen |= {pk for pk, _ in claims}
        left, found = _batch(claims, seen, busy, hand_over)
        sent += found
        for pk, fence in left:
            sent += _send(Touch, pk, fence, prepare_touch, hand_over)
    return sent


def _batch(claims: list[Claim], seen: set[int], busy: list[int], hand_over: HandOver) -> tuple[list[Claim], int]:
    """What needs a closer look, one by one, and how many left. What fails as a batch is looked at so too: each row
    by itself keeps its own error, and none stands before the others for ever."""
    try:
        with planned(claims) as plan:
            if plan.given_back:
                give_back(plan.given_back)
                seen -= {pk for pk, _ in plan.given_back}
            if plan.busy is not None:
                busy.append(plan.busy)
            return plan.one_by_one, _leave(plan, hand_over)
    except Exception:
        log.exception("a batch of %s touches is sent one by one", len(claims))
        _fresh_connection()
        return claims, 0


def _leave(plan: Plan, hand_over: HandOver) -> int:
    """The letters of a batch, one after the other; what a server took is kept at once, what follows from it together."""
    ours, taken, sent, since = [one.touch.pk for one in plan.ready], list[Taken](), 0, time.monotonic()
    try:
        for at, ready in enumerate(plan.ready):
            if closing.asked():
                give_back([one.claim for one in plan.ready[at:]])
                break
            if hands.rests_for(ready.mailbox.pk):  # its server is away: each says so, and waits
                plan.one_by_one += [one.claim for one in plan.ready[at:]]
                break
            if taken and time.monotonic() - since > SETTLED_WITHIN:
                sent, taken = sent + _settle_all(taken), []
            since = since if taken else time.monotonic()
            found = _one_of(plan, ready, ours, hand_over)
            taken += [found] if found else []
    finally:
        sent += _settle_all(taken)
    return sent


def _one_by_one(claim: Callable[..., list[Claim]], most: int) -> Iterator[Claim]:
    """Each row once, claimed alone so that none waits behind a slow server; none when this worker is asked to finish."""
    seen: list[int] = []
    while len(seen) < most and not closing.asked():
        found = claim(but=seen, not_of=hands.full())
        if not found:
            return
        [(pk, _)] = found
        seen.append(pk)
        yield from found


def _one_of(plan: Plan, ready: Ready, ours: list[int], hand_over: HandOver) -> Taken | None:
    """One letter of a batch, when the server took it; what changed since the guard's answer gets a closer look."""
    state = ""
    with _come_what_may(ready.touch, ready.fence):
        with address_lock(ready.recipient):
            attempt = takeoff.begin(ready, ours)
            if attempt is None:
                plan.one_by_one.append(ready.claim)
                return None
            found = hand_over(attempt)
            failpoints.reach("send: answered")
            if found.outcome == smtp.ACCEPTED:
                _stubbornly(partial(takeoff.accepted, attempt, found.response))
                return Taken(ready.touch, ready.letter, attempt)
            state = _settled(Touch, ready.touch.pk, attempt, found)
        if state == Flight.BOUNCED:
            refusals.handle(attempt)
    return None


def _settle_all(taken: list[Taken]) -> int:
    """Write what follows from the mails that were taken; how many are sent. One by one, where all at once will not do."""
    left = taken
    try:
        left = settling.settle(taken) if taken else []
    except Exception:
        log.exception("a batch of %s mails is settled one by one", len(taken))
        _fresh_connection()
    sent = len(taken) - len(left)
    for one in left:
        with _come_what_may(one.touch, one.attempt.fence):
            said = smtp.Handover(smtp.ACCEPTED, one.attempt.response)
            sent += _settled(Touch, one.touch.pk, one.attempt, said) == Flight.SENT
    return sent


def _send(model: type[Row], pk: int, fence: int, prepare: Callable[..., Attempt], hand_over: HandOver) -> bool:
    """One message: the guard's last look and the attempt are committed, then DATA, then what the server said."""
    row = model._base_manager.select_related("contact").get(pk=pk)
    recipient, state = row.to_address if isinstance(row, Outgoing) else row.contact.email, ""
    with _come_what_may(row, fence):
        if closing.asked():
            release(row, fence)
            return False
        with address_lock(recipient), hands.one():
            attempt = prepare(pk, fence)
            found = hand_over(attempt)
            failpoints.reach("send: answered")
            state = _settled(model, pk, attempt, found)
        failpoints.reach("send: address free")
        if state == Flight.BOUNCED:
            refusals.handle(attempt)
    return state == Flight.SENT


@contextmanager
def _come_what_may(row: Row, fence: int) -> Iterator[None]:
    """One message that cannot leave now does not hold up the others: its row says why, or its lease runs out."""
    name = type(row).__name__
    try:
        yield
    except Held as held:
        log.info("%s %s held: %s", name, row.pk, held.reason)
    except OtherIsAtIt:
        release(row, fence, not_before=clock.now() + IN_A_MOMENT, waits_because="Another message to them is leaving.")
    except ProgrammingError as refused:
        if BARRED in str(refused):
            # They asked to be left alone between the guard's look and the hand-over; its next look says it for good.
            log.info("%s %s held: %s", name, row.pk, BARRED)
            release(row, fence, not_before=clock.now() + IN_A_MOMENT, waits_because=BARRED_WORDS)
        else:
            _failed(row, fence)
    except (OperationalError, InterfaceError):
        # The database is away: the lease ends by itself, and what is in flight already becomes uncertain.
        log.exception("%s %s was left behind", name, row.pk)
        _fresh_connection()
    except Exception:
        _failed(row, fence)


def _fresh_connection() -> None:
    if not connection.in_atomic_block:
        connection.close()


def _failed(row: Row, fence: int) -> None:
    """One bad row must not hold up the queue; what is in flight already becomes uncertain when its lease ends."""
    log.exception("%s %s could not be sent", type(row).__name__, row.pk)
    release(row, fence, not_before=clock.now() + AFTER_A_FAULT, waits_because="An error of ours; tried again soon.")


def _settled(model: type[Row], pk: int, attempt: Attempt, found: Any) -> str:
    return _stubbornly(partial(delivery.settle, model, pk, attempt, found.outcome, found.response))


def _stubbornly(keep: Callable[[], Kept]) -> Kept:
    """Keep what the server said, though the database may be starting again: nobody could say it a second time."""
    for pause in WHILE_THE_DATABASE_STARTS:
        try:
            return keep()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)
    return keep()


def _on_its_way(lines: smtp.Lines, attempt: Attempt) -> Any:
    box = attempt.mailbox
    if box.kind == Mailbox.Kind.PROVIDER:
        found = providers.hand_over(box, attempt.recipient, bytes(attempt.raw))
    else:
        found = _by_smtp(lines, attempt)
    if found.outcome == smtp.AWAY:
        hands.rest(box.pk)
    else:
        hands.wake(box.pk)
    return found


def _by_smtp(lines: smtp.Lines, attempt: Attempt) -> Any:
    box = attempt.mailbox
    try:
        login = mailboxes.login_of(box)
    except Refused as refused:
        return smtp.Handover(smtp.SENDER, refused.sentence)
    except OSError:
        return smtp.Handover(smtp.AWAY, "The provider that signs this mailbox in did not answer.")
    secret = login.token or login.password
    return smtp.hand_over(box, secret, box.address, attempt.recipient, bytes(attempt.raw), lines)


# Messages that are no touch -------------------------------------------------------------------------------------


@failpoints.commit("answer")
def answer(
    conversation: Conversation, body: str, *, by: User | None, to: str | None = None, key: str | None = None,
    automatic: bool = False,
) -> Outgoing:  # fmt: skip
    """Answer in the thread, from its mailbox, in ten seconds; until then it can be undone.

    `automatic`: nobody wrote it; it says so (RFC 3834 §5, auto-replied).
    """
    if not body.strip():
        raise Refused("Write something first.")
    last = _last_from_them(conversation)
    address = to or (last.from_address if last else "") or (conversation.contact.email if conversation.contact else "")
    if not address:
        raise Refused("There is nobody to answer in this conversation.")
    contact = _contact_at(address) or conversation.contact
    name = contact.name if contact and contact.email.lower() == address.lower() else (last.from_name if last else "")
    return _outgoing(
        answer_key(conversation, key or uuid4().hex),
        purpose=Outgoing.Purpose.ANSWER, account=conversation.account, contact=contact, conversation=conversation,
        mailbox=conversation.mailbox, by=by, to_address=address, to_name=name,
        subject=_re(conversation.subject), body=body, not_before=clock.now() + UNDO,
        automatic=automatic,
    )  # fmt: skip


def answer_key(conversation: Conversation, key: str) -> str:
    """A caller's key counts inside its conversation only: nobody reads, or takes the place of, another message."""
    return f"answer:{conversation.pk}:{key}"[:120]


def _last_from_them(conversation: Conversation) -> Message | None:
    return conversation.messages.filter(direction=Message.Direction.IN).order_by("-at", "-pk").first()


def _contact_at(address: str) -> Contact | None:
    return Contact.objects.filter(email__iexact=address).first()


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}".strip()


@failpoints.commit("meeting mail")
def meeting_mail(
    key: str, *, to_address: str, to_name: str, subject: str, body: str, account: Account | None = None,
    contact: Contact | None = None, conversation: Conversation | None = None, mailbox: Mailbox | None = None,
    calendar: str = "", calendar_method: str = "", by: User | None = None, automatic: bool = True,
    not_before: datetime | None = None, html: str = "",
) -> Outgoing:  # fmt: skip
    """Confirmation, invitation, reminder or recovery of a meeting; the same key never leaves twice."""
    return _outgoing(
        key, purpose=Outgoing.Purpose.MEETING, account=account, contact=contact, conversation=conversation,
        mailbox=mailbox, by=by, to_address=to_address, to_name=to_name, subject=subject, body=body,
        calendar=calendar, calendar_method=calendar_method, automatic=automatic, not_before=not_before,
        html=html,
    )  # fmt: skip


@failpoints.commit("internal mail")
def internal_mail(key: str, to: User | str, subject: str, body: str, *, html: str = "") -> Outgoing:
    """Mail to one of our own people: no guard, no cap, the installation's own mailbox."""
    address, name = (to.email, to.name) if isinstance(to, User) else (to, "")
    return _outgoing(
        key, purpose=Outgoing.Purpose.INTERNAL, to_address=address, to_name=name,
        subject=subject, body=body, html=html, automatic=True,
    )  # fmt: skip


def _outgoing(key: str, **fields: Any) -> Outgoing:
    defaults = {**fields, "subject": fields["subject"][:500], "created_at": clock.now()}
    row, new = Outgoing.objects.get_or_create(key=key[:120], defaults=defaults)
    if new:
        live.tell("outgoing")
    return row


@failpoints.commit("undo")
def undo(outgoing: Outgoing, *, by: User) -> Outgoing:
    """Take a message back before it leaves."""
    outgoing = Outgoing.objects.select_for_update(of=("self",)).get(pk=outgoing.pk)
    if outgoing.state != Flight.PLANNED:
        raise Refused("It has left already.")
    return TOUCH.move(outgoing, Flight.CANCELLED, by=by, why="undone")


# By hand --------------------------------------------------------------------------------------------------------


@failpoints.commit("touch by hand")
def log_touch(touch: Touch, *, outcome: str, reached: bool, by: User) -> Touch:
    """A call, note or task was made by a person; it counts when it reached somebody."""
    if touch.channel == "email":
        raise Refused("Mail is sent by the sender, not logged by hand.")
    queue_up(touch.account_id)
    columns = {"outcome": outcome[:60], "reached": reached, "sent_at": clock.now()}
    why = outcome if reached else f"{outcome}: not reached"
    TOUCH.move(touch, Flight.SENT, by=by, why=why, set=columns)
    delivery.reached_person(touch)
    return touch


@failpoints.commit("settled by hand")
def settle_uncertain(row: Touch | Outgoing, to: str, *, by: User, why: str = "") -> None:
    """A person decides what the evidence could not: sent, bounced, planned (send once more) or dropped."""
    queue_up(row.account_id)
    row = type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
    attempt = row.attempts.select_related("mailbox").order_by("-pk").first()
    if row.state != Flight.UNCERTAIN:
        raise Refused("This has been settled already.")
    if to == Flight.SENT and attempt:
        delivery.accepted(row, attempt, why or "a person says it arrived", by=str(by))
    elif to in (Flight.PLANNED, Flight.DROPPED, Flight.BOUNCED):
        TOUCH.move(row, to, by=by, why=why or "decided by hand", set={"lease_until": None, "not_before": None})
        if isinstance(row, Touch) and to != Flight.PLANNED:
            look_again([row.pk])
    else:
        raise Refused("It can be called sent, bounced or dropped, or be sent once more.")


class DjangoMail(BaseEmailBackend):
    """Django's own mail (sign-in, invitations) goes through the one sender, as internal mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for _, address in getaddresses(message.recipients()):
                internal_mail(
                    f"django:{uuid4().hex}", address, str(message.subject), str(message.body), html=_html(message)
                )
        return len(email_messages)


def _html(message: EmailMessage) -> str:
    if not isinstance(message, EmailMultiAlternatives):
        return ""
    return next((str(part[0]) for part in message.alternatives if part[1] == "text/html"), "")
