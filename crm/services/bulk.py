"""What is done to very many accounts at once: one statement for the rows, one for their timeline."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from crm import clock
from crm.models import Account, User

ASSIGN = """
    WITH given AS (
        UPDATE crm_account SET owner_id = %s WHERE id IN (SELECT pick.id FROM ({rows}) AS pick (id)) AND owner_id IS DISTINCT FROM %s
        RETURNING id
    )
    INSERT INTO crm_event (at, kind, account_id, actor_id, actor_name, why, facts, subject_type, subject_id)
    SELECT %s, 'account.assigned', id, %s, %s, '', %s::jsonb, 'crm.account', id FROM given
"""


@transaction.atomic
def assign_all(rows: QuerySet[Account], owner: User | None, *, by: Any) -> int:
    """Give them all to someone; answers how many changed hands. The same events as one by one."""
    chosen, given = rows.order_by().values("pk").query.sql_with_params()
    key, actor = owner.pk if owner else None, getattr(by, "pk", None)
    told = json.dumps({"owner": str(owner or "nobody")})
    with connection.cursor() as cursor:
        cursor.execute(ASSIGN.format(rows=chosen), [key, *given, key, clock.now(), actor, str(by or ""), told])
        return int(cursor.rowcount)


def write_rungs(rungs: Mapping[int, tuple[str, datetime | None]]) -> None:
    """Show how far many accounts are on the ladder; the upper app keeps the milestones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crm_account a SET rung = new.rung, rung_at = new.at "
            "FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS new (id, rung, at) WHERE a.id = new.id",
            [list(rungs), [rung for rung, _ in rungs.values()], [at for _, at in rungs.values()]],
        )
