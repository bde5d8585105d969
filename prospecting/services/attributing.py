"""Closed work is attributed: proposed in the transaction that ends a walk, confirmed or changed by a person."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, User
from crm.services.accounts import queue_up
from prospecting.models import Attribution, EnrolledFacts, Enrollment, ListEntry, Reply, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.queries import enrolled_facts
from prospecting.reports import reached
from prospecting.rules import ladder
from prospecting.rules.attribution import CAUSES, Ended, propose
from prospecting.services.queueing import hold

UNDER_WAY = ("role.missing", "enrollment.variant_switched")
THE_MERGE = "the merge"
JUST_NOW = timedelta(minutes=5)  # what is only known of today says nothing of a walk that ended before


@dataclass
class Known:
    """What the upper half knows of one walk."""

    reason: str = ""
    unfit: bool = False
    not_theirs: bool = False
    went_cold_after: timedelta | None = None


# Functions (enrollment ids) -> what the upper half knows of each; entered in AppConfig.ready().
also_known: list[Callable[[list[int]], dict[int, Known]]] = []


# What was known when it began -------------------------------------------------------------------------------------


def keep_facts(walks: Collection[Enrollment]) -> None:
    """Freeze what rules may ask about the accounts of walks that begin: two questions and one insert for all of them."""
    accounts = {walk.account_id: walk.account for walk in walks}
    roles = enrolled_facts.roles_known(accounts)
    parents = set(Account.objects.filter(parent__in=accounts).values_list("parent", flat=True))
    EnrolledFacts.objects.bulk_create(
        EnrolledFacts(
            enrollment=walk,
            facts=enrolled_facts.facts_of(walk.account, roles[walk.account_id], walk.account_id in parents),
        )
        for walk in walks
    )


# What it came down to ---------------------------------------------------------------------------------------------


@transaction.atomic
def attribute(enrollments: Collection[int]) -> int:
    """Propose what ended walks without a held meeting came down to; what a person said stays. How many were written.

    The accounts are held.
    """
    ended = Enrollment.objects.filter(pk__in=enrollments).exclude(state__in=OPEN)
    ended = ended.select_related("prospector", "segment_version").order_by("pk")
    walks = {walk.pk: walk for walk in ended.select_for_update(of=("self",), no_key=True)}
    # Asked once the walks are ours: somebody may have said so while we waited.
    spoken = Attribution.objects.filter(enrollment__in=walks, confirmed_at__isnull=False)
    said = set(spoken.values_list("enrollment", flat=True))
    if said:
        spoken.update(at=Subquery(Enrollment.objects.filter(pk=OuterRef("enrollment")).values("ended_at")))
    over = said | held(walks)
    rows = proposed({pk: walk for pk, walk in walks.items() if pk not in over})
    Attribution.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["enrollment"],
        update_fields=["cause", "proposed", "because", "content", "team", "at"],
    )  # fmt: skip
    return len(rows)


def held(walks: Iterable[int]) -> set[int]:
    """Those that brought a held meeting which still stands."""
    return set(Enrollment.objects.filter(reached(ladder.HELD), pk__in=list(walks)).values_list("pk", flat=True))


def proposed(walks: dict[int, Enrollment]) -> dict[int, Attribution]:
    """The row of each walk as it would be written now: a constant number of questions, whatever their number."""
    if not walks:
        return {}
    replies, now = replies_on(walks), clock.now()
    facts = gathered(walks, replies, now)
    rows = {}
    for pk, walk in walks.items():
        said = propose(facts[pk])
        rows[pk] = Attribution(
            enrollment=walk, account_id=walk.account_id, cause=said.cause, proposed=said.cause, because=said.because[:300],
            content=said.said, team_id=whose(walk, replies[pk]), at=walk.ended_at or now,
        )  # fmt: skip
    return rows


def whose(walk: Enrollment, replies: Iterable[Reply]) -> int | None:
    """The team that reads what was said on a walk: of its replies, else of its prospector; None where there are several."""
    teams: set[int | None] = {reply.team_id for reply in replies} or {walk.prospector.team_id}
    return teams.pop() if len(teams) == 1 else None


def gathered(walks: dict[int, Enrollment], replies: dict[int, list[Reply]], now: datetime) -> dict[int, Ended]:
    """What happened on these walks."""
    sent, above, events, shut = sent_on(walks), known_above(walks), under_way(walks, now), window_closed(walks, now)
    return {
        pk: Ended(
            labels=[reply.label for reply in replies[pk] if reply.counts],
            reason=above[pk].reason, unfit=above[pk].unfit, not_theirs=above[pk].not_theirs,
            went_cold_after=above[pk].went_cold_after, route_switched="enrollment.variant_switched" in events[pk],
            role_missing="role.missing" in events[pk], window_closed=pk in shut, **sent[pk],
            rested_until=walk.rests_until if walk.rests_until and walk.rests_until > (walk.ended_at or now).date() else None,
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


def replies_on(walks: Iterable[int]) -> dict[int, list[Reply]]:
    found: dict[int, list[Reply]] = defaultdict(list)
    for reply in Reply.objects.filter(enrollment__in=list(walks)).order_by("at", "pk"):
        found[reply.enrollment_id].append(reply)  # type: ignore[index]
    return found


def window_closed(walks: dict[int, Enrollment], now: datetime) -> set[int]:
    """Walks whose own list says that this is not their time; it says so of today, and nothing of what ended before."""
    ending = [walk for walk in walks.values() if walk.ended_at is None or walk.ended_at > now - JUST_NOW]
    rows = ListEntry.objects.filter(account__in=[walk.account_id for walk in ending], left_at=None, window_open=False)
    shut = set(rows.values_list("account_id", "target_list__segment_id"))
    return {walk.pk for walk in ending if (walk.account_id, walk.segment_version.segment_id) in shut}


def known_above(walks: Iterable[int]) -> dict[int, Known]:
    ids = list(walks)
    found: dict[int, Known] = defaultdict(Known)
    for ask in also_known:
        found.update(ask(ids))
    return found


def under_way(walks: dict[int, Enrollment], now: datetime) -> dict[int, set[str]]:
    """What happened at the account between each walk's beginning and its end."""
    first = min(walk.started_at for walk in walks.values())
    accounts = {walk.account_id for walk in walks.values()}
    rows = Event.objects.filter(account__in=accounts, at__gte=first, kind__in=UNDER_WAY)
    happened: dict[int | None, list[tuple[str, datetime]]] = defaultdict(list)
    for account, kind, at in rows.values_list("account_id", "kind", "at"):
        happened[account].append((kind, at))
    return {
        pk: {kind for kind, at in happened[walk.account_id] if walk.started_at <= at <= (walk.ended_at or now)}
        for pk, walk in walks.items()
    }


