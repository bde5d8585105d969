"""Many companies and people put on file at once: the checks, facts and timeline rows of one by one, in a few statements."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, Role
from crm.services import accounts, contact_addresses, contacts, memberships, places, titles


@dataclass(frozen=True)
class Newcomer:
    """A person and the part they play, as `contacts.add_contact` takes them."""

    account: Account
    role: str | None = None
    email: str = ""
    title: str = ""
    evidence: str = ""
    confidence: str = "high"
    department: str = ""
    person: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_accounts(companies: Iterable[Mapping[str, Any]], *, by: Any, source: str = "") -> list[Account]:
    """Companies, each with what `accounts.create_account` takes; all of them or, with the first reason, none."""
    rows = [accounts.new(**{"by": by, "source": source, **company}) for company in companies]
    numbers = Counter(row.external_id for row in rows if row.external_id)
    taken = [number for number, count in numbers.items() if count > 1]
    taken += Account.objects.filter(external_id__in=numbers).values_list("external_id", flat=True)[:1]
    if taken:
        raise Refused(f"Another account already has the number {taken[0]}.")
    Account.objects.bulk_create(rows)
    Event.objects.bulk_create(
        Event.about("account.created", account=row, by=by, subject=row, facts={"name": row.name}) for row in rows
    )
    return rows


@transaction.atomic
def add_contacts(people: Iterable[Newcomer], *, by: Any, source: str = "") -> list[Contact]:
    """People, in their order. Whoever is on file already, or comes twice, takes the way of one alone."""
    wanted = [(one, *contacts.address_of(one.email)) for one in people]
    keys = [key for _, _, key in wanted if key]
    known = contact_addresses.known_keys(keys)
    found: dict[int, Contact] = {}
    for number, (one, email, key) in enumerate(wanted):
        if not key or key not in known:
            known |= {key} - {""}
            found[number] = _new(one, email, key, by=by, source=source)
    Contact.objects.bulk_create(found.values())
    _join_new([(wanted[number][0], contact) for number, contact in found.items()], by=by, source=source)
    for number, (one, _, _) in enumerate(wanted):
        if number not in found:
            found[number] = _one_alone(one, by=by, source=source)
    return [found[number] for number in range(len(wanted))]


def _new(one: Newcomer, email: str, key: str, *, by: Any, source: str) -> Contact:
    person = places.tidied(dict(one.person), one.account.country)
    return contacts.new(one.account, by=by, email=email, email_norm=key, title=one.title, source=source, **person)


def _join_new(pairs: Sequence[tuple[Newcomer, Contact]], *, by: Any, source: str) -> None:
    """The first part of people who were on file nowhere."""
    roles, reader, rows, told = {role.slug: role for role in Role.objects.all()}, titles.reader(), [], []
    for one, contact in pairs:
        reading = reader.read(one.title)
        slug = one.role if one.role is not None else reading.certain_role
        if slug not in roles:
            raise Refused(f"There is no role called “{slug}”.")
        rows.append(
            memberships.new(
                contact, one.account, roles[slug], reading, given=one.role is not None, title=one.title, main=True,
                source=source, confidence=one.confidence, evidence=one.evidence, department=one.department,
            )
        )  # fmt: skip
        facts = {"name": contact.name}
        told.append(
            Event.about("contact.added", account=one.account, contact=contact, by=by, subject=contact, why=one.evidence,
                        facts=facts)
        )  # fmt: skip
    Membership.objects.bulk_create(rows)
    Event.objects.bulk_create([*told, *(memberships.beginning(row, by=by) for row in rows)])


def _one_alone(one: Newcomer, *, by: Any, source: str) -> Contact:
    return contacts.add_contact(
        one.account, by=by, role=one.role, email=one.email, title=one.title, evidence=one.evidence,
        confidence=one.confidence, source=source, department=one.department, **one.person,
    )  # fmt: skip
