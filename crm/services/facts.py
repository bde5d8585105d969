"""What is known of an account beside its columns: tags, attributes, further domains, numbers elsewhere; each with its source."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, AccountDomain, Event, ExternalId
from crm.services.accounts import domain_of, source_of

MOST = 200


@transaction.atomic
def set_tags(account: Account, tags: Iterable[str], *, by: Any) -> Account:
    """These tags and no others."""
    wanted = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if any(len(tag) > 60 for tag in wanted) or len(wanted) > MOST:
        raise Refused(f"At most {MOST} tags, each under 60 characters.")
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.tags != wanted:
        was, account.tags = account.tags, wanted
        _keep(account, by, "tags", was, wanted, ["tags"])
    return account


@transaction.atomic
def add_tag(account: Account, tag: str, *, by: Any) -> Account:
    return set_tags(account, [*Account.objects.values_list("tags", flat=True).get(pk=account.pk), tag], by=by)


@transaction.atomic
def drop_tag(account: Account, tag: str, *, by: Any) -> Account:
    known = Account.objects.values_list("tags", flat=True).get(pk=account.pk)
    return set_tags(account, [one for one in known if one != tag], by=by)


@transaction.atomic
def set_attribute(account: Account, name: str, value: Any, *, by: Any, source: str = "") -> Account:
    """A fact of the installation's own, with where it is from; an empty value takes it away."""
    name = name.strip()
    if not name or len(name) > 60:
        raise Refused("Name the attribute, in at most 60 characters.")
    if isinstance(value, str) and len(value) > 1000:
        raise Refused("An attribute holds at most 1,000 characters.")
    account = Account.objects.select_for_update().get(pk=account.pk)
    was = account.custom.get(name, "")
    gone = value in ("", None)
    if not gone and name not in account.custom and len(account.custom) >= MOST:
        raise Refused(f"An account has at most {MOST} attributes of your own.")
    account.custom = {key: kept for key, kept in account.custom.items() if key != name} | (
        {} if gone else {name: value}
    )
    return _keep(account, by, name, was, "" if gone else value, ["custom"], source)


@transaction.atomic
def confirm(account: Account, names: Iterable[str], *, by: Any, source: str = "") -> Account:
    """Someone looked: the facts are as they were, and fresh again."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    known = [name for name in dict.fromkeys(names) if name in account.custom or _has(account, name)]
    if not known:
        raise Refused("Say which fact you checked.")
    today = {"source": source or source_of(by), "at": clock.today().isoformat()}
    account.facts = {**account.facts, **dict.fromkeys(known, today)}
    account.save(update_fields=["facts"])
    Event.record("account.checked", account=account, by=by, subject=account, facts={"checked": known})
    return account


@transaction.atomic
def add_domain(account: Account, domain: str, *, by: Any, source: str = "") -> AccountDomain:
    """A further domain under which people of the account write."""
    name = domain_of(domain)
    if name == account.domain:
        raise Refused(f"{name} is the main domain of {account} already.")
    row, made = AccountDomain.objects.get_or_create(
        account=account, domain=name, defaults={"source": source or source_of(by)}
    )
    if not made:
        raise Refused(f"{account} has the domain {name} already.")
    _tell(account, by, "domain", "", name)
    return row


@transaction.atomic
def drop_domain(row: AccountDomain, *, by: Any) -> None:
    _tell(row.account, by, "domain", row.domain, "")
    row.delete()


@transaction.atomic
def add_number(account: Account, system: str, value: str, *, by: Any) -> ExternalId:
    """What another system calls the account; a number belongs to one account only."""
    system, value = system.strip(), value.strip()
    if not (system and value) or len(system) > 60 or len(value) > 120:
        raise Refused("Name the system and the number it gave.")
    held = ExternalId.objects.filter(system=system, value=value).select_related("account").first()
    if held:
        raise Refused(f"{system} {value} is the number of {held.account} already.")
    row = ExternalId.objects.create(account=account, system=system, value=value)
    _tell(account, by, system, "", value)
    return row


@transaction.atomic
def drop_number(row: ExternalId, *, by: Any) -> None:
    _tell(row.account, by, row.system, row.value, "")
    row.delete()


def _has(account: Account, name: str) -> bool:
    columns = {field.name for field in Account._meta.concrete_fields}
    return name in columns and getattr(account, name) not in ("", None, [])


def _keep(account: Account, by: Any, name: str, was: Any, value: Any, columns: list[str], source: str = "") -> Account:
    kept = {key: said for key, said in account.facts.items() if key != name}
    said = {name: {"source": source or source_of(by), "at": clock.today().isoformat()}} if value not in ("", []) else {}
    account.facts = kept | said
    account.save(update_fields=[*columns, "facts"])
    if was != value:
        _tell(account, by, name, was, value)
    return account


def _tell(account: Account, by: Any, name: str, was: Any, value: Any) -> None:
    told = {name: [_plain(was), _plain(value)]}
    Event.record("account.edited", account=account, by=by, subject=account, facts={"changed": told})


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
