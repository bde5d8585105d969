"""What a segment's closed work teaches: shares of what it came down to, and which rule edit the outcomes speak for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import OperationalError
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from crm.errors import Refused
from crm.models import Account, Conversation, Event, Role
from prospecting.models import Attribution, EnrolledFacts, Enrollment, Route, Segment, SegmentVersion
from prospecting.models.enrollment import OPEN
from prospecting.queries import bounded, enrolled_facts, rule_parser
from prospecting.queries.dry_runs import DryRun, dry_run, version_in_use
from prospecting.reports import learning, mature_only, reached
from prospecting.rules import attribution, cuts, ladder
from prospecting.rules.learning import Share, needed_for_half

MOST = 5_000  # accounts a search is made over, the latest
DRY = 4_000  # milliseconds each statement of a proposal's dry run may take
PUT_ASIDE = 90  # days a proposal that a lead put aside is not made again


# What closed work came down to ------------------------------------------------------------------------------------


def closed(segment: Segment | None = None) -> QuerySet[Attribution]:
    """One row for each walk that ended without a held meeting."""
    rows = Attribution.objects.exclude(enrollment__state__in=OPEN).exclude(Exists(met()))
    return rows.filter(enrollment__segment_version__segment=segment) if segment else rows


def met() -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(reached(ladder.HELD), pk=OuterRef("enrollment"))


@dataclass(frozen=True)
class Part:
    """One cause with how many walks came down to it, and how many of them a person said so of."""

    cause: str
    walks: int
    confirmed: int
    whole: int

    @property
    def words(self) -> str:
        return attribution.CAUSES[self.cause][0] if self.cause else "Nobody has said"

    @property
    def about(self) -> str:
        return attribution.CAUSES[self.cause][1] if self.cause else "Nothing shows a cause; a person says."

    @property
    def share(self) -> str:
        """Of enough walks the share with its likely range; of fewer none."""
        said = Share(self.walks, self.whole, needed_for_half())
        return "" if said.too_few else said.words


def too_few(parts: list[Part]) -> str:
    """Said once for all shares, where there are not enough for any."""
    whole = sum(part.walks for part in parts)
    return f"Too few for shares: {whole:,}, need about {needed_for_half():,}." if 0 < whole < needed_for_half() else ""


def shares(segment: Segment, since: datetime | None = None) -> list[Part]:
    """Most frequent first; what nobody could say stands last."""
    rows = closed(segment).filter(**({"at__gte": since} if since else {})).order_by().values("cause")
    counted = rows.annotate(n=Count("pk"), said=Count("pk", filter=Q(confirmed_at__isnull=False)))
    found = [(row["cause"], row["n"], row["said"]) for row in counted]
    whole = sum(n for _, n, _ in found)
    parts = [Part(cause, n, said, whole) for cause, n, said in found]
    return sorted(parts, key=lambda part: (not part.cause, -part.walks, part.cause))


# Which rule edit the outcomes speak for ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """The accounts of a segment that were contacted and had their time, each by its latest walk."""

    accounts: list[int]
    walked: list[cuts.Walked]
    as_of_today: int  # of them, those of which nobody kept what was known then
    young: int
    cut_short: bool = False


@dataclass(frozen=True)
class Proposal:
    """A finding with the rule it would make, and what that would do to the list as it stands."""

    finding: cuts.Finding
    rule: str
    run: DryRun | None
    aside: bool = False

    @property
    def key(self) -> str:
        return self.finding.keep.rule

    @property
    def removes(self) -> str:
        """“would remove 112 of 640 targeted”; nothing of what was put aside, which is not tried."""
        if self.run is None:
            return "" if self.aside else "what it would remove takes too long to count here, and the draft shows it"
        return f"would remove {self.run.leaves:,} of {self.run.leaves + self.run.stays:,} targeted"

    @property
    def sentence(self) -> str:
        said = self.finding.sentence.rstrip(".")
        if self.finding.outcome != cuts.HELD:
            group, others = said.split("; ", 1)
            said = f"{group} and {self.finding.held:,} held a meeting; {others}"
        return f"{'; '.join(filter(None, [said, self.removes]))}."

    @property
    def reason(self) -> str:
        return self.finding.sentence[:300]

    @property
    def expected(self) -> str:
        """For the version's own record: what it is measured by in half a year."""
        one = self.finding
        now = (one.count + one.rest_count) / (one.of + one.rest_of)
        then = one.rest_count / one.rest_of
        said = f"{cuts.OUTCOMES[one.outcome].capitalize()}: {now:.0%} of the contacted until now, {then:.0%} without this group."
        return said.replace("%", " %")[:300]


