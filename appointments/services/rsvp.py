"""Answers that calendars send about our meetings (RFC 5546): newest version first, invited senders only."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from appointments.models import CounterProposal, Meeting, Rsvp
from appointments.models.rsvp import COUNTER as COUNTERS
from appointments.rules.ics import COUNTER, RsvpAnswer, read_answers, supersedes
from appointments.services import booking, meeting_mails, work_items
from crm import clock
from crm.models import Account, Event, Message, Team
from crm.services import live
from crm.services.accounts import queue_up
from crm.whole import whole

CALENDAR = ("text/calendar", "application/ics")
COUNTER_MINUTES = 60
DECLINED_MINUTES = 240
AHEAD = timedelta(minutes=15)
MOST_SHOWN = 20
ANSWERS = {
    "ACCEPTED": Rsvp.Answer.ACCEPTED,
    "TENTATIVE": Rsvp.Answer.TENTATIVE,
    "DECLINED": Rsvp.Answer.DECLINED,
    "DELEGATED": Rsvp.Answer.DELEGATED,
}
P = CounterProposal.State


@whole()
def read(message: Message) -> int:
    """Every calendar answer in a message; how many changed something or were put before a person."""
    parts = message.attachments.filter(content_type__in=CALENDAR)
    return sum(_apply(answer, message) for part in parts for answer in read_answers(bytes(part.content)))


def account_of(parts: list[bytes], team: Team | None) -> Account | None:
    """The account of the meeting that calendar texts answer, in the team whose mailbox they came to."""
    uids = {answer.uid for part in parts for answer in read_answers(part)}
    rows = Meeting.objects.filter(uid__in=uids, **({"team": team} if team else {}))
    found = rows.select_related("account").first()
    return found.account if found else None


def _apply(answer: RsvpAnswer, message: Message) -> bool:
    account = Meeting.objects.filter(uid=answer.uid).values_list("account", flat=True).first()
    if account is None:
        return False
    queue_up(account)
    meeting = (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("account", "contact", "team", "setter", "host", "conversation", "meeting_type")
        .get(uid=answer.uid)
    )
    if doubt := _doubt(answer, meeting, message):
        _show(meeting, message, doubt)
        return False
    if meeting.state != Meeting.State.BOOKED or answer.sequence < meeting.sequence:
        return False
    if answer.method == COUNTER:
        return _propose(answer, meeting, message)
    return answer.partstat in ANSWERS and _answer(answer, meeting, message)


def _doubt(answer: RsvpAnswer, meeting: Meeting, message: Message) -> str:
    """Why an answer is only shown and changes nothing; empty where whoever we invited gave it."""
    if answer.one_of_series:
        return "It speaks of one of a series; this meeting is single."
    if message.from_address.lower() != answer.address:
        return f"{message.from_address} answered for {answer.address}; we invited {meeting.guest_email}."
    if answer.address not in _invited(meeting):
        return f"{answer.address} answered; we invited {meeting.guest_email}."
    if answer.sequence > meeting.sequence:
        return f"{answer.address} answered to a version that was never sent."
    return ""


def _show(meeting: Meeting, message: Message, doubt: str) -> None:
    """On the timeline, each doubt once, and at most twenty of one meeting: a flood of forged answers is no story."""
    kind = "meeting.rsvp_unverified"
    known = Event.objects.filter(kind=kind, subject_type="appointments.meeting", subject_id=meeting.pk)
    if known.count() < MOST_SHOWN and not known.filter(why=doubt).exists():
        _record(meeting, message, kind, doubt)


def _invited(meeting: Meeting) -> set[str]:
    """Whom our invitation names, and whom one of them sends instead (RFC 5546 §3.2.2.3)."""
    named = {address.lower() for address, _ in meeting_mails.invitation(meeting).attendees}
    sent = meeting.rsvps.filter(answer=Rsvp.Answer.DELEGATED, sequence=meeting.sequence)
    return named | set(sent.exclude(delegated_to="").values_list("delegated_to", flat=True))


def _stamp(answer: RsvpAnswer) -> datetime | None:
    """DTSTAMP, but hardly later than now: a clock that runs far ahead does not silence the answers after it."""
    return min(answer.stamped_at, clock.now() + AHEAD) if answer.stamped_at else None


# A yes, a no, perhaps, or someone else ---------------------------------------------------------------------------


def _answer(answer: RsvpAnswer, meeting: Meeting, message: Message) -> bool:
    known = meeting.rsvps.filter(address=answer.address).first()
    if known and not _is_newer(answer, known.sequence, known.stamped_at):
        return False
    said = ANSWERS[answer.partstat]
    meeting.rsvps.update_or_create(
        address=answer.address,
        defaults={
            "answer": said, "sequence": answer.sequence, "stamped_at": _stamp(answer), "message": message, "at": clock.now(),
            "delegated_to": answer.delegated_to[:320] if said == Rsvp.Answer.DELEGATED else "",
        },
    )  # fmt: skip
    _record(
        meeting, message, "meeting.rsvp", _words(answer, said), sequence=answer.sequence, partstat=answer.partstat,
        address=answer.address,
    )  # fmt: skip
    _act(answer, said, meeting)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return True


def _is_newer(answer: RsvpAnswer, sequence: int, stamp: datetime | None) -> bool:
    """Newer than the last one; one without a stamp replaces none of the same version."""
    if answer.sequence == sequence and stamp is None:
        return answer.stamped_at is not None
    return supersedes(answer, sequence, stamp)


def _words(answer: RsvpAnswer, said: str) -> str:
    if said == Rsvp.Answer.DELEGATED:
        return f"Sends {answer.delegated_to or 'someone else'} instead, says their calendar."
    words = {Rsvp.Answer.ACCEPTED: "Accepted", Rsvp.Answer.DECLINED: "Declined"}.get(Rsvp.Answer(said), "Perhaps")
    return f"{words}, says the calendar of {answer.address}."


def _act(answer: RsvpAnswer, said: str, meeting: Meeting) -> None:
    """Of whoever booked, or comes instead, a yes confirms; a no or someone else is put before the setter and cancels
    nothing by itself. Of hosts a no is put before them too; of further guests all is only kept."""
    further = meeting.guests.filter(email__iexact=answer.address).exists()
    ours = meeting.seats.filter(host__email__iexact=answer.address).exists()
    if further or (ours and said != Rsvp.Answer.DECLINED):
        return
    if said == Rsvp.Answer.ACCEPTED:
        booking.confirm(meeting, by="the guest")
    elif said == Rsvp.Answer.DECLINED:
        if not ours:
            Meeting.objects.filter(pk=meeting.pk).update(confirmed_at=None)
        work_items.open_task(meeting, "rebook", DECLINED_MINUTES)
    elif said == Rsvp.Answer.DELEGATED:
        work_items.open_task(meeting, "confirm_meeting", DECLINED_MINUTES)


# Another time ----------------------------------------------------------------------------------------------------


def _propose(answer: RsvpAnswer, meeting: Meeting, message: Message) -> bool:
    """Their other time waits for a person; a newer one of theirs takes the place of the last."""
    start = _in_zone(answer.proposed_start, meeting)
    last = meeting.counters.order_by("-pk").first()
    if start is None or start == meeting.starts_at or start <= clock.now():
        return False
    if last and last.address == answer.address and not _is_newer(answer, last.sequence, last.stamped_at):
        return False
    COUNTERS.move_many(meeting.counters.filter(state=P.OPEN), P.OUTDATED, by="the guest", why="They proposed another.")
    meeting.counters.create(
        address=answer.address, starts_at=start, ends_at=_in_zone(answer.proposed_end, meeting), comment=answer.comment,
        sequence=answer.sequence, stamped_at=_stamp(answer), message=message, at=clock.now(),
    )  # fmt: skip
    words = f"Proposes {meeting_mails.when_at(start, meeting.guest_zone)} instead."
    _record(meeting, message, "meeting.rsvp", words, sequence=answer.sequence, partstat="COUNTER")
    work_items.open_task(meeting, "answer_counter", COUNTER_MINUTES)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return True


def _in_zone(moment: datetime | None, meeting: Meeting) -> datetime | None:
    """A proposed time without a zone is the guest's own wall clock."""
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=ZoneInfo(meeting.guest_zone or "UTC"))


