"""Rows that tests need before any verb can run."""

import datetime as dt
from typing import Any

from crm.models import Account, Mailbox

NOW = dt.datetime(2026, 6, 11, 10, 0, tzinfo=dt.UTC)


def make_mailbox(owner: Any, **fields: Any) -> Mailbox:
    """The mailbox of a person, on a server nobody connects to."""
    defaults = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none", "created_at": NOW}
    return Mailbox.objects.create(address=owner.email, owner=owner, team=owner.team, **{**defaults, **fields})


def make_account(name: str = "Maas & Dekker", owner: Any = None, **fields: Any) -> Account:
    defaults = {"name_norm": name.lower(), "created_at": NOW}
    return Account.objects.create(name=name, owner=owner, **{**defaults, **fields})
