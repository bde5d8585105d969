"""What happens to an account: on file, edited, owned, resting, closed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, User
from crm.rules import normal_forms
from crm.rules.companies import normal_name, registrable_domain
from crm.services import places

_OWN_COLUMNS = {"rung", "rung_at", "rests_until", "rest_reason", "closed_at", "closed_reason", "last_touched_at",
                "unhandled_mail", "created_at", "name_norm", "phone_norm", "address_norm", "facts", "owner", "owner_id"}  # fmt: skip


@transaction.atomic
def create_account(*, name: str, by: Any, owner: User | None = None, source: str = "", **fields: Any) -> Account:
    """Put a company, or one site of it, on file."""
    account = new(name=name, by=by, owner=owner, source=source, **fields)
    _free_external_id(account.external_id)
    account.save()
    Event.record("account.created", account=account, by=by, subject=account, facts={"name": account.name})
    return account


def new(*, name: str, by: Any, owner: User | None = None, source: str = "", **fields: Any) -> Account:
    """The company as it will be on file, not written yet."""
    facts = _tidied({"name": name, **fields})
    account = Account(owner=owner, created_at=clock.now(), **facts)
    account.facts = _provenance({}, facts, source or source_of(by))
    _compare(account)
    return account


@transaction.atomic
def edit_account(account: Account, *, by: Any, source: str = "", **fields: Any) -> Account:
    """Change facts; each changed one keeps where it is from and since when."""
    facts = _tidied(fields, account.country)
    changed = {name: value for name, value in facts.items() if getattr(account, name) != value}
    if not changed:
        return account
    _free_external_id(changed.get("external_id", ""), account)
    if changed.get("parent"):
        _refuse_circle(account, changed["parent"])
    was = {name: getattr(account, name) for name in changed}
    for name, value in changed.items():
        setattr(account, name, value)
    account.facts = _provenance(account.facts, changed, source or source_of(by))
    _compare(account)
    account.save(update_fields=[*changed, "facts", "zone", "name_norm", "phone_norm", "address_norm"])
    told = {name: [str(was[name]), str(value)] for name, value in changed.items()}
    Event.record("account.edited", account=account, by=by, subject=account, facts={"changed": told})
    return account


@transaction.atomic
def assign_owner(account: Account, owner: User | None, *, by: Any) -> Account:
    """Give the account to someone, and with them to their team."""
    if account.owner_id == (owner.pk if owner else None):
        return account
    account.owner = owner
    account.save(update_fields=["owner"])
    Event.record("account.assigned", account=account, by=by, subject=account, facts={"owner": str(owner or "nobody")})
    return account


def write_rung(account: Account, rung: str, at: datetime | None) -> None:
    """Show how far the account is on the ladder; the upper app keeps the milestones."""
    account.rung, account.rung_at = rung, at
    account.save(update_fields=["rung", "rung_at"])


@transaction.atomic
def write_rest(account: Account, until: date, reason: str, *, by: Any) -> Account:
    """Let the account rest until a day; nothing is sent to it before."""
    if until <= clock.today():
        raise Refused("Rest until a day after today.")
    account.rests_until, account.rest_reason = until, reason[:200]
    account.save(update_fields=["rests_until", "rest_reason"])
    Event.record("account.resting", account=account, by=by, why=reason[:500], subject=account,
                 facts={"until": until.isoformat()})  # fmt: skip
    return account


@transaction.atomic
def end_rest(account: Account, *, by: Any) -> Account:
    if account.rests_until is None:
        return account
    account.rests_until, account.rest_reason = None, ""
    account.save(update_fields=["rests_until", "rest_reason"])
    Event.record("account.rest_ended", account=account, by=by, subject=account)
    return account


@transaction.atomic
def close_account(account: Account, reason: str, *, by: Any) -> Account:
    """No more work on this account until someone reopens it."""
    if account.closed_at:
        return account
    account.closed_at, account.closed_reason = clock.now(), reason[:200]
    account.save(update_fields=["closed_at", "closed_reason"])
    Event.record("account.closed", account=account, by=by, why=reason[:500], subject=account)
    return account


@transaction.atomic
def reopen_account(account: Account, *, by: Any) -> Account:
    if account.closed_at is None:
        return account
    account.closed_at, account.closed_reason = None, ""
    account.save(update_fields=["closed_at", "closed_reason"])
    Event.record("account.reopened", account=account, by=by, subject=account)
    return account


def queue_up(account_id: int | None) -> None:
    """Wait for whoever is changing what goes on at the account, then hold it to the end of this transaction.

    Who plans, pauses, sends or takes mail in does this first, so that none of them blocks another for ever.
    """
    if account_id is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM crm_account WHERE id = %s FOR NO KEY UPDATE", [account_id])


def mark_touched(account: Account, at: datetime) -> None:
    """Remember when anyone last reached out to this account."""
    later = Q(last_touched_at=None) | Q(last_touched_at__lt=at)
    Account.objects.filter(later, pk=account.pk).update(last_touched_at=at)
    account.last_touched_at = max(filter(None, [account.last_touched_at, at]))


def mark_touched_many(moments: Mapping[int, datetime]) -> None:
    """As mark_touched, account id → when, by one statement; the accounts are held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crm_account SET last_touched_at = GREATEST(last_touched_at, new.at)"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS new(id, at) WHERE crm_account.id = new.id",
            [list(moments), list(moments.values())],
        )


def _tidied(fields: dict[str, Any], country: str = "") -> dict[str, Any]:
    unknown = set(fields) & _OWN_COLUMNS
    if unknown:
        raise Refused(f"{', '.join(sorted(unknown))} cannot be edited here.")
    if fields.get("domain"):
        fields["domain"] = domain_of(fields["domain"])
    if "name" in fields and not fields["name"].strip():
        raise Refused("An account needs a name.")
    return places.tidied(fields, country)


def domain_of(text: str) -> str:
    """The registrable domain of what someone typed; raises Refused."""
    domain = registrable_domain(text)
    if not domain:
        raise Refused(f"“{text}” is not a domain.")
    return domain


def _compare(account: Account) -> None:
    """The forms in which the account is compared, and the zone of its place when nobody gave another."""
    account.name_norm = normal_name(account.name)
    account.phone_norm = normal_forms.phone_key(account.phone, account.country)
    account.address_norm = normal_forms.address_key(account.street, account.postcode, account.city, account.country)
    account.zone = places.zone(account)


def _free_external_id(external_id: str, account: Account | None = None) -> None:
    taken = Account.objects.filter(external_id=external_id).exclude(pk=account.pk if account else 0)
    if external_id and taken.exists():
        raise Refused(f"Another account already has the number {external_id}.")


def _refuse_circle(account: Account, parent: Account) -> None:
    above: Account | None = parent
    while above is not None:
        if above.pk == account.pk:
            raise Refused("An account cannot be part of itself.")
        above = above.parent


def _provenance(known: dict, changed: dict[str, Any], source: str) -> dict:
    today = clock.today().isoformat()
    dated = {
        name: {"source": source, "at": today} for name, value in changed.items() if value not in ("", None, [], {})
    }
    return {**{name: said for name, said in known.items() if name not in changed}, **dated}


def source_of(by: Any) -> str:
    return f"by hand, {by}" if getattr(by, "pk", None) else str(by or "")
