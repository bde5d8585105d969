"""Keeping a target list in step with its rule: set-based, dated, never forgetting."""

# ruff: noqa: S608 - the SQL is joined from pieces of ours, and every value is a parameter

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from crm import clock
from crm.models import Event, User
from prospecting.models import ListEntry, ListRefresh, Pin, SegmentVersion, TargetList
from prospecting.queries.membership import Sql, fitting, member_ids

SCHEDULE = "the schedule"
PRIORITIES = 0x4C495354  # the advisory lock of lists that share accounts by priority


@dataclass(frozen=True)
class Refreshed:
    segment: str
    version: int | None
    entered: int = 0
    left: int = 0
    members: int = 0
    window_closed: int = 0


@transaction.atomic
def refresh(target: TargetList, *, by: User | str | None = None, asked: str = "") -> Refreshed:
    """Let in who fits now and close the entries of those who do not, with the version that decided; kept as a run.

    `asked` says what made us look where it was not simply `by`.
    """
    began = time.perf_counter()
    target, version = locked(target)
    if version is None:
        return Refreshed(target.segment.name, None)
    now = moment(target)
    let_pins_expire(target)
    entered, left = step(target, version, now)
    here = ListEntry.objects.filter(target_list=target, left_at=None)
    members, closed = here.count(), here.filter(window_open=False).count()
    TargetList.objects.filter(pk=target.pk).update(refreshed_at=now)
    ListRefresh.objects.create(
        target_list=target, version=version, at=now, asked_by=(asked or str(by or SCHEDULE))[:120], entered=entered, left=left,
        members=members, window_closed=closed, seconds=round(time.perf_counter() - began, 3),
    )  # fmt: skip
    if entered or left:
        facts = {"entered": entered, "left": left, "members": members, "version": version.number}
        Event.record("targetlist.refreshed", by=by or SCHEDULE, subject=target, facts=facts)
    return Refreshed(target.segment.name, version.number, entered, left, members, closed)


@transaction.atomic
def settle(target: TargetList, account_ids: list[int]) -> tuple[int, int]:
    """What a pin or its end means for some accounts, at once: the whole list is not refreshed for them."""
    target, version = locked(target)
    return step(target, version, moment(target), account_ids) if version else (0, 0)


def locked(target: TargetList) -> tuple[TargetList, SegmentVersion | None]:
    """The list for ourselves; lists that share accounts by priority move one after another."""
    target = TargetList.objects.select_for_update(of=["self"]).select_related("segment").get(pk=target.pk)
    if target.segment.priority is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PRIORITIES])
    published = target.segment.versions.filter(state=SegmentVersion.State.PUBLISHED)
    return target, published.order_by("-number").first()


def moment(target: TargetList) -> datetime:
    """Now, and never before the last run: intervals of one account do not overlap when a clock is set back."""
    return max(clock.now(), target.refreshed_at or clock.now())


def step(target: TargetList, version: SegmentVersion, now: datetime, only: list[int] | None = None) -> tuple[int, int]:
    """One pass: who moved is found by one evaluation of the rule against the open entries; the rest is joins."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        collect_moves(cursor, target, member_ids(target, version, only), only)
        left = close(cursor, target, version, now)
        entered = enter(cursor, target, version, now)
        if target.segment.priority is not None:
            take_over(cursor, target, now, only)
        set_windows(cursor, target, version, only)
        cursor.execute("DROP TABLE refresh_moves")
    return entered, left


def collect_moves(cursor: Any, target: TargetList, members: Sql, only: list[int] | None) -> None:
    """Accounts that fit and have no open entry, and open entries whose account does not fit; few as a rule."""
    sql, params = members
    here, given = open_entries(target, only)
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE refresh_moves ON COMMIT DROP AS
        SELECT fits.id AS account_id, entry.id AS entry_id
          FROM ({sql}) AS fits(id) FULL JOIN ({here}) AS entry ON entry.account_id = fits.id
         WHERE fits.id IS NULL OR entry.id IS NULL
        """,
        [*params, *given],
    )


def open_entries(target: TargetList, only: list[int] | None) -> Sql:
    sql = "SELECT id, account_id, window_open FROM prospecting_listentry WHERE target_list_id = %s AND left_at IS NULL"
    return (sql, [target.pk]) if only is None else (f"{sql} AND account_id = ANY(%s)", [target.pk, list(only)])


def close(cursor: Any, target: TargetList, version: SegmentVersion, now: datetime) -> int:
    """End the open entries of accounts that no longer belong; the reason says who or what took them out."""
    cursor.execute(
        """
        UPDATE prospecting_listentry entry
           SET left_at = GREATEST(%s, entry.entered_at), version_out_id = %s,
               left_reason = left(COALESCE(
                   (SELECT 'excluded: ' || pin.reason FROM prospecting_pin pin
                     WHERE pin.target_list_id = entry.target_list_id AND pin.account_id = entry.account_id
                       AND pin.kind = 'exclude' AND (pin.expires_on IS NULL OR pin.expires_on > %s)),
                   (SELECT 'now on the list of ' || other.name || ', which goes first'
                      FROM prospecting_listentry held
                      JOIN prospecting_targetlist elsewhere ON elsewhere.id = held.target_list_id
                      JOIN prospecting_segment other ON other.id = elsewhere.segment_id
                     WHERE held.account_id = entry.account_id AND held.left_at IS NULL
                       AND held.target_list_id <> entry.target_list_id AND other.priority IS NOT NULL
                       AND other.archived_at IS NULL AND %s
                     ORDER BY other.priority LIMIT 1),
                   'no longer fits the rule of v' || %s), 200)
          FROM refresh_moves moves
         WHERE entry.id = moves.entry_id
        """,
        [now, version.pk, clock.today(), target.segment.priority is not None, str(version.number)],
    )
    return int(cursor.rowcount)


