"""Answering in the thread: a draft from the playbook, times with a link, ten seconds to undo."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F, Q

from appointments.models import Offer, Playbook, WorkItem
from appointments.services import claiming, drafts, meeting_mails, offers, work_items
from appointments.services.hosts import Slot
from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.services import referrals
from prospecting.models import Outgoing
from prospecting.rules import merge_language
from prospecting.rules.labels import PRECEDENCE
from prospecting.services import sending
from prospecting.services.sequences import FIELDS, merge_values

WITH_TIMES = {"answer_with_slots", "rebook"}
LABELS_WITH_TIMES = ("meeting_request", "interested")
LINK_MARK = "[booking link]"


def playbook_for(item: WorkItem) -> Playbook | None:
    """The draft for the label: the segment's before the common one, their language before English."""
    label = item.reply.label if item.reply and item.reply.label in PRECEDENCE else "other"
    enrollment = item.reply.enrollment if item.reply else None
    segment = enrollment.segment_version.segment_id if enrollment else None
    language = (item.contact.language if item.contact else "") or "en"
    rows = Playbook.objects.filter(label=label, archived_at=None, language__in=[language, "en"])
    rows = rows.filter(Q(segment=None) | Q(segment=segment)).order_by(F("segment").asc(nulls_last=True))
    return min(rows, key=lambda row: row.language != language, default=None)


def draft(item: WorkItem, *, by: User | None = None, slots: Sequence[Slot] = (), times: bool = True) -> str:
    """What could be answered: greeting, the playbook's words, three times where the matrix asks for them."""
    sender = by or item.setter
    first = item.contact.first_name if item.contact else ""
    words = _words(item, sender)
    parts = [words] if greets(words) else [f"Hello {first}," if first else "Hello,", words]
    if times and wants_times(item):
        parts.append(times_text(item, slots or offers.propose(item)))
    parts.append(sender.get_short_name() if sender else "")
    return "\n\n".join(part for part in parts if part)


def greets(text: str) -> bool:
    """Whether a draft brings its own greeting: a short first line that ends in a comma."""
    first = text.strip().partition("\n")[0]
    return len(first) <= 60 and first.endswith((",", "!"))


def _words(item: WorkItem, sender: User | None) -> str:
    playbook = playbook_for(item)
    if playbook is None:
        return ""
    if not (item.contact and item.account and sender):
        return playbook.body
    try:
        values = merge_values(item.contact, item.account, sender, referrals.referrer_of(item.contact, item.account))
        return merge_language.render(merge_language.parse(playbook.body, fields=FIELDS), values)
    except (merge_language.TemplateError, merge_language.Missing):
        return playbook.body


def wants_times(item: WorkItem) -> bool:
    label = item.reply.label if item.reply else ""
    return item.what in WITH_TIMES or (item.what == "answer" and label in LABELS_WITH_TIMES)


def times_text(item: WorkItem, slots: Sequence[Slot | datetime]) -> str:
    zone = offers.guest_zone(item.contact, item.account)
    starts = [slot.start if isinstance(slot, Slot) else slot for slot in slots]
    lines = "\n".join(f"- {meeting_mails.when_at(start, zone)}" for start in starts)
    return f"{lines}\n\nTell me which, or pick one here: {LINK_MARK}" if lines else f"Pick a time here: {LINK_MARK}"


@transaction.atomic
def send_answer(
    item: WorkItem, body: str, *, by: User, slots: Sequence[Slot | datetime] = (), key: str | None = None
) -> Outgoing:
    """Send it in the thread, from its mailbox; with times, an offer and its link go along. Never twice for one key."""
    if not body.strip():
        raise Refused("Write something first.")
    claiming.check_may_send(item, by=by)
    before = Outgoing.objects.filter(key=sending.answer_key(item.conversation, key)).first() if key else None
    if before:
        return before
    offer = _offer(item, body, slots, by)
    text = _with_link(body, offer)
    outgoing = sending.answer(item.conversation, text, by=by, to=item.person_address, key=key)
    work_items.answered(item.conversation, clock.now(), by=by, person=item.person_address)
    drafts.sent(item, body, outgoing, by=by, slots=[_written(slot) for slot in slots])
    Event.record(
        "workitem.answered", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
        why=text.strip().splitlines()[0][:200], facts={"outgoing": outgoing.pk, "offer": offer.pk if offer else None},
    )  # fmt: skip
    return outgoing


@transaction.atomic
def take_back(item: WorkItem, outgoing: Outgoing, *, by: User) -> None:
    """The answer does not leave after all, so whoever wrote waits again, as before."""
    sending.undo(outgoing, by=by)
    drafts.back(outgoing)
    work_items.unanswered(item, outgoing.created_at, by=by)


def _written(slot: Slot | datetime) -> str:
    start = slot.start if isinstance(slot, Slot) else slot
    return start.astimezone(UTC).isoformat(timespec="minutes")


def _offer(item: WorkItem, body: str, slots: Sequence[Slot | datetime], by: User) -> Offer | None:
    if not slots and LINK_MARK not in body:
        return None
    return offers.offer(item, slots or offers.propose(item), by=by)


def _with_link(body: str, offer: Offer | None) -> str:
    if offer is None:
        return body
    address = offers.link(offer)
    return body.replace(LINK_MARK, address) if LINK_MARK in body else f"{body.rstrip()}\n\nPick a time here: {address}"
