"""How each cell of the matrix is taken back."""

from collections.abc import Callable
from datetime import date

from appointments.models import Reaction
from appointments.services import work_items
from appointments.services.cases import BY, Case, Facts
from crm.models import Contact, Membership, Suppression
from crm.services import accounts, contacts, referrals, suppression
from prospecting.models import Enrollment, StageVisit
from prospecting.services import enrollment as walks
from prospecting.services import reactions
from prospecting.services.stages import close_stage


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
        work_items.withdraw(item, since=case.reply.at, by=by)


def _undo_suppressions(case: Case, facts: Facts) -> None:
    for row in Suppression.objects.filter(pk__in=facts.get("suppressions", ()), lifted_at=None):
        if heir := _said_also(case, also__contains=[row.pk]):
            _hand_on(heir, suppressions=[*heir.facts.get("suppressions", ()), row.pk])
        else:
            suppression.lift(row, by=BY)
    _undo_stop(case, facts)
    if facts.get("closed") and case.account:
        accounts.reopen_account(case.account, by=BY)


def _undo_stop(case: Case, facts: Facts) -> None:
    if not facts.get("stopped"):
        return
    if heir := _said_also(case, also_stopped=facts["stopped"]):
        _hand_on(heir, stopped=facts["stopped"])
    else:
        contacts.unstop_contact(Contact.objects.get(pk=facts["stopped"]), by=BY)


def _said_also(case: Case, **facts: object) -> Reaction | None:
    """What another message set off that would have stopped the same, had it not been stopped by then."""
    asked = {f"facts__{name}": value for name, value in facts.items()}
    standing = Reaction.objects.filter(cell="contact", undone_at=None, classification__undone_at=None, **asked)
    return standing.exclude(classification__reply=case.reply).order_by("pk").first()


def _hand_on(heir: Reaction, **facts: object) -> None:
    """From now on it is for that message to take back."""
    heir.facts |= facts
    heir.save(update_fields=["facts"])


def _undo_away(case: Case, facts: Facts) -> None:
    if facts.get("contact"):
        before = facts.get("before")
        contacts.set_away(
            Contact.objects.get(pk=facts["contact"]), date.fromisoformat(before) if before else None, by=BY
        )


def _undo_membership(case: Case, facts: Facts) -> None:
    membership = Membership.objects.filter(pk=facts.get("membership", 0)).select_related("role").first()
    if membership and "role" in facts:
        contacts.set_role(membership, facts["role"], by=BY, evidence="the label was undone", confidence="high")
    elif membership:
        contacts.join(
            membership.contact, membership.account, role=membership.role, by=BY, evidence="the label was undone"
        )
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
    if not facts.get("rests") or case.account is None:
        return
    accounts.end_rest(case.account, by=BY)
    walk = Enrollment.objects.filter(account=case.account, state=Enrollment.State.RESTING).first()
    if walk:
        walks.go_on(walk, by=BY, why="the label was undone")


def _undo_renewal(case: Case, facts: Facts) -> None:
    if "renewal_before" in facts and case.account:
        before = facts["renewal_before"]
        accounts.edit_account(
            case.account, by=BY, source="reply", renewal_on=date.fromisoformat(before) if before else None
        )


UNDO: dict[str, Callable[[Case, Facts], None]] = {
    "contact.by_bounce": _undo_suppressions,
    "contact.suppress": _undo_suppressions,
    "contact.stop": _undo_suppressions,
    "contact.stop_and_thank": _undo_suppressions,
    "contact.pause_until_back": _undo_away,
    "contact.end_membership": _undo_membership,
    "contact.take_role_off": _undo_membership,
    "contact.stop_and_lower_role": _undo_membership,
    "account.pause_until_seen": _undo_suppressions,
    "account.wait_for_return": _undo_patience,
    "account.follow_referral": _undo_added,
    "account.rest": _undo_rest,
    "account.rest_or_next_role": _undo_rest,
    "account.pause_and_keep_renewal": _undo_renewal,
}
