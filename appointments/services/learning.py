"""Learning from corrections: asked for, learnt in the background, judged on both golds, put to use or refused, rolled back."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from appointments.models import ClassifierVersion
from appointments.models.classifier import CLASSIFIER_VERSION
from appointments.rules import head as heads
from appointments.rules import learning as rules
from appointments.rules.evaluation import evaluate
from appointments.rules.model import judge_with
from appointments.services import classifier, examples_to_learn
from appointments.services.examples_to_learn import Examples
from crm import clock
from crm.errors import Refused
from crm.models import User
from crm.services import live

TIMES = 3  # a correction counts as often as so many examples of the product
MOST_TRIES = 3
LEASE = timedelta(minutes=30)
LEARNER = "the learner"
V = ClassifierVersion.State
log = logging.getLogger(__name__)


# Asking ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, by: User | str) -> ClassifierVersion:
    """Have a worker learn from what people corrected; the row waits in the database until one does."""
    if not (examples_to_learn.unlearnt() or examples_to_learn.gone() or examples_to_learn.changed()):
        raise Refused("There is no correction that was not learnt from already.")
    person = by if isinstance(by, User) else None
    try:
        with transaction.atomic():
            row = ClassifierVersion.objects.create(asked_by=person, asked_at=clock.now())
    except IntegrityError:
        raise Refused("Learning is under way already.") from None
    live.tell("learning")
    return row


def ask_if_worth() -> ClassifierVersion | None:
    """By itself, where enough was corrected since the last time."""
    new, gone = examples_to_learn.unlearnt(), examples_to_learn.gone()
    if not rules.worth_learning(new, gone, examples_changed=examples_to_learn.changed()):
        return None
    try:
        return ask(by=LEARNER)
    except Refused:
        return None


def under_way() -> ClassifierVersion | None:
    return ClassifierVersion.objects.filter(state=V.CANDIDATE).defer("head").first()


# Learning --------------------------------------------------------------------------------------------------------


def learn_waiting() -> ClassifierVersion | None:
    """What a worker does when it is told, or finds the request by itself; two workers never do it at once.

    Nothing leaves the house while learning, so what a dead worker left is begun again.
    """
    row = _claim()
    if row is None:
        return None
    if row.tries > MOST_TRIES:
        return _refuse(row, ["It could not be finished."])
    try:
        return _learn(row)
    except Refused as refused:
        return _refuse(row, [refused.sentence])


def _claim() -> ClassifierVersion | None:
    """The count of the update is the verdict; a lease of half an hour, by the database's clock."""
    free = Q(started_at=None) | Q(started_at__lt=Now() - LEASE)
    found = ClassifierVersion.objects.filter(free, state=V.CANDIDATE)
    if not found.update(started_at=Now(), tries=F("tries") + 1, phase="learning"):
        return None
    live.tell("learning")
    return under_way()


def _learn(row: ClassifierVersion) -> ClassifierVersion:
    known = examples_to_learn.examples()
    before = _in_use()
    head = heads.train([*known.project, *rules.repeated(known.team, TIMES)])
    _say(row, "judging")
    pairs = _judged(head, before, known)
    reasons = rules.judgement(pairs)
    facts = {
        "head": head.dump(), "parent": before, "trained_at": clock.now(), "corrections": len(known.team),
        "project_rows": len(known.project), "learnt": known.learnt, "project_mark": known.mark,
        "figures": {gold: {"before": was, "after": now} for gold, (was, now) in pairs.items()},
    }  # fmt: skip
    return _refuse(row, reasons, **facts) if reasons else _put_to_use(row, **facts)


def _judged(head: Any, before: ClassifierVersion | None, known: Examples) -> dict[str, tuple[Any, Any]]:
    """Both golds, before and after; whoever judges never saw them.

    The head that came with the product may have seen the project's gold. There its twin stands for it, learnt from the
    same examples without the held authors.
    """
    now, was = judge_with(head), classifier.current_model()
    project = _figures(known.project_gold, was) if before else _figures_of_twin(known)
    return {
        "project": (project, _figures(known.project_gold, now)),
        "team": (_figures(known.team_gold, was), _figures(known.team_gold, now)),
    }