@transaction.atomic
def confirm(enrollment: Enrollment, cause: str, *, by: User, instead_of: str = "") -> Attribution:
    """A person says what it came down to: as proposed, or something else. Nobody asks again.

    `instead_of` is the word of another person that this one replaces; Refused where that is not what they said.
    """
    if cause not in CAUSES:
        raise Refused("Say what it came down to: the list, the role, the route, the timing, the copy or a slow answer.")
    queue_up(enrollment.account_id)
    rows = Enrollment.objects.select_related("prospector", "segment_version")
    walk = rows.select_for_update(of=("self",), no_key=True).get(pk=enrollment.pk)
    if held([walk.pk]):
        raise Refused("A meeting was held on this walk, so it is no lost work.")
    row = Attribution.objects.filter(enrollment=walk).first() or proposed({walk.pk: walk})[walk.pk]
    if row.confirmed_at and row.by_id != by.pk and row.cause != instead_of:
        raise Refused(f"What {row.account} came down to has been said already. Load the page again to see it.")
    if row.confirmed_at and row.cause == cause:
        return row
    before, row.cause, row.by, row.confirmed_at = row.cause, cause, by, clock.now()
    if cause != row.proposed and not row.content:  # they know more than what everybody sees
        row.content, row.team_id = True, (None if by.is_admin else by.team_id) or row.team_id
    row.save()
    tell(row, before, by)
    return row


def tell(row: Attribution, before: str, by: User) -> None:
    """On the timeline, for those who may read the row; of content that is no team's it tells only that something was said."""
    open_to_some = row.team_id or not row.content
    facts = {"cause": row.cause, "proposed": row.proposed, "before": before}
    Event.record(
        "enrollment.attributed", by=by, subject=row.enrollment, account_id=row.account_id,
        team_id=row.team_id if row.content else None,
        why=CAUSES[row.cause][0] if open_to_some else "", facts=facts if open_to_some else {},
    )  # fmt: skip


@transaction.atomic
def confirm_each(said: Iterable[tuple[Attribution, str, str]], *, by: User) -> int:
    """Of many rows, each with what is said and what that replaces: all of them or none. How many were said."""
    asked = [(row, cause, instead_of) for row, cause, instead_of in said if cause]
    hold(row.account_id for row, _, _ in asked)
    for row, cause, instead_of in asked:
        confirm(row.enrollment, cause, by=by, instead_of=instead_of)
    return len(asked)


def latest_walk(account: Account) -> Enrollment | None:
    """The open walk of an account, else the last one that ended: what somebody who closes it speaks of."""
    rows = Enrollment.objects.filter(account=account).select_related("prospector", "segment_version")
    return rows.filter(state__in=OPEN).first() or rows.order_by("-started_at", "-pk").first()


def is_open(walk: int | None) -> bool:
    """Whether anybody is asked: it is a walk, nobody has said so, and it brought no held meeting."""
    said = Attribution.objects.filter(enrollment=walk, confirmed_at__isnull=False)
    return walk is not None and not said.exists() and not held([walk])


def asked_of(walk: Enrollment | None) -> Attribution | None:
    """What a person said a walk came down to, else what would be proposed now; None where a meeting was held, or of no walk."""
    if walk is None or held([walk.pk]):
        return None
    said = Attribution.objects.filter(enrollment=walk, confirmed_at__isnull=False).select_related("by").first()
    return said or proposed({walk.pk: walk})[walk.pk]


@transaction.atomic
def attribute_older(limit: int = 2_000) -> int:
    """Walks that ended before anything was attributed, or whose end was written past the verbs.

    Left out are those that only a merge ended, and accounts that somebody holds just now.
    """
    of_walk = Event.objects.filter(subject_type=Enrollment._meta.label_lower, subject_id=OuterRef("pk"))
    merged = of_walk.filter(kind="enrollment.closed", actor_name=THE_MERGE)
    rows = Enrollment.objects.exclude(state__in=OPEN).filter(attribution=None, ended_at__isnull=False)
    rows = rows.exclude(reached(ladder.HELD)).exclude(Exists(merged)).order_by("pk")
    found = dict(rows.values_list("pk", "account_id")[:limit])
    free = Account.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=found.values()).order_by("pk")
    ours = set(free.values_list("pk", flat=True))
    return attribute([pk for pk, account in found.items() if account in ours])
