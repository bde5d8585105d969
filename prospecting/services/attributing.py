"""Closed work is attributed: proposed in the transaction that ends a walk, confirmed or changed by a person."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Membership, User
from prospecting.models import Attribution, EnrolledFacts, Enrollment, ListEntry, Reply, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.reports import reached
from prospecting.rules import ladder
from prospecting.rules.attribution import CAUSES, Ended, Proposal, propose

UNDER_WAY = ("role.missing", "enrollment.variant_switched")


@dataclass
class Known:
    """What the upper half knows of one walk."""

    reason: str = ""
    unfit: bool = False
    not_theirs: bool = False
    went_cold_after: timedelta | None = None
    labels: tuple[str, ...] = field(default=())


# Functions (enrollment ids) -> what the upper half knows of each; entered in AppConfig.ready().
also_known: list[Callable[[list[int]], dict[int, Known]]] = []


# What was known when it began -------------------------------------------------------------------------------------


def keep_facts(walks: Collection[Enrollment]) -> None:
    """Freeze what rules may ask about the accounts of walks that begin: two questions and one insert for all of them."""
    accounts = {walk.account_id: walk.account for walk in walks}
    roles = roles_known(accounts)
    parents = set(Account.objects.filter(parent__in=accounts).values_list("parent", flat=True))
    EnrolledFacts.objects.bulk_create(
        EnrolledFacts(enrollment=walk, facts=facts_of(walk.account, roles[walk.account_id], walk.account_id in parents))
        for walk in walks
    )


def roles_known(accounts: Iterable[int]) -> dict[int, set[str]]:
    """Names of the roles that somebody is known for, as `role_filled` asks."""
    here = Membership.objects.filter(account__in=list(accounts), until=None, contact__stopped_at=None)
    sure = here.filter(confidence__in=("certain", "high")).exclude(role__slug="unknown")
    found: dict[int, set[str]] = defaultdict(set)
    for account, role in sure.values_list("account_id", "role__name"):
        found[account].add(role)
    return found


def facts_of(account: Account, roles: Collection[str], has_sites: bool) -> dict[str, Any]:
    """What the fields of rules say of an account; what is not known is left out."""
    plain = {
        name: getattr(account, name) for name in ("industry", "country", "state_name", "city", "employees", "sites")
    }
    many = {"regulated": list(account.regulated), "tag": list(account.tags), "role_filled": sorted(roles)}
    own = {"is_site": account.parent_id is not None, "has_sites": has_sites, "custom": account.custom}
    return {name: value for name, value in {**plain, **many, **own}.items() if value not in (None, "", [], {}, False)}


# What it came down to ---------------------------------------------------------------------------------------------


@transaction.atomic
def attribute(enrollments: Collection[int]) -> int:
    """Propose what ended walks without a held meeting came down to; what a person said stays. How many were written."""
    ended = Enrollment.objects.filter(pk__in=enrollments).exclude(state__in=OPEN)
    spoken = Attribution.objects.filter(enrollment__in=enrollments, confirmed_at__isnull=False)
    walks = {
        walk.pk: walk
        for walk in ended.exclude(pk__in=spoken.values("enrollment")).select_related("prospector", "segment_version")
    }
    for pk in held(walks):
        del walks[pk]
    if not walks:
        return 0
    facts, teams = gathered(walks), {walk.pk: walk.prospector.team_id for walk in walks.values()}
    rows = [proposed(walk, propose(facts[walk.pk]), teams[walk.pk]) for walk in walks.values()]
    Attribution.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["enrollment"],
        update_fields=["cause", "proposed", "because", "team", "at"],
    )  # fmt: skip
    return len(rows)


def held(walks: Iterable[int]) -> set[int]:
    """Those that brought a held meeting which still stands."""
    return set(Enrollment.objects.filter(reached(ladder.HELD), pk__in=list(walks)).values_list("pk", flat=True))


def proposed(walk: Enrollment, said: Proposal, team: int | None) -> Attribution:
    return Attribution(
        enrollment=walk, account_id=walk.account_id, cause=said.cause, proposed=said.cause, because=said.because[:300],
        team_id=team if said.said else None, at=walk.ended_at or clock.now(),
    )  # fmt: skip


def gathered(walks: dict[int, Enrollment]) -> dict[int, Ended]:
    """What happened on these walks: a constant number of questions, whatever their number."""
    sent, heard, above = sent_on(walks), heard_on(walks), known_above(walks)
    events, shut = under_way(walks), window_closed(walks)
    return {
        pk: Ended(
            labels=above[pk].labels or tuple(heard[pk]),
            reason=above[pk].reason, unfit=above[pk].unfit, not_theirs=above[pk].not_theirs,
            went_cold_after=above[pk].went_cold_after, route_switched="enrollment.variant_switched" in events[pk],
            role_missing="role.missing" in events[pk], window_closed=walk.account_id in shut, **sent[pk],
            rested_until=walk.rests_until if walk.ended_at and walk.rests_until and walk.rests_until > walk.ended_at.date() else None,
        )
        for pk, walk in walks.items()
    }  # fmt: skip


def sent_on(walks: Iterable[int]) -> dict[int, dict[str, int]]:
    there = Q(state=Flight.SENT, reached=True)
    rows = Touch.objects.filter(enrollment__in=list(walks)).values("enrollment").order_by()
    counted = rows.annotate(
        mails=Count("pk", filter=there),
        people=Count("contact", filter=there, distinct=True),
        bounced=Count("pk", filter=Q(state=Flight.BOUNCED)),
    )
    found = {pk: {"mails": 0, "people": 0, "bounced": 0} for pk in walks}
    for row in counted:
        found[row["enrollment"]] = {name: row[name] for name in ("mails", "people", "bounced")}
    return found


def heard_on(walks: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Reply.objects.filter(enrollment__in=list(walks), counts=True).order_by("at", "pk")
    for walk, label in rows.values_list("enrollment_id", "label"):
        found[walk].append(label)  # type: ignore[index]
    return found


def window_closed(walks: dict[int, Enrollment]) -> set[int]:
    """Accounts whose own list says that this is not their time."""
    rows = ListEntry.objects.filter(
        account__in=[walk.account_id for walk in walks.values()], left_at=None, window_open=False
    )
    segments = {walk.account_id: walk.segment_version.segment_id for walk in walks.values()}
    found = rows.values_list("account_id", "target_list__segment_id")
    return {account for account, segment in found if segments[account] == segment}


def known_above(walks: Iterable[int]) -> dict[int, Known]:
    ids = list(walks)
    found: dict[int, Known] = defaultdict(Known)
    for ask in also_known:
        found.update(ask(ids))
    return found


def under_way(walks: dict[int, Enrollment]) -> dict[int, set[str]]:
    """What happened at the account between the walk's beginning and its end."""
    of_account = {walk.account_id: walk for walk in walks.values()}
    first = min(walk.started_at for walk in walks.values())
    rows = Event.objects.filter(account__in=of_account, at__gte=first, kind__in=UNDER_WAY)
    found: dict[int, set[str]] = defaultdict(set)
    for account, kind, at in rows.values_list("account_id", "kind", "at"):
        walk = of_account[account]  # type: ignore[index]
        if walk.started_at <= at:
            found[walk.pk].add(kind)
    return found


