"""Do not contact: by address, by domain, by account; what stays is a keyed hash."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, Message, Suppression
from crm.rules.addresses import BadAddress, ascii_domain, dedupe_key, domain_of
from crm.rules.companies import registrable_domain
from crm.rules.hashing import keyed
from crm.services.contact_addresses import holder_of, holders_of
from crm.whole import whole

Kind = Suppression.Kind
BOUNCED = "hard bounce"
Key = TypeVar("Key", bound=Hashable)


def suppress_address(
    address: str,
    *,
    reason: str,
    by: Any,
    proof: str = "",
    contact: Contact | None = None,
    message: Message | None = None,
    account: Account | None = None,
) -> Suppression:
    """Never write to this address again, however it is spelled."""
    try:
        key = dedupe_key(address)
    except BadAddress as bad:
        raise Refused(str(bad)) from bad
    contact = contact or holder_of(key)
    return _suppress(
        Kind.ADDRESS, key, address, reason, by=by, proof=proof, contact=contact, message=message, account=account
    )


def suppress_domain(
    domain: str, *, reason: str, by: Any, proof: str = "", message: Message | None = None
) -> Suppression:
    """Never write to anyone at this domain, nor below it."""
    try:
        name = ascii_domain(domain.lstrip("@"))
    except BadAddress as bad:
        raise Refused(f"“{domain}” is not a domain.") from bad
    return _suppress(Kind.DOMAIN, name, name, reason, by=by, proof=proof, message=message)


def suppress_account(
    account: Account, *, reason: str, by: Any, proof: str = "", message: Message | None = None
) -> Suppression:
    """Never write to anyone at this account."""
    return _suppress(
        Kind.ACCOUNT, str(account.pk), account.name, reason, by=by, proof=proof, message=message, account=account
    )


@whole()
def _suppress(
    kind: str, key: str, value: str, reason: str, *, by: Any, account: Account | None = None, **proof: Any
) -> Suppression:
    actor = by if getattr(by, "pk", None) else None
    # Locked, so that whoever lifts it at this moment is waited for: then it is written anew.
    row, new = Suppression.objects.select_for_update(of=("self",)).get_or_create(
        kind=kind,
        value_hash=hashed(kind, key),
        lifted_at=None,
        defaults={"value": value[:320], "reason": reason[:200], "by": actor, "at": clock.now(),
                  "account": account if kind == Kind.ACCOUNT else None, **proof},
    )  # fmt: skip
    if new:
        about = account or _account_of(row)
        Event.record("suppression.added", account=about, contact=row.contact, by=by, why=reason[:500], subject=row,
                     facts={"kind": kind})  # fmt: skip
    elif row.message_id and not proof.get("message") and reason != BOUNCED:
        _said_outright(row, reason, actor, proof.get("proof", ""))
    return row


def _said_outright(row: Suppression, reason: str, by: Any, proof: str) -> None:
    """What was read from a mail is said by a person, or by a click: it stands on that from now on, however the mail is read."""
    row.message, row.reason, row.by, row.proof = None, reason[:200], by, f"{proof}\n\n{row.proof}".strip()
    row.save(update_fields=["message", "reason", "by", "proof"])


@transaction.atomic
def suppress_many(wanted: Sequence[tuple[str, str, str, str]], *, by: Any, proof: str) -> None:
    """Addresses and domains at once, as (kind, key, value, reason); what stands already stays, and no other reading of a mail lifts it."""
    actor, now = by if getattr(by, "pk", None) else None, clock.now()
    marks = [hashed(kind, key) for kind, key, _, _ in wanted]
    known = set(_standing_marks(marks))
    holders = holders_of([key for kind, key, _, _ in wanted if kind == Kind.ADDRESS])
    rows = [
        Suppression(kind=kind, value_hash=mark, value=value[:320], reason=reason[:200], by=actor, at=now, proof=proof,
                    contact_id=holders.get(key) if kind == Kind.ADDRESS else None)
        for mark, (kind, key, value, reason) in zip(marks, wanted, strict=True)
    ]  # fmt: skip
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    read = Suppression.objects.filter(lifted_at=None, value_hash__in=known).exclude(message=None)
    read.update(message=None, by=actor, proof=Concat(Value(f"{proof}\n\n"), "proof"))
    new = Suppression.objects.filter(lifted_at=None, value_hash__in=[mark for mark in marks if mark not in known])
    accounts = _main_accounts([row.contact_id for row in new if row.contact_id])
    Event.objects.bulk_create(
        Event.about("suppression.added", account_id=accounts.get(row.contact_id), contact_id=row.contact_id, by=by,
                    why=row.reason[:500], subject=row, facts={"kind": row.kind})
        for row in new
    )  # fmt: skip


def _standing_marks(marks: Collection[str]) -> Iterable[str]:
    return Suppression.objects.filter(lifted_at=None, value_hash__in=marks).values_list("value_hash", flat=True)


def _main_accounts(contacts: Collection[int]) -> dict[int | None, int]:
    """Contact → the account they are at; where they are at several, the main one."""
    rows = Membership.objects.filter(contact__in=contacts, until=None).order_by("main", "-pk")
    return dict(rows.values_list("contact_id", "account_id"))


@transaction.atomic
def lift(suppression: Suppression, *, by: Any) -> Suppression:
    """Writing is allowed again; the row stays as the record of it."""
    if suppression.lifted_at is None:
        suppression.lifted_at = clock.now()
        suppression.lifted_by = by if getattr(by, "pk", None) else None
        suppression.save(update_fields=["lifted_at", "lifted_by"])
        Event.record("suppression.lifted", account=_account_of(suppression), contact=suppression.contact, by=by,
                     subject=suppression, facts={"kind": suppression.kind})  # fmt: skip
    return suppression


def standing(addresses: Collection[str], account_ids: Collection[int] = ()) -> set[str | int]:
    """Which of these addresses and account ids must not be written to; one query."""
    pairs: dict[str | int, tuple[str, int | None]] = {one: (one, None) for one in addresses}
    pairs |= {pk: ("", pk) for pk in account_ids}
    return set(barred(pairs))


def barred(people: Mapping[Key, tuple[str, int | None]]) -> dict[Key, str]:
    """Key → what stands against it (account, domain or address), for keys of (address, account id); one query."""
    hashes = {key: _hashes(address, account) for key, (address, account) in people.items()}
    wanted = {one for found in hashes.values() for _, one in found}
    rows = Suppression.objects.filter(lifted_at=None, value_hash__in=wanted)
    stands = set(rows.values_list("value_hash", flat=True)) if wanted else set()
    found = {key: next((str(kind) for kind, one in mine if one in stands), "") for key, mine in hashes.items()}
    return {key: kind for key, kind in found.items() if kind}


def hashed(kind: str, key: str) -> str:
    """The keyed hash under which a value is suppressed; it outlives the value (the right to be forgotten)."""
    return keyed(settings.SUPPRESSION_KEY, f"{kind}:{key}")


def hashes_of(address: str, account: int | None = None) -> list[str]:
    """Every mark under which writing to this address may be forbidden: its own, its domains', its account's."""
    return [one for _, one in _hashes(address, account)]


def _hashes(address: str, account: int | None) -> list[tuple[str, str]]:
    found = [(Kind.ACCOUNT, hashed(Kind.ACCOUNT, str(account)))] if account else []
    if address:
        domains = {domain_of(address), registrable_domain(address)} - {""}
        found += [(Kind.DOMAIN, hashed(Kind.DOMAIN, domain)) for domain in domains]
        with suppress(BadAddress):
            found.append((Kind.ADDRESS, hashed(Kind.ADDRESS, dedupe_key(address))))
    return [(str(kind), one) for kind, one in found]


def _account_of(row: Suppression) -> Account | None:
    if row.account or not row.contact:
        return row.account
    found = row.contact.memberships.filter(until=None).select_related("account").order_by("-main").first()
    return found.account if found else None
