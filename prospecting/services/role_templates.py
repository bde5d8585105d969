"""The segment's role template: who must be known at each account of its list, and how many."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from crm.errors import Refused
from crm.models import Event, Role
from crm.services.contacts import role_of
from prospecting.models import Segment, SegmentRole, SegmentVersion, Stage

MOST = 9


@transaction.atomic
def set_template(segment: Segment, wanted: Mapping[str, int], *, by: Any) -> list[SegmentRole]:
    """Exactly these roles (slug → people required; 0 leaves one out); what lists and rates say of the past stays."""
    chosen = {role_of(slug): required for slug, required in wanted.items() if required}
    for role, required in chosen.items():
        if role.slug == "unknown":
            raise Refused("Nobody can be asked to find people whose role is unknown.")
        if not 0 < required <= MOST:
            raise Refused(f"{role}: from 1 to {MOST} people.")
    was = {need.role.slug: need.required for need in segment.roles_needed.select_related("role")}
    segment.roles_needed.exclude(role__in=chosen).delete()
    for role, required in chosen.items():
        SegmentRole.objects.update_or_create(segment=segment, role=role, defaults={"required": required})
    now = {role.slug: required for role, required in chosen.items()}
    if was != now:
        Event.record("segment.roles_set", by=by, subject=segment, facts={"was": was, "is": now})
    return list(segment.roles_needed.select_related("role").order_by("role__order"))


def proposed(segment: Segment) -> list[Role]:
    """The roles that the route of the segment writes to: where a template may start."""
    version = segment.versions.filter(state=SegmentVersion.State.PUBLISHED).order_by("-number").first()
    if version is None:
        return []
    roles = Stage.objects.filter(version=version.route_version_id).values("roles")
    return list(Role.objects.filter(pk__in=roles).exclude(slug="unknown").order_by("order", "name"))
