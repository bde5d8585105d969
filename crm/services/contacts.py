"""What happens to a person: known, edited, stopped, away; where they work is in memberships."""

from datetime import date
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Role
from crm.rules import normal_forms
from crm.rules.addresses import BadAddress, dedupe_key, normal
from crm.services import memberships, places
from crm.services.contact_addresses import holder_of
from crm.services.memberships import current_membership, end_membership, join, main_account, move, role_of, set_role
from crm.whole import whole

__all__ = ["add_contact", "current_membership", "edit_contact", "end_membership", "join", "main_account", "move",
           "role_of", "set_away", "set_role", "stop_contact", "unstop_contact"]  # fmt: skip

_OWN_COLUMNS = {"email_norm", "name_norm", "phone_norm", "address_norm", "facts", "stopped_at", "stopped_reason",
                "away_until", "created_at"}  # fmt: skip
_DATED = ("email", "phone", "title", "street", "city", "country", "custom")


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
    department: str = "",
    **person: Any,
) -> Contact:
    """A person known at an account; whoever has that address already is used again."""
    email, key = address_of(email)
    person = places.tidied(person, account.country if account else "")
    contact = holder_of(key)
    if contact is None:
        contact = new(account, by=by, email=email, email_norm=key, title=title, source=source, **person)
        contact.save()
        Event.record("contact.added", account=account, contact=contact, by=by, subject=contact, why=evidence,
                     facts={"name": contact.name})  # fmt: skip
    else:
        _fill_gaps(contact, source or memberships.who(by), title=title, **person)
    if account is not None:
        join(contact, account, role=role, by=by, title=title, evidence=evidence, confidence=confidence, source=source,
             department=department)  # fmt: skip
    return contact


def new(account: Account | None, *, by: Any, source: str = "", **person: Any) -> Contact:
    """The person as they will be on file, not written yet; the address and the place are tidied."""
    contact = Contact(source=source, created_at=clock.now(), **person)
    _compare(contact, account)
    _date(contact, _DATED, source or memberships.who(by))
    return contact


@transaction.atomic
def edit_contact(contact: Contact, *, by: Any, source: str = "", **fields: Any) -> Contact:
    """Change what is known of a person; each changed fact keeps where it is from and since when."""
    if unknown := set(fields) & _OWN_COLUMNS:
        raise Refused(f"{', '.join(sorted(unknown))} cannot be edited here.")
    if "email" in fields:
        fields["email"], fields["email_norm"] = address_of(fields["email"])
        if holder_of(fields["email_norm"]) not in (None, contact):
            raise Refused("Someone else is on file with this address.")
    at = main_account(contact)
    fields = places.tidied(fields, fields.get("country") or contact.country or (at.country if at else ""))
    changed = {name: value for name, value in fields.items() if getattr(contact, name) != value}
    if not changed:
        return contact
    for name, value in changed.items():
        setattr(contact, name, value)
    _compare(contact, at)
    _date(contact, changed, source or memberships.who(by))
    contact.save(update_fields=[*changed, "zone", "facts", "name_norm", "phone_norm", "address_norm"])
    names = [name for name in changed if name != "email_norm"]
    Event.record("contact.edited", contact=contact, by=by, subject=contact, facts={"changed": names})
    if "title" in changed:
        memberships.read_titles(contact)
    return contact


@whole()
def stop_contact(contact: Contact, reason: str, *, by: Any) -> Contact:
    """No more outreach to this person; answers in a conversation stay possible. It stands on the word of whoever said it last."""
    if contact.stopped_at and _stopped_by(contact) == str(by or ""):
        return contact
    contact.stopped_at, contact.stopped_reason = contact.stopped_at or clock.now(), reason[:200]
    contact.save(update_fields=["stopped_at", "stopped_reason"])
    Event.record(
        "contact.stopped", account=main_account(contact), contact=contact, by=by, why=reason[:500], subject=contact
    )
    return contact


def _stopped_by(contact: Contact) -> str:
    last = Event.objects.filter(contact=contact, kind="contact.stopped").order_by("-at", "-pk").first()
    return last.actor_name if last else ""


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


def address_of(email: str) -> tuple[str, str]:
    if not email.strip():
        return "", ""
    try:
        return normal(email), dedupe_key(email)
    except BadAddress as bad:
        raise Refused(str(bad)) from bad


def _fill_gaps(contact: Contact, source: str, **person: Any) -> None:
    gaps = {name: value for name, value in person.items() if value and not getattr(contact, name, None)}
    for name, value in gaps.items():
        setattr(contact, name, value)
    if gaps:
        _compare(contact, main_account(contact))
        _date(contact, gaps, source)
        contact.save(update_fields=[*gaps, "facts", "zone", "name_norm", "phone_norm", "address_norm"])


def _compare(contact: Contact, account: Account | None) -> None:
    """The forms in which the person is compared, and the zone of their own place when nobody gave another."""
    country = contact.country or (account.country if account else "")
    contact.name_norm = normal_forms.person_key(contact.first_name, contact.last_name)
    contact.phone_norm = normal_forms.phone_key(contact.phone, country)
    contact.address_norm = normal_forms.address_key(contact.street, contact.postcode, contact.city, contact.country)
    contact.zone = places.zone(contact)


def _date(contact: Contact, names: Any, source: str) -> None:
    today = clock.today().isoformat()
    dated = {name: {"source": source, "at": today} for name in names if name in _DATED and getattr(contact, name)}
    contact.facts = {**contact.facts, **dated}
