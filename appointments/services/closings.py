"""What the right half knows of walks that end: why they declined, whether we answered late, whether they fit."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import F, Max, OuterRef, Q, Subquery

from appointments.models import Answer, Qualification, Question, WorkItem
from prospecting.models import Reply
from prospecting.services.attributing import Known


def of_walks(enrollments: list[int]) -> dict[int, Known]:
    """Three questions, whatever the number of walks."""
    found: dict[int, Known] = defaultdict(Known)
    _reasons_and_waits(enrollments, found)
    _judgements(enrollments, found)
    return found


def _reasons_and_waits(enrollments: list[int], found: dict[int, Known]) -> None:
    """The last reason that was given, and whether the last thing they heard from us came after the promise, and nothing since."""
    last = Reply.objects.filter(enrollment=OuterRef("reply__enrollment"), counts=True).order_by().values("enrollment")
    items = WorkItem.objects.filter(reply__enrollment__in=enrollments).order_by("asked_at", "pk")
    items = items.annotate(walk=F("reply__enrollment"), heard_last=Subquery(last.annotate(at=Max("at")).values("at")))
    rows = items.values_list(
        "walk", "reason", "asked_at", "due_at", "first_answer_at", "answered_at", "done_at", "silent", "heard_last"
    )
    for walk, reason, asked, due, first, answered, done, silent, heard in rows:
        known = found[walk]
        known.reason = reason or known.reason
        known.went_cold_after = (
            waited(asked, due, first or done, bool(silent)) if cold_since(heard, answered or first) else None
        )


def waited(asked: datetime, due: datetime, end: datetime | None, passed_on: bool) -> timedelta | None:
    """How long they waited, where the promise was not kept."""
    return end - asked if end is not None and end > asked and (end > due or passed_on) else None


def cold_since(heard: datetime | None, answered: datetime | None) -> bool:
    """Nothing came from them after what we said last, or we never said anything."""
    return heard is None or answered is None or heard <= answered


def _judgements(enrollments: list[int], found: dict[int, Known]) -> None:
    rows = Qualification.objects.filter(enrollment__in=enrollments)
    no = Answer.objects.filter(
        qualification__enrollment__in=enrollments, value=Answer.Value.NO, question__required=True
    )
    said = no.values_list("qualification__enrollment", "question__score").distinct()
    for walk, score in said:
        found[walk].unfit |= score == Question.Score.FIT
        found[walk].not_theirs |= score == Question.Score.OWNERSHIP
    for walk in rows.filter(Q(accepted=False)).values_list("enrollment", flat=True):
        found[walk].unfit = True
