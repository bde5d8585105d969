"""Clocks at work: started, carried along when hands change, warned of, and what happens when one runs out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from appointments.models import WorkItem
from appointments.models.work_item import HELD, WORK_ITEM
from appointments.rules import clocks
from appointments.rules.matrix import STARTS_WITH_ANSWER, item_words
from appointments.services import presence
from appointments.services.setters import has_it, in_turn
from crm import clock, links
from crm.models import Event, Heartbeat, Notification, Team, User
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.services import sending

S = WorkItem.State
OPEN_STATES = (S.OPEN, S.CLAIMED, S.SNOOZED)
BY = "the clock"
LEAD_TOLD_EVERY = timedelta(minutes=10)
ASLEEP_AFTER = timedelta(minutes=10)
GRACE = timedelta(minutes=15)
MOST_NAMED = 40


def open_items() -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(state__in=OPEN_STATES)


# Setting the clock ------------------------------------------------------------------------------------------------


def started(minutes: float, setter: User | None, team: Team | int, start: datetime) -> dict[str, Any]:
    """A promise made at `start`: when it runs out, and when its holder is warned."""
    people = presence.hours_for(setter, team, start)
    due = clocks.runs_out(start, minutes, people)
    return {
        "minutes": int(minutes), "due_at": due, "runs_out_at": due, "escalated_at": None, "silent": [],
        "warn_at": clocks.warns(start, minutes, minutes, people), "lead_told_at": None,
    }  # fmt: skip


def carried(item: WorkItem, to: User | None, now: datetime) -> dict[str, Any]:
    """What is left of the promise goes on in the hours of whoever gets it; one that ran out stays late, and they get its time anew."""
    rest = clocks.left(now, item.due_at, presence.hours_for(item.setter, item.team_id, now))
    late = item.due_at <= now
    minutes, people = item.minutes if late else rest, presence.hours_for(to, item.team_id, now)
    ends = clocks.runs_out(now, minutes, people)
    return {
        "runs_out_at": ends, "warn_at": clocks.warns(now, minutes, item.minutes, people),
        "due_at": item.due_at if late else ends, "silent": [pk for pk in item.silent if to is None or pk != to.pk],
    }  # fmt: skip


def put_off(item: WorkItem, until: datetime) -> dict[str, Any]:
    """Put off: the promise is at least as long again once it is back."""
    people = presence.hours_for(item.setter, item.team_id, until)
    due = max(item.due_at, clocks.runs_out(until, item.minutes, people))
    return {"due_at": due, "runs_out_at": due, "warn_at": clocks.warns(until, item.minutes, item.minutes, people)}


def again(item: WorkItem, now: datetime) -> dict[str, Any]:
    """Opened again: the promise stands as it was; where it is long over, whoever has it gets its time anew."""
    if item.runs_out_at and item.runs_out_at > now:
        return {}
    people = presence.hours_for(item.setter, item.team_id, now)
    return {
        "runs_out_at": clocks.runs_out(now, item.minutes, people),
        "warn_at": None,
        "escalated_at": None,
        "silent": [],
    }


# Watching it ------------------------------------------------------------------------------------------------------


def watched(now: datetime) -> QuerySet[WorkItem]:
    """Open, unanswered and not put off."""
    return open_items().filter(answered_at=None).exclude(state=S.SNOOZED, snoozed_until__gt=now)


def _held(pk: int, now: datetime, **due: Any) -> WorkItem | None:
    """The item, if it is still due and nobody else is at it; the account's queue first, as everywhere."""
    queue_up(WorkItem.objects.values_list("account", flat=True).get(pk=pk))
    rows = watched(now).filter(pk=pk, **due).select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("setter", "account", "contact", "team").first()


