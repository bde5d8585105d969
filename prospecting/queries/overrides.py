"""Who went against the guard, for which reason, and what came of it."""

from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from crm import clock
from crm.models import Suppression
from prospecting.models import Milestone, Override, Reply
from prospecting.rules import guard, ladder

CAME = (
    ("opted_out", "Opted out"),
    ("held", "Meeting held"),
    ("answered", "Answered"),
    ("nothing", "Nothing yet"),
)


def _after(rows: QuerySet[Any], **same: str) -> Exists:
    return Exists(rows.filter(at__gte=OuterRef("at"), **{name: OuterRef(key) for name, key in same.items()}))


def shown() -> QuerySet[Override]:
    """Each override with what came of it since: the person answered, asked us to stop, the account's meeting was held."""
    answers = Reply.objects.filter(counts=True).exclude(label="unsubscribe")
    stops = Reply.objects.filter(label="unsubscribe")
    asked = Suppression.objects.exclude(reason="hard bounce")
    meetings = Milestone.objects.filter(rung=ladder.HELD).standing()
    return Override.objects.annotate(
        answered=_after(answers, contact="contact"),
        opted_out=Case(
            When(_after(stops, contact="contact"), then=Value(True)),
            When(_after(asked, contact="contact"), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
        held=_after(meetings, account="account"),
    )


def by_reason(days: int = 90) -> list[dict[str, Any]]:
    """Of each reason: how often it was gone against, and how many of those people answered, opted out, had a meeting."""
    since = clock.now() - timedelta(days=days)
    rows = shown().filter(at__gte=since).order_by().values("reason")
    counted = rows.annotate(
        times=Count("pk"),
        n_answered=Count("pk", filter=Q(answered=True)),
        n_opted_out=Count("pk", filter=Q(opted_out=True)),
        n_held=Count("pk", filter=Q(held=True)),
        people=Count("by", distinct=True),
    ).order_by("-times", "reason")
    return [{**row, "words": guard.WORDS.get(row["reason"], row["reason"])} for row in counted]


def listed(came: str = "", reason: str = "") -> QuerySet[Override]:
    rows = shown().select_related("account", "contact", "by")
    rows = rows.filter(reason=reason) if reason in guard.WORDS else rows
    if came == "nothing":
        return rows.filter(~Q(answered=True), ~Q(opted_out=True), ~Q(held=True))
    return rows.filter(Q(**{came: True})) if came in dict(CAME) else rows
