"""A rule edit that outcomes speak for becomes a draft, or is put aside; nothing else changes."""

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from prospecting.models import Segment, SegmentVersion
from prospecting.queries import rule_parser
from prospecting.reports import findings
from prospecting.services import segments

SILENT = "The outcomes do not speak for this any more. Look again at what they say."


def take_up(segment: Segment, term: str, *, by: User) -> SegmentVersion:
    """Make a proposal the draft, or add it to the one that stands, with its reason and what to expect beside it.

    The search is made again, so that what is written beside the draft is true today; nobody waits for it.
    """
    found = findings.speaks_for(segment, term, clock.now())
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        base = findings.rule_to_narrow(segment)
        if found is None or base is None:
            raise Refused(SILENT)
        if rule_parser.holds(base.rule, term):
            raise Refused("That is in the rule already.")
        one = findings.Proposal(found, rule_parser.narrowed(base.rule, term), None)
        return written(segment, base, one, by)


def written(segment: Segment, base: SegmentVersion, one: findings.Proposal, by: User) -> SegmentVersion:
    version = segments.draft(segment, rule=one.rule, when_rule=base.when_rule, route_version=base.route_version, by=by)
    version.reason = " ".join(filter(None, [version.reason, one.reason]))[:300]
    version.expected = one.expected
    version.save(update_fields=["reason", "expected"])
    Event.record("segment.proposal_taken", by=by, subject=segment, why=one.reason[:500], facts={"term": one.key})
    return version


@transaction.atomic
def put_aside(segment: Segment, term: str, *, reason: str, by: User) -> None:
    """A lead knows better: the proposal is not made again for a while. Twice is once."""
    if not reason.strip():
        raise Refused("Say why not; whoever sees it next will ask.")
    now = clock.now()
    if findings.speaks_for(segment, term, now) is None:
        raise Refused(SILENT)
    Segment.objects.select_for_update().get(pk=segment.pk)
    if findings.put_aside(segment, term, now):
        return
    facts = {"term": term[:600]}
    Event.record("segment.proposal_aside", by=by, subject=segment, why=reason.strip()[:500], facts=facts)