@dataclass(frozen=True)
class Taught:
    """Everything the page of a segment says about its rule."""

    search: cuts.Search
    measured: Measured
    proposals: list[Proposal]
    drafted: list[str]  # terms of findings that the draft or the rule in use holds already


def measured(segment: Segment, now: datetime) -> Measured:
    """The latest walk of each account that was contacted and is as old as its route's patience; the latest `MOST` of them."""
    rows = Enrollment.objects.filter(segment_version__segment=segment).filter(reached(ladder.CONTACTED))
    old = mature_only(rows, now)
    latest = old.order_by("account", "-started_at", "-pk").distinct("account")
    answered = Enrollment.objects.filter(pk__in=latest.values("pk")).order_by("-started_at", "-pk")
    answered = answered.annotate(engaged=reached(ladder.ENGAGED), met=reached(ladder.HELD))
    found = list(answered.values_list("pk", "account_id", "engaged", "met")[: MOST + 1])
    taken = found[:MOST]
    kept = dict(EnrolledFacts.objects.filter(enrollment__in=[row[0] for row in taken]).values_list("pk", "facts"))
    today = facts_today([row[1] for row in taken if row[0] not in kept])
    walked = [cuts.Walked(kept.get(pk, today.get(account, {})), bool(engaged or met), bool(met)) for pk, account, engaged, met in taken]  # fmt: skip
    young = rows.exclude(pk__in=old.values("pk")).aggregate(n=Count("account", distinct=True))["n"]
    return Measured([row[1] for row in taken], walked, len(today), young or 0, len(found) > MOST)


def facts_today(accounts: list[int]) -> dict[int, dict[str, Any]]:
    """Of walks from before facts were kept: what is known now, and the page says so."""
    if not accounts:
        return {}
    roles = enrolled_facts.roles_known(accounts)
    parents = set(Account.objects.filter(parent__in=accounts).values_list("parent", flat=True))
    rows = Account.objects.filter(pk__in=accounts)
    return {row.pk: enrolled_facts.facts_of(row, roles[row.pk], row.pk in parents) for row in rows}


def taught(segment: Segment, now: datetime, most: int = cuts.SHOWN) -> Taught:
    """The search, and the first so many findings that a rule can act on, each with its dry run; nothing changes by it."""
    known = measured(segment, now)
    search = cuts.search(known.walked)
    base = rule_to_narrow(segment)
    if base is None:
        return Taught(search, known, [], [])
    here = [one.keep.rule for one in search.proposals if rule_parser.holds(base.rule, one.keep.rule)]
    return Taught(search, known, list(islice(proposals(segment, base, search, now), most)), here)


def speaks_for(segment: Segment, term: str, now: datetime) -> cuts.Finding | None:
    """The finding that proposes this term today; no dry run is made for it."""
    search = cuts.search(measured(segment, now).walked)
    return next((one for one in search.proposals if one.keep.rule == term), None)


def rule_to_narrow(segment: Segment) -> SegmentVersion | None:
    """The draft where one stands, else the version in use: a proposal adds to it and never overwrites."""
    draft = segment.versions.filter(state=SegmentVersion.State.DRAFT).select_related("route_version__route").first()
    return draft or version_in_use(segment.pk)


def proposals(segment: Segment, base: SegmentVersion, search: cuts.Search, now: datetime) -> Iterator[Proposal]:
    """What would narrow the rule, one after another as they are asked for: those put aside come last, and are not tried."""
    rested = resting(segment, now)
    for one in sorted(search.proposals, key=lambda one: one.keep.rule in rested):
        term = one.keep.rule
        if rule_parser.holds(base.rule, term):
            continue
        edit = Proposal(one, rule_parser.narrowed(base.rule, term), None, aside=term in rested)
        if found := edit if edit.aside else tried(segment, base, edit):
            yield found


