"""The left half of the funnel: which walks a cut names, where they stood on a day, and the reply rate."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable

from crm.models import Account
from prospecting.models import Enrollment, Milestone, Reply, RouteVersion, Standing, Step, Touch
from prospecting.rules import ladder

WORKING_TO_CALENDAR = 7 / 5
EVERY, SETTLED = "every", "settled"
LANE = 12  # bits of a mask: four of them and one more fit into a bigint
STAGES = (ladder.CONTACTED, ladder.ENGAGED, ladder.QUALIFIED, ladder.BOOKED, ladder.HELD, ladder.ACCEPTED)


# Which walks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """A cohort by enrollment date, cut by any mix of facts; `on` is the day it is asked about, None for now.

    Segment, route, sequence and prospector are those the walk began under. Role, step and mailbox are those of a touch
    that was delivered by that day, label is that of a reply that counts, as it reads today: a walk with two of them is
    in both cuts, so these cuts overlap. The setter is the first to whom a reply of the walk was given.
    """

    since: datetime | None = None
    until: datetime | None = None
    on: datetime | None = None
    segment: Any = None
    segment_version: Any = None
    route: Any = None
    route_version: Any = None
    sequence: Any = None
    sequence_version: Any = None
    prospector: Any = None
    team: Any = None
    role: Any = None
    step: Any = None
    mailbox: Any = None
    label: Any = None

    def standings(self) -> QuerySet[Standing]:
        """One row a walk, as it stood on the day."""
        where = {
            "enrolled_at__gte": self.since,
            "enrolled_at__lt": self.until,
            "segment_version__segment": self.segment,
            "segment_version": self.segment_version,
            "route_version__route": self.route,
            "route_version": self.route_version,
            "sequence_version__sequence": self.sequence,
            "sequence_version": self.sequence_version,
            "prospector": self.prospector,
            "prospector__team": self.team,
        }
        rows = stood(self.on).filter(**{name: value for name, value in where.items() if value is not None})
        return self._said(self._touched(rows))

    def _touched(self, rows: QuerySet[Standing]) -> QuerySet[Standing]:
        """Role, step and mailbox, each by itself: the walk reached that role, and used that mailbox."""
        made = delivered(self.on).filter(enrollment=OuterRef("enrollment"))
        if self.role is not None:
            rows = rows.filter(Exists(made.filter(step__in=steps_of(self.role))))
        if self.step is not None:
            rows = rows.filter(Exists(made.filter(step__in=same_step(self.step))))
        if self.mailbox is not None:
            rows = rows.filter(Exists(made.filter(mailbox=self.mailbox)))
        return rows

    def _said(self, rows: QuerySet[Standing]) -> QuerySet[Standing]:
        if self.label is None:
            return rows
        said = Reply.objects.filter(enrollment=OuterRef("enrollment"), counts=True, label=self.label)
        return rows.filter(Exists(said if self.on is None else said.filter(at__lte=self.on)))


CUT_NAMES = tuple(one.name for one in fields(Cut))


def same_step(step: Any) -> list[int]:
    """A step is the same one in every version of its sequence that kept it."""
    one = Step.objects.filter(pk=getattr(step, "pk", step))
    where = {name: one.values(name)[:1] for name in ("version__sequence", "role", "key")}
    return list(Step.objects.filter(**where).values_list("pk", flat=True))


def steps_of(role: Any) -> list[int]:
    return list(Step.objects.filter(role=role).values_list("pk", flat=True))


def delivered(on: datetime | None = None) -> QuerySet[Touch]:
    """Touches that had reached somebody by that day, and had not come back."""
    rows = Touch.objects.filter(sent_at__isnull=False, reached=True)
    if on is None:
        return rows.filter(bounced_at=None)
    return rows.filter(Q(bounced_at=None) | Q(bounced_at__gt=on), sent_at__lte=on)


def stood(on: datetime | None = None) -> QuerySet[Standing]:
    """Every walk with the row that held on that day."""
    if on is None:
        return Standing.objects.filter(until=None)
    return Standing.objects.filter(Q(until=None) | Q(until__gt=on), since__lte=on, enrolled_at__lte=on)


def on_rung(rung: str, on: datetime | None = None) -> Q:
    """Stands on a rung: dated, by that day, and not taken back."""
    return Q(**{f"{rung}_at__isnull": False}) if on is None else Q(**{f"{rung}_at__lte": on})


def reached(rung: str) -> Exists:
    """The same of an enrollment, now."""
    return Exists(stood().filter(on_rung(rung), enrollment=OuterRef("pk")))


def inbound(rows: QuerySet[Standing], on: datetime | None = None) -> QuerySet[Standing]:
    return rows.filter(on_rung(ladder.ENGAGED, on)).exclude(on_rung(ladder.CONTACTED, on))


def wrote_unwalked(cut: Cut) -> QuerySet[Account]:
    """Accounts that wrote while nobody walked them, in the cohort's days: inbound too, where nothing else is cut."""
    if any(getattr(cut, name) is not None for name in CUT_NAMES if name not in ("since", "until", "on")):
        return Account.objects.none()
    days = {"at__gte": cut.since, "at__lt": cut.until, "at__lte": cut.on}
    wrote = Milestone.objects.filter(enrollment=None, rung=ladder.ENGAGED, voids=False)
    wrote = wrote.filter(**{name: day for name, day in days.items() if day is not None})
    return Account.objects.filter(pk__in=wrote.values("account"))


