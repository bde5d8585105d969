"""Drafts of a segment's rules, their dry run, and publishing them as an immutable version."""

import time
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max, QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, User
from prospecting.models import (
    Enrollment,
    ListEntry,
    Pin,
    RouteVersion,
    Segment,
    SegmentVersion,
    TargetList,
)
from prospecting.models.enrollment import OPEN
from prospecting.models.segment import SEGMENT_VERSION
from prospecting.queries.rule_language import accounts_matching, compile_rule, completions
from prospecting.rules import versions
from prospecting.services import lists
from prospecting.services.lists import Refreshed, members_sql, refresh

SAMPLE = 20


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
    window_closed: int = 0
    compared: str = SegmentVersion.Compared.FIRST
    overlap: float | None = None
    seconds: float = 0.0
    comparison: versions.Comparison | None = None

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


@transaction.atomic
def create_segment(
    *, name: str, statement: str, rule: str, when_rule: str = "", route_version: RouteVersion, by: User | None
) -> Segment:
    """A segment is born with its list, one each for good, and a first draft."""
    if Segment.objects.filter(name__iexact=name.strip()).exists():
        raise Refused(f"There is a segment named “{name.strip()}” already.")
    segment = Segment.objects.create(name=name.strip(), statement=statement, by=by, created_at=clock.now())
    TargetList.objects.create(segment=segment)
    draft(segment, rule=rule, when_rule=when_rule, route_version=route_version, by=by)
    Event.record("segment.created", by=by, subject=segment, why=statement[:500])
    return segment


def current_version(segment: Segment) -> SegmentVersion | None:
    """The newest published version: the one the list follows."""
    published = segment.versions.filter(state=SegmentVersion.State.PUBLISHED)
    return published.select_related("route_version__route").order_by("-number").first()


def draft_of(segment: Segment) -> SegmentVersion | None:
    return segment.versions.filter(state=SegmentVersion.State.DRAFT).first()


def check_rule(text: str) -> None:
    """Nothing, or Refused with the sentence and where it went wrong (`line`, `column`)."""
    compile_rule(text)


def rule_completions() -> dict[str, object]:
    return completions()


