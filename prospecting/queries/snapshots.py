"""A snapshot read again: its rows, and what has changed on the list since."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crm import paging
from crm.models import Account
from crm.rules.cells import write_csv
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


def page(row: Snapshot, show: str, after: str) -> paging.Page:
    """By name: the rows were written in that order, so their numbers are the keys; who entered since, by name."""
    if show == "since":
        return paging.page(since(row), keys=("name", "pk"), after=after)
    rows: Any = {"": entries, "gone": gone, "moved": moved}[show](row)
    return paging.page(rows, keys=("pk",), after=after)


def csv_lines(row: Snapshot) -> Iterator[str]:
    """Name, domain and rung as they stood, in a file that spreadsheets do not run."""
    rows = row.entries.order_by("pk").values_list("name", "domain", "rung")
    return write_csv(["name", "domain", "rung"], rows.iterator(chunk_size=2_000))