def enter(cursor: Any, target: TargetList, version: SegmentVersion, now: datetime) -> int:
    cursor.execute(
        """
        INSERT INTO prospecting_listentry
               (target_list_id, account_id, version_in_id, entered_at, entered_reason, left_reason, window_open)
        SELECT %s, moves.account_id, %s, %s,
               CASE WHEN pin.id IS NULL THEN 'fits the rule of v' || %s ELSE left('pinned: ' || pin.reason, 200) END,
               '', TRUE
          FROM refresh_moves moves
          LEFT JOIN prospecting_pin pin ON pin.target_list_id = %s AND pin.account_id = moves.account_id
           AND pin.kind = 'include' AND (pin.expires_on IS NULL OR pin.expires_on > %s)
         WHERE moves.entry_id IS NULL
        """,
        [target.pk, version.pk, now, str(version.number), target.pk, clock.today()],
    )
    return int(cursor.rowcount)


def take_over(cursor: Any, target: TargetList, now: datetime, only: list[int] | None) -> None:
    """Whoever is on this list leaves those that go after it, and is told which list has them."""
    here, given = open_entries(target, only)
    cursor.execute(
        f"""
        UPDATE prospecting_listentry entry
           SET left_at = GREATEST(%s, entry.entered_at), version_out_id = current.id, left_reason = left(%s, 200)
          FROM ({here}) AS mine, prospecting_targetlist elsewhere
          JOIN prospecting_segment other ON other.id = elsewhere.segment_id
          JOIN LATERAL (SELECT id FROM prospecting_segmentversion version
                         WHERE version.segment_id = other.id AND version.state = 'published'
                         ORDER BY version.number DESC LIMIT 1) AS current ON TRUE
         WHERE entry.account_id = mine.account_id AND entry.left_at IS NULL AND entry.target_list_id = elsewhere.id
           AND elsewhere.id <> %s AND other.priority IS NOT NULL AND other.archived_at IS NULL
        """,
        [now, f"now on the list of {target.segment.name}, which goes first", *given, target.pk],
    )


def set_windows(cursor: Any, target: TargetList, version: SegmentVersion, only: list[int] | None) -> None:
    """Say for each member whether the when-rule lets it be contacted now; nobody is ejected by it."""
    here, given = open_entries(target, only)
    if not version.when_rule.strip():
        sql, params = f"SELECT id FROM ({here}) AS mine WHERE NOT mine.window_open", given
    else:
        when, values = fitting(version.when_rule, only)
        sql = f"""SELECT mine.id FROM ({here}) AS mine LEFT JOIN ({when}) AS fits(id) ON fits.id = mine.account_id
                   WHERE mine.window_open <> (fits.id IS NOT NULL)"""
        params = [*given, *values]
    cursor.execute(
        f"UPDATE prospecting_listentry SET window_open = NOT window_open WHERE id IN ({sql})",
        params,
    )


def let_pins_expire(target: TargetList) -> int:
    """Pins whose day has come go; the timeline remembers them."""
    gone = list(target.pins.filter(expires_on__lte=clock.today()).select_related("account")[:5_000])
    now = clock.now()
    Event.objects.bulk_create(
        Event(
            at=now, kind="pin.expired", account=pin.account, actor_name="its day", why=pin.reason,
            subject_type=Pin._meta.label_lower, subject_id=pin.pk,
        )
        for pin in gone
    )  # fmt: skip
    Pin.objects.filter(pk__in=[pin.pk for pin in gone]).delete()
    return len(gone)


def in_order(targets: QuerySet[TargetList]) -> QuerySet[TargetList]:
    """Lists that go first are refreshed first, so that what they let go is taken up in the same round."""
    return targets.order_by(F("segment__priority").asc(nulls_last=True), "pk")


def refresh_all(segments: QuerySet[Any] | None = None, *, by: User | str | None = None) -> list[Refreshed]:
    """Every list, or those of some segments; one transaction a list."""
    targets = TargetList.objects.filter(segment__archived_at=None).select_related("segment")
    if segments is not None:
        targets = targets.filter(segment__in=segments)
    return [refresh(target, by=by) for target in in_order(targets)]


def refresh_due(now: datetime) -> list[Refreshed]:
    """The lists whose hour has come; a list that somebody refreshes at this moment is left to them."""
    with_schedule = TargetList.objects.filter(segment__archived_at=None, every_hours__gt=0)
    due = [
        target
        for target in in_order(with_schedule.filter(Q(segment__versions__state="published")).distinct())
        if target.refreshed_at is None or target.refreshed_at + timedelta(hours=target.every_hours) <= now
    ]
    return [done for target in due if (done := refresh_if_free(target))]


@transaction.atomic
def refresh_if_free(target: TargetList) -> Refreshed | None:
    free = TargetList.objects.select_for_update(skip_locked=True).filter(pk=target.pk).exists()
    return refresh(target, by=SCHEDULE) if free else None