@transaction.atomic
def confirm(enrollment: Enrollment, cause: str, *, by: User) -> Attribution:
    """A person says what it came down to: as proposed, or something else. Nobody asks again."""
    if cause not in CAUSES:
        raise Refused("Say what it came down to: the list, the role, the route, the timing, the copy or a slow answer.")
    row = Attribution.objects.select_for_update().filter(enrollment=enrollment).first()
    if row is None:
        found = propose(gathered({enrollment.pk: enrollment})[enrollment.pk])
        row = proposed(enrollment, found, enrollment.prospector.team_id)
    before, row.cause, row.by, row.confirmed_at = row.cause, cause, by, clock.now()
    row.save()
    facts = {"cause": cause, "proposed": row.proposed, "before": before}
    Event.record(
        "enrollment.attributed", by=by, subject=enrollment, account_id=enrollment.account_id,
        team_id=enrollment.prospector.team_id, why=CAUSES[cause][0], facts=facts,
    )  # fmt: skip
    return row


def latest_walk(account: Account) -> Enrollment | None:
    """The open walk of an account, else the last one that ended: what somebody who closes it speaks of."""
    rows = Enrollment.objects.filter(account=account).select_related("prospector", "account", "segment_version")
    return rows.filter(state__in=OPEN).first() or rows.order_by("-started_at", "-pk").first()


def outlook(account: Account, **more: Any) -> tuple[Proposal, Attribution | None]:
    """What would be proposed if the account were closed now, and what a person said already."""
    walk = latest_walk(account)
    if walk is None:
        return Proposal("", ""), None
    said = Attribution.objects.filter(enrollment=walk, confirmed_at__isnull=False).first()
    return propose(replace(gathered({walk.pk: walk})[walk.pk], **more)), said


@transaction.atomic
def attribute_older(limit: int = 2_000) -> int:
    """Walks that ended before anything was attributed, or whose end was written past the verbs."""
    rows = Enrollment.objects.exclude(state__in=OPEN).filter(attribution=None, ended_at__isnull=False)
    rows = rows.exclude(reached(ladder.HELD))
    return attribute(list(rows.order_by("pk").values_list("pk", flat=True)[:limit]))
