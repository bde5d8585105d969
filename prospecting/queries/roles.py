"""Who is known and who is missing at the members of a list, against the segment's role template; everything set-based."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from crm.models import Account, Membership, Role, User
from prospecting.models import ListEntry, Segment, SegmentRole

UNKNOWN = "unknown"

# One pass over the open memberships at members of the list; a person counts where the guess is good enough.
_FILLED = """
    WITH need AS (SELECT role_id, required FROM prospecting_segmentrole WHERE segment_id = %(segment)s),
    member AS (SELECT e.account_id FROM prospecting_listentry e
                 JOIN prospecting_targetlist t ON t.id = e.target_list_id
                WHERE t.segment_id = %(segment)s AND e.left_at IS NULL),
    known AS (SELECT m.account_id, m.role_id, least(count(*), need.required) AS filled,
                     count(*) >= need.required AS full_up
                FROM member JOIN crm_membership m ON m.account_id = member.account_id
                JOIN need ON need.role_id = m.role_id
               WHERE m.until IS NULL AND m.confidence <> 'low'
               GROUP BY m.account_id, m.role_id, need.required)
"""


def completeness(segment: Segment) -> dict[str, Any]:
    """Share of the required places that are filled (percent, None without a template or members), and whole accounts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_FILLED} SELECT (SELECT count(*) FROM member), (SELECT coalesce(sum(required), 0) FROM need),
                (SELECT coalesce(sum(filled), 0) FROM known),
                (SELECT count(*) FROM (SELECT 1 FROM known WHERE full_up GROUP BY account_id
                                       HAVING count(*) = (SELECT count(*) FROM need)) AS whole)""",  # noqa: S608 - our own words
            {"segment": segment.pk},
        )
        members, places, filled, complete = cursor.fetchone()
    wanted = members * int(places)
    percent = round(100 * int(filled) / wanted, 1) if wanted else None
    return {"percent": percent, "complete": complete, "members": members, "places": wanted, "filled": int(filled)}


def cover(segment: Segment) -> list[dict[str, Any]]:
    """Per role of the template: at how many members it is filled, and at how many someone is missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_FILLED} SELECT r.id, r.name, r.slug, need.required, (SELECT count(*) FROM member),
                count(known.account_id) FILTER (WHERE known.full_up)
                FROM need JOIN crm_role r ON r.id = need.role_id LEFT JOIN known ON known.role_id = need.role_id
                GROUP BY r.id, need.required ORDER BY r."order", r.name""",  # noqa: S608 - our own words
            {"segment": segment.pk},
        )
        rows = cursor.fetchall()
    return [
        {
            "id": pk,
            "role": name,
            "slug": slug,
            "required": required,
            "members": members,
            "filled": filled,
            "missing": members - filled,
        }
        for pk, name, slug, required, members, filled in rows
    ]


def unknown_share(segment: Segment) -> dict[str, Any]:
    """How many of the people at members of the list play a part that nobody knows."""
    here = ListEntry.objects.filter(target_list__segment=segment, left_at=None).values("account")
    people = Membership.objects.filter(until=None, account__in=here)
    found = people.aggregate(people=Count("pk"), unknown=Count("pk", filter=Q(role__slug=UNKNOWN)))
    return {**found, "share": round(found["unknown"] / found["people"], 4) if found["people"] else None}


def unknown_people(segment: Segment) -> QuerySet[Membership]:
    """People at members of the list whose part nobody knows."""
    here = ListEntry.objects.filter(target_list__segment=segment, left_at=None, account=OuterRef("account"))
    rows = Membership.objects.filter(until=None, role__slug=UNKNOWN, account__closed_at=None).filter(Exists(here))
    return rows.select_related("contact", "account")


def common_titles(rows: QuerySet[Membership], most: int = 5) -> list[Any]:
    """Titles that several of them have, the most frequent first: a rule for titles settles them all.

    Whose role was set by what they said or by a person keeps it; no rule would reach them.
    """
    free = (
        rows.exclude(confidence="certain").exclude(source__startswith="set by ").exclude(source__startswith="by hand, ")
    )
    said = free.exclude(contact__title="").order_by().values(words=F("contact__title"))
    return list(said.annotate(people=Count("pk")).filter(people__gt=1).order_by("-people", "words")[:most])


def missing(
    segment: Segment | None = None, *, role: Role | None = None, owner: User | int | None = None, unowned: bool = False
) -> QuerySet[ListEntry]:
    """The worklist: members of lists where a required role lacks people, by name; `fill` says which roles of a page."""
    wanted = SegmentRole.objects.filter(segment=OuterRef("target_list__segment"))
    if role is not None:
        wanted = wanted.filter(role=role)
    rows = ListEntry.objects.filter(left_at=None, account__closed_at=None, target_list__segment__archived_at=None)
    if segment is not None:
        rows = rows.filter(target_list__segment=segment)
    if owner is not None:
        rows = rows.filter(account__owner=owner)
    if unowned:
        rows = rows.filter(account__owner=None)
    known = people(account=OuterRef(OuterRef("account")), role=OuterRef("role"))
    short = wanted.annotate(known=_counted(known)).filter(known__lt=F("required"))
    rows = rows.filter(Exists(short)).select_related("account__owner", "target_list__segment")
    return rows.order_by("account__name", "pk")


def people(**terms: Any) -> QuerySet[Membership]:
    """Who counts: there now, and no mere guess."""
    return Membership.objects.filter(until=None, **terms).exclude(confidence="low").order_by()


def fill(entries: Iterable[Any]) -> list[dict[str, Any]]:
    """For a page of members: each with its required roles, who is known for them and how many are missing; two queries."""
    rows = list(entries)
    wanted: dict[int, list[SegmentRole]] = {}
    for need in SegmentRole.objects.filter(segment__in={row.target_list.segment_id for row in rows}).select_related(
        "role"
    ):
        wanted.setdefault(need.segment_id, []).append(need)
    known: dict[tuple[int, int], list[Membership]] = {}
    for one in people(account__in={row.account_id for row in rows}).select_related("contact"):
        known.setdefault((one.account_id, one.role_id), []).append(one)
    return [_filled(row, wanted.get(row.target_list.segment_id, []), known) for row in rows]


def _filled(row: Any, wanted: list[SegmentRole], known: dict[tuple[int, int], list[Membership]]) -> dict[str, Any]:
    places: list[dict[str, Any]] = []
    for need in sorted(wanted, key=lambda need: (need.role.order, need.role.name)):
        there = known.get((row.account_id, need.role_id), [])
        places.append(
            {
                "role": need.role,
                "required": need.required,
                "known": there,
                "missing": max(0, need.required - len(there)),
            }
        )
    whole = sum(place["required"] for place in places)
    filled = whole - sum(place["missing"] for place in places)
    return {
        "entry": row,
        "account": row.account,
        "segment": row.target_list.segment,
        "places": places,
        "missing": [place for place in places if place["missing"]],
        "percent": round(100 * filled / whole) if whole else None,
    }


def of_account(account: Account) -> list[dict[str, Any]]:
    """For each list the account stands on: the template with who fills it; three queries."""
    rows = ListEntry.objects.filter(account=account, left_at=None, target_list__segment__archived_at=None)
    found = fill(rows.select_related("account", "target_list__segment").order_by("target_list__segment__name"))
    return [row for row in found if row["places"]]


def short_of(rows: QuerySet[Account], name: str, value: Role) -> QuerySet[Account]:
    """A filter of the account list: on a list that asks for the role, and too few are known for it."""
    entries = missing(role=value).filter(account=OuterRef("pk")).order_by()
    return rows.filter(Exists(entries))


def templates() -> QuerySet[Segment]:
    """Segments that say who must be known."""
    asked = SegmentRole.objects.filter(segment=OuterRef("pk"))
    return Segment.objects.filter(Exists(asked), archived_at=None).order_by("name")


def _counted(rows: QuerySet[Any]) -> Coalesce:
    n = rows.annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(n, output_field=IntegerField()), 0)
