"""One queue for each account: who plans, pauses, sends or ends there takes the account's row first, so nobody deadlocks."""

from crm.models import Account


def queue_up(account_id: int | None) -> None:
    """Wait for whoever is changing the account's walk, then hold it to the end of this transaction."""
    if account_id is not None:
        Account.objects.select_for_update(no_key=True).filter(pk=account_id).values_list("pk").first()


def is_free(account_id: int) -> bool:
    """The same without waiting: False when somebody else is at it."""
    rows = Account.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=account_id)
    return rows.values_list("pk").first() is not None
