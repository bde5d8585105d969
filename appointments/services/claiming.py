"""Who is answering: one person at a time, for as long as they are at it, or until someone takes it over with a word."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from appointments.models import WorkItem
from appointments.models.work_item import WORK_ITEM
from appointments.services import escalating
from appointments.services.setters import has_it
from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.models import Outgoing

S = WorkItem.State


@transaction.atomic
def begin(item: WorkItem, *, by: User) -> WorkItem:
    """Someone starts to answer: it is theirs while they are at it; refused while someone else is."""
    item = lock(item)
    if item.state == S.DONE:
        return item
    check_free(item, by)
    now, fresh = clock.now(), item.is_held(clock.now()) and item.setter_id == by.pk
    clocks = {} if item.setter_id == by.pk else escalating.carried(item, by, now)
    columns = {"claimed_at": now, "setter_id": by.pk, **clocks}
    if item.state == S.OPEN:
        WORK_ITEM.move(item, S.CLAIMED, by=by, set=columns)
    else:
        _changes_hands(item, by)
        WorkItem.objects.filter(pk=item.pk).update(**columns)
    if not fresh:
        has_it(item, by, by=by)
        live.tell("work_item", team=item.team_id, item=item.pk)
    return item


@transaction.atomic
def take_over(item: WorkItem, words: str, *, by: User) -> WorkItem:
    """Take it from whoever is answering it, with a word to them; what they have typed stays theirs."""
    item = lock(item)
    if not words.strip():
        raise Refused("Say in a word why you take it over.")
    before = item.setter
    WorkItem.objects.filter(pk=item.pk).update(claimed_at=None)
    item.claimed_at = None
    item = begin(item, by=by)
    Event.record(
        "workitem.taken_over", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
        why=f"From {before or 'nobody'}: {words.strip()[:200]}",
    )  # fmt: skip
    if before and before != by:
        text = f"{by} took over {item.contact or item.person_address}: {words.strip()}"
        notifications.notify(before, "work_item", text, reverse("appointments:reply", args=[item.pk]))
    return item


@transaction.atomic
def let_go(item: WorkItem, *, by: User) -> None:
    """They left the answer: it stays theirs, and whoever else wants to answer may."""
    if WorkItem.objects.filter(pk=item.pk, setter=by, claimed_at__isnull=False).update(claimed_at=None):
        live.tell("work_item", team=item.team_id, item=item.pk)


@transaction.atomic
def check_may_send(item: WorkItem, *, by: User) -> None:
    """One answer leaves: refused while someone else is at it, or where someone was faster than this page knew.

    `item` is as the caller read it. The row stays locked until the caller's transaction ends.
    """
    now = lock(item)
    check_free(now, by)
    if now.answered_at and now.answered_at != item.answered_at:
        last = last_answer(now)
        if last and last.by_id != by.pk:
            raise Refused(f"{last.by or 'Someone'} answered this {at(last.created_at)}. Read it before you send.")
    if now.state == S.DONE and item.state != S.DONE:
        raise Refused(f"{now.done_by or 'Someone'} marked this as done {at(now.done_at)}.")


def check_free(item: WorkItem, by: User) -> None:
    if item.setter_id != by.pk and item.is_held(clock.now()):
        raise Refused(f"{held_words(item)} Take it over with a word, or leave it to them.")


def held_words(item: WorkItem) -> str:
    """`Ada Mensah is answering this, last seen at 14:32.`"""
    return f"{item.setter} is answering this, last seen {at(item.claimed_at)}."


def last_answer(item: WorkItem) -> Outgoing | None:
    rows = Outgoing.objects.filter(conversation=item.conversation_id, purpose=Outgoing.Purpose.ANSWER)
    return rows.exclude(state="cancelled").select_related("by").order_by("-pk").first()


def at(moment: datetime | None) -> str:
    return f"at {timezone.localtime(moment):%H:%M}" if moment else "just now"


def lock(item: WorkItem) -> WorkItem:
    """The account's queue first, then the item: the order in which mail is handled too."""
    queue_up(item.account_id)
    found = WorkItem.objects.select_for_update(of=("self",))
    return found.select_related("account", "contact", "setter", "team", "done_by").get(pk=item.pk)


def _changes_hands(item: WorkItem, by: User) -> None:
    if item.setter_id != by.pk:
        Event.record(
            "workitem.claimed", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
            why=f"From {item.setter or 'nobody'}.",
        )  # fmt: skip
