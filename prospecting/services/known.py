"""What is known of a batch of accounts, read in a constant number of queries; the guard and the planner ask it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.models import Account, Contact, Membership, Organisation
from crm.services import suppression
from prospecting.models import Enrollment, ListEntry, Override, Reply, StageVisit, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.services import by_hand
from prospecting.services.published import SequenceFacts, sequences, stages
from prospecting.services.rows import (
    AccountRow,
    ElsewhereRow,
    Member,
    Person,
    ReplyRow,
    TouchRow,
    VisitRow,
    WalkRow,
    as_rows,
    in_pairs,
)

Pair = tuple[int, int]  # account, contact

LIVE = (Flight.PLANNED, Flight.PAUSED, Flight.IN_FLIGHT, Flight.UNCERTAIN)
MADE = (Flight.SENT, Flight.BOUNCED, Flight.UNCERTAIN, Flight.DROPPED)
SKIPPED = "skipped"  # the outcome of a touch that a person left out: its step is done
A_NO_COUNTS = timedelta(days=200)  # longer than any cool-off
REMEMBER = timedelta(days=30)  # how long a sent touch still ties a person to an account


@dataclass
class Known:
    """Everything read for one batch, by account, enrollment, family (parent and sites) or (account, contact)."""

    now: datetime
    organisation: Organisation | None
    families: dict[int, list[int]]  # the company, and all of its sites that are on file
    accounts: dict[int, AccountRow]
    people: dict[int, Person]
    members: dict[int, list[Member]]
    walks: dict[int, WalkRow]
    visits: dict[int, list[VisitRow]]
    touches: dict[int, list[TouchRow]]
    sequences: dict[int, SequenceFacts]
    elsewhere: dict[int, list[ElsewhereRow]]
    replies: dict[int, list[ReplyRow]]
    windows: dict[Pair, bool]
    overrides: dict[Pair, set[str]]
    skipped: Mapping[int, dict[int, str]]
    suppressed: dict[Pair, str]

    @property
    def one_budget(self) -> bool:
        """Parent and sites share the politeness budget, unless the organisation says otherwise."""
        return not self.organisation or self.organisation.sites_share_budget

    def family(self, account: int) -> int:
        return (self.accounts[account].parent or account) if self.one_budget else account

    def matters(self, touch: TouchRow) -> bool:
        """On its way, or made within the last month."""
        lately = touch.sent_at is not None and touch.sent_at >= self.now - REMEMBER
        return touch.state in LIVE or (touch.state == Flight.SENT and lately)

    def member(self, pair: Pair) -> Member | None:
        return next((row for row in self.members.get(pair[0], ()) if row.contact == pair[1]), None)


def of_accounts(ids: Collection[int], now: datetime) -> Known:
    """What is known of these accounts and of everyone there."""
    members, people = _members(Membership.objects.filter(account__in=ids))
    # Nobody asks what stands against a weak guess, or against someone who was stopped.
    pairs = [(row.account, row.contact) for rows in members.values() for row in rows if row.known]
    pairs = [(account, contact) for account, contact in pairs if people[contact].stopped_at is None]
    return _read(ids, pairs, members, people, now, Organisation.objects.first())


def of_pairs(pairs: Collection[Pair], now: datetime, organisation: Organisation | None = None) -> Known:
    """What is known of these people at these accounts."""
    accounts, contacts = {account for account, _ in pairs}, {contact for _, contact in pairs}
    members, people = _members(Membership.objects.filter(account__in=accounts, contact__in=contacts))
    if strangers := contacts - people.keys():
        people |= {row.id: row for row in as_rows(Person, Contact.objects.filter(pk__in=strangers))}
    return _read(accounts, pairs, members, people, now, organisation or Organisation.objects.first())


def _read(
    ids: Collection[int],
    pairs: Collection[Pair],
    members: dict[int, list[Member]],
    people: dict[int, Person],
    now: datetime,
    organisation: Organisation | None,
) -> Known:
    accounts = {row.id: row for row in as_rows(AccountRow, Account.objects.filter(pk__in=ids))}
    walks = {row.account: row for row in as_rows(WalkRow, Enrollment.objects.filter(account__in=ids, state__in=OPEN))}
    one_budget = not organisation or organisation.sites_share_budget
    families = _families(accounts.values()) if one_budget else {pk: [pk] for pk in accounts}
    touches = _touches(families, ids, one_budget, now)
    versions = {(row.sequence, row.sequence_since) for row in walks.values()}
    versions |= {(row.version, row.version_since) for rows in touches.values() for row in rows}
    replies = _replies(ids)
    _add_by_hand(accounts, families, touches, replies, one_budget, now)
    return Known(
        now=now,
        organisation=organisation,
        families=families,
        accounts=accounts,
        people=people,
        members=members,
        walks=walks,
        visits=_visits([row.id for row in walks.values()]),
        touches=touches,
        sequences=sequences(versions),
        elsewhere=_elsewhere(people, now),
        replies=replies,
        windows=_windows(ids),
        overrides=_overrides(ids, people),
        skipped=by_hand.skipped([row.id for row in walks.values()]),
        suppressed=suppression.barred({(a, c): (people[c].email, a) for a, c in pairs}),
    )


def _members(found: QuerySet[Membership]) -> tuple[dict[int, list[Member]], dict[int, Person]]:
    """Account → its people, the surest first; and who they are."""
    members: dict[int, list[Member]] = defaultdict(list)
    people: dict[int, Person] = {}
    ordered = found.filter(until=None).order_by("confidence", "-main", "since", "pk")
    for member, person in in_pairs(Member, Person, "contact", ordered):
        members[member.account].append(member)
        people[person.id] = person
    return members, people


def _visits(enrollments: Collection[int]) -> dict[int, list[VisitRow]]:
    """Enrollment → its stages in their order."""
    rows = StageVisit.objects.filter(enrollment__in=enrollments).order_by("stage__order", "pk").values_list(
        "pk", "enrollment_id", "stage_id", "state", "why", "opened_at", "waits_until", "stage__version__published_at",
        "stage__version_id",
    )  # fmt: skip
    read = list(rows)
    facts = stages((row[2], row[7]) for row in read)
    found: dict[int, list[VisitRow]] = defaultdict(list)
    for row in read:
        found[row[1]].append(VisitRow(*row[:7], facts[row[2]], row[8]))
    return found


def _families(accounts: Iterable[AccountRow]) -> dict[int, list[int]]:
    """Root → itself and its sites, in one query."""
    roots = {row.parent or row.id for row in accounts}
    found: dict[int, list[int]] = {root: [] for root in roots}
    rows = Account.objects.filter(Q(pk__in=roots) | Q(parent__in=roots)).values_list("pk", "parent_id")
    for pk, parent in rows:
        for root in {pk, parent} & roots:
            found[root].append(pk)
    return found


def _touches(
    families: Mapping[int, Collection[int]], ids: Collection[int], one_budget: bool, now: datetime
) -> dict[int, list[TouchRow]]:
    """Family → touches that count: all that were made or are planned here, and of its other sites the recent ones."""
    here = Q(account__in=ids)
    if one_budget:
        # One list of accounts, found by their keys: with "these, or those of the family" every touch there is would be read.
        recent = Q(state=Flight.SENT, sent_at__gte=now - REMEMBER) | Q(state__in=LIVE)
        here = Q(account__in=_all_of(families)) & (here | recent)
    here &= Q(state__in=[*LIVE, *MADE]) | Q(state=Flight.SKIPPED, outcome=SKIPPED)
    found: dict[int, list[TouchRow]] = defaultdict(list)
    for row in as_rows(TouchRow, Touch.objects.filter(here).order_by("pk")):
        found[(row.parent or row.account) if one_budget else row.account].append(row)
    return found


def _all_of(families: Mapping[int, Collection[int]]) -> list[int]:
    return sorted({pk for mine in families.values() for pk in mine})


def _add_by_hand(
    accounts: Mapping[int, AccountRow],
    families: Mapping[int, Collection[int]],
    touches: dict[int, list[TouchRow]],
    replies: dict[int, list[ReplyRow]],
    one_budget: bool,
    now: datetime,
) -> None:
    """Mails and calls beside the sequence spend the budget of the family; what was said in a call is an answer."""
    since, family = now - A_NO_COUNTS, _all_of(families)
    made, said = by_hand.calls(family, since)
    for rows in (*by_hand.mails(family, since).values(), *made.values()):
        for row in rows:
            touches[(row.parent or row.account) if one_budget else row.account].append(row)
    for account in said.keys() & accounts.keys():
        replies[account] = sorted([*replies.get(account, ()), *said[account]], key=lambda row: row.at)


def _elsewhere(contacts: Collection[int], now: datetime) -> dict[int, list[ElsewhereRow]]:
    recent = Q(state=Flight.SENT, sent_at__gte=now - REMEMBER) | Q(state__in=LIVE)
    rows = Touch.objects.filter(recent, contact__in=contacts, enrollment__state__in=OPEN).order_by("pk")
    found: dict[int, list[ElsewhereRow]] = defaultdict(list)
    for row in as_rows(ElsewhereRow, rows):
        found[row.contact].append(row)
    return found


def _replies(ids: Collection[int]) -> dict[int, list[ReplyRow]]:
    found: dict[int, list[ReplyRow]] = defaultdict(list)
    for row in as_rows(ReplyRow, Reply.objects.filter(account__in=ids).order_by("at")):
        found[row.account].append(row)
    return found


def _windows(ids: Collection[int]) -> dict[Pair, bool]:
    """(account, segment) → whether the when-rule let it be contacted at the last refresh."""
    rows = ListEntry.objects.filter(account__in=ids, left_at=None)
    return {(a, s): opened for a, s, opened in rows.values_list("account_id", "target_list__segment_id", "window_open")}


def _overrides(ids: Collection[int], contacts: Collection[int]) -> dict[Pair, set[str]]:
    """An override holds for one touch: the one it was given for, else the next to that person at the account."""
    rows = Override.objects.filter(account__in=ids, contact__in=contacts, outgoing=None)
    theirs = Touch.objects.filter(account=OuterRef("account"), contact=OuterRef("contact"))
    made = Q(state__in=[Flight.SENT, Flight.BOUNCED], sent_at__gte=OuterRef("at"))
    taken_back = Q(state=Flight.CANCELLED, created_at__gte=OuterRef("at"))
    over = Exists(theirs.filter(made | taken_back))
    standing = rows.filter(~over).exclude(touch__state__in=[Flight.SENT, Flight.BOUNCED, Flight.CANCELLED])
    found: dict[Pair, set[str]] = defaultdict(set)
    for account, contact, reason in standing.values_list("account_id", "contact_id", "reason"):
        found[(account, contact or 0)].add(reason)
    return found
