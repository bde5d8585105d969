"""Claiming due rows: a lease by the database's clock with a fencing number, and locks that die with their worker."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models.expressions import RawSQL

from crm import failpoints
from prospecting.models import Outgoing, Touch
from prospecting.models.touch import Flight

LEASE_SECONDS = 60
Claim = tuple[int, int]  # id, fence
Hold = tuple[datetime, str]  # until when, and why

# The choice stands apart: inside `IN (…)` it may be made anew for each row, and then takes more than its LIMIT.
# Of whoever comes first all that is due: their mails leave by one mailbox, so a slow server keeps nobody else's waiting.
_BATCH = """
    WITH first AS MATERIALIZED (
         SELECT e.prospector_id FROM prospecting_touch t
           JOIN prospecting_enrollment e ON e.id = t.enrollment_id
          WHERE t.state = 'planned' AND t.released AND t.channel = 'email' AND e.state = 'active' AND t.due_on <= %(until)s
            AND (t.not_before IS NULL OR t.not_before <= %(now)s)
            AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp()) AND t.id <> ALL(%(but)s)
            AND e.prospector_id <> ALL(%(not_of)s)
          ORDER BY t.due_on, t.id LIMIT 1 FOR UPDATE OF t SKIP LOCKED),
         due AS MATERIALIZED (
         SELECT t.id FROM prospecting_touch t
           JOIN prospecting_enrollment e ON e.id = t.enrollment_id
          WHERE t.state = 'planned' AND t.released AND t.channel = 'email' AND e.state = 'active' AND t.due_on <= %(until)s
            AND (t.not_before IS NULL OR t.not_before <= %(now)s)
            AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp()) AND t.id <> ALL(%(but)s)
            AND e.prospector_id = (SELECT prospector_id FROM first)
          ORDER BY t.due_on, t.id LIMIT %(limit)s FOR UPDATE OF t SKIP LOCKED)
    UPDATE prospecting_touch taken
       SET lease_owner = %(worker)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s), fence = fence + 1
      FROM due WHERE taken.id = due.id
 RETURNING taken.id, taken.fence
"""
_OUTGOING = """
    WITH due AS MATERIALIZED (
         SELECT o.id FROM prospecting_outgoing o
          WHERE o.state = 'planned' AND (o.not_before IS NULL OR o.not_before <= %s)
            AND (o.lease_until IS NULL OR o.lease_until < clock_timestamp()) AND o.id <> ALL(%s)
            AND (o.mailbox_id IS NULL OR o.mailbox_id <> ALL(%s))
          ORDER BY o.not_before NULLS FIRST, o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED)
    UPDATE prospecting_outgoing taken
       SET lease_owner = %s, lease_until = clock_timestamp() + make_interval(secs => %s), fence = fence + 1
      FROM due WHERE taken.id = due.id
 RETURNING taken.id, taken.fence
"""


_RELEASE = """
    UPDATE prospecting_touch t
       SET lease_until = NULL, lease_owner = '', not_before = COALESCE(mine.until, t.not_before),
           waits_because = COALESCE(mine.why, t.waits_because)
      FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::text[]) AS mine(id, fence, until, why)
     WHERE t.id = mine.id AND t.fence = mine.fence AND t.state = 'planned'
"""


def claim_outgoing(
    worker: str, *, now: datetime, limit: int, but: Sequence[int] = (), not_of: Sequence[int] = ()
) -> list[Claim]:
    """Due messages that are no steps of a walk; of none of the mailboxes `not_of`, as far as one is chosen yet."""
    return _claim(_OUTGOING, [now, list(but), list(not_of), limit, worker[:80], LEASE_SECONDS])


def claim_batch(
    worker: str, *, today: date, now: datetime, limit: int, but: Sequence[int] = (), not_of: Sequence[int] = ()
) -> list[Claim]:
    """Due mails of active walks, all of one person: whose is due first, and is not one of `not_of`. Each to one worker only;
    committed at once, so that a death leaves only a lease.
    """
    return _claim(_BATCH, {
        "until": today + timedelta(days=1), "now": now, "but": list(but), "not_of": list(not_of), "limit": limit,
        "worker": worker[:80], "lease": LEASE_SECONDS,
    })  # fmt: skip


def _claim(sql: str, params: list[Any] | dict[str, Any]) -> list[Claim]:
    with failpoints.commit("claim"), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return sorted(cursor.fetchall())


@failpoints.commit("release")
def release(row: Touch | Outgoing, fence: int, **columns: Any) -> None:
    """Give a claim back; `columns` say when and why it is looked at again."""
    type(row)._base_manager.filter(pk=row.pk, fence=fence, state=Flight.PLANNED).update(
        lease_until=None, lease_owner="", **columns
    )


@failpoints.commit("batch given back")
def give_back(claims: Collection[Claim]) -> None:
    """Claims of a batch that was not begun: whoever comes next may have them at once."""
    _release([(pk, fence, None, None) for pk, fence in claims])


def hold(holds: Mapping[Claim, Hold]) -> None:
    """Claims of a batch that must wait, each until its own moment."""
    _release([(pk, fence, until, why[:200]) for (pk, fence), (until, why) in holds.items()])


def _release(rows: Sequence[tuple[int, int, datetime | None, str | None]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [list(column) for column in zip(*rows, strict=True)])


def lease() -> RawSQL:
    """When a claim taken now is over, by the database's clock."""
    return RawSQL("clock_timestamp() + make_interval(secs => %s)", [LEASE_SECONDS])


class OtherIsAtIt(Exception):
    """Another sender is handing a message to this address right now."""


@contextmanager
def address_lock(address: str) -> Iterator[None]:
    """Held by the sender from its last look at the suppressions to the final dot: an opt-out waits for it (session level).

    Raises OtherIsAtIt at once: whoever waited here would wait for somebody else's slow server.
    """
    with _lock(lock_key(address)) as mine:
        if not mine:
            raise OtherIsAtIt(address)
        yield


def batch_lock(mailbox: int) -> AbstractContextManager[bool]:
    """One batch of a mailbox at a time, whichever process has it: its cap and its gaps are counted ahead. Whether it is ours."""
    return _lock(f"batch of mailbox:{mailbox}")


@contextmanager
def _lock(key: str) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        # A connection that broke has lost its locks already.
        if mine:
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


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
