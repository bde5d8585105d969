"""How each cell of the matrix is taken back."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from django.db.models import Max, Q, QuerySet

from appointments.models import Reaction
from appointments.rules import matrix as rules
from appointments.services import work_items
from appointments.services.cases import BY, Case, Facts
from crm import clock
from crm.models import Contact, Event, Membership, Suppression
from crm.services import accounts, contacts, referrals, suppression
from prospecting.models import Enrollment, StageVisit
from prospecting.services import enrollment as walks
from prospecting.services import reactions
from prospecting.services.stages import close_stage

NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def undo(case: Case, cell: str, action: str, facts: Facts) -> None:
    """Take one cell back by what it remembered; a pause stays until a person or the next label ends it."""
    step = UNDO.get(f"{cell}.{action}")
    if step and case.account:
        step(case, facts)
    visit = StageVisit.objects.filter(pk=facts.get("opened", 0), state=StageVisit.State.OPEN).first()
    if visit:
        close_stage(visit, "the label was undone", by=BY)


def withdraw_item(case: Case, by: str = BY) -> None:
    """Close what this message alone had opened; an older unanswered message keeps its item."""
    fired = case.classification.reactions.filter(cell="item").first()
    item = fired.facts.get("item") if fired else None
    if item:
        work_items.withdraw(item, case.reply, by=by)


def _undo_suppressions(case: Case, facts: Facts) -> None:
    """What only this message was the ground of is lifted; what they, or a person, said apart from it stands."""
    rows = Suppression.objects.filter(pk__in=facts.get("suppressions", ()), lifted_at=None).exclude(message=None)
    for row in rows.select_for_update(of=("self",)):
        if not _elsewhere(case).filter(facts__suppressions__contains=[row.pk]).exists():
            suppression.lift(row, by=BY)


def _undo_stop(case: Case, facts: Facts) -> None:
    _undo_suppressions(case, facts)
    if case.speaker is None:
        return
    person = Contact.objects.select_for_update(no_key=True).get(pk=case.speaker.pk)
    if _ours("contact.stopped", contact=person) and not _says_stop_elsewhere(case, person):
        reactions.unstop_contact(person, by=BY, account=case.account)


def _ours(kind: str, **about: object) -> bool:
    """Whether a label was the last to say so, and no person after it, here or with a click."""
    last = Event.objects.filter(kind=kind, **about).order_by("-at", "-pk").first()
    return last is not None and last.actor_name == BY


def _says_stop_elsewhere(case: Case, person: Contact) -> bool:
    """Whether another message stops the person, one that came since they might be written to for the last time."""
    allowed = Event.objects.filter(contact=person, kind="contact.unstopped").aggregate(at=Max("at"))["at"]
    stops = _elsewhere(case).filter(cell=Reaction.Cell.CONTACT, action__in=rules.STOPS, fired_at__gte=allowed or NEVER)
    told = Q(classification__reply__message__certainly_machine=True)
    theirs = Q(classification__reply__contact=person) & ~told
    return stops.filter(theirs | told & Q(classification__reply__conversation__contact=person)).exists()


def _undo_pause(case: Case, facts: Facts) -> None:
    _undo_suppressions(case, facts)
    others = _elsewhere(case).filter(facts__closed=True, classification__reply__account=case.account)
    if facts.get("closed") and case.account and _ours("account.closed", account=case.account) and not others.exists():
        accounts.reopen_account(case.account, by=BY)


def _elsewhere(case: Case) -> QuerySet[Reaction]:
    """What other messages set off, as far as it stands."""
    standing = Reaction.objects.filter(undone_at=None, classification__undone_at=None)
    return standing.exclude(classification__reply=case.reply)


def _handed_on(case: Case, name: str, facts: Facts, **about: object) -> bool:
    """Whether another message wrote the same place since: it stays, and its undo goes back to what stood before both."""
    mine = case.classification.reactions.filter(facts__has_key=name).values_list("pk", flat=True).first() or 0
    later = _elsewhere(case).filter(pk__gt=mine, facts__has_key=name, **about).order_by("pk").first()
    if later is None:
        return False
    later.facts[name] = facts[name]
    later.save(update_fields=["facts"])
    return True


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _undo_away(case: Case, facts: Facts) -> None:
    if case.contact is None or "before" not in facts or not _ours("contact.away", contact=case.contact):
        return
    if not _handed_on(case, "before", facts, classification__reply__contact=case.contact):
        contacts.set_away(case.contact, _day(facts["before"]), by=BY)


def _undo_membership(case: Case, facts: Facts) -> None:
    membership = Membership.objects.filter(pk=facts.get("membership", 0)).select_related("role").first()
    if membership and "role" in facts:
        _undo_role(case, membership, facts)
    elif membership:
        contacts.join(
            membership.contact, membership.account, role=membership.role, by=BY, evidence="the label was undone"
        )


def _undo_role(case: Case, membership: Membership, facts: Facts) -> None:
    ours = membership.role.slug == facts.get("to", membership.role.slug) != facts["role"]
    if not _handed_on(case, "role", facts, facts__membership=membership.pk) and ours:
        contacts.set_role(membership, facts["role"], by=BY, evidence="the label was undone", confidence="high")


def _undo_stop_and_role(case: Case, facts: Facts) -> None:
    _undo_membership(case, facts)
    _undo_stop(case, facts)


def _undo_added(case: Case, facts: Facts) -> None:
    for membership in Membership.objects.filter(pk__in=facts.get("added", ()), until=None):
        contacts.end_membership(membership, by=BY, why="the label was undone")
    for person in Contact.objects.filter(pk__in=facts.get("named", ())):
        if case.account:
            referrals.take_back(person, case.account, by=BY, team=case.reply.team)
    if facts.get("route") and case.enrollment:
        route = facts["route"]
        reactions.switch_back(
            case.enrollment, to=route["from"], away_from=route["to"], why="the label was undone", by=BY
        )
    if facts.get("membership"):
        _undo_membership(case, facts)


def _undo_patience(case: Case, facts: Facts) -> None:
    _undo_added(case, facts)
    if facts.get("held_back") and case.enrollment:
        reactions.release_patience(case.enrollment, facts["held_back"], by=BY, why="the label was undone")


def _undo_rest(case: Case, facts: Facts) -> None:
    if not facts.get("rests") or case.account is None or not _ours("account.resting", account=case.account):
        return
    before = facts.setdefault("rest_before", None)
    if _handed_on(case, "rest_before", facts, classification__reply__account=case.account):
        return
    walk = reactions.open_enrollment(case.account)
    until = _day(before)
    if until and until > clock.today():
        waits = walk is not None and walk.state == Enrollment.State.PAUSED
        reactions.rest_account(case.account, until, "the label was undone", by=BY, waits=waits)
        return
    accounts.end_rest(case.account, by=BY)
    if walk and walk.state == Enrollment.State.RESTING:
        walks.go_on(walk, by=BY, why="the label was undone")


def _undo_renewal(case: Case, facts: Facts) -> None:
    account, written = case.account, (case.entities.get("renewal") or {}).get("day")
    if account is None or "renewal_before" not in facts:
        return
    later = _handed_on(case, "renewal_before", facts, classification__reply__account=account)
    if not later and account.renewal_on == _day(written):  # and nobody has put it right since
        accounts.edit_account(account, by=BY, source="reply", renewal_on=_day(facts["renewal_before"]))


UNDO: dict[str, Callable[[Case, Facts], None]] = {
    "contact.by_bounce": _undo_suppressions,
    "contact.suppress": _undo_stop,
    "contact.stop": _undo_stop,
    "contact.stop_until_then": _undo_stop,
    "contact.stop_and_thank": _undo_stop,
    "contact.pause_until_back": _undo_away,
    "contact.end_membership": _undo_membership,
    "contact.take_role_off": _undo_membership,
    "contact.stop_and_lower_role": _undo_stop_and_role,
    "account.pause_until_seen": _undo_pause,
    "account.wait_for_return": _undo_patience,
    "account.follow_referral": _undo_added,
    "account.rest": _undo_rest,
    "account.rest_or_next_role": _undo_rest,
    "account.pause_and_keep_renewal": _undo_renewal,
}
