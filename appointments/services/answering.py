"""Answering in the thread: a draft from the playbook, times with a link, ten seconds to undo."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q

from appointments.models import MeetingType, Offer, Playbook, WorkItem
from appointments.services import claiming, drafts, meeting_mails, objections, offers, playbooks, work_items
from appointments.services.hosts import Slot
from crm import clock
from crm.errors import Refused
from crm.models import Event, Message, User
from crm.rules.envelope import HUMAN
from prospecting.models import Attempt, Outgoing, Reply
from prospecting.services import sending

WITH_TIMES = {"answer_with_slots", "rebook"}
LABELS_WITH_TIMES = ("meeting_request", "interested")
LINK_MARK = "[booking link]"


def playbook_for(item: WorkItem) -> Playbook | None:
    return playbooks.pick(item).playbook


def draft(item: WorkItem, *, by: User | None = None, slots: Sequence[Slot] = (), times: bool = True) -> str:
    """What could be answered: greeting, the playbook's words, three times where the matrix asks for them."""
    return written(item, playbooks.pick(item), by=by, slots=slots, times=times).text


def written(
    item: WorkItem, pick: playbooks.Pick, *, by: User | None = None, slots: Sequence[Slot] = (), times: bool = True
) -> playbooks.Filled:
    """The whole draft of a pick, and what is empty in it."""
    sender = by or item.setter
    first = item.contact.first_name if item.contact else ""
    body = pick.playbook.body if pick.playbook else ""
    filled = playbooks.fill(body, playbooks.addressee(item, sender, pick.language)) if body else playbooks.Filled("")
    parts = [filled.text] if greets(filled.text) else [f"Hello {first}," if first else "Hello,", filled.text]
    if times and wants_times(item):
        parts.append(times_text(item, slots or offers.propose(item, kind=kind_for(item, pick))))
    parts.append(sender.get_short_name() if sender else "")
    return playbooks.Filled("\n\n".join(part for part in parts if part), filled.problem)


def kind_for(item: WorkItem, pick: playbooks.Pick | None = None, named: int | None = None) -> MeetingType:
    """What times are offered for: the kind named, else the draft's, as far as the team may offer it; else its first."""
    drafted = (pick or playbooks.pick(item)).meeting_type_id
    found = offers.kind_named(item.team_id, named) or offers.kind_named(item.team_id, drafted)
    return found or offers.meeting_type_for(item.team_id)


def greets(text: str) -> bool:
    """Whether a draft brings its own greeting: a short first line that ends in a comma."""
    first = text.strip().partition("\n")[0]
    return len(first) <= 60 and first.endswith((",", "!"))


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
    item: WorkItem,
    body: str,
    *,
    by: User,
    slots: Sequence[Slot | datetime] = (),
    key: str | None = None,
    again: str = "",
    meeting_type: MeetingType | None = None,
) -> Outgoing:
    """Send it in the thread, from its mailbox; with times, an offer and its link go along. Never twice for one key.

    `meeting_type` is what the times and the link are for; without one it is the draft's, else the team's first.
    `again` says why an objection that was answered is answered once more; without it that is refused.
    """
    if not body.strip():
        raise Refused("Write something first.")
    claiming.check_may_send(item, by=by)
    before = Outgoing.objects.filter(key=sending.answer_key(item.conversation, key)).first() if key else None
    if before:
        return before
    playbooks.check_filled(body)
    objections.check(item, again, by=by)
    text, offer = with_offer(item, body, slots, by=by, kind=meeting_type)
    outgoing = sending.answer(item.conversation, text, by=by, to=item.answers_go_to, key=key)
    work_items.answered(item.conversation, clock.now(), by=by, person=item.person_address)
    drafts.sent(item, body, outgoing, by=by, slots=[_written(slot) for slot in slots], kind=meeting_type)
    Event.record(
        "workitem.answered", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
        why=text.strip().splitlines()[0][:200], facts={"outgoing": outgoing.pk, "offer": offer.pk if offer else None},
    )  # fmt: skip
    return outgoing


def heard_own(message: Message) -> None:
    """One of us answered in their own mail program: whoever it went to waits for its outcome only, as after any answer."""
    at = min(message.sent_at or message.at, clock.now())
    if message.kind != HUMAN or Attempt.objects.filter(message_id=message.message_id).exists():
        return
    people = [one.lower() for one in (*message.to, *message.cc)]
    theirs = Q(person_address__in=people) | Q(reply__message__reply_to__in=people)
    waits = work_items.open_items().filter(
        theirs, conversation=message.conversation, answered_at=None, reply__at__lte=at
    )
    box = message.sightings.select_related("mailbox__owner").order_by("pk").first()
    by = (box.mailbox.owner if box else None) or "their own mail program"
    for item in waits.select_related("account", "contact", "team"):
        work_items.answered(item.conversation, at, by=by, person=item.person_address)
        Event.record(
            "workitem.answered", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
            message=message, why=message.newest.strip().partition("\n")[0][:200],
        )  # fmt: skip


def heard_before(reply: Reply) -> None:
    """Their Sent folder can be read before the inbox: what they wrote there since this reply came has answered it."""
    for message in Message.objects.filter(conversation=reply.conversation_id, direction="out", at__gte=reply.at):
        heard_own(message)


@transaction.atomic
def take_back(item: WorkItem, outgoing: Outgoing, *, by: User) -> None:
    """The answer does not leave after all, so whoever wrote waits again, as before."""
    sending.undo(outgoing, by=by)
    drafts.back(outgoing)
    work_items.unanswered(item, outgoing.created_at, by=by)


def _written(slot: Slot | datetime) -> str:
    start = slot.start if isinstance(slot, Slot) else slot
    return start.astimezone(UTC).isoformat(timespec="minutes")


def with_offer(
    item: WorkItem, body: str, slots: Sequence[Slot | datetime], *, by: User | None, kind: MeetingType | None = None
) -> tuple[str, Offer | None]:
    """The text with its link, and the offer behind it, where times are offered or the link is asked for."""
    if not slots and LINK_MARK not in body:
        return body, None
    kind = kind or kind_for(item)
    offer = offers.offer(item, slots or offers.propose(item, kind=kind), by=by, meeting_type=kind)
    return _with_link(body, offer), offer


def _with_link(body: str, offer: Offer) -> str:
    """The link to all times, and under each time that is written out the one that chooses it (a press there books)."""
    address = offers.link(offer)
    text = body.replace(LINK_MARK, address) if LINK_MARK in body else f"{body.rstrip()}\n\nPick a time here: {address}"
    for start in offers.offered(offer):
        line = f"- {meeting_mails.when_at(start, offer.guest_zone)}\n"
        text = text.replace(line, f"{line}  {offers.link_to(offer, start)}\n", 1)
    return text
