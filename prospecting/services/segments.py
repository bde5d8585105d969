"""Drafts of a segment's rules, their dry run, and publishing them as an immutable version."""

from datetime import date

from django.db import transaction
from django.db.models import Max

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, User
from prospecting.models import Pin, RouteVersion, Segment, SegmentVersion, TargetList
from prospecting.models.segment import SEGMENT_VERSION
from prospecting.queries import list_health, looks
from prospecting.queries.dry_runs import DryRun, dry_run, version_in_use
from prospecting.queries.rule_language import accounts_matching, compile_rule, completions
from prospecting.services import pins
from prospecting.services.lists import Refreshed, refresh

__all__ = ["DryRun", "Refreshed", "dry_run"]


@transaction.atomic
def create_segment(
    *, name: str, statement: str, rule: str, when_rule: str = "", route_version: RouteVersion, by: User | None
) -> Segment:
    """A segment is born with its list, one each for good, and a first draft."""
    name, statement = plain(name), plain(statement)
    if not name.strip():
        raise Refused("A segment needs a name.")
    if Segment.objects.filter(name__iexact=name.strip()).exists():
        raise Refused(f"There is a segment named “{name.strip()}” already.")
    segment = Segment.objects.create(name=name.strip(), statement=statement, by=by, created_at=clock.now())
    TargetList.objects.create(segment=segment)
    draft(segment, rule=rule, when_rule=when_rule, route_version=route_version, by=by)
    Event.record("segment.created", by=by, subject=segment, why=statement[:500])
    return segment


def plain(text: str) -> str:
    """What people typed, without what no column can keep."""
    if "\x00" in text:
        raise Refused("This text holds a character that is none.")
    return text


def current_version(segment: Segment) -> SegmentVersion | None:
    """The newest published version: the one the list follows."""
    return version_in_use(segment.pk)


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
    target = TargetList.objects.get(segment=version.segment_id)
    refresh(target, by=by, asked=f"v{version.number} in use")
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


@transaction.atomic
def edit_segment(segment: Segment, *, name: str, statement: str, by: User | None) -> Segment:
    """Its name and its decision statement; the rules change by a draft only."""
    name, statement = plain(name).strip(), plain(statement).strip()
    if not name:
        raise Refused("A segment needs a name.")
    if Segment.objects.filter(name__iexact=name).exclude(pk=segment.pk).exists():
        raise Refused(f"There is a segment named “{name}” already.")
    segment.name, segment.statement = name[:120], statement
    segment.save(update_fields=["name", "statement"])
    Event.record("segment.edited", by=by, subject=segment, why=statement[:500])
    return segment


def set_schedule(segment: Segment, every_hours: int, *, by: User | None) -> None:
    """How often the list is refreshed by itself; 0 leaves it to people."""
    if not 0 <= every_hours <= 24 * 90:
        raise Refused("A list is refreshed every so many hours, at most every 90 days; 0 means by hand only.")
    changed = (
        TargetList.objects.filter(segment=segment).exclude(every_hours=every_hours).update(every_hours=every_hours)
    )
    if changed:
        Event.record("segment.scheduled", by=by, subject=segment, facts={"every_hours": every_hours})


def health_sentence(segment: Segment) -> str:
    """“This list decides in two ways; split it”, where its members imply more than one route."""
    ways = list_health.ways(segment, looks.open_entries(segment.target_list), 1)
    return list_health.warning([name for name, _, count in ways if count.number])


def refresh_list(segment: Segment, *, by: User | None = None) -> Refreshed:
    if segment.archived_at:
        raise Refused(f"{segment.name} is put away; its list stands still. Take it out first.")
    return refresh(TargetList.objects.get(segment=segment), by=by)


def pin(
    segment: Segment, account: Account, kind: str, reason: str, *, by: User | None, expires_on: date | None = None
) -> Pin:
    """`kind` is include or exclude; the reason stands beside the account."""
    target = TargetList.objects.select_related("segment").get(segment=segment)
    return pins.pin(target, account, kind=kind, reason=reason, by=by, expires_on=expires_on)


def unpin(row: Pin, *, by: User | None) -> None:
    pins.unpin(row, by=by)
