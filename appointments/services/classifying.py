"""What was said: judged once when a message is handled, corrected by people, kept and measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from appointments.models import Classification, Meeting, Offer, WorkItem
from appointments.rules import amending, tongues
from appointments.rules.classify import Incoming, Verdict, readable
from appointments.rules.classify import classify as judge
from appointments.services import auto_answers, classifier, matrix
from appointments.services.cases import zone_of
from crm import clock
from crm.errors import Refused
from crm.models import Mailbox, User
from crm.services.accounts import queue_up
from crm.whole import whole
from prospecting.models import Reply
from prospecting.services.replies import set_label

CALENDAR = ("text/calendar", "application/ics")


@whole()
def classify(reply: Reply, envelope: Any = None) -> Classification:
    """Judge a reply, write its label and let the matrix act. Called in the handling transaction."""
    incoming = incoming_of(reply, envelope)
    verdict = judge(incoming, classifier.current_model())
    entities = dict(verdict.entities) | ({"guess": verdict.guess} if verdict.guess else {})
    found = Classification.objects.create(
        reply=reply, label=verdict.label, secondary=list(verdict.secondary), confidence=verdict.confidence,
        decided_by=verdict.decided_by, entities=entities, needs_person=verdict.needs_person, at=clock.now(),
        language=written_in(incoming),
    )  # fmt: skip
    set_label(reply, verdict.label, secondary=verdict.secondary, by=_layer(verdict))
    matrix.fire(found)
    return found


def written_in(incoming: Incoming) -> str:
    """The writer's language, of the newest text alone: the subject and the quotes may be ours."""
    return tongues.of(readable(incoming)) if incoming.newest.strip() else ""


def _layer(verdict: Verdict) -> str:
    return {"header": "a header", "rule": "a rule", "model": "the model"}[verdict.decided_by]


def incoming_of(reply: Reply, envelope: Any = None) -> Incoming:
    """The message as the plain values the rules want."""
    message = reply.message
    report = getattr(envelope, "bounce", None)
    return Incoming(
        newest=message.newest,
        received=message.at,
        subject=message.subject,
        kind=getattr(envelope, "kind", "") or message.kind or "human",
        zone=zone_of(reply),
        country=reply.account.country if reply.account else "",
        time_offered=time_offered(reply),
        calendar_method=calendar_method(reply),
        bounce=bounce_facts(report) if report else None,
        own_addresses=frozenset(Mailbox.objects.filter(team=reply.team_id).values_list("address", flat=True)),
    )


def bounce_facts(report: Any) -> dict[str, Any]:
    names = ("hard", "reason", "status", "diagnostic")
    # Of several recipients only those who are gone are given up.
    return {name: getattr(report, name) for name in names} | {"recipients": list(report.gone or report.recipients)}


def time_offered(reply: Reply) -> bool:
    """Whether we proposed times in this thread, or a meeting stands in it."""
    thread = {"conversation": reply.conversation_id}
    return Offer.objects.filter(**thread).exists() or Meeting.objects.filter(**thread, state="booked").exists()


def calendar_method(reply: Reply) -> str:
    part = reply.message.attachments.filter(content_type__in=CALENDAR).first()
    content = bytes(part.content[:2000]).upper() if part else b""
    return next((method for method in ("REQUEST", "REPLY", "COUNTER") if f"METHOD:{method}".encode() in content), "")


def standing(reply: Reply) -> Classification | None:
    return Classification.objects.filter(reply=reply, undone_at=None).first()


@transaction.atomic
def correct(
    reply: Reply, label: str, *, secondary: Sequence[str] = (), by: User, entities: dict[str, Any] | None = None
) -> Classification:
    """A person says what it was: the old cells are undone, the new row fires. Saying the same confirms it.

    `entities` stand as a person put them right; without them they are read from the text as the label asks.
    """
    queue_up(reply.account_id)
    reply = (
        Reply.objects.select_for_update(of=("self",)).select_related("message", "account", "contact").get(pk=reply.pk)
    )
    before = standing(reply)
    if entities is None and before and before.label == label and not before.needs_person:
        return _confirm(before, by, secondary)
    # The new label stands first: what the planner plans while the old one is undone keeps no cool-off of it.
    set_label(reply, label, secondary=secondary, by=by)
    if before:
        _take_back(before, by=by)
    incoming = incoming_of(reply)
    if entities is None:
        entities = judge_as(incoming, label, tuple(secondary)) | _kept(before)
    found = Classification.objects.create(
        reply=reply, label=label, secondary=list(secondary), confidence=1.0,
        decided_by=Classification.Layer.PERSON, entities=entities, by=by, at=clock.now(),
        language=before.language if before else written_in(incoming),
    )  # fmt: skip
    matrix.fire(found)
    if before:
        matrix.settle_item(before, found)
    return found


