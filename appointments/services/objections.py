"""One answer to an objection: a second one to the same needs a sentence, which is counted, or is refused by the matrix."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from appointments.models import WorkItem
from appointments.rules import matrix as rules
from appointments.services import matrix
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Outgoing, Reply
from prospecting.models.touch import Flight
from prospecting.rules import labels

GONE = (Flight.CANCELLED, Flight.SKIPPED, Flight.DROPPED)


@dataclass(frozen=True)
class Answered:
    """The objection was answered already; `refused` where the matrix allows no second answer at all."""

    objection: str
    at: datetime
    by: str
    refused: bool

    @property
    def sentence(self) -> str:
        who = f" by {self.by}" if self.by else ""
        said = f"“{self.objection}” was answered on {self.at:%d %b}{who}."
        if self.refused:
            return f"{said} The matrix allows one answer to it and no second. Say what comes next instead."
        return f"{said} One answer is allowed; say in a sentence why a second one is right. It is counted."


def answered(item: WorkItem) -> Answered | None:
    """The answer that this objection, made in this thread by this person, has had."""
    label = item.reply.label if item.reply else ""
    if item.reply is None or label not in labels.LABELS or labels.family(label) != labels.OBJECTION:
        return None
    row = matrix.row_for(label, matrix.segment_of_reply(item.reply))
    if row.item not in rules.ONE_ANSWER:
        return None
    first = Reply.objects.filter(
        conversation=item.conversation_id, label=label, message__from_address__iexact=item.person_address
    ).order_by("at").values_list("at", flat=True).first()  # fmt: skip
    to_them = Q(to_address__iexact=item.person_address) | Q(to_address__iexact=item.answers_go_to)
    rows = Outgoing.objects.filter(to_them, conversation=item.conversation_id, purpose=Outgoing.Purpose.ANSWER)
    ours = rows.exclude(state__in=GONE)
    sent = ours.filter(created_at__gte=first).order_by("created_at").select_related("by").first() if first else None
    if sent is None:
        return None
    refused = row.settings.get(rules.SECOND_ANSWER) == rules.REFUSED
    return Answered(labels.words(label), sent.created_at, str(sent.by or ""), refused)


def check(item: WorkItem, again: str, *, by: Any) -> None:
    """Refused where a second answer is not allowed, or nobody says why; else the sentence is kept and counted."""
    found = answered(item)
    if found is None:
        return
    if found.refused or not again.strip():
        raise Refused(found.sentence)
    Event.record(
        "workitem.answered_again", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
        why=again.strip()[:300], facts={"label": item.reply.label if item.reply else ""},
    )  # fmt: skip