@transaction.atomic
def accept(proposal: CounterProposal, *, by: Any) -> Meeting:
    """The proposed time becomes the meeting's: a REQUEST with SEQUENCE + 1. Refused where the host is not free then."""
    proposal = _locked(proposal)
    _decide(proposal, P.ACCEPTED, by)
    return booking.move(proposal.meeting, proposal.starts_at, by=by)


@transaction.atomic
def refuse(proposal: CounterProposal, *, by: Any) -> CounterProposal:
    """The time stays: a DECLINECOUNTER tells the guest and their calendar (RFC 5546 §3.2.8)."""
    proposal = _locked(proposal)
    _decide(proposal, P.REFUSED, by)
    work_items.settle(proposal.meeting, "answer_counter", by=by)
    meeting_mails.counter_refused(proposal)
    return proposal


def _locked(proposal: CounterProposal) -> CounterProposal:
    queue_up(proposal.meeting.account_id)
    rows = CounterProposal.objects.select_for_update(of=("self",)).select_related(
        "meeting__account", "meeting__contact", "meeting__host", "meeting__setter", "meeting__meeting_type",
        "meeting__team", "meeting__conversation__mailbox", "meeting__enrollment",
    )  # fmt: skip
    return rows.get(pk=proposal.pk)


def _decide(proposal: CounterProposal, to: str, by: Any) -> None:
    columns = {"decided_at": clock.now(), "decided_by_id": getattr(by, "pk", None)}
    COUNTERS.move(
        proposal, to, by=by, why=meeting_mails.when_at(proposal.starts_at, proposal.meeting.guest_zone), set=columns
    )


def _record(meeting: Meeting, message: Message, kind: str, why: str, **facts: Any) -> None:
    Event.record(
        kind, by="the guest", subject=meeting, account=meeting.account, contact=meeting.contact, team=meeting.team,
        message=message, why=why, facts=facts,
    )  # fmt: skip
