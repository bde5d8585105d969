"""An import into a list: the accounts of the file are pinned to it, and let go when the import is undone."""

from django.db.models import QuerySet

from crm.models import Import, User
from prospecting.models import ListEntry, Pin, TargetList
from prospecting.services import belongings
from prospecting.services.lists import refresh, settle
from prospecting.services.pins import FEW


def lists_for(user: User) -> list[tuple[int, str]]:
    """Every list that is kept; an executive keeps none."""
    if user.job == User.Job.EXECUTIVE and not user.is_admin:
        return []
    kept = TargetList.objects.filter(segment__archived_at=None).order_by("segment__name")
    return list(kept.values_list("pk", "segment__name")[:500])


def accounts_on(list_id: int) -> QuerySet:
    """The accounts on a list now, as ids."""
    return ListEntry.objects.filter(target_list=list_id, left_at=None).values("account")


def pin_imported(row: Import, account_ids: list[int]) -> None:
    """Pins with the reason *import*; those that stand stay as they are. Their moment tells them from other imports'."""
    target = TargetList.objects.filter(pk=row.options["list"], segment__archived_at=None).first()
    if target is not None and belongings.pin_imported(target, account_ids, by=row.by):
        newest = Pin.objects.filter(target_list=target, by=row.by, account__in=account_ids).latest("at")
        row.options["pinned_at"] = newest.at.isoformat()


def unpin_imported(row: Import) -> None:
    """The rule decides again about every account that this import pinned."""
    target = TargetList.objects.filter(pk=row.options.get("list")).first()
    if target is None or "pinned_at" not in row.options:
        return
    pins = Pin.objects.filter(target_list=target, by=row.by, reason="import", at=row.options["pinned_at"])
    ids = list(pins.values_list("account_id", flat=True))
    pins.delete()
    if 0 < len(ids) <= FEW:
        settle(target, ids)
    elif ids:
        refresh(target, by="an import that was undone")
