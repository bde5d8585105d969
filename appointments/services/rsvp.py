"""Answers that calendars send about our meetings (RFC 5546): newest version first, known senders only."""

from typing import Any

from django.db import transaction

from appointments.models import Meeting
from appointments.rules.ics import COUNTER, RsvpAnswer, read_answers, supersedes
from appointments.services import booking, meeting_mails, work_items
from crm.models import Event, Message

CALENDAR = ("text/calendar", "application/ics")
COUNTER_MINUTES = 60
DECLINED_MINUTES = 240


@transaction.atomic
def read(message: Message) -> int:
    """Every calendar answer in a message; how many changed something or were put before a person."""
    parts = message.attachments.filter(content_type__in=CALENDAR)
    return sum(_apply(answer, message) for part in parts for answer in read_answers(bytes(part.content)))


def _apply(answer: RsvpAnswer, message: Message) -> bool:
    rows = Meeting.objects.select_for_update(of=("self",)).filter(uid=answer.uid)
    meeting = rows.select_related(
        "account", "contact", "team", "setter", "host", "conversation", "meeting_type"
    ).first()
    if meeting is None:
        return False
    if answer.address != meeting.guest_email.lower() or message.from_address.lower() != answer.address:
        _record(
            meeting, message, "meeting.rsvp_unverified", f"{answer.address} answered; we invited {meeting.guest_email}."
        )
        return False
    if meeting.state != Meeting.State.BOOKED or not _is_new(answer, meeting):
        return False
    _record(
        meeting, message, "meeting.rsvp", _words(answer, meeting),
        sequence=answer.sequence, stamp=answer.stamped_at.isoformat() if answer.stamped_at else "", partstat=answer.partstat,
    )  # fmt: skip
    _act(answer, meeting)
    return True


def _is_new(answer: RsvpAnswer, meeting: Meeting) -> bool:
    """An answer to an older version, or stamped before the last one, changes nothing."""
    if answer.sequence < meeting.sequence:
        return False
    seen = Event.objects.filter(kind="meeting.rsvp", subject_type="appointments.meeting", subject_id=meeting.pk)
    stamps = [row["stamp"] for row in seen.values_list("facts", flat=True) if row.get("sequence") == answer.sequence]
    newest = max((stamp for stamp in stamps if stamp), default="")
    return supersedes(answer, answer.sequence, None) and (
        not stamps or (answer.stamped_at is not None and answer.stamped_at.isoformat() > newest)
    )


def _words(answer: RsvpAnswer, meeting: Meeting) -> str:
    if answer.method == COUNTER and answer.proposed_start:
        return f"Proposes {meeting_mails.when_at(answer.proposed_start, meeting.guest_zone)} instead."
    return {"ACCEPTED": "Accepted in their calendar.", "DECLINED": "Declined in their calendar."}.get(
        answer.partstat, "Perhaps, says their calendar."
    )


def _act(answer: RsvpAnswer, meeting: Meeting) -> None:
    """A yes confirms; a no or another time is put before the setter and cancels nothing by itself."""
    if answer.method == COUNTER:
        work_items.open_task(meeting, "answer_counter", COUNTER_MINUTES)
    elif answer.partstat == "ACCEPTED":
        booking.confirm(meeting, by="the guest")
    elif answer.partstat == "DECLINED":
        work_items.open_task(meeting, "rebook", DECLINED_MINUTES)


def _record(meeting: Meeting, message: Message, kind: str, why: str, **facts: Any) -> None:
    Event.record(
        kind, by="the guest", subject=meeting, account=meeting.account, contact=meeting.contact, team=meeting.team,
        message=message, why=why, facts=facts,
    )  # fmt: skip
