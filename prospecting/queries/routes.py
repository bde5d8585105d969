"""Who takes a route, who walks which version of it, and where its roles are not known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from django.db.models import Count as Counted
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from crm.errors import Refused
from crm.models import Account, Membership, Role
from prospecting.models import (
    Enrollment,
    Route,
    RouteVariant,
    RouteVersion,
    Segment,
    SegmentVersion,
    SequenceVersion,
    Stage,
    Step,
)
from prospecting.models.enrollment import OPEN
from prospecting.queries import bounded, list_health, looks, why
from prospecting.queries.bounded import Count
from prospecting.rules.route_checks import Stop

PUBLISHED = RouteVersion.State.PUBLISHED
A_MOMENT = 700  # milliseconds that one segment's list may take while somebody edits
MOST_USES = 6


@dataclass(frozen=True)
class Use:
    """A segment that takes a route: by its version in use, or for some of its accounts by a variant."""

    segment: Segment
    version: RouteVersion
    variant: RouteVariant | None = None

    @property
    def words(self) -> str:
        return f"{self.segment}, {self.variant.name}" if self.variant else str(self.segment)


def role_names() -> dict[str, str]:
    """Slug → name of every role that may stand on a route."""
    return dict(Role.objects.exclude(slug="unknown").values_list("slug", "name"))


def stops_of(version: RouteVersion | None) -> list[Stop]:
    """The stages as plain values, in their order."""
    rows = version.stages.order_by("order").prefetch_related("roles") if version else ()
    return [stop(row) for row in rows]


def stop(row: Stage) -> Stop:
    slugs = tuple(role.slug for role in row.roles.all())
    return Stop(row.order, row.name, slugs, row.min_people, row.max_people, row.patience_days, row.gate)


def uses_of(route: Route) -> list[Use]:
    """Every living segment that takes any version of this route."""
    newest = SegmentVersion.objects.filter(segment=OuterRef("segment"), state=SegmentVersion.State.PUBLISHED)
    in_use = SegmentVersion.objects.filter(
        pk=Subquery(newest.order_by("-number").values("pk")[:1]), route_version__route=route, segment__archived_at=None
    )
    rows = in_use.select_related("segment__target_list", "route_version__route").order_by("segment__name")
    variants = RouteVariant.objects.filter(route_version__route=route, segment__archived_at=None)
    led = variants.select_related("segment__target_list", "route_version__route").order_by("segment__name", "order")
    by_rule = [Use(row.segment, row.route_version) for row in rows]
    return by_rule + [Use(row.segment, row.route_version, row) for row in led]


def could_take(route: Route) -> QuerySet[Segment]:
    """Living segments in use whose rule names another route."""
    newest = SegmentVersion.objects.filter(segment=OuterRef("pk"), state=SegmentVersion.State.PUBLISHED)
    named = newest.order_by("-number").values("route_version__route")[:1]
    rows = Segment.objects.filter(archived_at=None).annotate(route_named=Subquery(named))
    return rows.filter(route_named__isnull=False).exclude(route_named=route.pk).order_by("name")


def newest_version(route: int) -> RouteVersion:
    return RouteVersion.objects.filter(route=route, state=PUBLISHED).select_related("route").order_by("-number")[0]


def newest_numbers(ids: Collection[int]) -> dict[int, int]:
    """Id of a route → the number of its newest version in use."""
    rows = RouteVersion.objects.filter(route__in=ids, state=PUBLISHED).order_by()
    return dict(rows.values_list("route").annotate(n=Max("number")))


def in_flight(route: Route) -> dict[int, int]:
    """Id of a version → how many accounts walk it now."""
    rows = Enrollment.objects.filter(route_version__route=route, state__in=OPEN).order_by()
    return dict(rows.values_list("route_version").annotate(n=Counted("pk")))


# Roles that nobody holds ------------------------------------------------------------------------------------------


def nobody_known(stops: Sequence[Stop], uses: Sequence[Use]) -> dict[int, list[str]]:
    """Number of a stage → where nobody is known for it, in words."""
    roles = dict(Role.objects.values_list("slug", "pk"))
    wanted = {one.number: [roles[slug] for slug in one.roles if slug in roles] for one in stops if one.roles}
    found: dict[int, list[str]] = {}
    for use in uses[:MOST_USES]:
        for number, line in _nobody_in(use, wanted).items():
            found.setdefault(number, []).append(line)
    return found or _nobody_anywhere(wanted) if not uses else found


def _nobody_in(use: Use, wanted: Mapping[int, Sequence[int]]) -> dict[int, str]:
    rows = looks.open_entries(use.segment.target_list)
    size = list_health.size(use.segment.target_list)
    step = max(1, size.number // list_health.EXACT)
    try:
        if use.variant:
            rows = looks.of_route(rows, use.segment, use.variant)
        with bounded.within(A_MOMENT):
            counts = list_health.one_in(rows, step).aggregate(
                members=Counted("pk"), **{f"s{n}": Counted("pk", filter=~Q(_known(ids))) for n, ids in wanted.items()}
            )
    except (OperationalError, Refused):
        return {}
    whole = counts["members"]
    return {n: _missing(counts[f"s{n}"], whole, step, use.words) for n in wanted if counts[f"s{n}"]}


def _known(roles: Sequence[int]) -> Exists:
    here = Membership.objects.filter(account=OuterRef("account"), until=None, role__in=roles)
    return Exists(here.exclude(confidence="low"))


def _missing(missing: int, whole: int, step: int, where: str) -> str:
    if missing == whole:
        return f"Nobody is known for it at any account of {where}."
    of = Count(whole * step, exact=step == 1)
    return f"Nobody is known for it at {Count(missing * step, exact=step == 1)} of {of} accounts of {where}."


def _nobody_anywhere(wanted: Mapping[int, Sequence[int]]) -> dict[int, list[str]]:
    """For a route that no segment takes: roles that nobody in the product holds."""
    known = Membership.objects.filter(until=None, role=OuterRef("pk")).exclude(confidence="low")
    held = set(Role.objects.filter(Exists(known)).values_list("pk", flat=True))
    return {
        n: ["nobody in the product holds this role yet."] for n, ids in wanted.items() if ids and not held & set(ids)
    }


def longest_silence(stops: Sequence[Stop]) -> dict[int, int]:
    """Number of a stage → the most touches that any sequence in use makes there, where there is one for its roles."""
    rows = Step.objects.filter(version__in=_newest_sequences()).order_by().values("role__slug", "version")
    per_role: dict[str, int] = {}
    for row in rows.annotate(n=Counted("pk")):
        per_role[row["role__slug"]] = max(per_role.get(row["role__slug"], 0), row["n"])
    touches = {one.number: max((per_role.get(slug, 0) for slug in one.roles), default=0) * one.most for one in stops}
    return {number: most for number, most in touches.items() if most}


def _newest_sequences() -> list[int]:
    rows = SequenceVersion.objects.filter(state=SequenceVersion.State.PUBLISHED)
    return list(rows.order_by("sequence_id", "-number").distinct("sequence_id").values_list("pk", flat=True))


# Variants of a segment ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One way through a segment as an account meets it: the condition term by term, and whether it is the one taken."""

    name: str
    route: RouteVersion
    taken: bool
    tried: bool
    variant: RouteVariant | None = None
    terms: Sequence[why.Asked] = ()
    wrong: str = ""


def choices(segment: Segment, account: Account, default: RouteVersion | None) -> list[Choice]:
    """Every variant in order, each with why it fits or not; the first that fits is taken, else the default."""
    found: list[Choice] = []
    taken = False
    for variant in segment.variants.select_related("route_version__route"):
        try:
            fits, terms = why.explained(variant.condition, account)
        except Refused as refused:
            found.append(Choice(variant.name, variant.route_version, False, True, variant, (), refused.sentence))
            continue
        found.append(Choice(variant.name, variant.route_version, fits and not taken, not taken, variant, terms))
        taken = taken or fits
    if default:
        found.append(Choice("Everyone else", default, not taken, not taken))
    return found


def shares(segment: Segment) -> dict[int | None, Count]:
    """How many members of the list each variant takes (None: the default), sampled where the list is large."""
    target: Any = segment.target_list
    size = list_health.size(target)
    step = max(1, size.number // list_health.EXACT + (size.number > list_health.EXACT))
    try:
        with bounded.within():
            ways = list_health.ways(segment, list_health.one_in(looks.open_entries(target), step), step)
    except OperationalError:
        return {}
    return {pk: count for _, pk, count in ways} if ways else {None: size}
