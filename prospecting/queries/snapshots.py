"""A snapshot read again: its rows, and what has changed on the list since."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crm import paging
from crm.models import Account
from prospecting.models import ListEntry, Snapshot, SnapshotEntry

SHOWN = {"": "All of it", "gone": "Not on the list now", "moved": "At another rung now", "since": "Entered since"}


def entries(row: Snapshot) -> QuerySet[SnapshotEntry]:
    return row.entries.select_related("account")


def now_on_list(row: Snapshot) -> QuerySet[ListEntry]:
    return ListEntry.objects.filter(target_list=row.target_list_id, left_at=None)


def gone(row: Snapshot) -> QuerySet[SnapshotEntry]:
    here = now_on_list(row).filter(account=OuterRef("account"))
    return entries(row).filter(Q(account=None) | ~Exists(here))


def moved(row: Snapshot) -> QuerySet[SnapshotEntry]:
    return entries(row).filter(account__isnull=False).exclude(account__rung=F("rung"))


def since(row: Snapshot) -> QuerySet[Account]:
    """Accounts on the list now that the snapshot does not hold."""
    here = now_on_list(row).filter(account=OuterRef("pk"))
    held = row.entries.filter(account=OuterRef("pk"))
    return Account.objects.filter(Exists(here)).exclude(Exists(held))


def changes(row: Snapshot) -> dict[str, int]:
    """How many are gone, stand elsewhere on the ladder, or have entered since."""
    return {"gone": gone(row).count(), "moved": moved(row).count(), "since": since(row).count()}


def rows(row: Snapshot, show: str) -> QuerySet[Any]:
    """By name: entries were written in that order, so their numbers are the keys; who entered since, by name."""
    found: Any = {"": entries, "gone": gone, "moved": moved, "since": since}[show](row)
    return found.order_by(*keys_of(show))


def keys_of(show: str) -> tuple[str, ...]:
    return ("name", "pk") if show == "since" else ("pk",)


def page(row: Snapshot, show: str, after: str) -> paging.Page:
    return paging.page(rows(row, show), keys=keys_of(show), after=after)
