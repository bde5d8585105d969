"""What came of a meeting: asked of the host, mandatory, and counted only when said."""

from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from appointments.models import Meeting, WorkItem
from appointments.models.meeting import MEETING
from appointments.rules.reminders import OUTCOME_AFTER
from appointments.services import credits, meeting_mails, recovering, work_items
from crm import clock, failpoints, links
from crm.errors import Refused
from crm.models import User
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.rules import ladder
from prospecting.services import milestones

S = Meeting.State
DECIDE_MINUTES = 480
EARLY = timedelta(minutes=5)
LINK = "outcome"
VALID_DAYS = 60


def _locked(meeting: Meeting) -> Meeting:
    # The account first, as booking does: two verbs on one account never wait for each other crosswise.
    queue_up(meeting.account_id)
    rows = Meeting.objects.select_for_update(of=("self",))
    return rows.select_related(
        "account", "contact", "host", "setter", "team", "enrollment", "conversation__mailbox", "meeting_type"
    ).get(pk=meeting.pk)


@failpoints.commit("held")
def mark_held(
    meeting: Meeting, *, by: Any, why: str = "", next: str = "", rest_until: date | None = None,
    held_by: User | None = None,
) -> Meeting:  # fmt: skip
    """They met; `held_by` where someone else stood in for the host. A correction of a no-show needs a reason.

    What the account does next is said now or asked.
    """
    meeting = _locked(meeting)
    _check(meeting, why)
    stand_in = _stand_in(meeting, held_by)
    work_items.settle(meeting, "rebook", "answer_counter", "confirm_meeting", by=by)
    columns = {"outcome_at": clock.now(), "side": "", "held_by_id": stand_in.pk if stand_in else None}
    MEETING.move(meeting, S.HELD, by=by, why=why or (f"{stand_in} stood in." if stand_in else ""), set=columns)
    credits.held(meeting)
    milestones.reach(meeting.account, ladder.HELD, enrollment=meeting.enrollment, contact=meeting.contact,
                     by=by if getattr(by, "pk", None) else None, setter=meeting.setter)  # fmt: skip
    recovering.stop(meeting, why="They met after all.", by=by)
    _go_on(meeting, next, rest_until, by)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return meeting


def _stand_in(meeting: Meeting, held_by: User | None) -> User | None:
    """Who held it in the host's stead: of the host's or the meeting's team, else of those who hold this kind."""
    if held_by is None or held_by == meeting.host:
        return None
    if not may_stand_in(meeting).filter(pk=held_by.pk).exists():
        raise Refused(f"{held_by} does not hold meetings of {meeting.team}.")
    return held_by


def may_stand_in(meeting: Meeting) -> Any:
    """Those who can have held it: active people of the team, of the host's team, and hosts of its kind."""
    people = User.objects.filter(is_active=True)
    teams = {team for team in (meeting.team_id, meeting.host.team_id) if team}
    hosts = meeting.meeting_type.hosts.values("user")
    return people.filter(team__in=teams) | people.filter(pk__in=hosts)


@failpoints.commit("no-show")
def mark_no_show(meeting: Meeting, *, side: str, by: Any, why: str = "") -> Meeting:
    """They did not meet, and whose side it was; recovery starts at once and the account stays paused."""
    meeting = _locked(meeting)
    if side not in Meeting.Side.values:
        raise Refused("Say whether the guest, the host or the line was missing.")
    _check(meeting, why)
    was_held = meeting.state == S.HELD
    work_items.settle(meeting, "answer_counter", "confirm_meeting", "decide_next", by=by)
    MEETING.move(
        meeting,
        S.NO_SHOW,
        by=by,
        why=why or Meeting.Side(side).label,
        set={"side": side, "outcome_at": clock.now(), "held_by_id": None},
        side=side,
    )
    if was_held and meeting.enrollment and not _met_otherwise(meeting):
        milestones.void(meeting.enrollment, ladder.HELD, why=why, by=by)
    credits.no_show(meeting)
    recovering.start(meeting)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return meeting


def _met_otherwise(meeting: Meeting) -> bool:
    """Another meeting of the walk was held: the rung is that one's too."""
    return Meeting.objects.filter(enrollment=meeting.enrollment_id, state=S.HELD).exclude(pk=meeting.pk).exists()


