"""After a no-show: two messages in five working days, then back to a person; at once to one where we failed to come."""

from typing import Any
from zoneinfo import ZoneInfo

from appointments.models import Meeting, Offer, Recovery
from appointments.models.meeting import RECOVERY
from appointments.rules import recovery as rules
from appointments.rules.slots import first, pick
from appointments.services import meeting_mails, offers, work_items
from crm import clock, failpoints
from crm.models import Event
from crm.services import live

C = Recovery.State
RETURN_MINUTES = 240
CALL_MINUTES = 30


@failpoints.commit("recovery started")
def start(meeting: Meeting) -> Recovery:
    """The first message goes out with the next sweep. A corrected outcome does not start it twice.

    Where we did not come it has priority: the first free time of anybody, and a person calls beside the message.
    """
    now = clock.now()
    ours = meeting.side == Meeting.Side.HOST
    recovery, new = Recovery.objects.get_or_create(
        meeting=meeting, defaults={"account": meeting.account, "started_at": now, "next_at": now, "priority": ours}
    )
    if new:
        _record(recovery, "recovery.started", "the clock", Meeting.Side(meeting.side).label)
    if new and ours:
        work_items.open_task(meeting, "rebook", CALL_MINUTES)
    return recovery


def _record(recovery: Recovery, kind: str, by: Any, why: str) -> None:
    meeting = recovery.meeting
    Event.record(
        kind, by=by, subject=recovery, account=meeting.account, contact=meeting.contact, team=meeting.team, why=why
    )


def send_due(limit: int = 50) -> int:
    """Recoveries whose next step is due; how many took it."""
    due = Recovery.objects.filter(state=C.RUNNING, next_at__lte=clock.now()).order_by("-priority", "next_at")
    return sum(_step(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


@failpoints.commit("recovery step")
def _step(pk: int) -> int:
    rows = Recovery.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, state=C.RUNNING)
    recovery = rows.filter(next_at__lte=clock.now()).select_related("account").first()
    if recovery is None:
        return 0
    if recovery.tries >= rules.TRIES:
        return_to_person(recovery, by="the clock", why="Two messages, no new time.")
        return 1
    _write(recovery)
    return 1


def _write(recovery: Recovery) -> None:
    meeting = Meeting.objects.select_related(
        "account", "contact", "host", "setter", "team", "conversation__mailbox", "meeting_type", "work_item"
    ).get(pk=recovery.meeting_id)
    recovery.meeting = meeting
    offer = _offer(meeting, soonest=recovery.priority)
    meeting_mails.recover(recovery, offer, offers.link(offer))
    zone, country = ZoneInfo(meeting.guest_zone or "UTC"), meeting.account.country
    following = rules.next_try(recovery.tries + 1, recovery.started_at, zone, country)
    recovery.tries += 1
    recovery.offer = offer
    recovery.next_at = following or rules.gives_up_at(recovery.started_at, zone, country)
    recovery.save(update_fields=["tries", "offer", "next_at"])
    _record(recovery, "recovery.message", "the clock", f"Message {recovery.tries} of {rules.TRIES}: new times offered.")
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


def _offer(meeting: Meeting, *, soonest: bool = False) -> Offer:
    """New times with the same host first; with priority the first that anybody of the pool has, before their limits."""
    zone = ZoneInfo(meeting.guest_zone or "UTC")
    free = [] if soonest else offers.free_slots(meeting.meeting_type, host=meeting.host)
    free = free or offers.free_slots(meeting.meeting_type, team_id=meeting.team_id, goes_first=soonest)
    starts = sorted({slot.start for slot in free})
    chosen = set(first(starts, zone) if soonest else pick(starts, zone))
    return offers.make_offer(
        meeting.meeting_type, [slot for slot in free if slot.start in chosen], account=meeting.account,
        contact=meeting.contact, conversation=meeting.conversation, team=meeting.team, by=meeting.setter, replaces=meeting,
    )  # fmt: skip


@failpoints.commit("recovery rebooked")
def rebooked(recovery: Recovery, meeting: Meeting) -> Recovery:
    """They chose a new time: the new meeting names the old one."""
    why = f"New time: {meeting_mails.when(meeting)}"
    columns = {"new_meeting_id": meeting.pk, "ended_at": clock.now(), "next_at": None}
    return RECOVERY.move(recovery, C.REBOOKED, by="the guest", why=why, set=columns)


@failpoints.commit("recovery returned")
def return_to_person(recovery: Recovery, *, by: Any, why: str) -> Recovery:
    """No more messages by themselves: the setter decides."""
    RECOVERY.move(recovery, C.RETURNED, by=by, why=why, set={"ended_at": clock.now(), "next_at": None})
    meeting = Meeting.objects.select_related("setter", "conversation", "account", "contact", "team").get(
        pk=recovery.meeting_id
    )
    work_items.open_task(meeting, "rebook", RETURN_MINUTES)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return recovery


def stop(meeting: Meeting, *, why: str, by: Any) -> None:
    """The outcome was corrected: nothing more goes out."""
    running = Recovery.objects.filter(meeting=meeting, state=C.RUNNING).first()
    if running:
        RECOVERY.move(running, C.RETURNED, by=by, why=why, set={"ended_at": clock.now(), "next_at": None})
