"""Segments with their lists: members, health, versions."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from crm.models import Account, Membership, Role
from prospecting.models import Enrollment, ListEntry, Pin, Segment, SegmentVersion
from prospecting.models.enrollment import OPEN
from prospecting.queries.rule_language import current_memberships


def segments() -> QuerySet[Segment]:
    """Every live segment with the size of its list and its walks in progress, in one query."""
    on_list = Q(target_list__entries__left_at=None) & Q(target_list__entries__isnull=False)
    return (
        Segment.objects.filter(archived_at=None)
        .select_related("target_list", "by")
        .annotate(members_now=Count("target_list__entries", filter=on_list, distinct=True))
        .order_by("name")
    )


def published_version(segment: Segment) -> SegmentVersion | None:
    rows = segment.versions.filter(state=SegmentVersion.State.PUBLISHED).select_related("route_version__route", "by")
    return rows.order_by("-number").first()


def draft_version(segment: Segment) -> SegmentVersion | None:
    return segment.versions.filter(state=SegmentVersion.State.DRAFT).select_related("route_version__route").first()


def versions(segment: Segment) -> QuerySet[SegmentVersion]:
    rows = segment.versions.filter(state=SegmentVersion.State.PUBLISHED).select_related("by", "route_version__route")
    return rows.order_by("-number")


def list_entries(segment: Segment) -> QuerySet[ListEntry]:
    """Accounts on the list now, with the version that let each in."""
    rows = ListEntry.objects.filter(target_list__segment=segment, left_at=None)
    return rows.select_related("account__owner", "version_in").order_by("account__name", "account_id")


def left_entries(segment: Segment) -> QuerySet[ListEntry]:
    rows = ListEntry.objects.filter(target_list__segment=segment, left_at__isnull=False)
    return rows.select_related("account", "version_in", "version_out").order_by("-left_at")


def members(segment: Segment) -> QuerySet[Account]:
    entries = ListEntry.objects.filter(target_list__segment=segment, left_at=None).values("account")
    return Account.objects.filter(pk__in=entries)


def enrollable(segment: Segment) -> QuerySet[Account]:
    """Members nobody walks at the moment."""
    walking = Enrollment.objects.filter(account=OuterRef("pk"), state__in=OPEN)
    return (
        members(segment).filter(closed_at=None).exclude(Exists(walking)).select_related("owner").order_by("name", "pk")
    )


def pins(segment: Segment) -> QuerySet[Pin]:
    return Pin.objects.filter(target_list__segment=segment).select_related("account", "by").order_by("kind", "-at")


def health(segment: Segment) -> dict[str, Any]:
    """Role coverage, stale facts, shut windows, pins: the list on one page."""
    here = members(segment)
    total = here.count()
    version = published_version(segment)
    roles = Role.objects.filter(pk__in=version.route_version.stages.values("roles")) if version else Role.objects.none()
    coverage = [_coverage(role, here, total) for role in roles.order_by("order")]
    return {
        "total": total,
        "version": version,
        "coverage": coverage,
        "missing_roles": sum(row["missing"] for row in coverage),
        "window_closed": list_entries(segment).filter(window_open=False).count(),
        "pinned": pins(segment).filter(kind=Pin.Kind.INCLUDE).count(),
        "excluded": pins(segment).filter(kind=Pin.Kind.EXCLUDE).count(),
        "in_flight": Enrollment.objects.filter(account__in=here, state__in=OPEN).count(),
    }


def _coverage(role: Role, here: QuerySet[Account], total: int) -> dict[str, Any]:
    known = current_memberships().filter(role=role, account=OuterRef("pk"))
    filled = here.filter(Exists(known)).count()
    percent = round(100 * filled / total) if total else 0
    return {"role": role, "filled": filled, "missing": total - filled, "percent": percent}


def missing_role(segment: Segment, role: Role) -> QuerySet[Account]:
    """The worklist: members where nobody is known for this role."""
    known = Membership.objects.filter(account=OuterRef("pk"), role=role, until=None).exclude(confidence="low")
    return members(segment).exclude(Exists(known)).select_related("owner").order_by("name", "pk")
