"""Which accounts belong to a list under a version: the rule, a person's pins before it, one list only by priority."""

# ruff: noqa: S608 - the SQL is joined from pieces of ours, and every value is a parameter

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from crm import clock
from crm.models import Account
from prospecting.models import Pin, SegmentVersion, TargetList
from prospecting.queries.rule_language import accounts_matching

Sql = tuple[str, list[Any]]

NOBODY: Sql = ("SELECT NULL::bigint AS id WHERE FALSE", [])
LIVE = "(pin.expires_on IS NULL OR pin.expires_on > %s)"

# Another list among those with a priority has the account open; a pin there goes before a rule anywhere.
HELD_ELSEWHERE = """
    EXISTS (SELECT 1 FROM prospecting_listentry held
              JOIN prospecting_targetlist elsewhere ON elsewhere.id = held.target_list_id
              JOIN prospecting_segment other ON other.id = elsewhere.segment_id
             WHERE held.account_id = {account} AND held.left_at IS NULL AND held.target_list_id <> %s
               AND other.priority IS NOT NULL AND other.archived_at IS NULL AND {ahead})
"""
PINNED_THERE = f"""
    EXISTS (SELECT 1 FROM prospecting_pin pin WHERE pin.target_list_id = held.target_list_id
               AND pin.account_id = held.account_id AND pin.kind = 'include' AND {LIVE})
"""


def ids(rows: QuerySet[Any]) -> Sql:
    """The ids of a queryset as SQL to be joined with."""
    try:
        sql, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return NOBODY
    return sql, list(params)


def fitting(rule: str, only: list[int] | None = None) -> Sql:
    accounts = accounts_matching(rule)
    return ids(accounts if only is None else accounts.filter(pk__in=only))


def member_ids(target: TargetList, version: SegmentVersion, only: list[int] | None = None) -> Sql:
    """SQL for the ids that belong, each once; `only` narrows the question to some accounts."""
    kinds = set(live_pins(target).values_list("kind", flat=True).distinct())
    sql, params = fitting(version.rule, only)
    sql, where, values = f"SELECT fits.id FROM ({sql}) AS fits(id)", [], list(params)
    if Pin.Kind.EXCLUDE in kinds:
        where.append(f"NOT EXISTS ({pinned('exclude')} AND pin.account_id = fits.id)")
        values += [target.pk, clock.today()]
    if target.segment.priority is not None:
        held, given = held_elsewhere(target, "fits.id", pinned_here=False)
        where.append(f"NOT {held}")
        values += given
    if where:
        sql = f"{sql} WHERE {' AND '.join(where)}"
    if Pin.Kind.INCLUDE in kinds:
        more, given = pinned_ids(target, only)
        sql, values = f"{sql} UNION {more}", values + given
    return sql, values


def pinned(kind: str) -> str:
    """Parameters: the list, today."""
    return f"SELECT 1 FROM prospecting_pin pin WHERE pin.target_list_id = %s AND pin.kind = '{kind}' AND {LIVE}"


def pinned_ids(target: TargetList, only: list[int] | None) -> Sql:
    sql = pinned("include").replace("SELECT 1", "SELECT pin.account_id")
    values: list[Any] = [target.pk, clock.today()]
    if only is not None:
        sql, values = f"{sql} AND pin.account_id = ANY(%s)", [*values, list(only)]
    if target.segment.priority is not None:
        held, given = held_elsewhere(target, "pin.account_id", pinned_here=True)
        sql, values = f"{sql} AND NOT {held}", values + given
    return sql, values


def held_elsewhere(target: TargetList, account: str, *, pinned_here: bool) -> Sql:
    """Whether a list that goes before this one has the account: by a pin first, then by its priority."""
    priority, today = target.segment.priority, clock.today()
    ahead = f"other.priority < %s AND {PINNED_THERE}" if pinned_here else f"(other.priority < %s OR {PINNED_THERE})"
    return HELD_ELSEWHERE.format(account=account, ahead=ahead), [target.pk, priority, today]


def live_pins(target: TargetList) -> QuerySet[Pin]:
    return target.pins.exclude(expires_on__lte=clock.today())


def members_of(target: TargetList, version: SegmentVersion) -> QuerySet[Account]:
    """The accounts that would be on the list; evaluated when asked."""
    sql, params = member_ids(target, version)
    return Account.objects.filter(pk__in=RawSQL(sql, params))  # noqa: S611 - built above, every value a parameter
