"""Where a person works and in which part: joined, moved, ended, corrected; nothing is ever forgotten."""

from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, Role
from crm.rules.titles import Reading
from crm.services import titles

UNKNOWN = "unknown"


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
    department: str = "",
) -> Membership:
    """The person belongs to the account; an open membership is kept, and gets the role if it had none."""
    wanted = role_of(role)
    membership = contact.memberships.filter(account=account, until=None).first()
    if membership is not None:
        if wanted.slug != UNKNOWN and membership.role_id != wanted.pk:
            set_role(membership, wanted, by=by, evidence=evidence, confidence=confidence)
        return membership
    main = not contact.memberships.filter(until=None, main=True).exists()
    reading = titles.read(title or contact.title)
    said = wanted if role is not None or reading.certain_role == UNKNOWN else role_of(reading.certain_role)
    membership = new(contact, account, said, reading, given=role is not None, title=title, main=main, source=source,
                     confidence=confidence, evidence=evidence, department=department)  # fmt: skip
    membership.save()
    beginning(membership, by=by).save()
    return membership


def new(
    contact: Contact, account: Account, role: Role, reading: Reading, *, given: bool, evidence: str, **fields: Any
) -> Membership:
    """The part as it will be on file, not written yet. Where no role was `given`, the title's own is taken if it is certain."""
    title = fields["title"] or contact.title
    if not given and reading.certain_role != UNKNOWN:
        fields |= {"confidence": "high", "source": titles.SOURCE}
        evidence = evidence or titles.evidence_of(title, reading)
    fields["source"] = fields["source"][:120]
    return Membership(
        contact=contact, account=account, role=role, evidence=evidence[:300], since=clock.today(),
        function=reading.function, level=reading.level, **fields,
    )  # fmt: skip


def beginning(membership: Membership, *, by: Any) -> Event:
    """The timeline's row of a part that has begun, not written yet."""
    role, name = membership.role, membership.contact.name
    return Event.about("membership.started", account=membership.account, contact=membership.contact, by=by,
                       why=membership.evidence, subject=membership,
                       facts={"role": role.slug, "role_name": role.name, "name": name})  # fmt: skip


@transaction.atomic
def set_role(
    membership: Membership, role: Role | str, *, by: Any, evidence: str = "", confidence: str = "certain"
) -> Membership:
    """What part the person plays, and what shows it; rules for titles do not overrule it."""
    wanted, was = role_of(role), membership.role
    membership.role, membership.evidence, membership.confidence = wanted, evidence[:300], confidence
    membership.source = who(by) if getattr(by, "pk", None) else f"set by {by}"[:120]
    membership.save(update_fields=["role", "evidence", "confidence", "source"])
    Event.record("membership.role_set", account=membership.account, contact=membership.contact, by=by, why=evidence[:500],
                 subject=membership, facts={"role": wanted.slug, "role_name": wanted.name, "was": was.slug})  # fmt: skip
    return membership


@transaction.atomic
def edit_membership(membership: Membership, *, by: Any, **fields: Any) -> Membership:
    """Title and department at this account; a changed title is read again."""
    if strange := set(fields) - {"title", "department"}:
        raise Refused(f"{', '.join(sorted(strange))} cannot be edited here.")
    changed = {name: value for name, value in fields.items() if getattr(membership, name) != value}
    if not changed:
        return membership
    was = {name: getattr(membership, name) for name in changed}
    for name, value in changed.items():
        setattr(membership, name, value)
    membership.save(update_fields=[*changed])
    told = {name: [was[name], value] for name, value in changed.items()}
    Event.record("membership.edited", account=membership.account, contact=membership.contact, by=by, subject=membership,
                 facts={"changed": told})  # fmt: skip
    if "title" in changed and membership.until is None:
        titles.map_roles([membership.pk])
        membership.refresh_from_db()
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, by: Any, why: str) -> Membership:
    """The person is not there any more; the row stays, dated. Another account becomes the main one."""
    if membership.until is not None:
        return membership
    membership.until = clock.today()
    membership.save(update_fields=["until"])
    Event.record("membership.ended", account=membership.account, contact=membership.contact, by=by, why=why[:500],
                 subject=membership, facts={"role": membership.role.slug, "name": membership.contact.name})  # fmt: skip
    if membership.main:
        _next_main(membership.contact)
    return membership


@transaction.atomic
def move(
    membership: Membership,
    account: Account,
    *,
    by: Any,
    why: str,
    title: str = "",
    role: Role | str | None = None,
) -> Membership:
    """The person works elsewhere now: the old part ends and keeps its history, the new one begins with its own evidence."""
    if membership.until is not None:
        raise Refused(f"{membership.contact} is not at {membership.account} any more; add them at {account} instead.")
    if account.pk == membership.account_id:
        raise Refused(f"{membership.contact} is at {account} already.")
    was_main = membership.main
    end_membership(membership, by=by, why=f"now at {account}: {why}")
    begun = join(
        membership.contact, account, by=by, role=role, title=title, evidence=why, source=who(by) if role else ""
    )
    if was_main:
        make_main(begun, by=by, tell=False)
    return begun


@transaction.atomic
def make_main(membership: Membership, *, by: Any, tell: bool = True) -> Membership:
    """This is where the person mainly works; mail that says nothing else counts here."""
    if membership.until is not None:
        raise Refused(f"{membership.contact} is not at {membership.account} any more.")
    membership.contact.memberships.filter(until=None, main=True).exclude(pk=membership.pk).update(main=False)
    if not membership.main:
        membership.main = True
        membership.save(update_fields=["main"])
        if tell:
            facts = {"name": membership.contact.name}
            Event.record("membership.main", account=membership.account, contact=membership.contact, by=by,
                         subject=membership, facts=facts)  # fmt: skip
    return membership


def read_titles(contact: Contact) -> None:
    """The person's own title changed: parts without a title of their own are read again."""
    titles.map_roles(contact.memberships.filter(until=None, title=""))


def current_membership(contact: Contact, account: Account) -> Membership | None:
    return contact.memberships.filter(account=account, until=None).select_related("role").first()


def main_account(contact: Contact) -> Account | None:
    """The account the person mainly works at."""
    if contact.pk is None:
        return None
    found = contact.memberships.filter(until=None).select_related("account").order_by("-main", "pk").first()
    return found.account if found else None


def role_of(role: Role | str | None) -> Role:
    if isinstance(role, Role):
        return role
    found = Role.objects.filter(slug=role or UNKNOWN).first()
    if found is None:
        raise Refused(f"There is no role called “{role}”.")
    return found


def who(by: Any) -> str:
    """How a source is called: a person by their name, anything else by what it is."""
    return f"by hand, {by}"[:120] if getattr(by, "pk", None) else str(by or "")[:120]


def _next_main(contact: Contact) -> None:
    left = contact.memberships.filter(until=None).order_by("pk").first()
    if left is not None:
        left.main = True
        left.save(update_fields=["main"])
