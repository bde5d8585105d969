"""What happens to a person: known at an account, in a role, stopped, away, gone."""

from datetime import date
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, Role
from crm.rules.addresses import BadAddress, dedupe_key, normal

UNKNOWN = "unknown"
_OWN_COLUMNS = {"email_norm", "stopped_at", "stopped_reason", "away_until", "created_at"}


@transaction.atomic
def add_contact(
    account: Account | None,
    *,
    by: Any,
    role: Role | str | None = None,
    email: str = "",
    title: str = "",
    evidence: str = "",
    confidence: str = "high",
    source: str = "",
    **person: Any,
) -> Contact:
    """A person known at an account; whoever has that address already is used again."""
    email, key = _address(email)
    contact = Contact.objects.filter(email_norm=key).first() if key else None
    if contact is None:
        contact = Contact.objects.create(
            email=email, email_norm=key, title=title, source=source, created_at=clock.now(), **person
        )
        Event.record("contact.added", account=account, contact=contact, by=by, subject=contact, why=evidence,
                     facts={"name": contact.name})  # fmt: skip
    else:
        _fill_gaps(contact, title=title, **person)
    if account is not None:
        join(contact, account, role=role, by=by, title=title, evidence=evidence, confidence=confidence, source=source)
    return contact


@transaction.atomic
def join(
    contact: Contact,
    account: Account,
    *,
    by: Any,
    role: Role | str | None = None,
    title: str = "",
    evidence: str = "",
    confidence: str = "high",
    source: str = "",
) -> Membership:
    """The person belongs to the account; an open membership is kept, and gets the role if it had none."""
    wanted = role_of(role)
    membership = contact.memberships.filter(account=account, until=None).first()
    if membership is not None:
        if wanted.slug != UNKNOWN and membership.role_id != wanted.pk:
            set_role(membership, wanted, by=by, evidence=evidence, confidence=confidence)
        return membership
    main = not contact.memberships.filter(until=None, main=True).exists()
    membership = Membership.objects.create(
        contact=contact, account=account, role=wanted, title=title, main=main, confidence=confidence,
        source=source, evidence=evidence[:300], since=clock.today(),
    )  # fmt: skip
    Event.record("membership.started", account=account, contact=contact, by=by, why=evidence[:500], subject=membership,
                 facts={"role": wanted.slug, "role_name": wanted.name, "name": contact.name})  # fmt: skip
    return membership


@transaction.atomic
def edit_contact(contact: Contact, *, by: Any, **fields: Any) -> Contact:
    """Change what is known of a person."""
    if unknown := set(fields) & _OWN_COLUMNS:
        raise Refused(f"{', '.join(sorted(unknown))} cannot be edited here.")
    if "email" in fields:
        fields["email"], fields["email_norm"] = _address(fields["email"])
        taken = Contact.objects.filter(email_norm=fields["email_norm"]).exclude(pk=contact.pk)
        if fields["email_norm"] and taken.exists():
            raise Refused("Someone else is on file with this address.")
    changed = {name: value for name, value in fields.items() if getattr(contact, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(contact, name, value)
        contact.save(update_fields=list(changed))
        names = [name for name in changed if name != "email_norm"]
        Event.record("contact.edited", contact=contact, by=by, subject=contact, facts={"changed": names})
    return contact


@transaction.atomic
def set_role(
    membership: Membership, role: Role | str, *, by: Any, evidence: str = "", confidence: str = "certain"
) -> Membership:
    """What part the person plays, and what shows it."""
    wanted, was = role_of(role), membership.role
    membership.role, membership.evidence, membership.confidence = wanted, evidence[:300], confidence
    membership.save(update_fields=["role", "evidence", "confidence"])
    Event.record("membership.role_set", account=membership.account, contact=membership.contact, by=by, why=evidence[:500],
                 subject=membership, facts={"role": wanted.slug, "role_name": wanted.name, "was": was.slug})  # fmt: skip
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, by: Any, why: str) -> Membership:
    """The person is not there any more; the row stays, dated."""
    if membership.until is not None:
        return membership
    membership.until = clock.today()
    membership.save(update_fields=["until"])
    Event.record("membership.ended", account=membership.account, contact=membership.contact, by=by, why=why[:500],
                 subject=membership, facts={"role": membership.role.slug, "name": membership.contact.name})  # fmt: skip
    return membership


@transaction.atomic
def stop_contact(contact: Contact, reason: str, *, by: Any) -> Contact:
    """No more outreach to this person; answers in a conversation stay possible."""
    if contact.stopped_at:
        return contact
    contact.stopped_at, contact.stopped_reason = clock.now(), reason[:200]
    contact.save(update_fields=["stopped_at", "stopped_reason"])
    Event.record(
        "contact.stopped", account=main_account(contact), contact=contact, by=by, why=reason[:500], subject=contact
    )
    return contact


@transaction.atomic
def unstop_contact(contact: Contact, *, by: Any) -> Contact:
    if contact.stopped_at is None:
        return contact
    contact.stopped_at, contact.stopped_reason = None, ""
    contact.save(update_fields=["stopped_at", "stopped_reason"])
    Event.record("contact.unstopped", account=main_account(contact), contact=contact, by=by, subject=contact)
    return contact


@transaction.atomic
def set_away(contact: Contact, first_day_back: date | None, *, by: Any) -> Contact:
    """The person is absent; None says that they are back."""
    contact.away_until = first_day_back
    contact.save(update_fields=["away_until"])
    day = first_day_back.isoformat() if first_day_back else ""
    Event.record(
        "contact.away", account=main_account(contact), contact=contact, by=by, subject=contact, facts={"until": day}
    )
    return contact


def current_membership(contact: Contact, account: Account) -> Membership | None:
    return contact.memberships.filter(account=account, until=None).select_related("role").first()


def main_account(contact: Contact) -> Account | None:
    """The account the person mainly works at."""
    found = contact.memberships.filter(until=None).select_related("account").order_by("-main", "pk").first()
    return found.account if found else None


def role_of(role: Role | str | None) -> Role:
    if isinstance(role, Role):
        return role
    found = Role.objects.filter(slug=role or UNKNOWN).first()
    if found is None:
        raise Refused(f"There is no role called “{role}”.")
    return found


def _address(email: str) -> tuple[str, str]:
    if not email.strip():
        return "", ""
    try:
        return normal(email), dedupe_key(email)
    except BadAddress as bad:
        raise Refused(str(bad)) from bad


def _fill_gaps(contact: Contact, **person: Any) -> None:
    gaps = {name: value for name, value in person.items() if value and not getattr(contact, name, None)}
    for name, value in gaps.items():
        setattr(contact, name, value)
    if gaps:
        contact.save(update_fields=list(gaps))
