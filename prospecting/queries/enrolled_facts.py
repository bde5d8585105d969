"""What rules may ask about an account, as plain values: frozen when a walk begins, and read of what is now."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from crm.models import Account, Membership


def roles_known(accounts: Iterable[int]) -> dict[int, set[str]]:
    """Names of the roles that somebody is known for, as `role_filled` asks."""
    here = Membership.objects.filter(account__in=list(accounts), until=None, contact__stopped_at=None)
    sure = here.filter(confidence__in=("certain", "high")).exclude(role__slug="unknown")
    found: dict[int, set[str]] = defaultdict(set)
    for account, role in sure.values_list("account_id", "role__name"):
        found[account].add(role)
    return found


def facts_of(account: Account, roles: Collection[str], has_sites: bool) -> dict[str, Any]:
    """What the fields of rules say of an account; what is not known is left out."""
    plain = {
        name: getattr(account, name) for name in ("industry", "country", "state_name", "city", "employees", "sites")
    }
    many = {"regulated": list(account.regulated), "tag": list(account.tags), "role_filled": sorted(roles)}
    own = {"is_site": account.parent_id is not None, "has_sites": has_sites, "custom": account.custom}
    return {
        name: value
        for name, value in {**plain, **many, **own}.items()
        if value is not False and value not in (None, "", [], {})
    }
