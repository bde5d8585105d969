"""Gathering what the guard asks, for one person or a thousand, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Q

from crm.models import Account, Contact, Mailbox, Membership, Organisation
from crm.rules.working_time import add_working_days, to_utc
from crm.services import suppression
from prospecting.models import Enrollment, ListEntry, Override, Reply, StageVisit, Step, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.rules import gates, guard
from prospecting.rules.guard import Facts
from prospecting.rules.sender import Used
from prospecting.services.mailbox_load import mailbox_facts, used_by, zone_of

Pair = tuple[int, int]  # account, contact

LIVE = (Flight.PLANNED, Flight.PAUSED, Flight.IN_FLIGHT, Flight.UNCERTAIN)
REMEMBER = timedelta(days=30)  # how long a sent touch still ties a person to an account
WEEK = timedelta(days=7)


@dataclass
class _World:
    """Everything read for one batch."""

    organisation: Organisation | None
    accounts: dict[int, Account]
    contacts: dict[int, Contact]
    memberships: dict[Pair, Membership]
    enrollments: dict[int, Enrollment]
    visits: dict[int, list[StageVisit]]
    family: dict[int, int]
    touches: dict[int, list[dict[str, Any]]]
    elsewhere: dict[int, list[dict[str, Any]]]
    last_step: dict[tuple[int, int], int]
    replies: dict[int, list[Reply]]
    windows: dict[Pair, bool]
    overrides: dict[Pair, set[str]]
    suppressed: dict[Pair, str] = field(default_factory=dict)


def gather(
    pairs: Sequence[Pair], *, purpose: str, now: datetime, mailbox: Mailbox | None = None, used: Used | None = None
) -> dict[Pair, Facts]:
    """Facts for each (account, contact); an answer asks little and so reads little."""
    if purpose == guard.ANSWER:
        return _facts_for_answers(pairs, mailbox)
    world = _read(pairs, now)
    if mailbox and used is None:
        used = used_by([mailbox], world.organisation, now)[mailbox.pk]
    return {pair: _facts(pair, world, mailbox, used or Used(), now) for pair in pairs}


def _facts_for_answers(pairs: Sequence[Pair], mailbox: Mailbox | None) -> dict[Pair, Facts]:
    accounts = Account.objects.in_bulk({account for account, _ in pairs})
    contacts = Contact.objects.in_bulk({contact for _, contact in pairs})
    barred = _suppressed(pairs, contacts)
    box = guard.MailboxFacts(mailbox.address, _paused_why(mailbox)) if mailbox else None
    return {
        (a, c): Facts(
            person=contacts[c].name,
            account=accounts[a].name,
            suppressed=barred.get((a, c), ""),
            account_closed=accounts[a].is_closed,
            mailbox=box,
        )
        for a, c in pairs
    }


def _paused_why(mailbox: Mailbox) -> str:
    return (mailbox.paused_reason or "it is paused.") if mailbox.state == Mailbox.State.PAUSED else ""


def _read(pairs: Sequence[Pair], now: datetime) -> _World:
    account_ids, contact_ids = {a for a, _ in pairs}, {c for _, c in pairs}
    accounts = {row.pk: row for row in Account.objects.filter(pk__in=account_ids).select_related("owner")}
    contacts = Contact.objects.in_bulk(contact_ids)
    organisation = Organisation.objects.first()
    enrollments = _enrollments(account_ids)
    family, members = _families(accounts, organisation)
    touches = _touches(members, now)
    return _World(
        organisation=organisation,
        accounts=accounts,
        contacts=contacts,
        memberships=_memberships(account_ids, contact_ids),
        enrollments=enrollments,
        visits=_visits([row.pk for row in enrollments.values()]),
        family=family,
        touches=touches,
        elsewhere=_elsewhere(contact_ids, account_ids, now),
        last_step=_last_steps(touches, enrollments),
        replies=_replies(account_ids, now),
        windows=_windows(account_ids),
        overrides=_overrides(account_ids, contact_ids),
        suppressed=_suppressed(pairs, contacts),
    )


def _enrollments(account_ids: Iterable[int]) -> dict[int, Enrollment]:
    rows = Enrollment.objects.filter(account__in=account_ids, state__in=OPEN)
    return {
        row.account_id: row for row in rows.select_related("prospector", "policy", "segment_version", "route_version")
    }


def _visits(enrollment_ids: Iterable[int]) -> dict[int, list[StageVisit]]:
    found: dict[int, list[StageVisit]] = defaultdict(list)
    rows = StageVisit.objects.filter(enrollment__in=enrollment_ids).select_related("stage")
    for visit in rows.prefetch_related("stage__roles").order_by("stage__order"):
        found[visit.enrollment_id].append(visit)
    return found


def _memberships(account_ids: Iterable[int], contact_ids: Iterable[int]) -> dict[Pair, Membership]:
    rows = Membership.objects.filter(account__in=account_ids, contact__in=contact_ids, until=None)
    return {(row.account_id, row.contact_id): row for row in rows.select_related("role")}


def _families(accounts: dict[int, Account], organisation: Organisation | None) -> tuple[dict[int, int], dict[int, int]]:
    """Parent and sites share one budget, unless the organisation says otherwise: account → family, member → family."""
    if organisation and not organisation.sites_share_budget:
        alone = {pk: pk for pk in accounts}
        return alone, alone
    family = {pk: row.parent_id or pk for pk, row in accounts.items()}
    roots = set(family.values())
    rows = Account.objects.filter(Q(pk__in=roots) | Q(parent__in=roots)).values_list("pk", "parent_id")
    return family, {pk: (parent or pk) for pk, parent in rows} | family


def _touches(members: dict[int, int], now: datetime) -> dict[int, list[dict[str, Any]]]:
    """Touches of each family that still matter: on their way, or made within the last month."""
    recent = Q(state=Flight.SENT, sent_at__gte=now - REMEMBER)
    rows = Touch.objects.filter(recent | Q(state__in=LIVE), account__in=list(members)).values(
        "pk", "account_id", "contact_id", "state", "sent_at", "reached", "step__role_id", "step__order",
        "visit__state", "enrollment__state", "enrollment__sequence_version_id",
        "contact__first_name", "contact__last_name", "contact__stopped_at",
    )  # fmt: skip
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[members[row["account_id"]]].append(dict(row))
    return found


def _elsewhere(
    contact_ids: Iterable[int], account_ids: Iterable[int], now: datetime
) -> dict[int, list[dict[str, Any]]]:
    """Touches of the same people for other accounts that are being worked."""
    recent = Q(state=Flight.SENT, sent_at__gte=now - REMEMBER)
    rows = Touch.objects.filter(recent | Q(state__in=LIVE), contact__in=contact_ids, enrollment__state__in=OPEN).values(
        "account_id", "contact_id", "account__name", "account__parent_id", "sent_at"
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["contact_id"]].append(dict(row))
    return found


def _last_steps(
    touches: dict[int, list[dict[str, Any]]], enrollments: dict[int, Enrollment]
) -> dict[tuple[int, int], int]:
    versions = {row["enrollment__sequence_version_id"] for rows in touches.values() for row in rows}
    versions |= {row.sequence_version_id for row in enrollments.values()}
    rows = Step.objects.filter(version__in=versions).values("version_id", "role_id").annotate(last=Max("order"))
    return {(row["version_id"], row["role_id"]): row["last"] for row in rows.order_by()}


def _replies(account_ids: Iterable[int], now: datetime) -> dict[int, list[Reply]]:
    rows = Reply.objects.filter(account__in=account_ids, at__gte=now - timedelta(days=200))
    found: dict[int, list[Reply]] = defaultdict(list)
    for row in rows.select_related("contact", "message").defer("message__raw", "message__html").order_by("at"):
        found[row.account_id or 0].append(row)
    return found


def _windows(account_ids: Iterable[int]) -> dict[Pair, bool]:
    """(account, segment) → whether the when-rule let it be contacted at the last refresh."""
    rows = ListEntry.objects.filter(account__in=account_ids, left_at=None)
    return {
        (a, s): is_open for a, s, is_open in rows.values_list("account_id", "target_list__segment_id", "window_open")
    }


def _overrides(account_ids: Iterable[int], contact_ids: Iterable[int]) -> dict[Pair, set[str]]:
    """An override holds for the touch it was given for, or until the next one to that person is sent."""
    rows = Override.objects.filter(account__in=account_ids, contact__in=contact_ids)
    standing = rows.filter(Q(touch=None) | ~Q(touch__state__in=[Flight.SENT, Flight.BOUNCED, Flight.CANCELLED]))
    found: dict[Pair, set[str]] = defaultdict(set)
    for account, contact, reason in standing.values_list("account_id", "contact_id", "reason"):
        found[(account, contact or 0)].add(reason)
    return found


def _suppressed(pairs: Sequence[Pair], contacts: dict[int, Contact]) -> dict[Pair, str]:
    """Pair → what is suppressed: account, domain or address."""
    return suppression.barred({(a, c): (contacts[c].email, a) for a, c in pairs})


def _facts(pair: Pair, world: _World, mailbox: Mailbox | None, used: Used, now: datetime) -> Facts:
    account, contact = world.accounts[pair[0]], world.contacts[pair[1]]
    enrollment = world.enrollments.get(account.pk)
    zone = zone_of(contact, account, world.organisation)
    country = contact.country or account.country or (world.organisation.country if world.organisation else "")
    return Facts(
        person=contact.name,
        account=account.name,
        zone=zone,
        suppressed=world.suppressed.get(pair, ""),
        account_closed=account.is_closed,
        has_owner=account.owner_id is not None,
        enrolled=enrollment is not None,
        unhandled_mail=account.unhandled_mail > 0,
        overridden=frozenset(world.overrides.get(pair, ())),
        mailbox=mailbox_facts(mailbox, used, contact, account, world.organisation, now) if mailbox else None,
        **_role_facts(pair, enrollment, world),
        **_conversation_facts(account, enrollment, world),
        **_rest_facts(account, enrollment, world, zone, now),
        **_elsewhere_facts(pair, world),
        **_budget_facts(pair, enrollment, world, country, zone, now),
    )


def _role_facts(pair: Pair, enrollment: Enrollment | None, world: _World) -> dict[str, Any]:
    membership = world.memberships.get(pair)
    known = bool(membership and membership.confidence != "low" and membership.role.slug != "unknown")
    facts: dict[str, Any] = {"role_known": known, "role_words": membership.role.name.lower() if membership else ""}
    if not membership or not enrollment:
        return facts
    visits = world.visits.get(enrollment.pk, [])
    mine = [visit for visit in visits if membership.role_id in {role.pk for role in visit.stage.roles.all()}]
    opened = [visit for visit in mine if visit.state == StageVisit.State.OPEN]
    facts |= {"role_on_route": bool(mine), "stage_open": bool(opened) or not mine}
    if mine and not opened:
        facts["opens_when"] = opens_when(mine[0])
    if membership.department.strip().lower() in enrollment.route_version.departments_out:
        facts["department_out"] = membership.department
    return facts


def opens_when(visit: StageVisit) -> str:
    if visit.state == StageVisit.State.CLOSED:
        return f"Their stage, {visit.stage.name}, is closed: {visit.why or 'it is over'}."
    return f"Their stage, {visit.stage.name}, opens {gates.words(visit.stage.gate)}."


def _conversation_facts(account: Account, enrollment: Enrollment | None, world: _World) -> dict[str, Any]:
    if not enrollment:
        return {}
    if enrollment.in_conversation:
        said = [reply for reply in world.replies.get(account.pk, []) if reply.counts or not reply.label]
        return {"in_conversation": who_wrote(said[-1]) if said else "someone there"}
    paused = enrollment.state == Enrollment.State.PAUSED
    return {"enrollment_paused": enrollment.reason or "by hand."} if paused else {}


def who_wrote(reply: Reply) -> str:
    if reply.contact:
        return reply.contact.name
    return reply.message.from_name or reply.message.from_address or "someone there"


def _rest_facts(
    account: Account, enrollment: Enrollment | None, world: _World, zone: str, now: datetime
) -> dict[str, Any]:
    dates = [account.rests_until, enrollment.rests_until if enrollment and enrollment.state == "resting" else None]
    rests = max((day for day in dates if day), default=None)
    days = enrollment.policy.cool_off if enrollment else {}
    ends = [r.at + timedelta(days=int(days[r.label])) for r in world.replies.get(account.pk, []) if r.label in days]
    facts: dict[str, Any] = {
        "rests_until": start_of(rests, zone) if rests else None,
        "cool_off_until": max(ends, default=None),
    }
    if enrollment and not world.windows.get((account.pk, enrollment.segment_version.segment_id), True):
        dates = [account.recontact_not_before, account.window_from]
        opens = min((start_of(day, zone) for day in dates if day and start_of(day, zone) > now), default=None)
        facts |= {"timing_open": False, "timing_opens": opens}
    return facts


def start_of(day: date, zone: str) -> datetime:
    return to_utc(day, time(0), ZoneInfo(zone))


def _elsewhere_facts(pair: Pair, world: _World) -> dict[str, Any]:
    root = world.family[pair[0]]
    rows = [
        row
        for row in world.elsewhere.get(pair[1], [])
        if row["account_id"] != pair[0] and (row["account__parent_id"] or row["account_id"]) != root
    ]
    if not rows:
        return {}
    sent = [row["sent_at"] + REMEMBER for row in rows if row["sent_at"]]
    return {"other_account": rows[0]["account__name"], "other_account_until": max(sent, default=None)}


def _budget_facts(
    pair: Pair, enrollment: Enrollment | None, world: _World, country: str, zone: str, now: datetime
) -> dict[str, Any]:
    rows = world.touches.get(world.family[pair[0]], [])
    active = {row["contact_id"]: _name(row) for row in rows if _is_active(row, world.last_step)}
    sent = sorted(row["sent_at"] for row in rows if row["sent_at"] and row["sent_at"] > now - WEEK and row["reached"])
    others = [row["sent_at"] for row in rows if row["sent_at"] and row["contact_id"] != pair[1]]
    facts: dict[str, Any] = {
        "person_is_active": pair[1] in active,
        "people_active": tuple(name for contact, name in active.items() if contact != pair[1]),
        "touches_this_week": len(sent),
    }
    if enrollment:
        policy = enrollment.policy
        facts |= {"people_at_once": policy.people_at_once, "touches_a_week": policy.touches_a_week}
        if len(sent) >= policy.touches_a_week:
            facts["week_frees_at"] = sent[len(sent) - policy.touches_a_week] + WEEK
        if others and policy.days_between_people:
            last = max(others).astimezone(ZoneInfo(zone)).date()
            facts["other_person_until"] = start_of(add_working_days(last, policy.days_between_people, country), zone)
    return facts


def _is_active(row: dict[str, Any], last_step: dict[tuple[int, int], int]) -> bool:
    """In the middle of their steps: one is on its way, or one was made and more will follow."""
    if row["state"] in LIVE:
        return True
    if row["contact__stopped_at"] or row["enrollment__state"] not in OPEN or row["visit__state"] != "open":
        return False
    last = last_step.get((row["enrollment__sequence_version_id"], row["step__role_id"]), 0)
    return bool(row["step__order"] < last)


def _name(row: dict[str, Any]) -> str:
    return f"{row['contact__first_name']} {row['contact__last_name']}".strip() or "someone"
