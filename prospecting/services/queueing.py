"""One queue for each account: who plans, pauses, sends or ends there takes the account's row first, so nobody deadlocks."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Model

from crm import clock
from crm.models import Account
from prospecting.models import Enrollment, Touch

_DUE = """
    SELECT e.plan_at, e.id, a.id FROM prospecting_enrollment e JOIN crm_account a ON a.id = e.account_id
     WHERE e.state = 'active' AND e.plan_at <= %s AND (%s::bigint IS NULL OR a.id = %s)
     ORDER BY e.plan_at LIMIT %s FOR NO KEY UPDATE OF a, e SKIP LOCKED
"""


def queue_up_for(row: type[Model], pk: int) -> None:
    """As queue_up, for the account of a touch or message, in one statement."""
    account = row._base_manager.filter(pk=pk).values("account_id")
    Account.objects.select_for_update(no_key=True).filter(pk__in=account).order_by().values_list("pk").first()


def hold(accounts: Iterable[int]) -> list[Account]:
    """Several accounts to the end of this transaction, always in the same order, so that two who do this never block each other."""
    return list(Account.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk"))


def claim_due(now: datetime, limit: int, account: int | None = None) -> list[int]:
    """Accounts whose walk is due to be planned, longest due first, held to the end of this transaction; nobody is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, account, account, limit])
        return [pk for _, _, pk in sorted(cursor.fetchall())]  # here: among equals the index would be read to its end


def look_again(touches: Collection[int]) -> None:
    """Their walks waited for these touches, which would have called the planner when they left; it is called now."""
    walks = Touch.objects.filter(pk__in=touches).values("enrollment")
    Enrollment.objects.filter(pk__in=walks, state=Enrollment.State.ACTIVE).update(plan_at=clock.now())