def _figures_of_twin(known: Examples) -> Mapping[str, Any]:
    """The same examples give the same twin: what it reached once is not measured again."""
    done = ClassifierVersion.objects.filter(parent=None, project_mark=known.mark, figures__has_key="project")
    figures = done.order_by("-pk").values_list("figures", flat=True).first()
    if figures:
        return dict(figures["project"]["before"])
    return _figures(known.project_gold, judge_with(heads.train(known.project)))


def _figures(rows: Any, model: Any) -> Mapping[str, Any]:
    return rules.compact(evaluate(rows, model))


def _say(row: ClassifierVersion, phase: str) -> None:
    ClassifierVersion.objects.filter(pk=row.pk, state=V.CANDIDATE).update(phase=phase, started_at=Now())
    live.tell("learning")


@transaction.atomic
def _put_to_use(row: ClassifierVersion, **facts: Any) -> ClassifierVersion:
    """What was in use while it was judged must still be; otherwise it was compared with something else."""
    current = ClassifierVersion.objects.select_for_update().filter(state=V.IN_USE).first()
    if current != facts["parent"]:
        raise Refused("What is in use was changed while this was learnt; it was compared with something else.")
    if current:
        CLASSIFIER_VERSION.move(current, V.REPLACED, by=LEARNER, why=f"{row} is better or as good.")
    CLASSIFIER_VERSION.move(
        row, V.IN_USE, by=row.asked_by or LEARNER, why=f"Learnt from {facts['corrections']} corrections.",
        set={**facts, "phase": "", "used_at": clock.now()},
    )  # fmt: skip
    _tell()
    return row


@transaction.atomic
def _refuse(row: ClassifierVersion, reasons: list[str], **facts: Any) -> ClassifierVersion:
    waiting = ClassifierVersion.objects.select_for_update().filter(pk=row.pk, state=V.CANDIDATE).first()
    if waiting is None:
        return row  # another worker took it over and has finished
    reason = " ".join(reasons)[:500]
    facts = {**examples_to_learn.known_now(), **facts, "phase": "", "reason": reason}
    CLASSIFIER_VERSION.move(waiting, V.REFUSED, by=LEARNER, why=reason, set={"trained_at": clock.now(), **facts})
    _tell()
    return waiting


def _tell() -> None:
    transaction.on_commit(classifier.forget)
    live.tell("learning")


# Rolling back ----------------------------------------------------------------------------------------------------


def _in_use() -> ClassifierVersion | None:
    return ClassifierVersion.objects.filter(state=V.IN_USE).defer("head").first()


@transaction.atomic
def roll_back(to: int | None = None, *, by: User | str) -> ClassifierVersion | None:
    """Judge by an earlier version again: by number, 0 for the head that came with the product, else the one before.

    None is the head that came with the product. Raises Refused.
    """
    current = ClassifierVersion.objects.select_for_update().filter(state=V.IN_USE).defer("head").first()
    if current is None and not to:
        raise Refused("The classifier that came with the product is in use; there is nothing before it.")
    number = (current.parent_id or 0) if to is None and current else to or 0
    target = _replaced(number) if number else None
    if current:
        CLASSIFIER_VERSION.move(current, V.REPLACED, by=by, why="Rolled back.")
    if target:
        CLASSIFIER_VERSION.move(target, V.IN_USE, by=by, why="Rolled back to.", set={"used_at": clock.now()})
    _tell()
    return target


def _replaced(number: int) -> ClassifierVersion:
    """A version that was in use once; what was refused never comes to judge."""
    found = ClassifierVersion.objects.select_for_update().filter(pk=number).defer("head").first()
    if found is None:
        raise Refused(f"There is no version {number}.")
    if found.state == V.IN_USE:
        raise Refused(f"Version {number} is in use already.")
    if found.state != V.REPLACED:
        raise Refused(f"Version {number} was never in use: {found.reason or 'it is still being learnt.'}")
    return found
