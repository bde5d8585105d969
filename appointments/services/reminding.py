"""What protects a booked meeting: planned with it, planned anew when it moves, sent when due."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appointments.models import CounterProposal, Meeting, Reminder, ReminderRule
from appointments.models.meeting import REMINDER
from appointments.models.rsvp import COUNTER
from appointments.rules import reminders as rules
from appointments.rules import wall_times
from appointments.services import host_briefs, meeting_mails, outcomes, work_items
from crm import clock, failpoints
from crm.models import Event
from crm.services.accounts import queue_up

R = Reminder.State
ASK_MINUTES = 120
OVERDUE = timedelta(minutes=5)


@failpoints.commit("reminders planned")
def plan(meeting: Meeting) -> list[Reminder]:
    """The reminders of this version of the meeting, by the plan of its kind, and the wall-clock time that was agreed;
    what belongs to an earlier version is dropped in the same transaction."""
    drop(meeting)
    _begin_version(meeting)
    zone = ZoneInfo(meeting.guest_zone or "UTC")
    planned = rules.plan(
        meeting.starts_at, meeting.ends_at, clock.now(), zone, rules.rules_of(own_rules(meeting.meeting_type_id))
    )
    return Reminder.objects.bulk_create(
        Reminder(meeting=meeting, kind=kind, for_sequence=meeting.sequence, due_at=due) for kind, due in planned
    )


@failpoints.commit("reminders planned anew")
def plan_again(pk: int) -> int:
    """The plan of its kind changed: what is due is planned anew, what was sent is not sent again. 1 where it was."""
    queue_up(Meeting.objects.values_list("account", flat=True).get(pk=pk))
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("meeting_type").get(pk=pk)
    if meeting.state != Meeting.State.BOOKED:
        return 0
    now, said = clock.now(), rules.rules_of(own_rules(meeting.meeting_type_id))
    zone = ZoneInfo(meeting.guest_zone or "UTC")
    planned = dict(rules.plan(meeting.starts_at, meeting.ends_at, meeting.created_at, zone, said))
    rows = {row.kind: row for row in meeting.reminders.filter(for_sequence=meeting.sequence).select_for_update()}
    for kind, due in planned.items():
        row = rows.get(kind)
        if row and row.state == R.PLANNED:
            Reminder.objects.filter(pk=row.pk).update(due_at=due)
        elif row and row.state == R.DROPPED and due > now:
            REMINDER.move(row, R.PLANNED, by="the plan", set={"due_at": due})
        elif row is None and due > now:
            Reminder.objects.create(meeting=meeting, kind=kind, for_sequence=meeting.sequence, due_at=due)
    gone = meeting.reminders.filter(state=R.PLANNED, for_sequence=meeting.sequence).exclude(kind__in=planned)
    REMINDER.move_many(gone, R.DROPPED, by="the plan")
    return 1


def own_rules(meeting_type_id: int) -> list[rules.Rule]:
    rows = ReminderRule.objects.filter(meeting_type=meeting_type_id)
    return [rules.Rule(row.kind, row.minutes_before, row.minutes_ahead, row.active) for row in rows]


def _begin_version(meeting: Meeting) -> None:
    """What counts from here on: the wall-clock time that was agreed; of the outcome nobody was asked yet."""
    meeting.wall_start = wall_times.wall(meeting.starts_at, meeting.guest_zone)
    meeting.wall_zone = meeting.guest_zone if meeting.wall_start else ""
    meeting.outcome_asked_at = None
    said = {"wall_start": meeting.wall_start, "wall_zone": meeting.wall_zone, "outcome_asked_at": None}
    Meeting.objects.filter(pk=meeting.pk).update(**said)


def drop(meeting: Meeting) -> None:
    """Nothing more is sent for this version, and other times proposed for it wait no longer."""
    REMINDER.move_many(Reminder.objects.filter(meeting=meeting, state=R.PLANNED), R.DROPPED, by="the clock")
    waiting = CounterProposal.objects.filter(meeting=meeting, state=CounterProposal.State.OPEN)
    COUNTER.move_many(waiting, CounterProposal.State.OUTDATED, by="the product", why="The meeting changed.")


def send_due(limit: int = 2_000) -> int:
    """Every reminder that is due, each in its own transaction; how many were dealt with.

    Due is what is due by the database's clock: a machine whose own clock jumps sends nothing early and nothing twice.
    """
    now = clock.agreed()
    due = Reminder.objects.filter(state=R.PLANNED, due_at__lte=now).order_by("due_at", "pk")
    found = list(due.values_list("pk", "meeting", "meeting__account")[:limit])
    if found:
        failpoints.reach("reminders: found due")
    return sum(_send(*ids, now) for ids in found)


@failpoints.commit("reminder")
def _send(pk: int, meeting_pk: int, account_pk: int, now: datetime) -> int:
    """A reminder is never early, never twice, never after the start, and never of a time that is just being moved:
    account, meeting and reminder are locked in the order in which whoever moves it locks them."""
    queue_up(account_pk)
    rows = Meeting.objects.select_for_update(of=("self",)).select_related(
        "account", "contact", "host", "setter", "meeting_type", "team", "conversation__mailbox", "enrollment"
    )
    meeting = rows.filter(pk=meeting_pk).first()
    claimed = Reminder.objects.select_for_update(of=("self",), skip_locked=True)
    reminder = claimed.filter(pk=pk, state=R.PLANNED, due_at__lte=now).first()
    if reminder is None or meeting is None:
        return 0
    failpoints.reach("reminder: claimed")
    why = _useless(reminder, meeting, now)
    if why:
        REMINDER.move(reminder, R.DROPPED, by="the clock", why=why)
        return 1
    REMINDER.move(reminder, R.SENT, by="the clock", set={"sent_at": clock.agreed()})
    failpoints.reach("reminder: about to be handed over")
    _act(reminder, meeting)
    return 1


def _useless(reminder: Reminder, meeting: Meeting, now: datetime) -> str:
    """Why a reminder is dropped; empty where it still helps."""
    if meeting.state != Meeting.State.BOOKED:
        return "the meeting is no longer booked"
    if reminder.for_sequence != meeting.sequence:
        return "the meeting moved"
    if not rules.still_useful(reminder.kind, meeting.starts_at, now):
        Event.record(
            "reminder.dropped", by="the clock", subject=reminder, account=meeting.account, team=meeting.team,
            why="It was due while nothing ran; the meeting has begun.",
        )  # fmt: skip
        return "the meeting has begun"
    if meeting.confirmed_at and rules.useless_when_confirmed(reminder.kind):
        return "confirmed"
    if reminder.kind in rules.MAILED and _later_one_due(reminder, now):
        return "a later one is due as well"
    return ""


def _later_one_due(reminder: Reminder, now: datetime) -> bool:
    """After a silence of ours the guest gets the newest reminder, not a burst of all."""
    rows = Reminder.objects.filter(meeting=reminder.meeting_id, for_sequence=reminder.for_sequence)
    return rows.filter(kind__in=rules.MAILED, due_at__gt=reminder.due_at, due_at__lte=now).exists()


def _act(reminder: Reminder, meeting: Meeting) -> None:
    if reminder.kind == Reminder.Kind.OUTCOME:
        outcomes.ask(meeting)
    elif reminder.kind == Reminder.Kind.TASK:
        work_items.open_task(meeting, "confirm_meeting", ASK_MINUTES)
    elif reminder.kind == Reminder.Kind.HOST:
        host_briefs.send(meeting)
    else:
        meeting_mails.remind(meeting, reminder.kind)
        Event.record(
            "meeting.reminded", by="the clock", subject=meeting, account=meeting.account, contact=meeting.contact,
            team=meeting.team, why=f"{Reminder.Kind(reminder.kind).label}: {meeting_mails.when(meeting)}",
        )  # fmt: skip


def overdue() -> tuple[int, datetime | None]:
    """Reminders that nobody sent though they are due for five minutes: how many, and since when the oldest."""
    late = Reminder.objects.filter(state=R.PLANNED, due_at__lt=clock.agreed() - OVERDUE).order_by("due_at")
    return late.count(), late.values_list("due_at", flat=True).first()
