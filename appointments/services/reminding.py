"""What protects a booked meeting: planned with it, planned anew when it moves, sent when due."""

from zoneinfo import ZoneInfo

from django.db import transaction

from appointments.models import Meeting, Reminder
from appointments.models.meeting import REMINDER
from appointments.rules import reminders as rules
from appointments.services import meeting_mails, outcomes, work_items
from crm import clock
from crm.models import Event

R = Reminder.State
ASK_MINUTES = 120


@transaction.atomic
def plan(meeting: Meeting) -> list[Reminder]:
    """The reminders of this version of the meeting; those of an earlier one are dropped in the same transaction."""
    drop(meeting)
    zone = ZoneInfo(meeting.guest_zone or "UTC")
    planned = rules.plan(meeting.starts_at, meeting.ends_at, clock.now(), zone)
    return Reminder.objects.bulk_create(
        Reminder(meeting=meeting, kind=kind, for_sequence=meeting.sequence, due_at=due) for kind, due in planned
    )


def drop(meeting: Meeting) -> None:
    REMINDER.move_many(Reminder.objects.filter(meeting=meeting, state=R.PLANNED), R.DROPPED, by="the clock")


def send_due(limit: int = 100) -> int:
    """Every reminder that is due, each in its own transaction; how many were dealt with."""
    now = clock.now()
    due = Reminder.objects.filter(state=R.PLANNED, due_at__lte=now).order_by("due_at", "pk")
    return sum(_send(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _send(pk: int) -> int:
    """Claimed by its row lock; another worker skips it. A reminder is never early, never twice, never after the start."""
    rows = Reminder.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, state=R.PLANNED)
    reminder = rows.filter(due_at__lte=clock.now()).first()
    if reminder is None:
        return 0
    meeting = Meeting.objects.select_related(
        "account", "contact", "host", "setter", "meeting_type", "team", "conversation__mailbox"
    ).get(pk=reminder.meeting_id)
    why = _useless(reminder, meeting)
    if why:
        REMINDER.move(reminder, R.DROPPED, by="the clock", why=why)
        return 1
    REMINDER.move(reminder, R.SENT, by="the clock", set={"sent_at": clock.now()})
    _act(reminder, meeting)
    return 1


def _useless(reminder: Reminder, meeting: Meeting) -> str:
    """Why a reminder is dropped; empty where it still helps."""
    if meeting.state != Meeting.State.BOOKED:
        return "the meeting is no longer booked"
    if reminder.for_sequence != meeting.sequence:
        return "the meeting moved"
    if not rules.still_useful(reminder.kind, meeting.starts_at, clock.now()):
        Event.record(
            "reminder.dropped", by="the clock", subject=reminder, account=meeting.account, team=meeting.team,
            why="It was due while nothing ran; the meeting has begun.",
        )  # fmt: skip
        return "the meeting has begun"
    if meeting.confirmed_at and rules.useless_when_confirmed(reminder.kind):
        return "confirmed"
    if reminder.kind in rules.MAILED and _later_one_due(reminder):
        return "a later one is due as well"
    return ""


def _later_one_due(reminder: Reminder) -> bool:
    """After a silence of ours the guest gets the newest reminder, not a burst of all."""
    rows = Reminder.objects.filter(meeting=reminder.meeting_id, for_sequence=reminder.for_sequence)
    return rows.filter(kind__in=rules.MAILED, due_at__gt=reminder.due_at, due_at__lte=clock.now()).exists()


def _act(reminder: Reminder, meeting: Meeting) -> None:
    if reminder.kind == Reminder.Kind.OUTCOME:
        outcomes.ask(meeting)
    elif reminder.kind == Reminder.Kind.TASK:
        work_items.open_task(meeting, "confirm_meeting", ASK_MINUTES)
    else:
        meeting_mails.remind(meeting, reminder.kind)
        Event.record(
            "meeting.reminded", by="the clock", subject=meeting, account=meeting.account, contact=meeting.contact,
            team=meeting.team, why=f"{Reminder.Kind(reminder.kind).label}: {meeting_mails.when(meeting)}",
        )  # fmt: skip
