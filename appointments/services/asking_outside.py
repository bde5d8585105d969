"""The outside model, where an admin switched it on: asked about replies the product could not read, never about others."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from appointments.gateways import outside_model as gateway
from appointments.models import Classification, OutsideModel, OutsideOpinion
from appointments.rules import outside as rules
from appointments.rules.outside import Answer
from appointments.services import classifying
from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.services.secrets_kept import locked, opened

NAME = "an outside model"
AT_ONCE = 5  # questions a worker asks before it looks for other work
OLDEST = timedelta(hours=4)  # after that a person has long begun


def chosen() -> OutsideModel:
    return OutsideModel.objects.first() or OutsideModel()


@transaction.atomic
def choose(*, on: bool, url: str, key: str = "", by: User) -> OutsideModel:
    """Keys go in and never come out; an empty one leaves the one there is, and another server is not shown it."""
    row = OutsideModel.objects.select_for_update().first() or OutsideModel()
    if on and not url:
        raise Refused("Say which address is to be asked.")
    if key:
        row.key = locked(key)
    elif url != row.url:
        row.key = ""
    now = clock.now()
    row.since = row.since if row.on and on and url == row.url else now
    row.on, row.url, row.changed_by, row.changed_at = on, url, by, now
    row.save()
    Event.record("outsidemodel.changed", by=by, subject=row, facts={"on": on, "url": url})
    return row


def ask_waiting() -> int:
    """Replies that wait for a person and were judged since it was switched on; each is asked about once."""
    model = chosen()
    if not model.on:
        return 0
    for pk in list(_waiting(model).values_list("pk", flat=True)[:AT_ONCE]):
        ask(pk, model)
    return _waiting(model).count()


def _waiting(model: OutsideModel) -> QuerySet[Classification]:
    since = max(clock.now() - OLDEST, model.since or clock.now())
    rows = Classification.objects.filter(needs_person=True, undone_at=None, outside=None, at__gte=since, learnable=True)
    return rows.exclude(decided_by="person").exclude(reply__message__newest="").order_by("at", "pk")


def ask(pk: int, model: OutsideModel) -> OutsideOpinion | None:
    """Claimed by a row, asked outside every transaction, then acted on by the same verbs as any label."""
    opinion, mine = OutsideOpinion.objects.get_or_create(classification_id=pk, defaults={"asked_at": clock.now()})
    if not mine:
        return None
    text = Classification.objects.values_list("reply__message__newest", flat=True).get(pk=pk)
    answer = _answer(model, text)
    return _heard(opinion, answer)


def _answer(model: OutsideModel, text: str) -> Answer:
    try:
        key = opened(model.key)
    except Refused:
        return Answer(problem="Its key cannot be read with the present one; enter it again.")
    said = gateway.ask(model.url, key, rules.question(text))
    return Answer(problem=said.problem) if said.problem else rules.read(said.content)


@transaction.atomic
def _heard(opinion: OutsideOpinion, answer: Answer) -> OutsideOpinion:
    found = Classification.objects.get(pk=opinion.classification_id)
    problem = rules.counts(answer, str(found.entities.get("guess", "")))
    if not problem:
        opinion.became = classifying.understand(found, answer.label, answer.confidence, by=NAME)
        problem = "" if opinion.became else "A person was quicker."
    opinion.label, opinion.confidence, opinion.problem = answer.label, answer.confidence, rules.plain(problem)
    opinion.answered_at = clock.now()
    opinion.save()
    return opinion
