"""What people type and have not sent: kept on the server at once, by person and work item, never overwritten unseen."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from appointments.models import AnswerDraft, MeetingType, WorkItem
from crm import clock
from crm.errors import Refused
from crm.models import User
from prospecting.models import Outgoing

LONGEST = 20_000


class Conflict(Refused):
    """Another window of the same person saved meanwhile; `kept` is what it wrote."""

    def __init__(self, kept: AnswerDraft) -> None:
        super().__init__(
            "You also write this in another window. Nothing of either is lost: choose which to go on with."
        )
        self.kept = kept


def kept(item: WorkItem, by: User) -> AnswerDraft | None:
    """What they typed and did not send; nothing once it left."""
    return AnswerDraft.objects.filter(work_item=item.pk, by=by.pk, sent=None).first()


def version(item: WorkItem, by: User) -> int:
    """The last save, of a draft that left too: what comes later and does not know it is of before."""
    return AnswerDraft.objects.filter(work_item=item.pk, by=by.pk).values_list("version", flat=True).first() or 0


@transaction.atomic
def keep(
    item: WorkItem, body: str, *, by: User, version: int, slots: Sequence[str] = (), kind: MeetingType | None = None
) -> AnswerDraft:
    """Save what is typed. `version` is the last save the window knows: where another went past it, it is told."""
    WorkItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    body, now = body.replace("\x00", "")[:LONGEST], clock.now()
    found = AnswerDraft.objects.filter(work_item=item, by=by).first()
    if found is None:
        return AnswerDraft.objects.create(
            work_item=item, by=by, body=body, slots=list(slots), meeting_type=kind, at=now
        )
    if found.version != version and found.sent_id:
        return found  # typed before it left, and come after it
    if found.version != version and found.body != body:
        raise Conflict(found)
    found.body, found.slots, found.meeting_type = body, list(slots), kind
    found.at, found.sent, found.version = now, None, found.version + 1
    found.save()
    return found


@transaction.atomic
def sent(
    item: WorkItem,
    body: str,
    outgoing: Outgoing,
    *,
    by: User,
    slots: Sequence[str] = (),
    kind: MeetingType | None = None,
) -> None:
    """It left: kept as sent, so that taking it back brings the words back."""
    fresh = {
        "body": body[:LONGEST], "slots": list(slots), "meeting_type": kind, "at": clock.now(), "sent": outgoing,
    }  # fmt: skip
    found, made = AnswerDraft.objects.get_or_create(work_item=item, by=by, defaults=fresh)
    if not made:
        AnswerDraft.objects.filter(pk=found.pk).update(**fresh, version=found.version + 1)


def go_along(item: WorkItem) -> None:
    """A new item for the same person in the same thread: what somebody was typing when another finished it, or its label
    closed it, goes along."""
    same = {
        "work_item__conversation": item.conversation_id,
        "work_item__person_address": item.person_address,
        "work_item__state": WorkItem.State.DONE,
    }
    rows = AnswerDraft.objects.filter(**same, sent=None).exclude(work_item__done_by=F("by"))
    latest = rows.order_by("by_id", "-at", "-pk").distinct("by_id").values("pk")
    AnswerDraft.objects.filter(pk__in=latest).update(work_item=item)


def back(outgoing: Outgoing) -> None:
    """The answer was taken back: its words are a draft again."""
    AnswerDraft.objects.filter(sent=outgoing).update(sent=None)


def drop(item: WorkItem, *, by: User) -> None:
    """Begin anew from the playbook."""
    AnswerDraft.objects.filter(work_item=item, by=by, sent=None).delete()
