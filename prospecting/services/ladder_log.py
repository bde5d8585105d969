"""The ladder once more from the timeline alone: every milestone stands there in full."""

from typing import Any

from django.db import connection, transaction

COLUMNS = (
    "enrollment_id, account_id, contact_id, rung, at, voids, turn, by_id, segment_version_id, route_version_id, "
    "sequence_version_id, enrolled_at, prospector_id, setter_id, role_id, step_id, mailbox_id"
)
STANDS = (
    "enrollment_id, account_id, segment_version_id, route_version_id, sequence_version_id, prospector_id, setter_id, "
    "enrolled_at, contacted_at, engaged_at, in_hand_at, qualified_at, booked_at, held_at, accepted_at, since, until"
)
# A fact that names what is gone since (a user, a mailbox) is gone with it, as the milestone's own column is.
LOG = """
    INSERT INTO prospecting_milestone (COLUMNS)
    SELECT w.id, e.account_id, e.contact_id, regexp_replace(split_part(e.kind, '.', 2), '_voided$', ''),
           (e.facts->>'at')::timestamptz, e.kind LIKE '%\\_voided', COALESCE((e.facts->>'turn')::int, 0), e.actor_id,
           (e.facts->>'segment_version')::bigint, (e.facts->>'route_version')::bigint,
           (e.facts->>'sequence_version')::bigint, (e.facts->>'enrolled_at')::timestamptz, p.id, s.id, r.id, t.id, m.id
      FROM crm_event e
      LEFT JOIN prospecting_enrollment w ON e.subject_type = 'prospecting.enrollment' AND w.id = e.subject_id
      LEFT JOIN crm_user p ON p.id = (e.facts->>'prospector')::bigint
      LEFT JOIN crm_user s ON s.id = (e.facts->>'setter')::bigint
      LEFT JOIN crm_role r ON r.id = (e.facts->>'role')::bigint
      LEFT JOIN prospecting_step t ON t.id = (e.facts->>'step')::bigint
      LEFT JOIN crm_mailbox m ON m.id = (e.facts->>'mailbox')::bigint
     WHERE (e.kind LIKE 'ladder.%' OR e.kind LIKE 'walk.in\\_hand%') AND e.account_id IS NOT NULL AND e.facts ? 'at'
       AND (w.id IS NOT NULL OR e.subject_type <> 'prospecting.enrollment')
     ORDER BY e.id
""".replace("COLUMNS", COLUMNS)


class _Undo(Exception):
    """Leaves the transaction of a check without a trace."""


def check() -> dict[str, Any]:
    """Build it aside and compare: {milestones, standings, missing, surplus, equal}; nothing is kept.

    `missing` rows the timeline knows and the ladder does not, `surplus` the other way round; milestones and standings.
    """
    found: dict[str, Any] = {}
    try:
        with transaction.atomic():
            found = _build()
            raise _Undo
    except _Undo:
        return found


@transaction.atomic
def rebuild() -> dict[str, Any]:
    """Put what the timeline says in the place of what stands there; the answer compares the two as `check` does."""
    return _build()


def _build() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE prospecting_milestone IN SHARE ROW EXCLUSIVE MODE")
        for name, columns in (("milestone", COLUMNS), ("standing", STANDS)):
            cursor.execute(f"CREATE TEMP TABLE was_{name} ON COMMIT DROP AS SELECT {columns} FROM prospecting_{name}")  # noqa: S608
        cursor.execute("DELETE FROM prospecting_standing")
        cursor.execute("DELETE FROM prospecting_milestone")
        cursor.execute(LOG)
        counts = {name: _count(cursor, name) for name in ("milestone", "standing")}
        missing, surplus = (
            {name: _but(cursor, name, *sides) for name in counts} for sides in (("", "was"), ("was", ""))
        )
        cursor.execute("DROP TABLE was_milestone, was_standing")
    return {
        "milestones": counts["milestone"], "standings": counts["standing"],
        "missing": missing, "surplus": surplus, "equal": not any([*missing.values(), *surplus.values()]),
    }  # fmt: skip


def _count(cursor: Any, name: str) -> int:
    cursor.execute(f"SELECT count(*) FROM prospecting_{name}")  # noqa: S608 - names from here
    return int(cursor.fetchone()[0])


def _but(cursor: Any, name: str, first: str, second: str) -> int:
    """How many rows the first has that the second has not."""
    columns = COLUMNS if name == "milestone" else STANDS
    there, here = (f"{'was' if side else 'prospecting'}_{name}" for side in (first, second))
    cursor.execute(
        f"SELECT count(*) FROM (SELECT {columns} FROM {there} EXCEPT ALL SELECT {columns} FROM {here}) AS one"  # noqa: S608
    )
    return int(cursor.fetchone()[0])
