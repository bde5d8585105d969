"""What the cells of the matrix do; the verbs themselves live where their nouns do."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from django.utils import timezone

from appointments.models import Meeting
from appointments.rules import departments
from appointments.rules import matrix as rules
from appointments.services import named_people, work_items
from appointments.services.cases import BY, Case, Facts
from crm import clock
from crm.models import Contact, Event
from crm.rules.addresses import is_address
from crm.services import accounts, contacts, notifications, suppression
from crm.services.contact_addresses import all_of
from prospecting.models import Attempt, Enrollment, StageVisit
from prospecting.services import reactions


def run(case: Case, cell: str, action: str) -> Facts:
    """Do one cell; what it returns is what its undo needs. Mail of no account only opens work."""
    if cell == "item":
        return _open_item(case)
    known = CONTACT if cell == "contact" else ACCOUNT
    if case.account is None or action not in known:
        return {}
    return known[action](case) or {}


# Contact ---------------------------------------------------------------------------------------------------------


def _suppress_bounced(case: Case) -> Facts:
    if rules.bounce_kind(case.entities) != "hard":
        return {}
    addressee = case.addressee.email.lower() if case.addressee else ""
    named = {one.lower() for one in case.entities.get("recipients") or [addressee] if one}
    # A report can be forged: it speaks only for whom we wrote to.
    written = set(Attempt.objects.filter(recipient__in=named).values_list("recipient", flat=True)) | {addressee}
    addresses = sorted(named & written)
    return {"suppressions": _suppress(case, addresses, suppression.BOUNCED)}


def _suppress(case: Case, addresses: Iterable[str], reason: str) -> list[int]:
    """What stands against these addresses from now on, whoever said it first: an undo looks who else says so."""
    message = case.reply.message
    suppress = partial(suppression.suppress_address, reason=reason, by=BY, message=message, account=case.account)
    return sorted({suppress(one, proof=message.newest[:2000]).pk for one in addresses if is_address(one)})


def _pause_until_back(case: Case) -> Facts:
    if case.contact is None:
        return {}
    before = case.contact.away_until
    contacts.set_away(case.contact, rules.first_day_back(case.row, case.entities, case.today, case.country), by=BY)
    return {"contact": case.contact.pk, "before": before.isoformat() if before else None}


def _end_membership(case: Case) -> Facts:
    person = case.addressee
    membership = contacts.current_membership(person, case.account) if person and case.account else None
    if membership is None:
        return {}
    contacts.end_membership(membership, by=BY, why=case.why)
    return {"membership": membership.pk}


def _never_again(case: Case) -> Facts:
    machine = case.reply.message.certainly_machine
    address = (case.speaker.email if case.speaker else "") if machine else case.reply.message.from_address
    reason = "complained about our mail" if machine else "asked us to stop"
    facts: Facts = {"suppressions": _suppress(case, all_of(address), reason)}
    _stop(case)
    _tell_setter_of_meeting(case)
    return facts


def _tell_setter_of_meeting(case: Case) -> None:
    """A booked meeting stands after an opt-out; whoever set it must know."""
    booked = Meeting.objects.filter(account=case.account, contact=case.contact, state=Meeting.State.BOOKED)
    for meeting in booked.exclude(setter=None).select_related("setter"):
        if meeting.setter:
            day = timezone.localtime(meeting.starts_at, ZoneInfo(meeting.setter.zone))
            text = f"{meeting.guest_name} wants no more mail. The meeting on {day:%d %b} stands."
            notifications.notify(meeting.setter, "meeting", text)


def _stop(case: Case) -> None:
    if case.speaker and case.speaker.stopped_at is None:
        reactions.stop_contact(case.speaker, case.why, by=BY, account=case.account)


def _stop_until_then(case: Case) -> None:
    """The end of the rest lets them hear from us again; where there is no walk to rest, the account's day holds everyone."""
    if case.enrollment:
        _stop(case)


def _take_role_off(case: Case) -> Facts:
    return _set_role(case, "unknown")


def _stop_and_lower_role(case: Case) -> Facts:
    _stop(case)
    return _set_role(case, "gatekeeper")


