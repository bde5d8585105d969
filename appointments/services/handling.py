"""A reply arrives on this side of the border: read calendars, judge, act, and book where the playbook allows."""

from datetime import datetime
from typing import Any

from django.db import transaction

from appointments.models import Classification, Meeting, Offer, WorkItem
from appointments.rules.matrix import STARTS_WITH_ANSWER
from appointments.rules.slots import within
from appointments.services import answering, auto_answers, booking, offers, qualifying, rsvp, work_items
from appointments.services.classifying import classify
from crm.errors import Refused
from crm.whole import whole
from prospecting.models import Reply

MACHINES = ("auto_reply", "bounce")
ITEM = ("contact", "account", "conversation__mailbox", "reply__enrollment__segment_version", "setter", "team")


@whole()
def take(reply: Reply, envelope: Any = None) -> Classification:
    """The whole right half's answer to one handled message."""
    rsvp.read(reply.message)
    found = classify(reply, envelope)
    if found.label not in MACHINES:
        qualifying.hear(reply)
        answering.heard_before(reply)
    booked = _book_itself(reply, found) if found.label == "meeting_request" else None
    if booked is None:
        _answer_itself(reply, found)
    return found


def _answer_itself(reply: Reply, found: Classification) -> None:
    if not auto_answers.any_allowed():
        return
    item = work_items.open_items().filter(reply=reply).select_related(*ITEM).first()
    if item and item.what in STARTS_WITH_ANSWER:
        auto_answers.answer(item, found)


def _book_itself(reply: Reply, found: Classification) -> Meeting | None:
    """A time of ours accepted in plain words books at once, where the playbook for it says so."""
    item = work_items.open_items().filter(reply=reply).select_related("contact", "account", "conversation").first()
    playbook = answering.playbook_for(item) if item else None
    start = accepted_time(reply, found)
    if item is None or playbook is None or not playbook.books_itself or start is None:
        return None
    try:
        with transaction.atomic():
            return booking.book(
                last_offer(reply.conversation_id) or offers.offer(item, [start], by=None), start,
                guest_name=item.contact.name if item.contact else item.person_address, guest_email=item.person_address,
                guest_zone=offers.guest_zone(item.contact, item.account), key=f"reply:{reply.pk}", by="the playbook",
            )  # fmt: skip
    except Refused:
        return None  # the item stays with the setter, times prepared


def accepted_time(reply: Reply, found: Classification | None) -> datetime | None:
    """The one offered start that the words accept; None unless exactly one fits. The setter sees it as one button."""
    offer = last_offer(reply.conversation_id)
    named = found.entities.get("proposed_times", ()) if found else ()
    if offer is None or not named:
        return None
    windows = [
        (datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"]))
        for one in named
        if one.get("starts_at")
    ]
    fits = within(offers.offered(offer), windows)
    return fits[0] if len(fits) == 1 else None


def last_offer(conversation_id: int) -> Offer | None:
    """The times that stand in a thread: the last ones offered whose link is not void."""
    rows = Offer.objects.filter(conversation=conversation_id, revoked_at=None).select_related("meeting_type")
    return rows.order_by("-pk").first()


def suggestion(item: WorkItem) -> datetime | None:
    """What the setter may book with one button."""
    if item.reply is None:
        return None
    found = Classification.objects.filter(reply=item.reply, undone_at=None).first()
    return accepted_time(item.reply, found)
