"""The matrix at work: the three cells of a label fire exactly once, and are undone together."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q

from appointments.models import Classification, MatrixRow, Reaction
from appointments.rules import entities as reading
from appointments.rules import matrix as rules
from appointments.rules.classify import Incoming, readable
from appointments.services import cells, undoing
from appointments.services.cases import Case
from crm import clock, failpoints
from crm.models import Event
from crm.once import once
from crm.services import live
from crm.services.accounts import queue_up
from crm.whole import whole
from prospecting.models import Outgoing, Reply
from prospecting.models.touch import Flight

LEFT = (Flight.IN_FLIGHT, Flight.SENT, Flight.UNCERTAIN, Flight.BOUNCED)


def row_for(label: str, segment_id: int | None) -> rules.Row:
    """The segment's own row, else the common one, else the one the product was built with."""
    wanted = Q(segment=None) | Q(segment=segment_id) if segment_id else Q(segment=None)
    stored = MatrixRow.objects.filter(wanted, label=label).order_by(F("segment").asc(nulls_last=True)).first()
    if stored is None:
        return rules.BY_LABEL[label]
    return rules.Row(
        label, stored.contact_action, stored.account_action, stored.item_action, stored.minutes, stored.settings
    )


def segment_of(classification: Classification) -> int | None:
    return segment_of_reply(classification.reply)


def segment_of_reply(reply: Reply) -> int | None:
    enrollment = reply.enrollment
    return enrollment.segment_version.segment_id if enrollment else None


@whole()
def fire(classification: Classification) -> list[Reaction]:
    """Do what the row of the label says. A cell that has fired for this classification does not fire again."""
    reply = classification.reply
    queue_up(reply.account_id)
    row = row_for(classification.label, segment_of(classification))
    case = Case.of(classification, row)
    person = _fire_cell(case, Reaction.Cell.CONTACT)
    failpoints.reach("matrix: the person's cell has fired")
    account = _fire_cell(case, Reaction.Cell.ACCOUNT)
    failpoints.reach("matrix: the account's cell has fired")
    work = _fire_cell(case, Reaction.Cell.ITEM)
    failpoints.reach("matrix: the work's cell has fired")
    live.tell("reply", team=reply.team_id, reply=reply.pk)
    return [reaction for reaction in (person, account, work) if reaction]


def _fire_cell(case: Case, cell: Reaction.Cell) -> Reaction | None:
    action = {"contact": case.row.contact, "account": case.row.account, "item": case.row.item}[cell]
    reaction, new = once(
        Reaction, classification=case.classification, cell=cell, also={"action": action, "fired_at": clock.now()}
    )
    if not new:
        return None
    reaction.facts = cells.run(case, cell, action)
    reaction.save(update_fields=["facts"])
    return reaction


@transaction.atomic
def undo(classification: Classification, *, by: Any, called_back: bool = False) -> None:
    """Take back what contact and account cells did; what was sent stays sent, and the timeline says so."""
    case = Case.of(classification, row_for(classification.label, segment_of(classification)))
    # The person before the account, as they fired and as a click on the unsubscribe link locks them.
    for reaction in classification.reactions.filter(undone_at=None).exclude(cell=Reaction.Cell.ITEM).order_by("pk"):
        undoing.undo(case, reaction.cell, reaction.action, reaction.facts)
        reaction.undone_at = clock.now()
        reaction.save(update_fields=["undone_at"])
    reply, sent = classification.reply, sent_since(classification)
    Event.record(
        "reply.label_undone", by=by, subject=reply, account=reply.account, contact=reply.contact, team=reply.team,
        message=reply.message, why=undone_words(sent, called_back=called_back),
        facts={"label": classification.label, "sent": sent, "called_back": called_back},
    )  # fmt: skip


def sent_since(classification: Classification) -> int:
    """Messages of ours to this person that have left since the label was given."""
    rows = Outgoing.objects.filter(
        conversation=classification.reply.conversation_id, created_at__gte=classification.at, state__in=LEFT
    )
    message = classification.reply.message
    return rows.filter(
        Q(to_address__iexact=message.from_address) | Q(to_address__iexact=message.reply_to or "-")
    ).count()


def undone_words(sent: int, *, called_back: bool = False) -> str:
    """What an undo could not take back is said."""
    back = " The answer that went by itself did not leave." if called_back else ""
    if not sent:
        return f"What it set off is undone; what was sent already stays sent.{back}"
    left = "1 message had left already and stays" if sent == 1 else f"{sent} messages had left already and stay"
    return f"What it set off is undone; {left} sent.{back}"


def settle_item(before: Classification, after: Classification) -> None:
    """The item of a corrected label lives on under the new one; where the new row asks for none, it is closed."""
    row = row_for(before.label, segment_of(before))
    if not after.reactions.filter(cell=Reaction.Cell.ITEM, facts__has_key="item").exists():
        undoing.withdraw_item(Case.of(before, row))
    before.reactions.filter(cell=Reaction.Cell.ITEM).update(undone_at=clock.now())


def entities_for(incoming: Incoming, label: str, secondary: tuple[str, ...]) -> dict[str, Any]:
    """The entities a label asks for, when a person says what the text means."""
    day = reading.received_on(incoming.received, incoming.zone)
    text = reading.Reading(readable(incoming), day, incoming.zone, incoming.country)
    return reading.extract(label, secondary, text, incoming.own_addresses, {})
