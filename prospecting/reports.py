"""The left half of the funnel: enrolled, contacted, engaged, and the reply rate between the last two."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from crm import clock
from crm.models import Account
from prospecting.models import Enrollment, ListEntry, Milestone, RouteVersion, Touch
from prospecting.models.touch import Flight
from prospecting.rules import ladder

WORKING_TO_CALENDAR = 7 / 5


@dataclass(frozen=True)
class Cut:
    """Which walks are counted: a cohort by enrollment date, cut by what an enrollment pins."""

    since: datetime | None = None
    until: datetime | None = None
    segment: Any = None
    segment_version: Any = None
    route: Any = None
    route_version: Any = None
    sequence: Any = None
    sequence_version: Any = None
    prospector: Any = None
    team: Any = None
    role: Any = None

    def enrollments(self) -> QuerySet[Enrollment]:
        where = {
            "started_at__gte": self.since,
            "started_at__lt": self.until,
            "segment_version__segment": self.segment,
            "segment_version": self.segment_version,
            "route_version__route": self.route,
            "route_version": self.route_version,
            "sequence_version__sequence": self.sequence,
            "sequence_version": self.sequence_version,
            "prospector": self.prospector,
            "prospector__team": self.team,
        }
        rows = Enrollment.objects.filter(**{name: value for name, value in where.items() if value is not None})
        if self.role is not None:
            rows = rows.filter(Exists(Touch.objects.filter(enrollment=OuterRef("pk"), step__role=self.role)))
        return rows


def reached(rung: str) -> Exists:
    """The enrollment stands on a rung: dated, and not voided."""
    dated = Milestone.objects.filter(enrollment=OuterRef("pk"), rung=rung, voids=False)
    voided = Milestone.objects.filter(enrollment=OuterRef("enrollment"), rung=rung, voids=True)
    return Exists(dated.exclude(Exists(voided)))


def contacted(rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    return rows.filter(reached(ladder.CONTACTED))


def engaged(rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    """Replied after being contacted; an engagement without a contact is inbound and in no rate."""
    return contacted(rows).filter(reached(ladder.ENGAGED))


def inbound(rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    return rows.filter(reached(ladder.ENGAGED)).exclude(reached(ladder.CONTACTED))


def left_half(cut: Cut | None = None, *, now: datetime | None = None, **where: Any) -> dict[str, Any]:
    """Accounts enrolled, contacted and engaged, contacts beside them, and the reply rate (None from nothing)."""
    rows = (cut or Cut(**where)).enrollments()
    mature = mature_only(rows, now or clock.now())
    counts = _counts(rows)
    settled = _counts(mature)
    return {
        **counts,
        "targeted": targeted_now().count(),
        "inbound": _accounts(inbound(rows)),
        "contacts_contacted": _people(rows),
        "rate": rate(counts["engaged"], counts["contacted"]),
        "mature": {**settled, "rate": rate(settled["engaged"], settled["contacted"])},
        "immature": counts["enrolled"] - settled["enrolled"],
    }


def _counts(rows: QuerySet[Enrollment]) -> dict[str, int]:
    found = rows.annotate(was_contacted=reached(ladder.CONTACTED), was_engaged=reached(ladder.ENGAGED)).aggregate(
        enrolled=Count("account", distinct=True),
        contacted=Count("account", distinct=True, filter=Q(was_contacted=True)),
        engaged=Count("account", distinct=True, filter=Q(was_contacted=True, was_engaged=True)),
    )
    return {name: int(value or 0) for name, value in found.items()}


def _accounts(rows: QuerySet[Enrollment]) -> int:
    return int(rows.aggregate(n=Count("account", distinct=True))["n"] or 0)


def _people(rows: QuerySet[Enrollment]) -> int:
    sent = Touch.objects.filter(enrollment__in=rows.values("pk"), state=Flight.SENT, reached=True)
    return int(sent.aggregate(n=Count("contact", distinct=True))["n"] or 0)


def rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def accounts_behind(rows: QuerySet[Enrollment]) -> QuerySet[Account]:
    """Any count opens the accounts behind it."""
    return Account.objects.filter(pk__in=rows.values("account")).order_by("name", "pk")


def targeted_now() -> QuerySet[Account]:
    """The stock: on an active list, with an owner, and walked."""
    on_list = ListEntry.objects.filter(account=OuterRef("pk"), left_at=None)
    dated = Milestone.objects.filter(account=OuterRef("pk"), rung=ladder.TARGETED, voids=False)
    return Account.objects.filter(Exists(on_list), Exists(dated), owner__isnull=False, closed_at=None)


def patience_days(route_version: RouteVersion) -> int:
    """Working days until a walk on this route has had its chance."""
    return int(route_version.stages.aggregate(n=Sum("patience_days"))["n"] or 0)


def mature_only(rows: QuerySet[Enrollment], now: datetime) -> QuerySet[Enrollment]:
    """Walks older than their route's patience; younger ones are drawn hatched and kept out of the verdict."""
    old_enough = Q(pk__in=[])
    versions = RouteVersion.objects.filter(enrollments__in=rows.values("pk")).distinct()
    for version in versions.annotate(days=Sum("stages__patience_days")):
        days = patience_days(version) * WORKING_TO_CALENDAR
        old_enough |= Q(route_version=version, started_at__lte=now - timedelta(days=days))
    return rows.filter(old_enough | Q(ended_at__isnull=False))


def by_month(cut: Cut | None = None, **where: Any) -> list[dict[str, Any]]:
    """The cohorts of each month with their counts and rate."""
    rows = (
        (cut or Cut(**where))
        .enrollments()
        .annotate(
            month=TruncMonth("started_at"), was_contacted=reached(ladder.CONTACTED), was_engaged=reached(ladder.ENGAGED)
        )
    )
    return _grouped(rows, "month")


def by_segment_version(cut: Cut | None = None, **where: Any) -> list[dict[str, Any]]:
    rows = (
        (cut or Cut(**where))
        .enrollments()
        .annotate(
            group=F("segment_version"), was_contacted=reached(ladder.CONTACTED), was_engaged=reached(ladder.ENGAGED)
        )
    )
    return _grouped(rows, "group")


def by_prospector(cut: Cut | None = None, **where: Any) -> list[dict[str, Any]]:
    rows = (
        (cut or Cut(**where))
        .enrollments()
        .annotate(
            group=F("prospector__name"), was_contacted=reached(ladder.CONTACTED), was_engaged=reached(ladder.ENGAGED)
        )
    )
    return _grouped(rows, "group")


def _grouped(rows: QuerySet[Enrollment], by: str) -> list[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = (
        rows.values(by)
        .annotate(
            enrolled=Count("account", distinct=True),
            contacted=Count("account", distinct=True, filter=Q(was_contacted=True)),
            engaged=Count("account", distinct=True, filter=Q(was_contacted=True, was_engaged=True)),
            first=Min("started_at"),
            last=Max("started_at"),
        )
        .order_by(by)
    )
    return [{**row, "rate": rate(row["engaged"], row["contacted"])} for row in found]
