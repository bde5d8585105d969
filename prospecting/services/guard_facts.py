"""What the guard asks about one person or a thousand, put together from what is known of their accounts."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.models import Account, Contact, Mailbox, Organisation
from crm.rules.working_time import add_working_days, to_utc
from crm.services import suppression
from prospecting.models import Enrollment
from prospecting.models.enrollment import OPEN, StageVisit
from prospecting.rules import gates, guard
from prospecting.rules.guard import Facts
from prospecting.rules.sender import Used
from prospecting.services.known import A_NO_COUNTS, LIVE, REMEMBER, Known, Pair, of_pairs
from prospecting.services.mailbox_load import mailbox_facts, used_by, zone_of
from prospecting.services.rows import AccountRow, TouchRow, VisitRow, WalkRow

WEEK = timedelta(days=7)


def gather(
    pairs: Sequence[Pair],
    *,
    purpose: str,
    now: datetime,
    mailbox: Mailbox | None = None,
    used: Used | None = None,
    organisation: Organisation | None = None,
) -> dict[Pair, Facts]:
    """Facts for each (account, contact) in a constant number of queries; an answer asks little and so reads little."""
    if purpose == guard.ANSWER:
        return _facts_for_answers(pairs, mailbox)
    known = of_pairs(pairs, now, organisation)
    if mailbox and used is None:
        used = used_by([mailbox], known.organisation, now)[mailbox.pk]
    return {pair: facts_of(pair, known, mailbox, used or Used()) for pair in pairs}


def _facts_for_answers(pairs: Sequence[Pair], mailbox: Mailbox | None) -> dict[Pair, Facts]:
    accounts = Account.objects.in_bulk({account for account, _ in pairs})
    contacts = Contact.objects.in_bulk({contact for _, contact in pairs})
    barred = suppression.barred({(a, c): (contacts[c].email, a) for a, c in pairs})
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


def facts_of(
    pair: Pair,
    known: Known,
    mailbox: Mailbox | None = None,
    used: Used | None = None,
    *,
    beside: frozenset[str] = frozenset(),
) -> Facts:
    """Everything the guard decides on for one person. `beside`: reasons that the caller answers for itself."""
    account, person = known.accounts[pair[0]], known.people[pair[1]]
    walk, organisation = known.walks.get(account.id), known.organisation
    zone = zone_of(person, account, organisation)
    country = person.country or account.country or (organisation.country if organisation else "")
    box = mailbox_facts(mailbox, used or Used(), person, account, organisation, known.now) if mailbox else None
    return Facts(
        person=person.name,
        account=account.name,
        zone=zone,
        suppressed=known.suppressed.get(pair, ""),
        account_closed=account.closed_at is not None,
        has_owner=account.owner is not None,
        enrolled=walk is not None,
        unhandled_mail=account.unhandled_mail > 0,
        overridden=frozenset(known.overrides.get(pair, ())) | beside,
        mailbox=box,
        **_role_facts(pair, walk, known),
        **_conversation_facts(account, walk, known),
        **_rest_facts(account, walk, known, zone),
        **_elsewhere_facts(pair, known),
        **_budget_facts(pair, walk, known, country, zone),
    )


def _role_facts(pair: Pair, walk: WalkRow | None, known: Known) -> dict[str, Any]:
    member = known.member(pair)
    facts: dict[str, Any] = {
        "role_known": bool(member and member.known),
        "role_words": member.role_name.lower() if member else "",
    }
    if not member or not walk:
        return facts
    mine = [visit for visit in known.visits.get(walk.id, ()) if member.role in visit.stage.roles]
    opened = [visit for visit in mine if visit.state == StageVisit.State.OPEN]
    facts |= {"role_on_route": bool(mine), "stage_open": bool(opened) or not mine}
    if mine and not opened:
        facts["opens_when"] = opens_when(mine[0])
    if member.department.strip().lower() in walk.departments_out:
        facts["department_out"] = member.department
    return facts


def opens_when(visit: VisitRow) -> str:
    if visit.state == StageVisit.State.CLOSED:
        return f"Their stage, {visit.stage.name}, is closed: {visit.why or 'it is over'}."
    return f"Their stage, {visit.stage.name}, opens {gates.words(visit.stage.gate)}."


def _conversation_facts(account: AccountRow, walk: WalkRow | None, known: Known) -> dict[str, Any]:
    if not walk:
        return {}
    if walk.in_conversation:
        said = [reply for reply in _lately(account, known) if reply.counts or not reply.label]
        return {"in_conversation": said[-1].who if said else "someone there"}
    paused = walk.state == Enrollment.State.PAUSED
    return {"enrollment_paused": walk.reason or "by hand."} if paused else {}


def _lately(account: AccountRow, known: Known) -> list[Any]:
    return [reply for reply in known.replies.get(account.id, ()) if reply.at >= known.now - A_NO_COUNTS]


def _rest_facts(account: AccountRow, walk: WalkRow | None, known: Known, zone: str) -> dict[str, Any]:
    dates = [account.rests_until, walk.rests_until if walk and walk.state == Enrollment.State.RESTING else None]
    rests = max((day for day in dates if day), default=None)
    days = walk.cool_off if walk else {}
    ends = [r.at + timedelta(days=int(days[r.label])) for r in _lately(account, known) if r.label in days]
    facts: dict[str, Any] = {
        "rests_until": start_of(rests, zone) if rests else None,
        "cool_off_until": max(ends, default=None),
    }
    if walk and not known.windows.get((account.id, walk.segment), True):
        dates = [account.recontact_not_before, account.window_from]
        opens = min((start_of(day, zone) for day in dates if day and start_of(day, zone) > known.now), default=None)
        facts |= {"timing_open": False, "timing_opens": opens}
    return facts


def start_of(day: date, zone: str) -> datetime:
    return to_utc(day, time(0), ZoneInfo(zone))


def _elsewhere_facts(pair: Pair, known: Known) -> dict[str, Any]:
    root = known.family(pair[0])
    rows = [
        row
        for row in known.elsewhere.get(pair[1], ())
        if row.account != pair[0] and (row.parent or row.account) != root
    ]
    if not rows:
        return {}
    sent = [row.sent_at + REMEMBER for row in rows if row.sent_at]
    return {"other_account": rows[0].account_name, "other_account_until": max(sent, default=None)}


def _budget_facts(pair: Pair, walk: WalkRow | None, known: Known, country: str, zone: str) -> dict[str, Any]:
    rows = [row for row in known.touches.get(known.family(pair[0]), ()) if known.matters(row)]
    active = {row.contact: row.name for row in rows if _is_active(row, known)}
    moments = [(row, row.sent_at) for row in rows if row.sent_at]
    sent = sorted(at for row, at in moments if at > known.now - WEEK and row.reached)
    others = [at for row, at in moments if row.contact != pair[1]]
    facts: dict[str, Any] = {
        "person_is_active": pair[1] in active,
        "people_active": tuple(name for contact, name in active.items() if contact != pair[1]),
        "touches_this_week": len(sent),
    }
    if walk:
        facts |= {"people_at_once": walk.people_at_once, "touches_a_week": walk.touches_a_week}
        if len(sent) >= walk.touches_a_week:
            facts["week_frees_at"] = sent[len(sent) - walk.touches_a_week] + WEEK
        if others and walk.days_between_people:
            last = max(others).astimezone(ZoneInfo(zone)).date()
            facts["other_person_until"] = start_of(add_working_days(last, walk.days_between_people, country), zone)
    return facts


def _is_active(row: TouchRow, known: Known) -> bool:
    """In the middle of their steps: one is on its way, or one was made and more will follow."""
    if row.state in LIVE:
        return True
    if row.stopped_at or row.walk_state not in OPEN or row.visit_state != StageVisit.State.OPEN:
        return False
    return row.order < known.sequences[row.version].last.get(row.role, 0)
