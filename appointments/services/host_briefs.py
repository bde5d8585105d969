"""What a host gets before the meeting: who comes, what is known, what was said last, and how sure it is."""

from typing import Any

from django.urls import reverse

from appointments.models import Meeting, Qualification
from appointments.services import meeting_mails, no_show_risk, qualifying
from crm.models import Message, Organisation
from crm.services import notifications
from prospecting.models import Outgoing

LONGEST = 1_200


def send(meeting: Meeting) -> Outgoing:
    """Once for each version of the meeting, by mail; and a line on screen."""
    zone = meeting.host.zone
    page = reverse("appointments:meeting", args=[meeting.pk])
    subject = f"{meeting_mails.when(meeting, zone)}: {meeting.guest_name or meeting.account}, {meeting.account}"
    notifications.notify(meeting.host, "meeting", f"Soon: {subject}", page)
    return meeting_mails.tell_host(
        meeting, f"meeting:{meeting.pk}:host:{meeting.sequence}", subject, text(meeting, page)
    )


def text(meeting: Meeting, page: str) -> str:
    """The brief in words; each part only where something is known."""
    risk = no_show_risk.of([meeting])[meeting.pk]
    parts = [
        f"{meeting.guest_name or meeting.account} of {meeting.account}, {meeting.meeting_type.minutes} minutes.",
        f"Where: {meeting.place}" if meeting.place else "",
        "They confirmed." if meeting.confirmed_at else "They have not confirmed.",
        f"It may not take place: {'; '.join(risk.reasons)}." if risk.level != "low" else "",
        f"They wrote when booking: {meeting.guest_note}" if meeting.guest_note else "",
        _last_words(meeting),
        _answers(meeting),
        f"All of it, and the outcome afterwards: {meeting_mails.absolute(page)}",
    ]
    organisation = Organisation.objects.first()
    return "\n\n".join([*(part for part in parts if part), organisation.name if organisation else ""]).strip()


def _last_words(meeting: Meeting) -> str:
    if not meeting.conversation_id:
        return ""
    rows = Message.objects.filter(conversation=meeting.conversation_id, direction=Message.Direction.IN)
    words = rows.exclude(newest="").order_by("-at").values_list("newest", flat=True).first() or ""
    return f"Their last words:\n{words.strip()[:LONGEST]}" if words.strip() else ""


def _answers(meeting: Meeting) -> str:
    """The checklist as it stands; what is not known yet is named, so that the meeting can ask it."""
    rows = Qualification.objects.filter(account=meeting.account_id, enrollment=meeting.enrollment_id)
    found = rows.select_related("checklist").order_by("-pk").first()
    if found is None:
        return ""
    lines = [_line(row) for row in qualifying.brief(found)]
    return "The brief:\n" + "\n".join(lines) if lines else ""


def _line(row: dict[str, Any]) -> str:
    answer = row["answer"]
    return f"- {row['question'].text}: {answer.get_value_display() if answer else 'not known yet'}" + (
        f" ({answer.quote or answer.note})" if answer and (answer.quote or answer.note) else ""
    )