@transaction.atomic
def draft(
    segment: Segment, *, rule: str, when_rule: str = "", route_version: RouteVersion, by: User | None
) -> SegmentVersion:
    """Write or rewrite the one draft of a segment; a rule that cannot be read is refused here."""
    compile_rule(rule)
    accounts_matching(when_rule)
    Segment.objects.select_for_update().get(pk=segment.pk)
    fields = {"rule": rule, "when_rule": when_rule, "route_version": route_version, "by": by}
    standing = draft_of(segment)
    if standing is None:
        number = (segment.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        return SegmentVersion.objects.create(segment=segment, number=number, created_at=clock.now(), **fields)
    for name, value in fields.items():
        setattr(standing, name, value)
    standing.save(update_fields=list(fields))
    return standing


def dry_run(version: SegmentVersion) -> DryRun:
    """Who would enter, who would leave, and how the versions would compare. Reads only."""
    began = time.perf_counter()
    entering, leaving, staying = _moves(version)
    before = current_version(version.segment)
    same_route = before is None or before.route_version.route_id == version.route_version.route_id
    compared = versions.compare_counts(
        staying=staying.count(), entering=entering.count(), leaving=leaving.count(), same_route=same_route
    )
    return DryRun(
        members=compared.staying + compared.entering,
        enters=compared.entering,
        leaves=compared.leaving,
        stays=compared.staying,
        enter_sample=list(entering.order_by("name", "id")[:SAMPLE]),
        leave_sample=list(leaving.order_by("name", "id")[:SAMPLE]),
        open_enrollments=_in_flight(version, leaving),
        window_closed=_outside_window(version),
        compared=compared.verdict if before else SegmentVersion.Compared.FIRST,
        overlap=compared.overlap if before else None,
        comparison=compared if before else None,
        seconds=time.perf_counter() - began,
    )


def _moves(version: SegmentVersion) -> tuple[QuerySet[Account], QuerySet[Account], QuerySet[Account]]:
    """Entering, leaving and staying accounts, pins and exclusions already applied."""
    target = TargetList.objects.get(segment=version.segment_id)
    on_list = ListEntry.objects.filter(target_list=target, left_at=None).values("account")
    future = members_sql(target, version)
    return (
        Account.objects.filter(pk__in=future).exclude(pk__in=on_list),
        Account.objects.filter(pk__in=on_list).exclude(pk__in=future),
        Account.objects.filter(pk__in=on_list).filter(pk__in=future),
    )


def _in_flight(version: SegmentVersion, leaving: QuerySet[Account]) -> int:
    walking = Enrollment.objects.filter(state__in=OPEN, segment_version__segment=version.segment_id)
    return walking.filter(account__in=leaving).count()


def _outside_window(version: SegmentVersion) -> int:
    if not version.when_rule.strip():
        return 0
    target = TargetList.objects.get(segment=version.segment_id)
    members = Account.objects.filter(pk__in=members_sql(target, version))
    return members.exclude(pk__in=accounts_matching(version.when_rule).values("pk")).count()


@transaction.atomic
def publish(version: SegmentVersion, *, reason: str = "", expected: str = "", by: User | None) -> SegmentVersion:
    """Make a draft the segment's version; from here on nobody can change it, and the list follows it."""
    Segment.objects.select_for_update().get(pk=version.segment_id)
    version.refresh_from_db()
    _check_publishable(version, reason)
    run = dry_run(version)
    facts = {
        "reason": reason.strip()[:300],
        "expected": expected.strip()[:300],
        "by": by,
        "published_at": clock.now(),
        "compared": run.compared,
        "overlap": run.overlap,
        "members": run.members,
    }
    SEGMENT_VERSION.move(version, SegmentVersion.State.PUBLISHED, by=by, why=reason, set=facts)
    refresh(TargetList.objects.get(segment=version.segment_id), by=by)
    return version


def _check_publishable(version: SegmentVersion, reason: str) -> None:
    if version.state != SegmentVersion.State.DRAFT:
        raise Refused("This version is in use already. Start a new draft.")
    if version.route_version.state != RouteVersion.State.PUBLISHED:
        raise Refused("The route of this draft is a draft itself. Publish the route first.")
    if version.number > 1 and not reason.strip():
        raise Refused("Say why the rule changes; in six weeks someone will ask.")
    accounts_matching(version.rule)
    accounts_matching(version.when_rule)


@transaction.atomic
def discard(version: SegmentVersion, *, by: User | None) -> None:
    SEGMENT_VERSION.move(version, SegmentVersion.State.DISCARDED, by=by)


def decides_in(segment: Segment) -> dict[str, int]:
    """How many members each route would take: the variants in order, then everyone else."""
    remaining = Account.objects.filter(
        pk__in=ListEntry.objects.filter(target_list__segment=segment, left_at=None).values("account")
    )
    split: dict[str, int] = {}
    for variant in segment.variants.all():
        taken = remaining.filter(pk__in=accounts_matching(variant.condition).values("pk"))
        split[variant.name] = taken.count()
        remaining = remaining.exclude(pk__in=accounts_matching(variant.condition).values("pk"))
    split["everyone else"] = remaining.count()
    return split


def health_sentence(segment: Segment) -> str:
    """“This list decides in two ways; split it”, where its members imply more than one route."""
    ways = [name for name, count in decides_in(segment).items() if count]
    if len(ways) < 2:
        return ""
    number = {2: "two", 3: "three", 4: "four"}.get(len(ways), str(len(ways)))
    return f"This list decides in {number} ways; split it."


def refresh_list(segment: Segment, *, by: User | None = None) -> Refreshed:
    return refresh(TargetList.objects.get(segment=segment), by=by)


def pin(segment: Segment, account: Account, kind: str, reason: str, *, by: User | None) -> Pin:
    """`kind` is include or exclude; the reason stands beside the account."""
    return lists.pin(TargetList.objects.get(segment=segment), account, kind=kind, reason=reason, by=by)


def unpin(row: Pin, *, by: User | None) -> None:
    lists.unpin(row, by=by)
