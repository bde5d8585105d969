"""People whom somebody names in a reply: known at the account from then on, with who named them and what was said."""

from typing import Any

from django.db import transaction

from appointments.models import WorkItem
from appointments.rules import matrix as rules
from appointments.services.cases import BY, Case
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, User
from crm.rules.addresses import is_address
from crm.services import contacts, referrals
from crm.services.accounts import queue_up
from prospecting.services import reactions


def named(case: Case, person: dict[str, Any]) -> list[int]:
    """Keep who sent us to this person; a text may say so only where the row of the label allows it."""
    contact = contacts_at(case.here, str(person.get("email", "")), str(person.get("name", "")))
    if contact is None or case.contact is None or contact == case.contact:
        return []
    reply = case.reply
    referrals.named(
        contact, case.here, by_contact=case.contact, may_cite=rules.may_cite(case.row), by=BY,
        message=reply.message, team=reply.team,
    )  # fmt: skip
    return [contact.pk]


def contacts_at(account: Account, email: str, name: str) -> Contact | None:
    """The person at the account with this address, else with exactly this name."""
    here = Contact.objects.filter(memberships__account=account, memberships__until=None)
    first, _, last = name.partition(" ")
    found = here.filter(email__iexact=email).first() if email else None
    return found or (here.filter(first_name=first[:80], last_name=last[:80]).first() if last else None)


def role_here(case: Case, person: dict[str, Any]) -> str:
    """The role at the account of somebody they named; unknown where it is, and for the writer's own name."""
    contact = contacts_at(case.here, str(person.get("email", "")), str(person.get("name", "")))
    membership = contacts.current_membership(contact, case.here) if contact and contact != case.contact else None
    return membership.role.slug if membership else "unknown"


def known(case: Case, person: dict[str, Any], role: str, confidence: str, *, source: str = "reply") -> int | None:
    """The membership of a person they named, if it is new."""
    first, _, last = str(person.get("name", "")).partition(" ")
    address = person.get("email", "")
    if case.account is None or not (first or address) or (address and not is_address(address)):
        return None
    before = set(Membership.objects.filter(account=case.account, until=None).values_list("pk", flat=True))
    contact = (None if address else contacts_at(case.account, "", str(person.get("name", "")))) or contacts.add_contact(
        case.account, by=BY, role=role, email=address, title=person.get("title", ""),
        evidence=case.why[:300], confidence=confidence, source=source, first_name=first[:80], last_name=last[:80],
    )  # fmt: skip
    _quote(case, contact, str(person.get("text", "")))
    membership = contacts.current_membership(contact, case.account)
    return membership.pk if membership and membership.pk not in before else None


def _quote(case: Case, contact: Contact, text: str) -> None:
    """What was said about someone: read by the team of the conversation, where the record only says who named them."""
    if text:
        Event.record(
            "contact.quoted", by=BY, subject=contact, account=case.account, contact=contact, why=case.why,
            message=case.reply.message, team=case.reply.team, facts={"text": text[:300]},
        )  # fmt: skip


@transaction.atomic
def keep(item: WorkItem, *, role: str, may_cite: bool = False, by: User, **person: Any) -> Contact:
    """Whom they named, or who takes over, kept by a person: with the sentence as evidence, and the stage of their part opens."""
    account = item.account
    if account is None:
        raise Refused("This reply belongs to no account yet.")
    queue_up(account.pk)
    succeeds = item.what == "find_successor"
    source = "reply" if succeeds else "referral"
    contact = contacts.add_contact(account, by=by, role=role, source=source, confidence="high", **person)
    if item.contact and item.contact != contact and not succeeds:
        referrals.named(
            contact, account, by_contact=item.contact, may_cite=may_cite, by=by,
            message=item.reply.message if item.reply else None, team=item.team,
        )  # fmt: skip
    walk = reactions.open_enrollment(account)
    if walk and role != "unknown":
        why = f"{contact} takes over" if succeeds else f"{contact} was named"
        reactions.reopen_stage(walk, role, why, by=by)
    return contact


@transaction.atomic
def correct_role(item: WorkItem, role: str, *, by: User) -> Contact:
    """They said they are not the one: which part they play instead, with what they wrote as evidence."""
    membership = contacts.current_membership(item.contact, item.account) if item.contact and item.account else None
    if membership is None or item.contact is None:
        raise Refused("They are not on file at this account any more.")
    said = f"{item.contact.name} says so in a reply of {item.since:%d %b %Y}"
    contacts.set_role(membership, role, by=by, evidence=said, confidence="high")
    return item.contact