def warn_due(limit: int = 100) -> int:
    """Say once, to whoever has it, that a quarter of the time is left."""
    now = clock.now()
    due = watched(now).filter(warn_at__lte=now, runs_out_at__gt=now).order_by("warn_at")
    return sum(_warn(pk, now) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _warn(pk: int, now: datetime) -> int:
    item = _held(pk, now, warn_at__lte=now, runs_out_at__gt=now)
    if item is None:
        return 0
    WorkItem.objects.filter(pk=pk).update(warn_at=None)
    there = presence.at_work(list(presence.setters_of(item.team_id)), now) if item.setter is None else [item.setter]
    for user in there:
        text = f"{item.who} waits: {item_words(item.what).lower()}. The time is nearly over."
        notifications.notify(user, "warning", text, reverse("appointments:reply", args=[pk]))
    return 1


def escalate_due(limit: int = 100) -> int:
    """Every item whose clock ran out without an answer: someone present gets it, the leads are told. How many."""
    forgive_sleep()
    now = clock.now()
    # Whoever is answering it just now is left to it.
    due = watched(now).filter(runs_out_at__lte=now).exclude(claimed_at__gt=now - HELD).order_by("runs_out_at", "pk")
    count = sum(_escalate(pk, now) for pk in list(due.values_list("pk", flat=True)[:limit]))
    tell_leads()
    return count


@transaction.atomic
def _escalate(pk: int, now: datetime) -> int:
    item = _held(pk, now, runs_out_at__lte=now)
    if item is None or item.is_held(now):
        return 0
    silent = item.setter
    # Looked at once more because nobody was there before: nobody new has been silent.
    new = item.escalated_at is None or (silent is not None and silent.pk not in item.silent)
    if new:
        _ran_out(item, silent, now)
    _find_somebody(item, silent, now)
    live.tell("work_item", team=item.team_id, item=item.pk)
    return int(new)


def _ran_out(item: WorkItem, silent: User | None, now: datetime) -> None:
    item.silent = [*item.silent, silent.pk] if silent else item.silent
    columns = {"escalated_at": now, "silent": item.silent, "warn_at": None, "lead_told_at": None}
    WorkItem.objects.filter(pk=item.pk).update(**columns)
    if silent and item.what in STARTS_WITH_ANSWER and not silent.is_away:
        presence.mark_away(silent, now)
    Event.record(
        "workitem.escalated", by=BY, subject=item, account=item.account, contact=item.contact, team=item.team,
        why=f"Nobody answered {item.who} in time.", facts={"silent": str(silent or "")},
    )  # fmt: skip


def _find_somebody(item: WorkItem, silent: User | None, now: datetime) -> None:
    """Whose turn it is among those at work who have not had it; nobody there: it is looked at again when somebody comes."""
    if silent and item.state == S.CLAIMED and item.what not in STARTS_WITH_ANSWER:
        WorkItem.objects.filter(pk=item.pk).update(runs_out_at=None)  # someone is at a task that takes longer
        return
    others = [user for user in presence.setters_of(item.team_id) if user.pk not in item.silent]
    to = in_turn(presence.at_work(others, now), now)
    if to is None:
        WorkItem.objects.filter(pk=item.pk).update(runs_out_at=presence.comes_to_work(others, now))
    else:
        give(item, to, by=BY, now=now)


def give(item: WorkItem, to: User | None, *, by: Any, now: datetime, words: str = "") -> None:
    """Change whose it is, with its clock, and tell them; without `to` it is anybody's of the team."""
    before, whose = item.setter, str(to or "the pool")
    columns = {"claimed_at": None, **carried(item, to, now)}
    if item.state == S.CLAIMED:
        WORK_ITEM.move(item, S.OPEN, by=by, why=f"handed to {whose}")
    WorkItem.objects.filter(pk=item.pk).update(setter=to, **columns)
    for name, value in {"setter": to, **columns}.items():
        setattr(item, name, value)
    has_it(item, to, by=by)
    Event.record(
        "workitem.handed_over", by=by, subject=item, account=item.account, contact=item.contact, team=item.team,
        why=f"From {before or 'nobody'} to {whose}{f': {words}' if words else '.'}",
    )  # fmt: skip
    if to:
        said = f"{item.who} is yours now{f', {by} says: {words}' if words else ''}"
        notifications.notify(to, "work_item", said, reverse("appointments:reply", args=[item.pk]))


def forgive_sleep() -> int:
    """While nothing watched the clocks nobody could be reminded: what ran out meanwhile gets a quarter of an hour first. How many.

    By the database's clock, so that a product whose own clock is moved has not slept.
    """
    with transaction.atomic():
        row = Heartbeat.objects.select_for_update().filter(name="clocks").annotate(now=Now()).first()
        Heartbeat.objects.update_or_create(name="clocks", defaults={"at": Now()})
        slept = row.now - row.at if row else timedelta()
        if slept < ASLEEP_AFTER:
            return 0
        now = clock.now()
        missed = Q(runs_out_at__gt=now - slept, runs_out_at__lte=now)
        return watched(now).filter(missed).update(runs_out_at=now + GRACE, warn_at=None)


# Telling the leads ------------------------------------------------------------------------------------------------


def tell_leads() -> int:
    """One note and one mail a lead for all that ran out since the last; at most every ten minutes. How many items."""
    untold = open_items().filter(escalated_at__isnull=False, lead_told_at=None)
    teams = set(untold.order_by().values_list("team", flat=True))
    return sum(_tell_leads_of(team) for team in sorted(teams))


@transaction.atomic
def _tell_leads_of(team_id: int) -> int:
    # Whoever holds the team's row tells; another sweep at the same moment has nothing to say.
    if not Team.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=team_id).first():
        return 0
    now, leads = clock.now(), presence.leads_of(team_id)
    before = Notification.objects.filter(user__in=leads, kind="escalation", at__lte=now).aggregate(at=Max("at"))["at"]
    if before and now - before < LEAD_TOLD_EVERY:
        return 0
    rows = open_items().filter(team=team_id, escalated_at__isnull=False, lead_told_at=None).order_by("due_at", "pk")
    items = list(rows.select_related("account", "contact", "setter"))
    WorkItem.objects.filter(pk__in=[item.pk for item in items]).update(lead_told_at=now)
    for lead in leads if items else ():
        _tell_lead(lead, items, now)
    return len(items)


