"""Keeping a target list in step with its rule: set-based, dated, never forgetting."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, User
from prospecting.models import ListEntry, Pin, SegmentVersion, TargetList
from prospecting.queries.rule_language import accounts_matching


@dataclass(frozen=True)
class Refreshed:
    segment: str
    version: int | None
    entered: int = 0
    left: int = 0
    members: int = 0
    window_closed: int = 0


def members_sql(target: TargetList, version: SegmentVersion) -> QuerySet[Any]:
    """The ids that belong by the rule, with pins added and exclusions taken out."""
    excluded = Pin.objects.filter(target_list=target, kind=Pin.Kind.EXCLUDE).values("account")
    pinned = Pin.objects.filter(target_list=target, kind=Pin.Kind.INCLUDE).values("account")
    fitting = accounts_matching(version.rule) | Account.objects.filter(pk__in=pinned)
    return fitting.exclude(pk__in=excluded).order_by().values("pk")


@transaction.atomic
def refresh(target: TargetList, *, by: User | str | None = None) -> Refreshed:
    """Let in who fits now and close the entries of those who do not, with the version that decided.

    One evaluation of the rule into a temporary table; the rest is joins.
    """
    target = TargetList.objects.select_for_update().select_related("segment").get(pk=target.pk)
    published = target.segment.versions.filter(state=SegmentVersion.State.PUBLISHED)
    version = published.order_by("-number").first()
    if version is None:
        return Refreshed(target.segment.name, None)
    now = clock.now()
    with connection.cursor() as cursor:
        _collect(cursor, "refresh_members", members_sql(target, version))
        left = _close(cursor, target, version, now)
        entered = _enter(cursor, target, version, now)
        closed = _windows(cursor, target, version)
        cursor.execute("DROP TABLE refresh_members")
    TargetList.objects.filter(pk=target.pk).update(refreshed_at=now)
    members = ListEntry.objects.filter(target_list=target, left_at=None).count()
    if entered or left:
        facts = {"entered": entered, "left": left, "members": members, "version": version.number}
        Event.record("targetlist.refreshed", by=by or "the list", subject=target, facts=facts)
    return Refreshed(target.segment.name, version.number, entered, left, members, closed)


def _collect(cursor: Any, table: str, ids: QuerySet[Any]) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE {table} (id bigint PRIMARY KEY) ON COMMIT DROP")
    try:
        sql, params = ids.query.sql_with_params()
    except EmptyResultSet:
        return
    cursor.execute(f"INSERT INTO {table} {sql}", params)
    cursor.execute(f"ANALYZE {table}")


def _close(cursor: Any, target: TargetList, version: SegmentVersion, now: Any) -> int:
    """End the open entries of accounts that no longer fit; the reason says whether a person took them out."""
    cursor.execute(
        """
        UPDATE prospecting_listentry entry
           SET left_at = %s, version_out_id = %s,
               left_reason = COALESCE((SELECT 'excluded: ' || pin.reason FROM prospecting_pin pin
                                        WHERE pin.target_list_id = entry.target_list_id
                                          AND pin.account_id = entry.account_id AND pin.kind = 'exclude'),
                                      'no longer fits the rule of v' || %s)
         WHERE entry.target_list_id = %s AND entry.left_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM refresh_members m WHERE m.id = entry.account_id)
        """,
        [now, version.pk, str(version.number), target.pk],
    )
    return int(cursor.rowcount)


def _enter(cursor: Any, target: TargetList, version: SegmentVersion, now: Any) -> int:
    cursor.execute(
        """
        INSERT INTO prospecting_listentry
               (target_list_id, account_id, version_in_id, entered_at, left_reason, window_open)
        SELECT %s, m.id, %s, %s, '', TRUE
          FROM refresh_members m
         WHERE NOT EXISTS (SELECT 1 FROM prospecting_listentry e
                            WHERE e.target_list_id = %s AND e.account_id = m.id AND e.left_at IS NULL)
        """,
        [target.pk, version.pk, now, target.pk],
    )
    return int(cursor.rowcount)


def _windows(cursor: Any, target: TargetList, version: SegmentVersion) -> int:
    """Say for each member whether the when-rule lets it be contacted now; nobody is ejected by it."""
    here = ListEntry.objects.filter(target_list=target, left_at=None)
    if not version.when_rule.strip():
        here.filter(window_open=False).update(window_open=True)
        return 0
    _collect(cursor, "refresh_open", accounts_matching(version.when_rule).order_by().values("pk"))
    cursor.execute(
        """
        UPDATE prospecting_listentry entry SET window_open = NOT window_open
         WHERE entry.target_list_id = %s AND entry.left_at IS NULL
           AND entry.window_open <> EXISTS (SELECT 1 FROM refresh_open o WHERE o.id = entry.account_id)
        """,
        [target.pk],
    )
    cursor.execute("DROP TABLE refresh_open")
    return here.filter(window_open=False).count()


@transaction.atomic
def pin(target: TargetList, account: Account, *, kind: str, reason: str, by: User | None) -> Pin:
    """Keep an account on a list, or off it, whatever the rule says."""
    if not reason.strip():
        raise Refused("Say why; the next person will want to know.")
    defaults = {"kind": kind, "reason": reason.strip()[:200], "by": by, "at": clock.now()}
    row, _ = Pin.objects.update_or_create(target_list=target, account=account, defaults=defaults)
    happened = "pin.included" if kind == Pin.Kind.INCLUDE else "pin.excluded"
    Event.record(happened, by=by, subject=row, account=account, why=row.reason)
    _apply_pin(target, account, kind, row.reason)
    return row


def _apply_pin(target: TargetList, account: Account, kind: str, reason: str) -> None:
    """A pin acts at once; the whole list is not refreshed for one account."""
    published = target.segment.versions.filter(state=SegmentVersion.State.PUBLISHED)
    version = published.order_by("-number").first()
    open_entry = ListEntry.objects.filter(target_list=target, account=account, left_at=None)
    if version is None:
        return
    if kind == Pin.Kind.EXCLUDE:
        open_entry.update(left_at=clock.now(), version_out=version, left_reason=f"excluded: {reason}"[:200])
    elif not open_entry.exists():
        ListEntry.objects.create(target_list=target, account=account, version_in=version, entered_at=clock.now())


@transaction.atomic
def pin_many(target: TargetList, accounts: QuerySet[Account], *, reason: str, by: User | None) -> int:
    """Pins for an import into a list; those that stand stay as they are."""
    now = clock.now()
    rows = [
        Pin(target_list=target, account_id=pk, kind=Pin.Kind.INCLUDE, reason=reason[:200], by=by, at=now)
        for pk in accounts.values_list("pk", flat=True)
    ]
    made = Pin.objects.bulk_create(rows, ignore_conflicts=True)
    refresh(target, by=by)
    return len(made)


@transaction.atomic
def unpin(row: Pin, *, by: User | None) -> None:
    """The rule decides again at the next refresh."""
    Event.record("pin.removed", by=by, subject=row, account=row.account, why=row.reason)
    target = row.target_list
    row.delete()
    refresh(target, by=by)


def refresh_all(segments: QuerySet[Any] | None = None) -> list[Refreshed]:
    """Every list, or those of some segments; one transaction a list."""
    targets = TargetList.objects.filter(segment__archived_at=None).select_related("segment")
    if segments is not None:
        targets = targets.filter(segment__in=segments)
    return [refresh(target) for target in targets.order_by("pk")]
