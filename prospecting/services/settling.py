"""What follows when a server took mails of a batch: on the record, on the timeline, on the ladder, all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Value
from django.db.models.functions import Greatest

from crm import clock, failpoints
from crm.models import Conversation, Mailbox, Message
from crm.services import accounts, conversations, live
from crm.services.conversations import Left
from prospecting.models import Attempt, Enrollment, Milestone, StageVisit, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.rules import ladder
from prospecting.services import milestones
from prospecting.services.batches import hold_free
from prospecting.services.letters import Letter

BY = "the sender"


@dataclass(frozen=True)
class Taken:
    """A touch whose mail the server took; that much is committed already."""

    touch: Touch
    letter: Letter
    attempt: Attempt


@failpoints.commit("batch settled")
def settle(taken: Sequence[Taken]) -> list[Taken]:
    """Sent, all of one mailbox. Those left out must be settled one by one: somebody else has been at them.

    Raises django.db.Error where the batch as a whole cannot be settled so.
    """
    free = set(hold_free({one.touch.account_id for one in taken}))  # waits for nobody, so never in a circle
    ours = _still_ours([one for one in taken if one.touch.account_id in free])
    if ours:
        _sent(ours)
    return [one for one in taken if one not in ours]


def _still_ours(taken: Sequence[Taken]) -> list[Taken]:
    rows = Touch.objects.select_for_update(of=("self",)).filter(pk__in=[one.touch.pk for one in taken])
    fences = dict(rows.filter(state=Flight.IN_FLIGHT).order_by("pk").values_list("pk", "fence"))
    copied = conversations.read_before([one.letter.message_id for one in taken])
    return [
        one for one in taken if fences.get(one.touch.pk) == one.attempt.fence and one.letter.message_id not in copied
    ]


def _sent(taken: Sequence[Taken]) -> None:
    box = taken[0].attempt.mailbox
    moments = [one.attempt.ended_at or clock.now() for one in taken]
    columns: dict[str, Sequence[Any]] = {
        "sent_at": moments, "lease_until": [None] * len(taken), "waits_because": [""] * len(taken),
    }  # fmt: skip
    if messages := _on_record(taken, box):
        columns["message"] = messages
    touches = [one.touch for one in taken]
    facts = [
        {"from": Flight.IN_FLIGHT, "message_id": one.attempt.message_id, "channel": one.touch.channel} for one in taken
    ]
    TOUCH.move_each(touches, Flight.SENT, by=BY, set=columns, facts=facts)
    Mailbox.objects.filter(pk=box.pk).update(last_sent_at=Greatest("last_sent_at", Value(max(moments))))
    _reached(touches)
    live.tell_all("touch", ({"account": row.account_id, "touch": row.pk} for row in touches), team=box.team_id)


def _on_record(taken: Sequence[Taken], box: Mailbox) -> list[Message]:
    if box.team is None:
        return []
    mails = [
        Left(
            raw=one.letter.raw, account_id=one.touch.account_id, contact_id=one.touch.contact_id, to=one.attempt.recipient,
            message_id=one.letter.message_id, subject=one.letter.subject, text=one.letter.text,
            at=one.attempt.ended_at or clock.now(), conversation=_thread(one.letter, box),
            in_reply_to=one.letter.in_reply_to, references=one.letter.references,
        )
        for one in taken
    ]  # fmt: skip
    return conversations.record_many(mails, mailbox=box, team=box.team)


def _thread(letter: Letter, box: Mailbox) -> Conversation | None:
    """A thread belongs to the team of its mailbox: one of another team does not go on here."""
    thread = letter.conversation
    return thread if thread and thread.team_id == box.team_id else None


def _reached(touches: Sequence[Touch]) -> None:
    """As delivery.reached_person; each account of a batch is another one."""
    accounts.mark_touched_many({row.account_id: row.sent_at or clock.now() for row in touches})
    opened = set(
        StageVisit.objects.filter(pk__in=[row.visit_id for row in touches], state=StageVisit.State.OPEN).values_list(
            "pk", flat=True
        )
    )
    counting = [row for row in touches if row.reached and row.visit_id in opened]
    dated = Milestone.objects.filter(enrollment__in=[row.enrollment_id for row in counting], rung=ladder.CONTACTED)
    known = dict(dated.order_by("turn", "voids").values_list("enrollment_id", "voids"))  # the last word counts
    for row in counting:
        if known.get(row.enrollment_id) is not False:
            milestones.reach(
                row.account, ladder.CONTACTED, enrollment=row.enrollment, contact=row.contact, by=BY, at=row.sent_at,
                touch=row,
            )  # fmt: skip
    Enrollment.objects.filter(pk__in=[row.enrollment_id for row in touches]).update(plan_at=clock.now())