def _tell_lead(lead: User, items: Sequence[WorkItem], now: datetime) -> None:
    first, had = items[0], silent_words(items)
    one = f"{first.who} waits too long; {had[first.pk]}."
    text = one if len(items) == 1 else f"{len(items)} people wait too long."
    where = reverse("appointments:reply", args=[first.pk]) if len(items) == 1 else reverse("appointments:today")
    notifications.notify(lead, "escalation", text, where)
    if lead.mail_alerts:
        body = mail_text(items[:MOST_NAMED], had, more=len(items) - MOST_NAMED)
        sending.internal_mail(f"late:{lead.pk}:{first.pk}:{now.isoformat()}", lead, text, body)


def mail_text(items: Sequence[WorkItem], had: dict[int, str], *, more: int = 0) -> str:
    lines = [
        f"- {item.who}{f', {item.account}' if item.account else ''}: {item_words(item.what).lower()}; {had[item.pk]}.\n"
        f"  {links.url('appointments:reply', pk=item.pk)}"
        for item in items
    ]
    rest = [f"… and {more} more."] if more > 0 else []
    ends = f"All of them: {links.url('appointments:today')}\n\nYou get this by mail because your settings say so."
    return "\n".join(["Nobody answered in time:", "", *lines, *rest, "", ends])


def silent_words(items: Sequence[WorkItem]) -> dict[int, str]:
    """Per item who let it run out, and who has it now."""
    names = {user.pk: str(user) for user in User.objects.filter(pk__in={pk for item in items for pk in item.silent})}
    found = {}
    for item in items:
        had = ", ".join(names.get(pk, "someone") for pk in item.silent) or "nobody"
        has = item.setter if item.setter and item.setter.pk not in item.silent else None
        found[item.pk] = f"{had} had it" + (f", {has} has it now" if has else "")
    return found
