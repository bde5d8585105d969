"""Routes, their immutable versions with gated stages, and which one an account walks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Membership, Role, User
from prospecting.models import Route, RouteVariant, RouteVersion, Segment, SegmentVersion, Stage
from prospecting.models.route import ROUTE_VERSION
from prospecting.queries.rule_language import accounts_matching, compile_rule
from prospecting.rules import gates

BLOCKING = ("It has no stages.",)


@transaction.atomic
def create_route(name: str, description: str = "", *, by: User | None) -> Route:
    if Route.objects.filter(name__iexact=name.strip()).exists():
        raise Refused(f"There is a route named “{name.strip()}” already.")
    route = Route.objects.create(name=name.strip(), description=description, created_at=clock.now())
    Event.record("route.created", by=by, subject=route)
    return route


@transaction.atomic
def draft(
    route: Route, stages: Sequence[Mapping[str, Any]], *, by: User | None, departments_out: Sequence[str] = ()
) -> RouteVersion:
    """Write or rewrite the draft of a route.

    A stage: name, roles (slugs), min_people, max_people, patience_days, gate (prospecting.rules.gates).
    """
    Route.objects.select_for_update().get(pk=route.pk)
    version = route.versions.filter(state=RouteVersion.State.DRAFT).first()
    if version is None:
        number = (route.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        version = RouteVersion.objects.create(route=route, number=number, by=by, created_at=clock.now())
    version.departments_out = [name.strip().lower() for name in departments_out if name.strip()]
    version.save(update_fields=["departments_out"])
    version.stages.all().delete()
    roles = {role.slug: role for role in Role.objects.all()}
    for order, stage in enumerate(stages, start=1):
        _add_stage(version, order, stage, roles)
    return version


def _add_stage(version: RouteVersion, order: int, stage: Mapping[str, Any], roles: Mapping[str, Role]) -> None:
    slugs = list(stage.get("roles", ()))
    unknown = [slug for slug in slugs if slug not in roles]
    if unknown or not slugs:
        raise Refused(f"Stage {order} names no role we know: {', '.join(unknown) or 'none given'}.")
    gate = stage.get("gate") or ({"start": {}} if order == 1 else {"by_hand": {}})
    wrong = gates.problems(gate, roles=roles)
    if wrong:
        raise Refused(f"Stage {order}: {wrong[0]}")
    least, most = int(stage.get("min_people", 1)), int(stage.get("max_people", 2))
    row = Stage.objects.create(
        version=version,
        order=order,
        name=str(stage.get("name") or roles[slugs[0]].name)[:80],
        min_people=least,
        max_people=max(least, most),
        patience_days=int(stage.get("patience_days", 10)),
        gate=gate,
    )
    row.roles.set([roles[slug] for slug in slugs])


def problems(version: RouteVersion) -> list[str]:
    """What is wrong with a route, in words: a stage nobody can reach, a role nobody holds, a gate that never opens."""
    stages = list(version.stages.prefetch_related("roles").order_by("order"))
    if not stages:
        return list(BLOCKING)
    known = set(Role.objects.exclude(slug="unknown").values_list("slug", flat=True))
    found = [f"{stage.name}: {line}" for stage in stages for line in gates.problems(stage.gate, roles=known)]
    found += _unreachable(stages)
    return found + _nobody_holds(stages)


def _unreachable(stages: Sequence[Stage]) -> list[str]:
    found = []
    if not _opens_at_start(stages[0].gate):
        found.append(f"{stages[0].name}: the first stage does not open at the start, so nobody is ever written to.")
    for stage in stages[1:]:
        for kind in ("referral", "role_filled"):
            terms = stage.gate.get(kind)
            slugs = {role.slug for role in stage.roles.all()}
            if terms and terms.get("role") and terms["role"] not in slugs:
                found.append(f"{stage.name}: its gate waits for a {terms['role']}, whom this stage does not write to.")
    return found


def _opens_at_start(gate: Mapping[str, Any]) -> bool:
    kind, terms = gates.one_kind(gate)
    if kind == "any":
        return any(_opens_at_start(inner) for inner in terms)
    return kind in ("start", "timing", "role_filled") or (kind == "all" and all(map(_opens_at_start, terms)))


def _nobody_holds(stages: Sequence[Stage]) -> list[str]:
    held = set(
        Membership.objects.filter(until=None).exclude(confidence="low").values_list("role_id", flat=True).distinct()
    )
    return [
        f"{stage.name}: nobody in the product holds this role yet."
        for stage in stages
        if not any(role.pk in held for role in stage.roles.all())
    ]


@transaction.atomic
def publish(version: RouteVersion, *, reason: str = "", by: User | None) -> RouteVersion:
    """Make a draft usable and immutable. Walks in progress stay on their version."""
    stages = list(version.stages.prefetch_related("roles"))
    if not stages:
        raise Refused("A route needs at least one stage.")
    known = set(Role.objects.values_list("slug", flat=True))
    wrong = [f"{s.name}: {line}" for s in stages for line in gates.problems(s.gate, roles=known)] + _unreachable(stages)
    if wrong:
        raise Refused(f"This route cannot be used yet. {wrong[0]}", problems=wrong)
    columns = {"reason": reason.strip()[:300], "published_at": clock.now()}
    return ROUTE_VERSION.move(version, RouteVersion.State.PUBLISHED, by=by, why=reason, set=columns)


@transaction.atomic
def discard(version: RouteVersion, *, by: User | None) -> None:
    ROUTE_VERSION.move(version, RouteVersion.State.DISCARDED, by=by)


@transaction.atomic
def set_variant(
    segment: Segment,
    name: str,
    condition: str,
    route_version: RouteVersion,
    *,
    by: User | None,
    order: int | None = None,
) -> RouteVariant:
    """Another route for those accounts of a segment that meet a condition; the first that fits is taken."""
    compile_rule(condition)
    if route_version.state != RouteVersion.State.PUBLISHED:
        raise Refused("Publish the route first; a variant cannot lead onto a draft.")
    last = segment.variants.aggregate(n=Max("order"))["n"] or 0
    fields = {"condition": condition, "route_version": route_version}
    variant, made = RouteVariant.objects.update_or_create(segment=segment, name=name[:80], defaults=fields)
    if made or order is not None:
        variant.order = last + 1 if order is None else order
        variant.save(update_fields=["order"])
    Event.record("route.variant_set", by=by, subject=variant, why=condition[:500])
    return variant


def route_for(account: Account, segment_version: SegmentVersion) -> RouteVersion:
    """The first variant whose condition the account meets, else the version's own route."""
    for variant in segment_version.segment.variants.select_related("route_version__route"):
        if accounts_matching(variant.condition, Account.objects.filter(pk=account.pk)).exists():
            return variant.route_version
    return segment_version.route_version


def current_version(route: Route) -> RouteVersion | None:
    return route.versions.filter(state=RouteVersion.State.PUBLISHED).order_by("-number").first()
