"""What the pages of lead generation ask: named questions in a constant number of queries."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count as Counted
from django.db.models import Exists, F, IntegerField, OuterRef, Prefetch, QuerySet, Subquery

from crm import clock
from crm.models import Account, Membership, Role, User
from prospecting.models import (
    Call,
    Enrollment,
    ListEntry,
    Route,
    RouteVersion,
    Segment,
    SegmentVersion,
    Sequence,
    SequenceVersion,
    Stage,
    Step,
    Touch,
)
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.queries import approvals
from prospecting.queries.bounded import Count

PUBLISHED = "published"


def counted(rows: QuerySet, by: str) -> Subquery:
    """How many rows hang on the outer row, without a join that would count twice."""
    inner = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(n=Counted("pk")).values("n")
    return Subquery(inner, output_field=IntegerField())


def segments_shown() -> list[Any]:
    """Every segment with its version in use, whether it has a draft, how many are on its list and who walks."""
    versions = SegmentVersion.objects.filter(segment=OuterRef("pk"))
    in_use = versions.filter(state=PUBLISHED).order_by("-number")
    walking = Enrollment.objects.filter(state__in=OPEN)
    shown: list[Any] = list(
        Segment.objects.filter(archived_at=None)
        .select_related("target_list")
        .annotate(
            version_in_use=Subquery(in_use.values("number")[:1]),
            route_in_use=Subquery(in_use.values("route_version__route__name")[:1]),
            has_draft=Exists(versions.filter(state="draft")),
            walking=counted(walking, "segment_version__segment"),
        )
        .order_by(F("priority").asc(nulls_last=True), "name")
    )
    sizes = list_sizes()
    for row in shown:
        row.members = sizes.get(row.target_list.pk, Count(0, exact=True))
    return shown


LARGE = 10_000


def list_sizes() -> dict[int, Count]:
    """How many each list holds, in one query: counted up to a bound, beyond it as the last refresh counted them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT list.id,
                   (SELECT count(*) FROM (SELECT 1 FROM prospecting_listentry entry
                     WHERE entry.target_list_id = list.id AND entry.left_at IS NULL LIMIT %s) AS few),
                   (SELECT members FROM prospecting_listrefresh run WHERE run.target_list_id = list.id
                     ORDER BY run.at DESC LIMIT 1)
              FROM prospecting_targetlist list
            """,
            [LARGE + 1],
        )
        rows = cursor.fetchall()
    return {pk: Count(n, True) if n <= LARGE else Count(max(n, last or 0), False) for pk, n, last in rows}


def role_cover(segment: Segment, version: SegmentVersion) -> list[dict[str, Any]]:
    """For each role on the route: at how many members of the list someone is known for it."""
    members = ListEntry.objects.filter(target_list__segment=segment, left_at=None)
    whole = members.count()
    known = Membership.objects.filter(until=None, account__in=members.values("account")).exclude(confidence="low")
    filled = dict(known.values_list("role").annotate(n=Counted("account", distinct=True)))
    roles = Role.objects.filter(pk__in=Stage.objects.filter(version=version.route_version_id).values("roles"))
    return [{"role": role, "known": filled.get(role.pk, 0), "whole": whole} for role in roles.order_by("order")]


def stages_with_roles() -> Prefetch:
    return Prefetch("stages", Stage.objects.order_by("order").prefetch_related("roles"))


def stages_of(lookup: str) -> Prefetch:
    """The stages of a version that hangs on another row, in their order."""
    return Prefetch(lookup, Stage.objects.order_by("order"))


def routes_shown() -> list[Route]:
    """Every route with its newest version, its stages, and how many accounts walk it."""
    walking = Enrollment.objects.filter(state__in=OPEN)
    rows: list[Any] = list(Route.objects.annotate(walking=counted(walking, "route_version__route")))
    newest = RouteVersion.objects.exclude(state="discarded").order_by("route_id", "-number").distinct("route_id")
    versions = {version.route_id: version for version in newest.prefetch_related(stages_with_roles())}
    for row in rows:
        row.newest = versions.get(row.pk)
    return rows


def sequences_shown() -> list[Sequence]:
    walking = Enrollment.objects.filter(state__in=OPEN)
    rows: list[Any] = list(Sequence.objects.annotate(walking=counted(walking, "sequence_version__sequence")))
    newest = (
        SequenceVersion.objects.exclude(state="discarded").order_by("sequence_id", "-number").distinct("sequence_id")
    )
    steps = Prefetch("steps", Step.objects.select_related("role", "template").order_by("role__order", "order"))
    versions = {version.sequence_id: version for version in newest.prefetch_related(steps)}
    for row in rows:
        row.newest = versions.get(row.pk)
    return rows


def segments_of(account: Account) -> QuerySet[Segment]:
    """The lists an account stands on now, where a version is in use."""
    return Segment.objects.filter(
        archived_at=None,
        versions__state=PUBLISHED,
        target_list__entries__account=account,
        target_list__entries__left_at=None,
    ).distinct()


def enrollable_segments() -> QuerySet[Segment]:
    return Segment.objects.filter(archived_at=None, versions__state=PUBLISHED).distinct()


def touches_of_team(user: User) -> QuerySet[Touch]:
    """What goes out in the name of the user's team; for admins of everyone."""
    rows = Touch.objects.select_related("contact", "account", "step__role", "mailbox", "enrollment__prospector")
    return (
        rows
        if user.is_admin
        else rows.filter(enrollment__prospector__team=user.team_id, enrollment__prospector__team__isnull=False)
    )


def touches_in_tab(rows: QuerySet[Touch], tab: str) -> QuerySet[Touch]:
    """What one tab of the sending page shows."""
    soon = clock.today() + timedelta(days=7)
    return {
        "": rows.filter(state__in=[Flight.PLANNED, Flight.IN_FLIGHT], channel="email", due_on__lte=soon, released=True),
        "paused": rows.filter(state=Flight.PAUSED),
        "tasks": approvals.tasks(rows),
        "uncertain": rows.filter(state=Flight.UNCERTAIN),
        "sent": rows.filter(sent_at__isnull=False),
    }[tab]


def waiting_at(account: Account, limit: int = 12) -> QuerySet[Touch]:
    """Touches that stand still, each with its reason."""
    rows = Touch.objects.filter(
        account=account, state__in=[Flight.PLANNED, Flight.PAUSED, Flight.UNCERTAIN, Flight.IN_FLIGHT]
    )
    return rows.select_related("contact", "step__role").order_by("due_on", "pk")[:limit]


def calls_to(contact: Any, account: Account) -> QuerySet[Call]:
    """What was tried by voice before, the latest first."""
    return Call.objects.filter(contact=contact, account=account, undone_at=None).select_related("by").order_by("-at")
