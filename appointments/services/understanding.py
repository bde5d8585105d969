"""How well replies were understood, as far as a person may read them; a constant number of queries."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import (
    Avg,
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT

from appointments.models import Classification, WorkItem
from appointments.queries import visible_replies
from appointments.rules import understanding as rules
from appointments.rules.understanding import Counted
from crm import clock
from crm.models import User

WEEKS = 12
PERSON = Classification.Layer.PERSON


def counted(user: User, weeks: int = WEEKS) -> list[Counted]:
    """The newest judgement of each reply that was not a person's, counted alike with alike by the database."""
    now = clock.now()
    mine = Classification.objects.filter(reply=OuterRef("reply"))
    by_person = mine.filter(decided_by=PERSON, undone_at=None, learnable=True)
    later = mine.filter(pk__gt=OuterRef("pk")).exclude(decided_by=PERSON)
    worked = WorkItem.objects.filter(reply=OuterRef("reply")).filter(
        Q(done_by__isnull=False) | Q(first_answer_at__isnull=False)
    )
    rows = _machine(user).filter(at__gte=now - timedelta(weeks=weeks)).filter(~Exists(later))
    guess = KT("entities__guess")
    found = rows.annotate(
        said=Case(When(Q(needs_person=True, entities__has_key="guess"), then=guess), default="label", output_field=CharField()),
        final=F("reply__label"), person=Exists(by_person), worked=Exists(worked), band=_band(), ago=_weeks_ago(now),
    )  # fmt: skip
    counts = found.values("said", "final", "decided_by", "needs_person", "person", "worked", "band", "ago").order_by()
    return [_counted(row) for row in counts.annotate(n=Count("pk"), mean=Avg("confidence"))]


def _machine(user: User) -> QuerySet[Classification]:
    said = Classification.objects.exclude(decided_by=PERSON)
    return said if user.is_admin else said.filter(reply__in=visible_replies(user).values("pk"))


def _counted(row: Mapping[str, Any]) -> Counted:
    sure = not row["needs_person"]
    # What a person had to decide says nothing until they did; what was sure is also seen by whoever worked it.
    seen = row["person"] or (sure and row["worked"])
    return Counted(
        row["said"], row["final"], row["decided_by"], sure, row["person"], seen, row["ago"], row["band"], row["n"], row["mean"]
    )  # fmt: skip


def _band() -> Case:
    places = reversed(list(enumerate(rules.BANDS)))
    whens = [When(confidence__gte=least, then=Value(place)) for place, (least, _) in places]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def _weeks_ago(now: Any) -> ExpressionWrapper:
    seconds = Func(
        Value(now) - F("at"), function="EXTRACT", template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 604800)::int"
    )
    return ExpressionWrapper(seconds, output_field=IntegerField())


# Corrections -----------------------------------------------------------------------------------------------------


def corrections(user: User) -> QuerySet[Classification]:
    """What people said a reply says: who, when, from which label to which; the newest last."""
    earlier = Classification.objects.filter(reply=OuterRef("reply"), pk__lt=OuterRef("pk")).order_by("-pk")
    rows = Classification.objects.filter(decided_by=PERSON, reply__in=visible_replies(user).values("pk"))
    return rows.annotate(
        was=Subquery(earlier.values("label")[:1]), was_by=Subquery(earlier.values("decided_by")[:1]),
        was_unsure=Subquery(earlier.values("needs_person")[:1], output_field=BooleanField()),
    )  # fmt: skip
