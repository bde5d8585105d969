"""Variants: other routes for those accounts of a segment that meet a condition, in their order."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from crm.errors import Refused
from crm.models import Account, Event, User
from prospecting.models import RouteVariant, RouteVersion, Segment, SegmentVersion
from prospecting.queries.dry_runs import version_in_use
from prospecting.queries.rule_language import accounts_matching, compile_rule
from prospecting.services import segments

MOST_VARIANTS = 20


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
    Segment.objects.select_for_update().get(pk=segment.pk)
    name = _checked(name, condition, route_version)
    fields = {"condition": condition, "route_version": route_version}
    last = segment.variants.aggregate(n=Max("order"))["n"] or 0
    variant, made = RouteVariant.objects.update_or_create(segment=segment, name=name, defaults=fields)
    if made and segment.variants.count() > MOST_VARIANTS:
        raise Refused(f"A segment has at most {MOST_VARIANTS} variants. It decides in too many ways; split it.")
    if made or order is not None:
        variant.order = last + 1 if order is None else order
        variant.save(update_fields=["order"])
    Event.record("route.variant_set", by=by, subject=variant, why=condition[:500])
    return variant


@transaction.atomic
def change_variant(
    variant: RouteVariant, *, name: str, condition: str, route_version: RouteVersion, by: User | None
) -> RouteVariant:
    """Another name, condition or route; accounts in flight stay on the version they pinned."""
    Segment.objects.select_for_update().get(pk=variant.segment_id)
    name = _checked(name, condition, route_version)
    if RouteVariant.objects.filter(segment=variant.segment_id, name__iexact=name).exclude(pk=variant.pk).exists():
        raise Refused(f"This segment has a variant named “{name}” already.")
    variant.name, variant.condition, variant.route_version = name, condition, route_version
    variant.save(update_fields=["name", "condition", "route_version"])
    Event.record("route.variant_set", by=by, subject=variant, why=condition[:500])
    return variant


@transaction.atomic
def add_variant(
    segment: Segment, *, name: str, condition: str, route_version: RouteVersion, by: User | None
) -> RouteVariant:
    """A new one at the end; a name that is taken is refused."""
    Segment.objects.select_for_update().get(pk=segment.pk)
    name = _checked(name, condition, route_version)
    if segment.variants.filter(name__iexact=name).exists():
        raise Refused(f"This segment has a variant named “{name}” already.")
    return set_variant(segment, name, condition, route_version, by=by)


def _checked(name: str, condition: str, route_version: RouteVersion) -> str:
    """The name as it is kept; refused where one of the three cannot be used."""
    if "\x00" in name:
        raise Refused("This text holds a character that is none.")
    if not name.strip():
        raise Refused("A variant needs a name.")
    if not condition.strip():
        raise Refused("Say which accounts take this variant; all others take the segment's own route.")
    compile_rule(condition)
    if route_version.state != RouteVersion.State.PUBLISHED:
        raise Refused("Publish the route first; a variant cannot lead onto a draft.")
    return name.strip()[:80]


@transaction.atomic
def remove_variant(variant: RouteVariant, *, by: User | None) -> None:
    """Its accounts take the next variant that fits, else the segment's own route; those in flight stay where they are."""
    Segment.objects.select_for_update().get(pk=variant.segment_id)
    Event.record("route.variant_removed", by=by, subject=variant, why=f"{variant.name}: {variant.condition}"[:500])
    variant.delete()


@transaction.atomic
def order_variants(segment: Segment, wanted: Sequence[int], *, by: User | None) -> None:
    """The order in which conditions are tried, as ids; every variant of the segment is named exactly once."""
    Segment.objects.select_for_update().get(pk=segment.pk)
    rows = {row.pk: row for row in segment.variants.all()}
    if sorted(wanted) != sorted(rows):
        raise Refused("Someone changed the variants in the meantime. Look again, then put them in order.")
    for order, pk in enumerate(wanted, start=1):
        rows[pk].order = order
    RouteVariant.objects.bulk_update(rows.values(), ["order"])
    Event.record("route.variants_ordered", by=by, subject=segment, facts={"order": [rows[pk].name for pk in wanted]})


def move_variant(variant: RouteVariant, *, up: bool, by: User | None) -> None:
    """One place up or down; at the end it stays."""
    wanted = list(variant.segment.variants.values_list("pk", flat=True))
    at = wanted.index(variant.pk)
    to = max(0, at - 1) if up else min(len(wanted) - 1, at + 1)
    wanted.insert(to, wanted.pop(at))
    order_variants(variant.segment, wanted, by=by)


def place_variant(variant: RouteVariant, place: int, *, by: User | None) -> None:
    """To that place among the variants, 1 the first; beyond the last it is the last."""
    wanted = [pk for pk in variant.segment.variants.values_list("pk", flat=True) if pk != variant.pk]
    wanted.insert(max(0, place - 1), variant.pk)
    order_variants(variant.segment, wanted, by=by)


def route_for(account: Account, segment_version: SegmentVersion) -> RouteVersion:
    """The first variant whose condition the account meets, else the version's own route."""
    for variant in segment_version.segment.variants.select_related("route_version__route"):
        if accounts_matching(variant.condition, Account.objects.filter(pk=account.pk)).exists():
            return variant.route_version
    return segment_version.route_version


@transaction.atomic
def take_up(segment: Segment, route_version: RouteVersion, *, by: User | None) -> SegmentVersion:
    """The segment's next version as a draft on another route, its rules as they are; a dry run then says what it changes."""
    Segment.objects.select_for_update().get(pk=segment.pk)
    if route_version.state != RouteVersion.State.PUBLISHED:
        raise Refused("Put the route to use first; a segment cannot take a draft.")
    standing = segment.versions.filter(state=SegmentVersion.State.DRAFT).first()
    source = standing or version_in_use(segment.pk)
    if source is None:
        raise Refused(f"{segment} has no rule yet.")
    rules = {"rule": source.rule, "when_rule": source.when_rule}
    return segments.draft(segment, route_version=route_version, by=by, **rules)