def _set_role(case: Case, slug: str) -> Facts:
    membership = contacts.current_membership(case.contact, case.account) if case.contact and case.account else None
    if membership is None:
        return {}
    before = membership.role.slug
    if before != slug:
        contacts.set_role(membership, slug, by=BY, evidence=case.why, confidence="high")
    return {"membership": membership.pk, "role": before, "to": slug}


# Account and stage -----------------------------------------------------------------------------------------------


def end_pause(case: Case) -> Facts:
    """The label ends the pause, unless another conversation of the account still holds it."""
    walk = reactions.open_enrollment(case.account) if case.account else None
    if walk is None or not walk.in_conversation or walk.state != Enrollment.State.PAUSED:
        return {}
    if _held(case):
        return {"held": True}
    reactions.resume_account(case.here, by=BY, why=case.why)
    return {"resumed": True}


def _pause(case: Case) -> Facts:
    return {"paused": reactions.pause_account(case.here, f"{case.why}.", by=BY)}


def _bounced(case: Case) -> Facts:
    facts = end_pause(case)
    if rules.bounce_kind(case.entities) == "hard" and case.enrollment and case.addressee:
        holder = reactions.next_holder(case.enrollment, case.addressee)
        facts["holder"] = holder.pk if holder else None
    return facts


def _wait_for_return(case: Case) -> Facts:
    """The stage's patience waits, nobody else does; stand-ins are kept as candidates, never written to by themselves."""
    facts: Facts = {}
    if case.enrollment and case.contact:
        until = rules.away_until(case.row, case.entities, case.today, case.country)
        facts["held_back"] = reactions.hold_patience(case.enrollment, case.contact, until)
    added = [
        named_people.known(case, one, "unknown", "low")
        for one in case.entities.get("alternates", ())
        if one.get("email")
    ]
    return facts | end_pause(case) | {"added": [pk for pk in added if pk]}


def _reopen_for_successor(case: Case) -> Facts:
    facts: Facts = {}
    if case.enrollment and case.addressee:
        reactions.next_holder(case.enrollment, case.addressee)
        facts = _reopen(case.enrollment, case, contact=case.addressee)
    return facts | end_pause(case)


def _pause_until_seen(case: Case) -> Facts:
    facts = _pause(case)
    if not rules.closes_account(case.entities) or case.account is None:
        return facts
    row = suppression.suppress_account(
        case.account, reason="asked for the whole company", by=BY, message=case.reply.message
    )
    if not case.account.is_closed:
        reactions.close_account(case.account, case.why, by=BY)
    return facts | {"suppressions": [row.pk], "closed": True}


def _follow_referral(case: Case) -> Facts:
    """A person: known from now on, their stage opens. A department: another variant, the writer guards the gate."""
    facts: Facts = {"added": []}
    for person in case.entities.get("referred", ()):
        told = rules.role_of_title(str(person.get("title", "")))
        membership = named_people.known(case, person, told, "high", source="referral")
        facts["added"] += [membership] if membership else []
        facts.setdefault("named", []).extend(named_people.named(case, person))
        if case.enrollment and (role := named_people.role_here(case, person)) != "unknown":
            facts |= _reopen(case.enrollment, case, role)
    if case.enrollment and not rules.names_person(case.entities):
        facts |= _switch_variant(case) | _set_role(case, "gatekeeper")
    return facts | end_pause(case)


def _switch_variant(case: Case) -> Facts:
    department = departments.key_of(" ".join(str(one.get("title", "")) for one in case.entities.get("referred", ())))
    if not department or case.enrollment is None:
        return {}
    names = case.enrollment.segment_version.segment.variants.values_list("name", flat=True)
    name = next((one for one in names if departments.key_of(one) == department), None)
    if name is None:
        return {}
    before = case.enrollment.route_version_id
    reactions.switch_variant(case.enrollment, name, case.why, by=BY)
    after = case.enrollment.route_version_id
    return {"variant": name, "route": {"from": before, "to": after}} if after != before else {}


def _next_holder(case: Case) -> Facts:
    """The contact's cell has taken their role off by now: the next holder is one of the role they had."""
    facts: Facts = {}
    taken = case.classification.reactions.filter(cell="contact").values_list("facts__role", flat=True).first() or ""
    if case.enrollment and case.contact and reactions.next_holder(case.enrollment, case.contact, taken) is None:
        facts = _next_role(case, case.enrollment)
    return facts | end_pause(case)