@failpoints.commit("called off")
def mark_cancelled(meeting: Meeting, *, by: Any, why: str) -> Meeting:
    """It had been called off, and nobody wrote it down: said afterwards, so no calendar is told any more.

    Before the end a meeting is cancelled, which tells the guest (booking.cancel).
    """
    meeting = _locked(meeting)
    if meeting.state != S.BOOKED or meeting.ends_at > clock.now():
        raise Refused("Only a meeting that is over and has no outcome can be said to have been called off.")
    if len(why.strip()) < 3:
        raise Refused("Say who called it off, or why.")
    columns = {"cancelled_reason": why.strip()[:300], "outcome_at": clock.now()}
    MEETING.move(meeting, S.CANCELLED, by=by, why=why, set=columns)
    credits.give_back(meeting, credits.Why.CANCELLED)
    work_items.open_task(meeting, "rebook", DECIDE_MINUTES)
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


# Asking ----------------------------------------------------------------------------------------------------------


def ask(meeting: Meeting) -> None:
    """Ask the host what came of it, once, by mail and on screen."""
    asked = Meeting.objects.filter(pk=meeting.pk, state=S.BOOKED, outcome_asked_at=None)
    if not asked.update(outcome_asked_at=clock.now()):
        return
    text = f"Was the meeting with {meeting.guest_name} on {meeting_mails.when(meeting, meeting.host.zone)} held?"
    notifications.notify(meeting.host, "outcome", text, reverse("appointments:meeting", args=[meeting.pk]))
    page = link(meeting)
    lines = "\n".join(f"- {words}: {page}?was={key}" for key, words in WORDS.items())
    body = f"{text}\n\n{lines}\n\nUntil someone says so, it does not count as held."
    meeting_mails.tell_host(meeting, f"outcome:{meeting.pk}:{meeting.sequence}", text, body)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


WORDS = {
    "held": "Held",
    "guest": "The guest did not come",
    "host": "We did not come",
    "technical": "The line failed",
    "cancelled": "It had been called off",
}


def link(meeting: Meeting) -> str:
    """Where the host says what came of it, without signing in: for this meeting, this version and this host only."""
    begins = meeting.uid[: meeting_mails.UID_BEGINS]
    token = links.sign(LINK, meeting=meeting.pk, uid=begins, host=meeting.host_id, sequence=meeting.sequence)
    return links.url("appointments:outcome", token=token)


def read_link(token: str) -> Meeting:
    """The meeting a host's link asks about. Refused for a changed or old one, and where the host is another by now."""
    said = links.read(LINK, token, max_age_days=VALID_DAYS)
    rows = Meeting.objects.select_related("account", "contact", "host", "setter", "meeting_type", "team")
    found = rows.filter(
        pk=said.get("meeting", 0), uid__startswith=said.get("uid") or "-", host=said.get("host"), sequence=said.get("sequence", -1),
        host__is_active=True,
    ).first()  # fmt: skip
    if found is None:
        raise Refused(links.TAMPERED)
    return found


def say(meeting: Meeting, was: str, *, by: Any, why: str = "") -> Meeting:
    """What came of it in one word of WORDS, as the link and the keys of the desk say it. A link corrects nothing."""
    if meeting.state != S.BOOKED:
        raise Refused("Somebody has said already what came of it. Correct it on the page of the meeting.")
    if was == "held":
        return mark_held(meeting, by=by, why=why)
    if was == "cancelled":
        return mark_cancelled(meeting, by=by, why=why or f"Said by {by}.")
    return mark_no_show(meeting, side=was, by=by, why=why)


def ask_due(limit: int = 100) -> int:
    """Meetings that ended 15 minutes ago and nobody was asked about."""
    now = clock.agreed()
    due = Meeting.objects.filter(state=S.BOOKED, outcome_asked_at=None, ends_at__lte=now - OUTCOME_AFTER)
    rows = list(due.select_related("host", "meeting_type", "conversation__mailbox")[:limit])
    for meeting in rows:
        with failpoints.commit("outcome asked"):
            ask(meeting)
    return len(rows)
