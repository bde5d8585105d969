"""Claiming due rows: a lease by the database's clock with a fencing number, and locks that die with their worker."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from crm import failpoints
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight

LEASE_SECONDS = 60
Claim = tuple[int, int]  # id, fence

# The choice stands apart: inside `IN (…)` it may be made anew for each row, and then takes more than its LIMIT.
_TOUCHES = """
    WITH due AS MATERIALIZED (
         SELECT t.id FROM prospecting_touch t
           JOIN prospecting_enrollment e ON e.id = t.enrollment_id
          WHERE t.state = 'planned' AND t.released AND t.channel = 'email' AND e.state = 'active' AND t.due_on <= %s
            AND (t.not_before IS NULL OR t.not_before <= %s)
            AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp()) AND t.id <> ALL(%s)
          ORDER BY t.due_on, t.id LIMIT %s FOR UPDATE OF t SKIP LOCKED)
    UPDATE prospecting_touch taken
       SET lease_owner = %s, lease_until = clock_timestamp() + make_interval(secs => %s), fence = fence + 1
      FROM due WHERE taken.id = due.id
 RETURNING taken.id, taken.fence
"""
_OUTGOING = """
    WITH due AS MATERIALIZED (
         SELECT o.id FROM prospecting_outgoing o
          WHERE o.state = 'planned' AND (o.not_before IS NULL OR o.not_before <= %s)
            AND (o.lease_until IS NULL OR o.lease_until < clock_timestamp()) AND o.id <> ALL(%s)
          ORDER BY o.not_before NULLS FIRST, o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED)
    UPDATE prospecting_outgoing taken
       SET lease_owner = %s, lease_until = clock_timestamp() + make_interval(secs => %s), fence = fence + 1
      FROM due WHERE taken.id = due.id
 RETURNING taken.id, taken.fence
"""


def claim_touches(worker: str, *, today: date, now: datetime, limit: int, but: Sequence[int] = ()) -> list[Claim]:
    """Due mails of active walks, each to one worker only. Committed at once, so that a death leaves only a lease."""
    return _claim(_TOUCHES, [today + timedelta(days=1), now, list(but), limit, worker[:80], LEASE_SECONDS])


def claim_outgoing(worker: str, *, now: datetime, limit: int, but: Sequence[int] = ()) -> list[Claim]:
    return _claim(_OUTGOING, [now, list(but), limit, worker[:80], LEASE_SECONDS])


def _claim(sql: str, params: list[Any]) -> list[Claim]:
    with failpoints.commit("claim"), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return sorted(cursor.fetchall())


@failpoints.commit("release")
def release(row: Touch | Outgoing, fence: int, **columns: Any) -> None:
    """Give a claim back; `columns` say when and why it is looked at again."""
    type(row)._base_manager.filter(pk=row.pk, fence=fence, state=Flight.PLANNED).update(
        lease_until=None, lease_owner="", **columns
    )


class Taken(Exception):
    """Another sender is handing a message to this address right now."""


@contextmanager
def address_lock(address: str) -> Iterator[None]:
    """Held by the sender from its last look at the suppressions to the final dot: an opt-out waits for it (session level).

    Raises Taken at once: whoever waited here would wait for somebody else's slow server.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lock_key(address)])
        if not cursor.fetchone()[0]:
            raise Taken(address)
    try:
        yield
    finally:
        # A connection that broke has lost its locks already.
        with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lock_key(address)])


def address_is_busy(address: str) -> bool:
    """Whether a living sender holds the address; the lock of a dead one is gone with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lock_key(address)])
        if not cursor.fetchone()[0]:
            return True
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lock_key(address)])
    return False


def lock_key(address: str) -> str:
    return f"mail:{address.strip().lower()}"


def reap() -> int:
    """In flight, lease over, sender dead: nobody knows whether it arrived. It is never resent blindly."""
    found = 0
    for model in (Touch, Outgoing):
        rows = model.objects.extra(where=["lease_until < clock_timestamp()"])
        for row in rows.filter(state=Flight.IN_FLIGHT)[:200]:
            attempt = row.attempts.order_by("-pk").first()
            if attempt and address_is_busy(attempt.recipient):
                continue
            found += _uncertain(row, attempt)
    return found


@failpoints.commit("found dead")
def _uncertain(row: Touch | Outgoing, attempt: Attempt | None) -> int:
    rows = type(row)._base_manager.filter(pk=row.pk, fence=row.fence, state=Flight.IN_FLIGHT)
    why = "The sender died before the server's answer was kept."
    moved = TOUCH.move_many(rows, Flight.UNCERTAIN, by="the sender", why=why, set={"lease_until": None})
    if moved and attempt:
        Attempt.objects.filter(pk=attempt.pk, outcome="in_flight").update(outcome="unknown")
    return len(moved)