def _next_role(case: Case, walk: Enrollment) -> Facts:
    """The next stage opens; the pause that another conversation of the account holds stays."""
    return _opened(reactions.next_role(walk, case.why, by=BY, waits=_held(case)))


def _held(case: Case) -> bool:
    """Whether another conversation of the account keeps it paused."""
    return work_items.holds_pause(case.account, but=case.reply)


def _opened(visit: StageVisit | None) -> Facts:
    """The stage that an undo shuts again."""
    return {"opened": visit.pk} if visit else {}


def _reopen(walk: Enrollment, case: Case, role: str | None = None, *, contact: Contact | None = None) -> Facts:
    """Open the stage of a role or person; one that was open already is not this label's to shut."""
    open_before = set(walk.visits.filter(state=StageVisit.State.OPEN).values_list("pk", flat=True))
    visit = reactions.reopen_stage(walk, role, case.why, contact=contact, by=BY)
    return _opened(visit) if visit and visit.pk not in open_before else {}


def _rest(case: Case) -> Facts:
    until, named = rules.rests_until(case.row, case.entities, max(case.today, clock.today()))
    why = f"{case.why}, until {until:%d %b %Y}" + ("" if named else " (no date given)")
    facts = _rests(case)
    reactions.rest_account(case.here, until, why, by=BY, waits=_held(case))
    return facts


def _rests(case: Case) -> Facts:
    """Asked before it is written: what an undo goes back to."""
    before = case.here.rests_until
    return {"rests": True, "rest_before": before.isoformat() if before else None}


def _keep_renewal(case: Case) -> Facts:
    facts = _pause(case)
    named = (case.entities.get("renewal") or {}).get("day")
    if named and case.account:
        before = case.account.renewal_on
        accounts.edit_account(case.account, by=BY, source="reply", renewal_on=date.fromisoformat(named))
        facts |= {"renewal_before": before.isoformat() if before else None}
    return facts


def _propose_variant(case: Case) -> Facts:
    facts = _pause(case)
    if case.enrollment:
        names = list(case.enrollment.segment_version.segment.variants.values_list("name", flat=True))
        Event.record(
            "route.variant_proposed", by=BY, subject=case.enrollment, account=case.account, why=case.why,
            facts={"variants": names},
        )  # fmt: skip
    return facts


def _rest_or_next_role(case: Case) -> Facts:
    membership = contacts.current_membership(case.contact, case.account) if case.contact and case.account else None
    if case.enrollment and not (membership and membership.role.slug in rules.DECIDES):
        return _next_role(case, case.enrollment)
    days = int(case.row.settings.get("rest_days", 180))
    facts = _rests(case)
    reactions.rest_days(case.here, days, case.why, by=BY, waits=_held(case))
    return facts


# Work item -------------------------------------------------------------------------------------------------------


def _open_item(case: Case) -> Facts:
    """Opened, or the open one of this person refreshed; none where the row asks for none."""
    plan = rules.item_plan(case.row, case.entities)
    if plan is None:
        return {}
    item, new = work_items.open_item(case.reply, plan)
    return {"item": item.pk, "new": new}


Step = Callable[[Case], Facts | None]
CONTACT: dict[str, Step] = {
    "by_bounce": _suppress_bounced,
    "pause_until_back": _pause_until_back,
    "end_membership": _end_membership,
    "suppress": _never_again,
    "stop": _stop,
    "stop_until_then": _stop_until_then,
    "stop_and_thank": _stop,
    "take_role_off": _take_role_off,
    "stop_and_lower_role": _stop_and_lower_role,
}
ACCOUNT: dict[str, Step] = {
    "by_bounce": _bounced,
    "nothing": end_pause,
    "wait_for_return": _wait_for_return,
    "reopen_for_successor": _reopen_for_successor,
    "pause_until_seen": _pause_until_seen,
    "pause_until_outcome": _pause,
    "pause": _pause,
    "follow_referral": _follow_referral,
    "next_holder": _next_holder,
    "rest": _rest,
    "pause_and_keep_renewal": _keep_renewal,
    "pause_and_propose_variant": _propose_variant,
    "rest_or_next_role": _rest_or_next_role,
}