def tried(segment: Segment, base: SegmentVersion, edit: Proposal) -> Proposal | None:
    """With the dry run of a version that is not written; None where the language of rules refuses it, or nobody would leave."""
    version = SegmentVersion(
        segment=segment,
        number=base.number + 1,
        rule=edit.rule,
        when_rule=base.when_rule,
        route_version=base.route_version,
    )
    try:
        with bounded.within(DRY):
            run = dry_run(version)
    except OperationalError:  # the database cancelled it
        return edit
    except Refused:
        return None
    return replace(edit, run=run) if run.leaves else None


def put_aside(segment: Segment, term: str, now: datetime) -> bool:
    return term in resting(segment, now)


def resting(segment: Segment, now: datetime) -> set[str]:
    """The terms that a lead put aside, and that rest."""
    rows = Event.objects.filter(
        subject_type="prospecting.segment", subject_id=segment.pk, kind="segment.proposal_aside"
    )
    return set(rows.filter(at__gte=now - timedelta(days=PUT_ASIDE)).values_list("facts__term", flat=True))


def finding_of(search: cuts.Search, term: str) -> cuts.Finding | None:
    """The finding that a term of the rule language names: the group itself, or what keeps the others."""
    every = [*search.findings, *([search.nearest] if search.nearest else [])]
    return next((one for one in every if term in (one.group.rule, one.keep.rule)), None)


def accounts_of(found: Taught | Measured, finding: cuts.Finding, what: str) -> QuerySet[Account]:
    """The accounts behind a finding: the group, those of it that answered or met, or the others."""
    known = found.measured if isinstance(found, Taught) else found
    inside = [bool(finding.mask >> n & 1) for n in range(len(known.accounts))]
    rows = zip(known.accounts, known.walked, inside, strict=True)
    fits = {
        "others": lambda row, here: not here,
        "others_hit": lambda row, here: not here and getattr(row, finding.outcome),
        "hit": lambda row, here: here and getattr(row, finding.outcome),
    }.get(what, lambda row, here: here)
    return Account.objects.filter(pk__in=[pk for pk, row, here in rows if fits(row, here)]).select_related("owner")


OF_A_WALK = {"contacted": "written to", "answered": "answered", "held": "held a meeting"}


def behind(
    segment: Segment, asked: Mapping[str, Any], now: datetime, readable: QuerySet[Conversation]
) -> tuple[QuerySet[Account], str] | None:
    """The accounts behind one figure of a segment's page, and what they are called; None for a figure it does not have.

    `term` names a finding, else `first` the role written to first or `route` the route; `what` how far they came.
    """
    term, what = str(asked.get("term", "")).replace("\x00", ""), str(asked.get("what", ""))
    if term:
        return behind_finding(segment, term, what, now)
    what = what if what in OF_A_WALK else "contacted"
    cut, role, route = learning.Cut(segment=segment), key_of(asked, "first"), key_of(asked, "route")
    if name := Role.objects.filter(pk=role).values_list("name", flat=True).first():
        rows = learning.accounts_behind(cut, what, first=role, now=now, readable=readable)
        return rows, f"{name} first: {OF_A_WALK[what]}"
    if name := Route.objects.filter(pk=route).values_list("name", flat=True).first():
        return learning.accounts_of_route(cut, route, what, now), f"{name}: {OF_A_WALK[what]}"
    return None


def key_of(asked: Mapping[str, Any], name: str) -> int:
    """The id that an address names; 0, which no row has, for anything else."""
    text = str(asked.get(name, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def behind_finding(segment: Segment, term: str, what: str, now: datetime) -> tuple[QuerySet[Account], str] | None:
    known = measured(segment, now)
    found = finding_of(cuts.search(known.walked), term)
    if found is None:
        return None
    did, group = cuts.OUTCOMES[found.outcome], found.group.words[:1].upper() + found.group.words[1:]
    words = {"hit": f": {did}", "others": ": everybody else", "others_hit": f": others who {did}"}
    return accounts_of(known, found, what), group + words.get(what, "")
