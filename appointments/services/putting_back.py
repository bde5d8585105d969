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


def signed(was: Iterable[Mapping[str, Any]]) -> str:
    """How some stood, as a word for the address that puts them back."""
    return signing.dumps(list(was), salt=SALT, compress=True)


def as_it_stands(item: WorkItem) -> dict[str, Any]:
    label = item.reply.label if item.reply else ""
    moments = {"due": item.due_at, "until": item.snoozed_until, "runs_out": item.runs_out_at, "warn": item.warn_at}
    said = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
    return {"pk": item.pk, "state": item.state, "setter": item.setter_id, "label": label, **said}


def _moment(was: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(was[name]) if was.get(name) else None


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
    until = _moment(was, "until")
    state = S.OPEN if was["state"] == S.SNOOZED and until and until <= clock.now() else S(was["state"])
    columns = {
        "due_at": _moment(was, "due"), "runs_out_at": _moment(was, "runs_out"), "warn_at": _moment(was, "warn"), "setter": setter, "claimed_at": None,
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
