"""All that came of one reply: its work item, qualification, meetings and reminders, and one history of them."""

from django.db.models import Q, QuerySet

from appointments.models import Meeting, Qualification, Recovery, Reminder, WorkItem
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Reply


def items_of(reply: Reply) -> QuerySet[WorkItem]:
    """Of this conversation and person, the open one first."""
    address = (reply.message.from_address or "").lower()
    rows = WorkItem.objects.filter(conversation=reply.conversation_id, person_address=address)
    return rows.select_related("setter", "team", "account", "contact", "reply", "conversation").order_by("-pk")


def item_of(reply: Reply) -> WorkItem:
    """The one that is worked now; a reply that asks for nothing has none."""
    rows = list(items_of(reply)[:20])
    found = next((one for one in rows if one.state != WorkItem.State.DONE), rows[0] if rows else None)
    if found is None:
        raise Refused("Nothing is to be done about this reply.")
    return found


def qualification_of(reply: Reply) -> Qualification | None:
    rows = Qualification.objects.filter(account=reply.account_id, enrollment=reply.enrollment_id)
    return rows.order_by("-pk").first() if reply.account_id else None


def qualification_words(found: Qualification) -> str:
    if found.qualified_at is None:
        return "Begun, not qualified yet"
    without = f", without all answers: {found.override}" if found.override else ""
    return f"Qualified {found.qualified_at:%d %b %Y} by {found.qualified_by or 'someone'}{without}"


def meetings_of(reply: Reply) -> list[Meeting]:
    """The meetings of its conversation, the newest first, with their reminders."""
    rows = Meeting.objects.filter(conversation=reply.conversation_id).exclude(state__in=["pencilled", "lapsed"])
    return list(rows.prefetch_related("reminders").order_by("-pk")[:5])


def meeting_words(meeting: Meeting) -> str:
    reminders = sorted(meeting.reminders.all(), key=lambda one: one.due_at)
    said = ", ".join(f"{one.get_kind_display().lower()} {one.get_state_display().lower()}" for one in reminders)
    return f"{meeting.starts_at:%d %b %Y %H:%M} UTC, {meeting.get_state_display().lower()}" + (
        f" ({said})" if said else ""
    )


def happened(reply: Reply) -> QuerySet[Event]:
    """Everything on the timeline about the reply, its items, qualification, meetings, reminders and recoveries."""
    meetings = Meeting.objects.filter(conversation=reply.conversation_id)
    qualified = Qualification.objects.filter(account=reply.account_id, enrollment=reply.enrollment_id)
    about = {
        "prospecting.reply": Reply.objects.filter(pk=reply.pk),
        "appointments.workitem": items_of(reply).order_by().select_related(None),
        "appointments.qualification": qualified if reply.account_id else qualified.none(),
        "appointments.meeting": meetings,
        "appointments.reminder": Reminder.objects.filter(meeting__in=meetings.values("pk")),
        "appointments.recovery": Recovery.objects.filter(meeting__in=meetings.values("pk")),
    }
    found = Q(message=reply.message_id)
    for kind, rows in about.items():
        found |= Q(subject_type=kind, subject_id__in=rows.values("pk"))
    return Event.objects.filter(found)
