"""Editing the matrix: what a change would have done to the last days, the change itself on the timeline, and back again."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from appointments.models import Classification, MatrixRow, WorkItem
from appointments.rules import matrix as rules
from appointments.rules import matrix_changes, matrix_settings
from appointments.services import work_items
from appointments.services.matrix import row_for
from crm import clock
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Reply
from prospecting.models.segment import Segment

DAYS = 30
MOST_READ = 2000
MOST_SHOWN = 50
COLUMNS = ("contact_action", "account_action", "item_action", "minutes", "settings")


@dataclass(frozen=True)
class Preview:
    """Of the replies of the last days: how many there were, which would have acted differently, and how."""

    days: int
    read: int
    more: bool
    ways: list[tuple[str, int]]
    changed: list[tuple[Reply, list[str]]]
    changed_count: int
    open_items: int
    of_others: int
    words: str = ""
    wrong: dict[str, str] = field(default_factory=dict)


def as_row(stored: MatrixRow) -> rules.Row:
    return rules.Row(
        stored.label, stored.contact_action, stored.account_action, stored.item_action, stored.minutes, stored.settings
    )


def preview(after: rules.Row, segment: Segment | None, *, days: int = DAYS) -> Preview:
    """Nothing is written. A row of a segment is compared with what holds for that segment now."""
    segment_id = segment.pk if segment else None
    before = row_for(after.label, segment_id)
    since = clock.now() - timedelta(days=days)
    found = _judged(after.label, segment_id, since)
    rows = list(found.order_by("-reply__at", "-pk")[: MOST_READ + 1])
    ways: Counter[str] = Counter()
    changed = []
    for one in rows[:MOST_READ]:
        country = one.reply.account.country if one.reply.account else ""
        lines = matrix_changes.differences(before, after, one.entities, one.reply.at.date(), country)
        if lines:
            ways.update(lines)
            changed.append((one.reply, lines))
    waiting = work_items.open_items().filter(reply__label=after.label)
    return Preview(
        days=days, read=min(len(rows), MOST_READ), more=len(rows) > MOST_READ, ways=ways.most_common(12),
        changed=changed[:MOST_SHOWN], changed_count=len(changed), of_others=_with_rows_of_their_own(after.label, segment_id),
        open_items=_within(waiting, segment_id, after.label, "reply__enrollment__segment_version__segment").count(),
    )  # fmt: skip


def _judged(label: str, segment_id: int | None, since: Any) -> QuerySet[Classification]:
    rows = Classification.objects.filter(label=label, undone_at=None, reply__at__gte=since)
    rows = _within(rows, segment_id, label, "reply__enrollment__segment_version__segment")
    return rows.select_related("reply__account", "reply__contact", "reply__message").defer(
        "reply__message__html", "reply__message__text", "reply__message__quoted"
    )


def _within(rows: QuerySet[Any], segment_id: int | None, label: str, key: str) -> QuerySet[Any]:
    """Those the row speaks for: its segment's, or everyone's but for segments with a row of their own."""
    if segment_id:
        return rows.filter(**{key: segment_id})
    own = MatrixRow.objects.filter(label=label).exclude(segment=None).values("segment")
    return rows.filter(Q(**{f"{key}__isnull": True}) | ~Q(**{f"{key}__in": own}))


def _with_rows_of_their_own(label: str, segment_id: int | None) -> int:
    return 0 if segment_id else MatrixRow.objects.filter(label=label).exclude(segment=None).count()


# Changing ----------------------------------------------------------------------------------------------------------


def columns_of(row: MatrixRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS}


def record(row: MatrixRow, before: dict[str, Any] | None, *, by: Any, why: str = "") -> Event | None:
    """What the row was and is, once and for good; nothing where nothing changed."""
    after = columns_of(row)
    if before == after:
        return None
    told = [f"{name.replace('_', ' ')}: {_told(before.get(name))} → {_told(after[name])}" for name in COLUMNS
            if before and before.get(name) != after[name]]  # fmt: skip
    said = "; ".join(told) or "A row of its own."
    facts = {"label": row.label, "segment": row.segment_id, "before": before, "after": after}
    return Event.record("matrix.changed", by=by, subject=row, why=f"{why} {said}".strip()[:500], facts=facts)


def _told(value: Any) -> str:
    words = {**rules.CONTACT_ACTIONS, **rules.ACCOUNT_ACTIONS, **rules.ITEM_ACTIONS}
    if isinstance(value, str):
        return words.get(value, value)
    return "empty" if value in (None, {}) else str(value)


@transaction.atomic
def put_back(row: MatrixRow, *, by: Any) -> MatrixRow:
    """The row as the product was built with it; what it set off meanwhile stands."""
    row = MatrixRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    seeded = rules.BY_LABEL[row.label]
    before = columns_of(row)
    row.contact_action, row.account_action, row.item_action = seeded.contact, seeded.account, seeded.item
    row.minutes, row.settings = seeded.minutes, dict(seeded.settings)
    if columns_of(row) == before:
        raise Refused("The row is as it was in the beginning.")
    row.save(update_fields=list(COLUMNS))
    record(row, before, by=by, why="Put back as in the beginning.")
    return row


def wrong(row: MatrixRow) -> dict[str, str]:
    return matrix_settings.wrong(as_row(row))


def waiting_item(reply: Reply) -> WorkItem | None:
    """Where a reply of the preview is worked, if it still is."""
    return WorkItem.objects.filter(reply=reply).order_by("-pk").first()