@transaction.atomic
def understand(doubtful: Classification, label: str, confidence: float, *, by: str) -> Classification | None:
    """A reply nobody could read is read after all by another model. None where a person, or a newer label, was quicker."""
    queue_up(doubtful.reply.account_id)
    locked = Reply.objects.select_for_update(of=("self",)).select_related("message", "account", "contact")
    reply = locked.get(pk=doubtful.reply_id)
    before = standing(reply)
    if before is None or before.pk != doubtful.pk or not before.needs_person or _in_hands(reply):
        return None
    secondary = [one for one in before.secondary if one != label]
    set_label(reply, label, secondary=secondary, by=by)
    _take_back(before, by=by)
    found = Classification.objects.create(
        reply=reply, label=label, secondary=secondary, confidence=confidence, at=clock.now(),
        decided_by=Classification.Layer.MODEL, entities=judge_as(incoming_of(reply), label, tuple(secondary)) | _kept(before),
        language=before.language,
    )  # fmt: skip
    matrix.fire(found)
    matrix.settle_item(before, found)
    return found


def _in_hands(reply: Reply) -> bool:
    """Somebody has taken it, or answered it."""
    taken = Q(state__in=[WorkItem.State.CLAIMED, WorkItem.State.DONE]) | Q(answered_at__isnull=False)
    return WorkItem.objects.filter(taken, reply=reply).exists()


def judge_as(incoming: Incoming, label: str, secondary: tuple[str, ...]) -> dict[str, Any]:
    """The entities a label asks for, read from the text as if it had been understood so."""
    verdict = judge(incoming, model=None)
    if verdict.label == label:
        return dict(verdict.entities)
    return matrix.entities_for(incoming, label, secondary)


def _kept(before: Classification | None) -> dict[str, Any]:
    """Facts of a delivery report are not words, and what a person put right is no reading; both outlive a correction."""
    names = (
        "hard",
        "reason",
        "status",
        "diagnostic",
        "recipients",
        *amending.put_right(before.entities if before else {}),
    )
    return {name: before.entities[name] for name in names if name in before.entities} if before else {}


@transaction.atomic
def amend(reply: Reply, kind: str, place: int, said: Mapping[str, str], *, by: User) -> Classification:
    """Put right one thing that was read from the words: another day, another person, or nothing of the kind."""
    found = standing(reply)
    if found is None:
        raise Refused("Nobody has read this yet.")
    try:
        entities = amending.amended(found.entities, kind, place, said)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
    return correct(reply, found.label, secondary=found.secondary, by=by, entities=entities)


def _confirm(found: Classification, by: User, secondary: Sequence[str]) -> Classification:
    if found.decided_by == Classification.Layer.PERSON and list(secondary) == found.secondary:
        return found
    Classification.objects.filter(pk=found.pk).update(undone_at=clock.now())
    agreed = Classification.objects.create(
        reply=found.reply, label=found.label, secondary=list(secondary), confidence=1.0,
        decided_by=Classification.Layer.PERSON, entities=found.entities, by=by, at=clock.now(), language=found.language,
    )  # fmt: skip
    if list(secondary) != found.secondary:
        set_label(found.reply, found.label, secondary=secondary, by=by)
    found.reactions.update(classification=agreed)
    return agreed


def _take_back(found: Classification, *, by: User | str) -> None:
    matrix.undo(found, by=by, called_back=auto_answers.call_back(found, by=by))
    found.undone_at = clock.now()
    found.save(update_fields=["undone_at"])


@transaction.atomic
def undo(classification: Classification, *, by: User) -> Classification:
    """Undo a label: its cells are undone, and what stood before stands again; without one, a person decides."""
    reply = classification.reply
    queue_up(reply.account_id)
    classification.refresh_from_db(fields=["undone_at"])
    if classification.undone_at:
        raise Refused("This label was changed already.")
    earlier = Classification.objects.filter(reply=reply, pk__lt=classification.pk).order_by("-pk").first()
    known = earlier is not None and earlier.label != classification.label
    label = earlier.label if earlier and known else "other"
    found = correct(reply, label, secondary=earlier.secondary if earlier else (), by=by)
    return found if earlier and known and not earlier.needs_person else _forgotten(found)


def _forgotten(found: Classification) -> Classification:
    """That a label was wrong does not say what is right: nothing is learnt from it."""
    found.learnable = False
    found.save(update_fields=["learnable"])
    return found
