"""Accounts kept on a list or off it by hand, whatever the rule says: with a reason, and until a day."""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, User
from prospecting.models import Pin, TargetList
from prospecting.services.lists import refresh, settle

FEW = 5_000  # more accounts than this are settled by a refresh of the whole list


@transaction.atomic
def pin(
    target: TargetList,
    account: Account,
    *,
    kind: str,
    reason: str,
    by: User | str | None,
    expires_on: date | None = None,
) -> Pin:
    """Keep an account on a list, or off it; it acts at once."""
    pin_accounts(target, [account.pk], kind=kind, reason=reason, by=by, expires_on=expires_on)
    return Pin.objects.get(target_list=target, account=account)


@transaction.atomic
def pin_accounts(
    target: TargetList,
    account_ids: Sequence[int],
    *,
    kind: str,
    reason: str,
    by: User | str | None,
    expires_on: date | None = None,
) -> int:
    """The same for many; a pin that stands is replaced, and every account gets its line on the timeline."""
    check(kind, reason, expires_on)
    if kind == Pin.Kind.INCLUDE:
        refuse_pinned_before(target, account_ids)
    now, user = clock.now(), by if isinstance(by, User) else None
    rows = [
        Pin(
            target_list=target, account_id=pk, kind=kind, reason=reason.strip()[:200], by=user, at=now,
            expires_on=expires_on,
        )
        for pk in dict.fromkeys(account_ids)
    ]  # fmt: skip
    columns = ["kind", "reason", "by", "at", "expires_on"]
    Pin.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["target_list", "account"], update_fields=columns, batch_size=2_000
    )
    happened = "pin.included" if kind == Pin.Kind.INCLUDE else "pin.excluded"
    tell(target, list(account_ids), happened, reason, by)
    apply(target, list(account_ids), by)
    return len(rows)


def check(kind: str, reason: str, expires_on: date | None) -> None:
    if kind not in Pin.Kind.values:
        raise Refused("Say whether it is pinned to the list or kept off it.")
    if not reason.strip():
        raise Refused("Say why; the next person will want to know.")
    if "\x00" in reason:
        raise Refused("The reason holds a character that is none.")
    if expires_on is not None and expires_on <= clock.today():
        raise Refused("The rule decides again from that day; name one after today.")


def refuse_pinned_before(target: TargetList, account_ids: Sequence[int]) -> None:
    """Of lists with a priority an account is pinned to one; the one that goes first keeps it."""
    if target.segment.priority is None:
        return
    ahead = Pin.objects.filter(
        account__in=account_ids, kind=Pin.Kind.INCLUDE, target_list__segment__priority__lt=target.segment.priority,
        target_list__segment__archived_at=None,
    ).exclude(expires_on__lte=clock.today())  # fmt: skip
    if held := ahead.select_related("account", "target_list__segment").first():
        raise Refused(f"{held.account} is pinned to the list of {held.target_list.segment}, which goes first.")


def tell(target: TargetList, account_ids: list[int], happened: str, reason: str, by: User | str | None) -> None:
    user = by if isinstance(by, User) else None
    ids = dict(Pin.objects.filter(target_list=target, account__in=account_ids).values_list("account_id", "pk"))
    Event.objects.bulk_create(
        (
            Event(
                at=clock.now(), kind=happened, account_id=account, actor=user, actor_name=str(by or ""),
                why=reason.strip()[:500], facts={"segment": target.segment.name},
                subject_type=Pin._meta.label_lower, subject_id=pk,
            )
            for account, pk in ids.items()
        ),
        batch_size=2_000,
    )  # fmt: skip


def apply(target: TargetList, account_ids: list[int], by: User | str | None) -> None:
    if len(account_ids) <= FEW:
        settle(target, account_ids)
    else:
        refresh(target, by=by)


@transaction.atomic
def pin_many(target: TargetList, account_ids: Sequence[int], *, reason: str, by: User | None) -> int:
    """Pins for an import into a list, set-based; those that stand stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO prospecting_pin (target_list_id, account_id, kind, reason, by_id, at)
            SELECT %s, id, 'include', %s, %s, %s FROM crm_account WHERE id = ANY(%s)
            ON CONFLICT (target_list_id, account_id) DO NOTHING
            """,
            [target.pk, reason[:200], by.pk if by else None, clock.now(), list(account_ids)],
        )
        made = int(cursor.rowcount)
    apply(target, list(account_ids), by)
    return made


@transaction.atomic
def unpin(row: Pin, *, by: User | str | None) -> None:
    """The rule decides about the account again, at once."""
    Event.record("pin.removed", by=by, subject=row, account=row.account, why=row.reason)
    target, account = row.target_list, row.account_id
    row.delete()
    settle(target, [account])
