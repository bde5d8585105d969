"""Undo of what was done to work items in the queue: each stands as it stood before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction

from appointments.models import WorkItem
from appointments.models.work_item import WORK_ITEM
from appointments.services import claiming, classifying, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.services import live

SALT = "appointments.put-back"
LASTS = 600  # seconds; a page shows the button for ten
OVER = "It is too late to take this back by a click. Open it and change it there."
S = WorkItem.State


def remembered(items: Iterable[WorkItem]) -> str:
    """How they stand now, as a signed word for the address that undoes what comes next."""
    return signing.dumps([_as_it_stands(item) for item in items], salt=SALT, compress=True)


def _as_it_stands(item: WorkItem) -> dict[str, Any]:
    until = item.snoozed_until.isoformat() if item.snoozed_until else None
    label = item.reply.label if item.reply else ""
    runs_out = item.runs_out_at.isoformat() if item.runs_out_at else None
    return {
        "pk": item.pk, "state": item.state, "due": item.due_at.isoformat(), "runs_out": runs_out, "until": until,
        "setter": item.setter_id, "label": label,
    }  # fmt: skip


def read(word: str) -> list[Mapping[str, Any]]:
    try:
        rows: list[Mapping[str, Any]] = signing.loads(word, salt=SALT, max_age=LASTS)
    except signing.BadSignature as bad:
        raise Refused(OVER) from bad
    return rows


@transaction.atomic
def put_back(item: WorkItem, was: Mapping[str, Any], *, by: User) -> WorkItem:
    """One item as it stood: its label, whose it was, and by when."""
    if item.reply and was["label"] and item.reply.label != was["label"]:
        standing = classifying.standing(item.reply)
        if standing:
            classifying.undo(standing, by=by)
    item = claiming.lock(item)
    if item.state == S.DONE and was["state"] != S.DONE:
        if _open_beside(item):
            return item  # the label's own undo has opened it anew
        item = work_items.reopen(item, by=by)
    claiming.check_free(item, by)
    return _restore(item, was, by)


def _open_beside(item: WorkItem) -> bool:
    same = {"conversation": item.conversation_id, "person_address": item.person_address}
    return work_items.open_items().filter(**same).exists()


def _restore(item: WorkItem, was: Mapping[str, Any], by: User) -> WorkItem:
    setter = User.objects.filter(pk=was["setter"], is_active=True).first() if was["setter"] else None
    until = datetime.fromisoformat(was["until"]) if was["until"] else None
    state = S.OPEN if was["state"] == S.SNOOZED and until and until <= clock.now() else S(was["state"])
    runs_out = datetime.fromisoformat(was["runs_out"]) if was["runs_out"] else None
    columns = {
        "due_at": datetime.fromisoformat(was["due"]), "runs_out_at": runs_out, "setter": setter, "claimed_at": None,
        "snoozed_until": until if state == S.SNOOZED else None,
    }  # fmt: skip
    if item.state != state and S.DONE not in (item.state, state):
        WORK_ITEM.move(item, state, by=by, why="undone", set=columns)
    elif item.state != S.DONE:
        WorkItem.objects.filter(pk=item.pk).update(**columns)
        Event.record(
            "workitem.put_back", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
            why=f"With {setter or 'the pool'} again.",
        )  # fmt: skip
    live.tell("work_item", team=item.team_id, item=item.pk)
    return item
