"""What a draft would do: who enters, who leaves, whom it shares with others, and how the versions compare."""

# ruff: noqa: S608 - the SQL is joined from pieces of ours, and every value is a parameter

import time
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from crm.models import Account
from prospecting.models import Enrollment, ListEntry, Segment, SegmentVersion, TargetList
from prospecting.models.enrollment import OPEN
from prospecting.queries.membership import fitting, member_ids
from prospecting.rules import versions

SAMPLE = 20


@dataclass(frozen=True)
class Overlap:
    """Accounts of the draft that stand on another list now."""

    segment: Segment
    accounts: int
    moves: bool  # both have a priority and the draft goes first: the accounts leave the other list


@dataclass(frozen=True)
class DryRun:
    """What a draft would do; nothing has changed yet."""

    members: int
    enters: int
    leaves: int
    stays: int
    enter_sample: list[Account] = field(default_factory=list)
    leave_sample: list[Account] = field(default_factory=list)
    open_enrollments: int = 0  # of the accounts that would leave
    walked_elsewhere: int = 0  # of the accounts that would enter
    window_closed: int = 0
    compared: str = SegmentVersion.Compared.FIRST
    overlap: float | None = None
    seconds: float = 0.0
    comparison: versions.Comparison | None = None
    overlaps: list[Overlap] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        lines = [f"{self.enters} enter, {self.stays} stay, {self.leaves} leave: {self.members} accounts."]
        if self.open_enrollments:
            lines.append(
                f"{self.open_enrollments} of the {self.leaves} are in flight. "
                "They finish on their version and are counted there."
            )
        if self.window_closed:
            lines.append(f"For {self.window_closed} of them the window is closed now.")
        if self.comparison:
            lines.append(self.comparison.sentence)
        return lines


def dry_run(version: SegmentVersion) -> DryRun:
    """One evaluation of the draft's rule, then joins. Nothing of the product changes."""
    began = time.perf_counter()
    target = TargetList.objects.select_related("segment").get(segment=version.segment_id)
    before = version_in_use(version.segment_id)
    with transaction.atomic(), connection.cursor() as cursor:
        collect(cursor, target, version)
        enters, stays, leaves = split(cursor, target)
        same_route = before is None or before.route_version.route_id == version.route_version.route_id
        compared = versions.compare_counts(staying=stays, entering=enters, leaving=leaves, same_route=same_route)
        run = DryRun(
            members=enters + stays,
            enters=enters,
            leaves=leaves,
            stays=stays,
            enter_sample=list(named(entering(target))[:SAMPLE]) if enters else [],
            leave_sample=list(named(leaving(target))[:SAMPLE]) if leaves else [],
            open_enrollments=in_flight(version, leaving(target)) if leaves else 0,
            walked_elsewhere=in_flight_elsewhere(version, entering(target)) if enters else 0,
            window_closed=outside_window(cursor, version),
            compared=compared.verdict if before else SegmentVersion.Compared.FIRST,
            overlap=compared.overlap if before else None,
            comparison=compared if before else None,
            overlaps=overlaps(cursor, target),
            seconds=time.perf_counter() - began,
        )
        cursor.execute("DROP TABLE dry_members")
    return run


def version_in_use(segment_id: int) -> SegmentVersion | None:
    published = SegmentVersion.objects.filter(segment=segment_id, state=SegmentVersion.State.PUBLISHED)
    return published.select_related("route_version__route").order_by("-number").first()


def collect(cursor: Any, target: TargetList, version: SegmentVersion) -> None:
    sql, params = member_ids(target, version)
    cursor.execute("SET LOCAL work_mem = '64MB'")
    cursor.execute(f"CREATE TEMPORARY TABLE dry_members ON COMMIT DROP AS SELECT id FROM ({sql}) AS fits(id)", params)
    cursor.execute("ANALYZE dry_members")


def split(cursor: Any, target: TargetList) -> tuple[int, int, int]:
    """How many enter, stay and leave."""
    cursor.execute(
        """
        SELECT count(*) FILTER (WHERE entry.account_id IS NULL),
               count(*) FILTER (WHERE entry.account_id IS NOT NULL AND fits.id IS NOT NULL),
               count(*) FILTER (WHERE fits.id IS NULL)
          FROM dry_members fits
          FULL JOIN (SELECT account_id FROM prospecting_listentry WHERE target_list_id = %s AND left_at IS NULL) entry
            ON entry.account_id = fits.id
        """,
        [target.pk],
    )
    enters, stays, leaves = cursor.fetchone()
    return int(enters), int(stays), int(leaves)


def named(rows: QuerySet[Account]) -> QuerySet[Account]:
    return rows.order_by("name", "pk")


def on_list(target: TargetList) -> QuerySet[Any]:
    return ListEntry.objects.filter(target_list=target, left_at=None).values("account")


def collected() -> RawSQL:
    return RawSQL("SELECT id FROM dry_members", [])


def entering(target: TargetList) -> QuerySet[Account]:
    return Account.objects.filter(pk__in=collected()).exclude(pk__in=on_list(target))


def leaving(target: TargetList) -> QuerySet[Account]:
    return Account.objects.filter(pk__in=on_list(target)).exclude(pk__in=collected())


def moved(version: SegmentVersion, which: str) -> QuerySet[Account]:
    """The accounts that would enter, leave or stay, to be turned page by page; `which` is one of the three words."""
    target = TargetList.objects.select_related("segment").get(segment=version.segment_id)
    sql, params = member_ids(target, version)
    future: Any = RawSQL(sql, params)  # noqa: S611 - built by membership, every value a parameter
    rows, here = Account.objects.all(), on_list(target)
    if which == "leave":
        return rows.filter(pk__in=here).exclude(pk__in=future)
    fits = rows.filter(pk__in=future)
    return fits.filter(pk__in=here) if which == "stay" else fits.exclude(pk__in=here)


def in_flight(version: SegmentVersion, rows: QuerySet[Account]) -> int:
    walking = Enrollment.objects.filter(state__in=OPEN, segment_version__segment=version.segment_id)
    return walking.filter(account__in=rows).count()


def in_flight_elsewhere(version: SegmentVersion, rows: QuerySet[Account]) -> int:
    walking = Enrollment.objects.filter(state__in=OPEN).exclude(segment_version__segment=version.segment_id)
    return walking.filter(account__in=rows).count()


def outside_window(cursor: Any, version: SegmentVersion) -> int:
    if not version.when_rule.strip():
        return 0
    sql, params = fitting(version.when_rule)
    cursor.execute(
        f"SELECT count(*) FROM dry_members m WHERE NOT EXISTS (SELECT 1 FROM ({sql}) AS fits(id) WHERE fits.id = m.id)",
        params,
    )
    return int(cursor.fetchone()[0])


def overlaps(cursor: Any, target: TargetList) -> list[Overlap]:
    """The other lists that hold accounts of the draft, most first; and which of the two would have them."""
    cursor.execute(
        """
        SELECT other.segment_id, count(*)
          FROM dry_members fits
          JOIN prospecting_listentry entry ON entry.account_id = fits.id AND entry.left_at IS NULL
          JOIN prospecting_targetlist other ON other.id = entry.target_list_id AND other.id <> %s
         GROUP BY 1 ORDER BY 2 DESC LIMIT 20
        """,
        [target.pk],
    )
    shared = dict(cursor.fetchall())
    segments = Segment.objects.filter(archived_at=None).in_bulk(shared)
    own = target.segment.priority
    return [
        Overlap(segments[pk], count, moves=own is not None and segments[pk].priority is not None)
        for pk, count in shared.items()
        if pk in segments
    ]
