"""Delivery reports: the touch bounced, its milestone is voided, and a dead address is never tried again."""

from datetime import timedelta
from typing import Any

from django.db.models import Q

from crm import clock
from crm.models import Event, Message
from crm.services import suppression
from crm.services.accounts import queue_up
from prospecting.models import Attempt, Call, Enrollment, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.rules import ladder
from prospecting.services import milestones
from prospecting.services.stages import cancel_planned

VOIDS_WITHIN = timedelta(days=5)
BY = "the receiving server"


def record_bounce(message: Message, envelope: Any) -> None:
    """Read a report of a failed delivery; a delay or a policy refusal changes nothing about the address."""
    bounce = envelope.bounce
    if bounce is None or not bounce.hard:
        return
    for attempt in attempts_reported(message, bounce):
        if attempt.outcome == "permanent":
            continue  # refused at once, and settled then
        bounced(attempt.touch or attempt.outgoing, attempt.recipient, message=message, why=_why(bounce))


def _why(bounce: Any) -> str:
    return f"The address does not take mail ({bounce.status or bounce.reason or 'hard bounce'})."


def attempts_reported(message: Message, bounce: Any) -> list[Attempt]:
    """The hand-overs that a report speaks of: by the Message-ID it quotes, else by recipient, the newest."""
    named = [getattr(bounce, "message_id", ""), message.in_reply_to, *reversed(message.references)]
    refs = [ref for ref in named if ref]
    addresses = [address.lower() for address in bounce.recipients]
    attempts = Attempt.objects.select_related("touch__enrollment", "touch__contact", "outgoing")
    found = list(attempts.filter(message_id__in=refs)) if refs else []
    if found:  # a report may carry the references of the mail it speaks of: the nearest is meant
        nearest = min(refs.index(one.message_id) for one in found)
        return [one for one in found if one.message_id == refs[nearest]]
    since = clock.now() - VOIDS_WITHIN
    recent = attempts.filter(recipient__in=addresses, started_at__gte=since).order_by("-started_at")
    return list(recent[:1]) if addresses else []


def bounced(row: Touch | Outgoing | None, recipient: str, *, why: str, message: Message | None = None) -> None:
    """A hard bounce, reported at once by the server or later by mail."""
    if row is None:
        return
    queue_up(row.account_id)
    if row.state in (Flight.SENT, Flight.UNCERTAIN, Flight.IN_FLIGHT):
        dated = {"bounced_at": clock.now()} if isinstance(row, Touch) else {}
        TOUCH.move(row, Flight.BOUNCED, by=BY, why=why, set={"lease_until": None, **dated})
    contact = row.contact
    suppression.suppress_address(
        recipient, reason=suppression.BOUNCED, proof=why, by=BY, contact=contact, message=message
    )
    Event.record("contact.bounced", by=BY, account=row.account, contact=contact, message=message, why=why)
    if isinstance(row, Touch):
        cancel_planned(row.enrollment, why=why, by=BY, contact=row.contact)
        _void_contacted(row.enrollment, row)
        Enrollment.objects.filter(pk=row.enrollment_id).update(plan_at=clock.now())
    elif row.purpose == Outgoing.Purpose.OUTREACH and row.visit:
        _void_contacted(row.visit.enrollment, row)


def _void_contacted(walk: Enrollment, row: Touch | Outgoing) -> None:
    """Only a bounce within five days voids, and only where nobody there was reached by anything else."""
    if row.sent_at is None or clock.now() - row.sent_at > VOIDS_WITHIN:
        return
    mails = Outgoing.objects.filter(visit__enrollment=walk, purpose=Outgoing.Purpose.OUTREACH, state=Flight.SENT)
    calls = Call.objects.filter(enrollment=walk, reached=True, touch=None).exclude(visit=None).exclude(settled_at=None)
    touches = Touch.objects.filter(Q(state=Flight.SENT), enrollment=walk, reached=True)
    if not (touches.exists() or mails.exists() or calls.exists()):  # the one that bounced is none of them any more
        milestones.void(walk, ladder.CONTACTED, why="the mail bounced", by=BY)
