"""What came of a meeting: asked of the host, mandatory, and counted only when said."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from appointments.models import Meeting, WorkItem
from appointments.models.meeting import MEETING
from appointments.rules.reminders import OUTCOME_AFTER
from appointments.services import credits, meeting_mails, recovering, work_items
from crm import clock
from crm.errors import Refused
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.rules import ladder
from prospecting.services import milestones

S = Meeting.State
DECIDE_MINUTES = 480
EARLY = timedelta(minutes=5)


def _locked(meeting: Meeting) -> Meeting:
    # The account first, as booking does: two verbs on one account never wait for each other crosswise.
    queue_up(meeting.account_id)
    rows = Meeting.objects.select_for_update(of=("self",))
    return rows.select_related(
        "account", "contact", "host", "setter", "team", "enrollment", "conversation__mailbox", "meeting_type"
    ).get(pk=meeting.pk)


@transaction.atomic
def mark_held(meeting: Meeting, *, by: Any, why: str = "", next: str = "", rest_until: date | None = None) -> Meeting:
    """They met. A correction of a no-show needs a reason. What the account does next is said now or asked."""
    meeting = _locked(meeting)
    _check(meeting, why)
    MEETING.move(meeting, S.HELD, by=by, why=why, set={"outcome_at": clock.now(), "side": ""})
    credits.held(meeting)
    milestones.reach(meeting.account, ladder.HELD, enrollment=meeting.enrollment, contact=meeting.contact,
                     by=by if getattr(by, "pk", None) else None)  # fmt: skip
    recovering.stop(meeting, why="They met after all.", by=by)
    _go_on(meeting, next, rest_until, by)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return meeting


@transaction.atomic
def mark_no_show(meeting: Meeting, *, side: str, by: Any, why: str = "") -> Meeting:
    """They did not meet, and whose side it was; recovery starts at once and the account stays paused."""
    meeting = _locked(meeting)
    if side not in Meeting.Side.values:
        raise Refused("Say whether the guest, the host or the line was missing.")
    _check(meeting, why)
    was_held = meeting.state == S.HELD
    MEETING.move(
        meeting,
        S.NO_SHOW,
        by=by,
        why=why or Meeting.Side(side).label,
        set={"side": side, "outcome_at": clock.now()},
        side=side,
    )
    if was_held and meeting.enrollment:
        milestones.void(meeting.enrollment, ladder.HELD, why=why, by=by)
    credits.no_show(meeting)
    recovering.start(meeting)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return meeting


def _check(meeting: Meeting, why: str) -> None:
    if meeting.state in (S.HELD, S.NO_SHOW) and len(why.strip()) < 3:
        raise Refused("Say why the outcome is corrected.")
    if meeting.state == S.BOOKED and clock.now() < meeting.starts_at - EARLY:
        raise Refused("This meeting has not begun yet. Move or cancel it instead.")


def _go_on(meeting: Meeting, next: str, rest_until: date | None, by: Any) -> None:
    """The pause ends with a decision; without one it becomes a task of the setter."""
    if next and next != WorkItem.Next.WAIT:
        work_items.go_on(meeting.account, next, rest_until=rest_until, by=by, why="The meeting was held.")
    else:
        work_items.open_task(meeting, "decide_next", DECIDE_MINUTES)


def ask(meeting: Meeting) -> None:
    """Ask the host what came of it, once, by mail and on screen."""
    asked = Meeting.objects.filter(pk=meeting.pk, state=S.BOOKED, outcome_asked_at=None)
    if not asked.update(outcome_asked_at=clock.now()):
        return
    text = f"Was the meeting with {meeting.guest_name} on {meeting_mails.when(meeting, meeting.host.zone)} held?"
    notifications.notify(meeting.host, "outcome", text, reverse("appointments:meeting", args=[meeting.pk]))
    body = f"{text}\n\nUntil someone says so, it does not count as held."
    meeting_mails.tell_host(meeting, f"outcome:{meeting.pk}:{meeting.sequence}", text, body)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


def ask_due(limit: int = 100) -> int:
    """Meetings that ended 15 minutes ago and nobody was asked about."""
    now = clock.now()
    due = Meeting.objects.filter(state=S.BOOKED, outcome_asked_at=None, ends_at__lte=now - OUTCOME_AFTER)
    rows = list(due.select_related("host", "meeting_type", "conversation__mailbox")[:limit])
    for meeting in rows:
        with transaction.atomic():
            ask(meeting)
    return len(rows)
