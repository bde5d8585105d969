"""What really comes next about one work item: its primary action, by where it stands."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from appointments.models import Meeting, Offer, WorkItem
from appointments.queries import ANSWERS
from appointments.services import handling, offers
from appointments.views import slots
from crm import clock
from prospecting.models import Outgoing
from prospecting.models.touch import Flight

# What a task asks, the page where it is done, and the words of the button that leads there.
TASKS = {
    "refresh_data": ("Their address takes no mail. Find the right one, or who has taken over.", "contact", "Open {who}"),
    "check_change": ("An address changed or a challenge came. Check it before anything else is sent.", "contact", "Open {who}"),
    "confirm_opt_out": ("Nothing is sent any more. Look whether that is all they asked for.", "contact", "Open {who}"),
    "correct_role": ("They say they are not the one. Correct which part they play.", "contact", "Open {who}"),
    "find_successor": ("They have left. Find who has taken over.", "contact_new", "Add the successor"),
    "find_person": ("They sent us to a department. Find the person there.", "contact_new", "Add the person"),
    "find_decider": ("They cannot decide. Find who does.", "contact_new", "Add who decides"),
    "write_to_referred": ("Someone was named. Their stage is open; see that the right person is written to.", "account", "Open the account"),
    "set_date": ("They say not now, without a date. The account rests; set the day that fits.", "account", "Set the day on the account"),
    "mailbox_alert": ("Their server blocks our mail. Look at the mailbox before more is sent.", "sending", "Look at the mailboxes"),
    "give_reason": ("They decline. Say why when you finish; the list learns from it.", "", ""),
    "confirm_meeting": ("The meeting is not confirmed. Ask whether the time still stands.", "meeting", "Open the meeting"),
    "decide_next": ("The meeting is over. Say what the account does next.", "", ""),
}  # fmt: skip
WRITES = {*ANSWERS, "rebook", "answer_counter"}
ABOUT_THE_TIME = ("rebook", "answer_counter")  # of a meeting that stands: it moves, and no second one is offered
GONE = (Flight.CANCELLED, Flight.SKIPPED, Flight.DROPPED)


@dataclass(frozen=True)
class Step:
    """`kind`: answer, label, task, time, booked, offered, answered or done."""

    kind: str
    text: str = ""
    url: str = ""
    action: str = ""
    meeting: Meeting | None = None
    offer: Offer | None = None
    sent: Outgoing | None = None
    times: list[datetime] = field(default_factory=list)
    accepted: dict[str, Any] | None = None

    @property
    def may_write_again(self) -> bool:
        return self.kind in ("booked", "offered", "answered", "task", "label", "time")


def of(item: WorkItem) -> Step:
    meeting = booked(item)
    if item.state == WorkItem.State.DONE:
        return Step("done", meeting=meeting)
    if item.answered_at is None:
        return waiting(item, meeting)
    sent = last_answer(item)
    if meeting:
        return Step("booked", meeting=meeting, sent=sent)
    offer = open_offer(item)
    if offer:
        return Step("offered", offer=offer, sent=sent, times=offers.offered(offer))
    return Step("answered", sent=sent)


def waiting(item: WorkItem, meeting: Meeting | None) -> Step:
    """Nobody has done anything about it yet."""
    if item.what == "read_and_label":
        return Step("label", meeting=meeting)
    if meeting and item.what in ABOUT_THE_TIME:
        return Step("time", meeting=meeting)
    if item.what in WRITES:
        return Step("answer", meeting=meeting, accepted=None if meeting else accepted(item))
    text, page, action = TASKS.get(item.what, ("", "", ""))
    url = address(item, page, meeting)
    return Step("task", text=text, url=url, action=action.format(who=item.contact or "the person") if url else "")


def address(item: WorkItem, page: str, meeting: Meeting | None) -> str:
    """Where the task is done; empty where that page needs something this item does not have."""
    known = {
        "contact": ("crm:contact", item.contact_id),
        "contact_new": ("crm:contact_new", item.account_id),
        "account": ("crm:account", item.account_id),
        "meeting": ("appointments:meeting", meeting.pk if meeting else None),
    }
    name, pk = known.get(page, ("prospecting:sending" if page == "sending" else "", None))
    if not name or (page in known and not pk):
        return ""
    try:
        return reverse(name, args=[pk] if pk else [])
    except NoReverseMatch:
        return ""


def booked(item: WorkItem) -> Meeting | None:
    """The meeting this person has ahead of them, or that stands in this thread."""
    if item.account_id is None:
        return None
    rows = Meeting.objects.filter(account=item.account_id, state=Meeting.State.BOOKED).select_related("host")
    mine = [row for row in rows.order_by("starts_at") if item.contact_id and row.contact_id == item.contact_id]
    return mine[0] if mine else next((row for row in rows if row.conversation_id == item.conversation_id), None)


def open_offer(item: WorkItem) -> Offer | None:
    """Times that are with the guest: not expired, not all over, and made since they wrote last."""
    now = clock.now()
    rows = Offer.objects.filter(work_item=item, expires_at__gt=now, created_at__gte=item.since, revoked_at=None)
    offer = rows.order_by("-pk").first()
    return offer if offer and any(start > now for start in offers.offered(offer)) else None


def accepted(item: WorkItem) -> dict[str, Any] | None:
    """The one offered time that their words accept, as the button books it."""
    start = handling.suggestion(item)
    if start is None or start <= clock.now():
        return None
    offer = handling.last_offer(item.conversation_id)
    hosts = {datetime.fromisoformat(one["start"]): one.get("host") for one in offer.slots} if offer else {}
    return {
        "start": start,
        "value": slots.write(start, hosts.get(start)),
        "kind": offer.meeting_type if offer else None,
    }


def last_answer(item: WorkItem) -> Outgoing | None:
    rows = Outgoing.objects.filter(conversation=item.conversation_id, purpose=Outgoing.Purpose.ANSWER)
    rows = rows.filter(Q(to_address__iexact=item.person_address) | Q(to_address__iexact=item.answers_go_to))
    return rows.exclude(state__in=GONE).select_related("by").order_by("-pk").first()