# Old enough to judge -----------------------------------------------------------------------------------------------


def patience() -> dict[int, int]:
    """Route version → working days until a walk on it has had its chance."""
    rows = RouteVersion.objects.annotate(n=Sum("stages__patience_days"))
    return {pk: days or 0 for pk, days in rows.values_list("pk", "n")}


def old_enough(now: datetime, begun: str = "enrolled_at", known: Mapping[int, int] | None = None) -> Q:
    """Walks older than their route's patience, by age alone: those that ended early say nothing of the others."""
    found = Q(pk__in=[])
    by_days: dict[int, list[int]] = {}
    for pk, days in (patience() if known is None else known).items():
        by_days.setdefault(days, []).append(pk)
    for days, versions in by_days.items():
        found |= Q(route_version__in=versions, **{f"{begun}__lte": now - timedelta(days=days * WORKING_TO_CALENDAR)})
    return found


def mature_only(rows: QuerySet[Enrollment], now: datetime) -> QuerySet[Enrollment]:
    """Walks old enough to judge; younger ones are drawn hatched and kept out of the verdict."""
    return rows.filter(old_enough(now, "started_at"))


# Counting ----------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """Distinct accounts by what they stand on: each mix of bits with how many, so that any bit can be asked for."""

    parts: tuple[str, ...] = (EVERY,)
    groups: list[tuple[int, int]] = field(default_factory=list)
    settled: bool = True

    def of(self, bit: int, part: str = EVERY) -> int:
        wanted = bit << LANE * self.parts.index(part)
        return sum(number for mix, number in self.groups if mix & wanted)


def tally(
    rows: QuerySet[Standing], mask: Combinable, parts: Mapping[str, Q], bucket: Combinable | None = None
) -> dict[Any, Tally]:
    """Bucket → its accounts by the bits of `mask`; under None all of them, each account once. One statement.

    Beside every walk there is a mask of those walks that each of `parts` names; a bucket is settled where all of its
    walks are in the part of that name. An account with several walks stands on what any of them reached. All masks of
    a walk lie in one number, a lane of `LANE` bits for each, so that they are read and grouped once.
    """
    names = (EVERY, *parts)
    asked = rows.order_by().annotate(
        mask=mask, bucket=bucket or Value(0), **{f"in_{name}": yes(where) for name, where in parts.items()}
    )
    columns = ["account", "bucket", "mask", *(f"in_{name}" for name in parts)]
    try:
        inner, params = asked.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:  # a role without a step, as in a cut that nothing can meet
        return {None: Tally(names)}
    lanes = " + ".join(["1", *(f"in_{name} * {1 << LANE * n}::bigint" for n, name in enumerate(parts, 1))])
    young = 1 << LANE * len(names)
    mix = f"mask * ({lanes})" + (f" + (1 - in_{SETTLED}) * {young}::bigint" if SETTLED in parts else "")
    grouping = "account" if bucket is None else "GROUPING SETS ((account), (account, bucket))"
    key = "NULL" if bucket is None else "bucket"
    query = (
        f"SELECT bucket, mix, count(*) FROM ("  # noqa: S608 - every name in it is from here
        f"SELECT {key} AS bucket, bit_or({mix}) AS mix FROM ({inner}) AS walk ({', '.join(columns)}) "
        f"GROUP BY {grouping}) AS one GROUP BY bucket, mix"
    )
    found: dict[Any, Tally] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        for group, bits, number in cursor.fetchall():
            one = found.setdefault(group, Tally(names))
            one.groups.append((bits, number))
            one.settled = one.settled and not bits & young
    found.setdefault(None, Tally(names))
    return found


def yes(where: Q) -> Case:
    return Case(When(where, then=Value(1)), default=Value(0), output_field=IntegerField())
