"""What an answer by voice does to person, account and stage: the same verbs that a written one calls."""

from datetime import timedelta

from crm import clock
from crm.models import Event, Membership
from crm.services import contacts, suppression
from prospecting.models import Call, Enrollment
from prospecting.services import enrollment as walks
from prospecting.services import reactions

REST_DAYS, LONG_REST_DAYS = 90, 180
DECIDES = ("approver", "budget-owner", "executive")


def act(call: Call) -> None:
    """One column of the matrix for each label; the work itself is the caller's."""
    {
        "interested": _theirs_now,
        "meeting_request": _theirs_now,
        "question": _theirs_now,
        "not_now": _rest,
        "not_interested": _declined,
        "wrong_person": _wrong_person,
        "left_company": _left,
        "unsubscribe": _never,
    }[call.label](call)


def _why(call: Call) -> str:
    return f"{call.contact.name} was spoken to"


def _walk(call: Call) -> Enrollment | None:
    return reactions.open_enrollment(call.account)


def _stop(call: Call) -> None:
    reactions.stop_contact(call.contact, _why(call), by=call.by or "the caller", account=call.account)


def _theirs_now(call: Call) -> None:
    """They talk with a person now: everything planned is paused until that person resumes it."""
    _stop(call)
    walk = _walk(call)
    if walk and not walk.paused_by_hand:
        walks.pause(walk, f"{_why(call)}; {call.by or 'the caller'} goes on in person.", by=call.by or "the caller")


def _rest(call: Call) -> None:
    _stop(call)
    until = call.until or clock.today() + timedelta(days=REST_DAYS)
    reactions.rest_account(call.account, until, f"{_why(call)}: not before then", by=call.by or "the caller")


def _declined(call: Call) -> None:
    _stop(call)
    walk, part = _walk(call), _part(call)
    if walk and not (part and part.role.slug in DECIDES):
        reactions.next_role(walk, _why(call), by=call.by or "the caller")
    else:
        reactions.rest_days(call.account, LONG_REST_DAYS, _why(call), by=call.by or "the caller")


def _part(call: Call) -> Membership | None:
    return contacts.current_membership(call.contact, call.account)


def _wrong_person(call: Call) -> None:
    part, walk = _part(call), _walk(call)
    found = reactions.next_holder(walk, call.contact) if walk else None
    if part and part.role.slug != "unknown":
        contacts.set_role(part, "unknown", by=call.by, evidence=_why(call), confidence="high")
    if walk and found is None:
        reactions.next_role(walk, _why(call), by=call.by or "the caller")


def _left(call: Call) -> None:
    walk, part = _walk(call), _part(call)
    if walk:
        reactions.next_holder(walk, call.contact)
    if part:
        contacts.end_membership(part, by=call.by, why=f"{_why(call)[:150]}: has left")


def _never(call: Call) -> None:
    """The law knows no form: said on the phone it holds as in writing."""
    _stop(call)
    if call.contact.email:
        suppression.suppress_address(
            call.contact.email, reason="asked us to stop", by=call.by, proof=f"said in a call on {call.at:%Y-%m-%d}",
            contact=call.contact, account=call.account,
        )  # fmt: skip
    walk = _walk(call)
    if walk and not walk.paused_by_hand:
        walks.pause(
            walk, "Someone here asked not to be contacted. Look before anything else goes out.", by="the caller"
        )
    else:
        Event.record("call.never_again", by=call.by, account=call.account, contact=call.contact)
