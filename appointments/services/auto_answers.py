"""Answers that leave without a person: only where a playbook allows it, never to a machine, one a day and person."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from appointments.models import AutoAnswerStop, Classification, Offer, Playbook, WorkItem
from appointments.rules import auto_answer as rules
from appointments.rules.matrix import URGENT_FLAGS
from appointments.services import answering, objections, offers, playbooks
from crm import clock
from crm.errors import Refused
from crm.models import Event, Team, User
from crm.whole import whole
from prospecting.models import Outgoing
from prospecting.models.touch import Flight
from prospecting.services import guard, sending

GONE = (Flight.CANCELLED, Flight.SKIPPED, Flight.DROPPED)
FLAGS = (*URGENT_FLAGS, "scope_company")


def key_of(found: Classification) -> str:
    return f"auto:{found.reply_id}"


def any_allowed() -> bool:
    """Whether any playbook may send by itself."""
    return Playbook.objects.filter(sends_itself=True, archived_at=None).exists()


@whole()
def answer(item: WorkItem, found: Classification) -> Outgoing | None:
    """Answer what was just labelled, where everything allows it; the item then waits for its outcome, not for an answer."""
    pick = playbooks.pick(item)
    playbook = pick.playbook
    if playbook is None or not playbook.sends_itself:
        return None
    kind = answering.kind_for(item, pick)
    slots = offers.propose(item, kind=kind) if answering.wants_times(item) else []
    filled = answering.written(item, pick, slots=slots)
    why = rules.why_not(_facts(item, found, playbook, filled.problem))
    if why:
        _record("answer.kept_for_a_person", item, playbook, why)
        return None
    try:
        with transaction.atomic():
            offered = answering.with_offer(item, filled.text, slots, by=None, kind=kind)
            return _send(item, found, playbook, *offered)
    except Refused as refused:
        _record("answer.kept_for_a_person", item, playbook, refused.sentence)
        return None


def _facts(item: WorkItem, found: Classification, playbook: Playbook, problem: str) -> rules.Facts:
    message = found.reply.message
    return rules.Facts(
        label=found.label, secondary=found.secondary, confidence=found.confidence, least=playbook.least_confidence,
        needs_person=found.needs_person, typed=message.kind == "human" and not message.certainly_machine,
        flags=[flag for flag in FLAGS if found.entities.get(flag)], allowed=playbook.allowed_at is not None,
        stopped_in_team=AutoAnswerStop.objects.filter(team=item.team_id).exists(), sent_lately=sent_lately(item),
        answered=item.state == WorkItem.State.CLAIMED or objections.answered(item) is not None,
        problem=problem, guard=_guard(item),
    )  # fmt: skip


def sent_lately(item: WorkItem) -> bool:
    """To this address, from any thread."""
    since = clock.now() - timedelta(hours=rules.ONE_A)
    rows = Outgoing.objects.filter(to_address__iexact=item.person_address, automatic=True, created_at__gt=since)
    return rows.filter(purpose=Outgoing.Purpose.ANSWER).exclude(state__in=GONE).exists()


def _guard(item: WorkItem) -> str:
    if item.account is None or item.contact is None:
        return "Nobody knows who wrote this."
    said = guard.may_contact(
        item.account, item.contact, mailbox=item.conversation.mailbox, purpose="answer", now=clock.now()
    )
    return "" if said.decision == "allow" else said.sentence


def _send(item: WorkItem, found: Classification, playbook: Playbook, body: str, offer: Offer | None) -> Outgoing:
    outgoing = sending.answer(
        item.conversation, body, by=item.setter, to=item.person_address, key=key_of(found), automatic=True
    )
    now = clock.now()
    # Not `first_answer_at`: that is the first answer of a person, and what the speed of answers is counted by.
    WorkItem.objects.filter(pk=item.pk).update(answered_at=now, escalated_at=None)
    why = f"By itself, from the playbook “{playbook}”, which {playbook.allowed_by or 'an admin'} allowed."
    facts = {"outgoing": outgoing.pk, "offer": offer.pk if offer else None}
    _record("workitem.answered_itself", item, playbook, why, **facts)
    return outgoing


def _record(kind: str, item: WorkItem, playbook: Playbook, why: str, **facts: Any) -> None:
    Event.record(
        kind, by="the playbook", subject=item, account=item.account, contact=item.contact, team=item.team, why=why,
        facts={"playbook": playbook.pk, **facts},
    )  # fmt: skip


def call_back(found: Classification, *, by: Any) -> bool:
    """The label did not hold: an answer it sent by itself that is still here does not leave."""
    key = sending.answer_key(found.reply.conversation, key_of(found))
    row = Outgoing.objects.filter(key=key, state=Flight.PLANNED).first()
    if row is None:
        return False
    try:
        with transaction.atomic():
            sending.undo(row, by=by)
    except Refused:
        return False  # it left while we looked
    WorkItem.objects.filter(conversation=row.conversation_id, person_address__iexact=row.to_address).exclude(
        state=WorkItem.State.DONE
    ).update(answered_at=None)
    return True


# Allowing and stopping ---------------------------------------------------------------------------------------------


@transaction.atomic
def stop_in(team: Team, *, by: User) -> None:
    """Nothing leaves by itself in this team any more, from now on."""
    _, new = AutoAnswerStop.objects.get_or_create(team=team, defaults={"by": by, "at": clock.now()})
    if new:
        Event.record("answers.switched_off", by=by, subject=team, team=team)


@transaction.atomic
def allow_in(team: Team, *, by: User) -> None:
    if AutoAnswerStop.objects.filter(team=team).delete()[0]:
        Event.record("answers.switched_on", by=by, subject=team, team=team)
