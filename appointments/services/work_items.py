"""What must be done about a conversation: opened once per person, on a clock in the setter's hours, done with a next step."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.urls import reverse

from appointments.models import Meeting, Reaction, WorkItem
from appointments.models.work_item import WORK_ITEM
from appointments.rules.matrix import KEEPS_PAUSE, OPT_OUT, STARTS_WITH_ANSWER, ItemPlan, item_words
from appointments.services import drafts, escalating, presence
from appointments.services.escalating import open_items
from appointments.services.setters import has_it, least_busy, setter_for
from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Conversation, Event, User
from crm.services import live, notifications
from crm.services.accounts import queue_up
from crm.whole import whole
from prospecting.models import Reply
from prospecting.services import attributing, reactions

S = WorkItem.State
FAR_AHEAD = timedelta(days=365)


# Opening ---------------------------------------------------------------------------------------------------------


@whole()
def open_item(reply: Reply, plan: ItemPlan) -> tuple[WorkItem, bool]:
    """The one open item of this conversation and person; a further message restarts its clock. (item, new)."""
    address = (reply.message.from_address or "").lower()
    return _open(
        plan, conversation=reply.conversation, account=reply.account, contact=reply.contact, person=address,
        setter=setter_for(reply, to_lead=plan.to_lead), reply=reply, since=reply.at,
    )  # fmt: skip


@transaction.atomic
def open_task(meeting: Meeting, what: str, minutes: float) -> WorkItem | None:
    """Something to do about a meeting; without a conversation its setter is only told."""
    ahead = meeting.starts_at if meeting.state == Meeting.State.BOOKED and meeting.starts_at > clock.now() else None
    setter = meeting.setter if _can_see_to_it(meeting.setter, ahead) else least_busy(meeting.team_id)
    if meeting.conversation is None:
        if setter:
            notifications.notify(setter, "meeting", f"{what.replace('_', ' ')}: {meeting}".capitalize())
        return None
    item, _ = _open(
        ItemPlan(what, int(minutes)), conversation=meeting.conversation, account=meeting.account,
        contact=meeting.contact, person=meeting.guest_email.lower(), setter=setter, since=clock.now(),
    )  # fmt: skip
    return _before(ahead, item) if ahead and item.what == what and item.due_at > ahead else item


def _can_see_to_it(setter: User | None, ahead: datetime | None) -> bool:
    """They work here, and are back before the meeting that it is about."""
    back = setter.away_until if setter else None
    return setter is not None and setter.is_active and not (ahead and back and back >= ahead)


def _before(start: datetime, item: WorkItem) -> WorkItem:
    """Whatever the hours say: what is about a meeting ahead is worth nothing once that has begun."""
    now = clock.now()
    item.due_at = item.runs_out_at = start
    item.warn_at = now + (start - now) / 2
    item.save(update_fields=["due_at", "runs_out_at", "warn_at"])
    return item


@transaction.atomic
def settle(meeting: Meeting, *tasks: str, by: Any) -> None:
    """What happened has answered these tasks about the meeting. While it is booked the account goes on waiting for it;
    where an outcome is corrected, what the earlier one asked is asked no more, and the account stays as it is."""
    theirs = Q(person_address=meeting.guest_email.lower()) | Q(contact=meeting.contact_id, contact__isnull=False)
    asked = open_items().filter(
        theirs, account=meeting.account_id, conversation=meeting.conversation_id, what__in=tasks
    )
    for item in asked:
        if meeting.state == Meeting.State.BOOKED:
            done(item, outcome=WorkItem.Outcome.BOOKED, next=WorkItem.Next.WAIT, by=by)
        else:
            _close(locked(item), why="the outcome of the meeting was corrected", by=by)


def _open(
    plan: ItemPlan, *, conversation: Conversation, account: Account | None, contact: Contact | None, person: str,
    setter: User | None, since: datetime, reply: Reply | None = None,
) -> tuple[WorkItem, bool]:  # fmt: skip
    # One at a time per conversation: the row lock makes two messages of one person meet in one item.
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    known = open_items().filter(conversation=conversation, person_address=person)
    item = known.select_related("setter", "reply", "account", "contact", "team").first()
    if item:
        return _restart(item, plan, reply), False
    now = clock.now()
    item = WorkItem.objects.create(
        conversation=conversation, team=conversation.team, account=account, contact=contact, person_address=person,
        reply=reply, setter=setter, what=plan.what, since=since, asked_at=since, created_at=now,
        **escalating.started(plan.minutes, setter, conversation.team, max(since, now)),
    )  # fmt: skip
    Event.record(
        "workitem.opened", by="the matrix", subject=item, account=account, contact=contact, team=conversation.team,
        message=reply.message if reply else None, facts={"what": plan.what}, why=item_words(plan.what),
    )  # fmt: skip
    drafts.go_along(item)
    has_it(item, setter, by="the matrix", reply=reply)
    _tell(item)
    if setter:
        notifications.notify(
            setter,
            "work_item",
            f"{contact or person}: {item_words(plan.what)}",
            reverse("appointments:reply", args=[item.pk]),
        )
    return item, True


def _restart(item: WorkItem, plan: ItemPlan, reply: Reply | None) -> WorkItem:
    """A further message: the clock starts anew and a snooze ends; `since` keeps the oldest unanswered."""
    if reply and _wrote_again(item, reply) and plan.what != OPT_OUT:
        return item  # an earlier message is read otherwise: what they wrote since is on top
    now = clock.now()
    columns: dict[str, Any] = {} if _stays_answered(item, plan, reply) else {"answered_at": None}
    if reply and (_is_gone(item.setter, now) or (plan.to_lead and not _leads(item.setter))):
        to = setter_for(reply, to_lead=plan.to_lead)
        if to != item.setter:
            escalating.give(item, to, by="the matrix", now=now)
    if not _asks_less(item, plan, reply):
        columns |= {"what": plan.what, **escalating.started(plan.minutes, item.setter, item.team_id, now)}
    if reply and not _wrote_again(item, reply):
        columns |= {"reply_id": reply.pk} | ({"since": reply.at} if item.answered_at else {})
    WorkItem.objects.filter(pk=item.pk).update(**columns)
    item.refresh_from_db()
    has_it(item, item.setter, by="the matrix", reply=reply)
    if item.state == S.SNOOZED:
        WORK_ITEM.move(item, S.OPEN, by="the intake", why="they wrote again", set={"snoozed_until": None})
    _tell(item)
    return item


def _stays_answered(item: WorkItem, plan: ItemPlan, reply: Reply | None) -> bool:
    """What a person has answered needs no second answer because its label is put right; it waits for its outcome."""
    by_a_person = item.answered_at and item.first_answer_at and reply and item.first_answer_at >= reply.at
    return bool(by_a_person and reply and reply.pk == item.reply_id and plan.what in STARTS_WITH_ANSWER)


def _is_gone(setter: User | None, now: datetime) -> bool:
    """Whoever has it does not work here any more, or not before their time away is over."""
    return setter is not None and not (setter.is_active and presence.not_away([setter], now))


def _leads(setter: User | None) -> bool:
    return setter is not None and setter.job == User.Job.LEAD


def _wrote_again(item: WorkItem, reply: Reply) -> bool:
    """Whether the item shows a later message than this one."""
    return item.reply is not None and (item.reply.at, item.reply.pk) > (reply.at, reply.pk)


def _asks_less(item: WorkItem, plan: ItemPlan, reply: Reply | None) -> bool:
    """A promise to answer is not softened by a later thank-you or task, nor an urgent opt-out; a corrected label of all that waits replaces it."""
    alone = reply is not None and reply.pk == item.reply_id and item.since >= reply.at
    if item.answered_at or alone:
        return False
    if item.what == OPT_OUT:
        return plan.minutes > item.minutes
    return item.what in STARTS_WITH_ANSWER and plan.what not in {*STARTS_WITH_ANSWER, OPT_OUT}


def _tell(item: WorkItem) -> None:
    live.tell("work_item", team=item.team_id, item=item.pk)


# Working ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def claim(item: WorkItem, *, by: User) -> WorkItem:
    """Take it: it is mine from now on."""
    item = locked(item)
    if item.state == S.CLAIMED and item.setter_id not in (None, by.pk):
        raise Refused(f"{item.setter} took this already. Take it over with a word, on its page.")
    mine = {} if item.setter_id == by.pk else escalating.carried(item, by, clock.now())
    if item.state != S.CLAIMED:
        WORK_ITEM.move(item, S.CLAIMED, by=by, set={"setter_id": by.pk, "snoozed_until": None, **mine})
    has_it(item, by, by=by)
    _tell(item)
    return item


@transaction.atomic
def hand_over(item: WorkItem, to: User | None, *, by: Any, words: str = "") -> WorkItem:
    """Give it to a teammate, or to the pool where whoever is free takes it.

    What is left of the promise goes on in their hours, and what is late stays late.
    """
    item = locked(item)
    if to and to.team_id != item.team_id:
        raise Refused(f"{to} is not in {item.team}.")
    if item.state == S.DONE:
        raise Refused("This is done. Open it again to hand it over.")
    escalating.give(item, to, by=by, now=clock.now(), words=words.strip()[:500])
    _tell(item)
    return item


@transaction.atomic
def snooze(item: WorkItem, until: datetime, *, by: User) -> WorkItem:
    item, now = locked(item), clock.now()
    if not now < until < now + FAR_AHEAD:
        raise Refused("Put it off until a time that is still to come.")
    columns = {"snoozed_until": until, "claimed_at": None, **escalating.put_off(item, until)}
    if item.state == S.SNOOZED:  # put off once more: to another day
        WORK_ITEM.move(item, S.OPEN, by=by, set={"snoozed_until": None})
    WORK_ITEM.move(item, S.SNOOZED, by=by, set=columns, until=until.isoformat())
    _tell(item)
    return item


@transaction.atomic
def done(
    item: WorkItem,
    *,
    outcome: str,
    next: str = "",
    rest_until: date | None = None,
    reason: str = "",
    note: str = "",
    cause: str = "",
    shown: int | None = None,
    by: Any,
) -> WorkItem:
    """Finish it: what came of it, why where they decline or wait, and what the account does next.

    A kept pause ends here and only here. `cause` is what the walk came down to, where somebody says so (one of
    `prospecting.rules.attribution.CAUSES`); else it is proposed when the walk ends. `shown` is the reply that whoever
    finishes it has read: where a later one waits, nothing is finished.
    """
    item = locked(item)
    if shown is not None and item.reply_id != shown:
        raise Refused(f"{item.contact or item.person_address} wrote again. Read that first.")
    next = next or (WorkItem.Next.WAIT if outcome == WorkItem.Outcome.BOOKED else "")
    _check_done(item, outcome, next, rest_until)
    _check_reason(item, outcome, reason, note)
    said = _done_words(outcome, next, rest_until)
    columns = {
        "outcome": outcome, "next": next, "reason": reason, "note": note.strip()[:200], "rest_until": rest_until, "done_at": clock.now(),
        "snoozed_until": None, "claimed_at": None,
        "done_by_id": getattr(by, "pk", None),
    }  # fmt: skip
    WORK_ITEM.move(
        item, S.DONE, by=by, why=f"{said}{_reason_words(reason)}", set=columns,
        outcome=outcome, next=next, reason=reason,
    )  # fmt: skip
    if cause and item.reply and item.reply.enrollment:
        attributing.confirm(item.reply.enrollment, cause, by=by)
    if item.account:
        go_on(item.account, next, rest_until=rest_until, by=by, why=f"{said}.", item=item)
    _tell(item)
    return item


def _check_done(item: WorkItem, outcome: str, next: str, rest_until: date | None) -> None:
    if outcome not in WorkItem.Outcome.values:
        raise Refused("Say what came of it.")
    if next not in WorkItem.Next.values:
        raise Refused("Say what the account does next.")
    if next == WorkItem.Next.REST and (rest_until is None or rest_until <= clock.today()):
        raise Refused("Say until which day the account rests.")
    if next == WorkItem.Next.WAIT and not booked_ahead(item.account):
        raise Refused("There is no booked meeting to wait for. Choose what the account does next.")


def _check_reason(item: WorkItem, outcome: str, reason: str, note: str) -> None:
    """Whoever declines is asked why, and nurture is for a reason: the list and the copy learn from it."""
    declined = item.what == "give_reason" and outcome not in (WorkItem.Outcome.BOOKED, WorkItem.Outcome.QUALIFIED)
    if reason and reason not in WorkItem.Reason.values:
        raise Refused("Choose one of the reasons.")
    if not reason and declined:
        raise Refused("Say why they decline.")
    if not reason and outcome == WorkItem.Outcome.NURTURE:
        raise Refused("Say why they wait.")
    if reason == WorkItem.Reason.OTHER and not note.strip():
        raise Refused("Say the other reason in a few words.")


def _reason_words(reason: str) -> str:
    """On the item's own line, which the team reads; the account's line, which everyone reads, does not say it."""
    return f" ({WorkItem.Reason(reason).label.lower()})" if reason else ""


def _done_words(outcome: str, next: str, rest_until: date | None) -> str:
    words = {
        "resume": "the stage goes on", "next_role": "the next role is asked", "close": "closed",
        "rest": f"rests until {rest_until:%d %b %Y}" if rest_until else "rests", "wait": "waits for the meeting",
    }  # fmt: skip
    return f"{WorkItem.Outcome(outcome).label}, {words[next]}"


def go_on(
    account: Account, next: str, *, rest_until: date | None = None, by: Any, why: str, item: WorkItem | None = None
) -> None:
    """What the account does next. While someone else there still waits for an answer, it stays paused."""
    walk = reactions.open_enrollment(account)
    if next == WorkItem.Next.CLOSE:
        reactions.close_account(account, why, by=by)
    elif next == WorkItem.Next.REST and rest_until:
        reactions.rest_account(account, rest_until, why, by=by)
    elif next in (WorkItem.Next.RESUME, WorkItem.Next.NEXT_ROLE):
        if holds_pause(account, but=item.reply if item else None):
            Event.record("account.still_paused", by=by, account=account, why="Someone else there still waits.")
        elif next == WorkItem.Next.RESUME:
            reactions.resume_account(account, by=by, why=why)
        elif walk:
            reactions.next_role(walk, why, by=by)


def keeping_pause() -> QuerySet[Reaction]:
    """Cells that keep their account paused: as they fired, whatever the matrix says by now."""
    cells = Reaction.objects.filter(cell=Reaction.Cell.ACCOUNT, action__in=KEEPS_PAUSE, undone_at=None)
    return cells.filter(classification__undone_at=None)


def holds_pause(account: Account | None, but: Reply | None = None) -> bool:
    """Whether an open item, of another message than `but`, or a booked meeting keeps the account paused."""
    if account is None:
        return False
    others = open_items().filter(account=account, reply__in=keeping_pause().values("classification__reply"))
    if but is not None:
        others = others.exclude(reply=but)
    return others.exists() or booked_ahead(account)


def booked_ahead(account: Account | None) -> bool:
    """A meeting without an outcome yet."""
    return account is not None and Meeting.objects.filter(account=account, state=Meeting.State.BOOKED).exists()


@transaction.atomic
def reopen(item: WorkItem, *, by: User) -> WorkItem:
    """Undo of done: it is in the queue again; what the account did meanwhile is undone by hand."""
    item = locked(item)
    person = {"conversation": item.conversation_id, "person_address": item.person_address}
    if item.state != S.DONE:
        return item
    if open_items().filter(**person).exists():
        raise Refused("They wrote again; that is in the queue already.")
    columns = {
        "outcome": "",
        "next": "",
        "rest_until": None,
        "done_at": None,
        "done_by_id": None,
        "reason": "",
        "note": "",
    }
    columns |= escalating.again(item, clock.now())
    WORK_ITEM.move(item, S.OPEN, by=by, why="undone", set=columns)
    kept = item.reply and keeping_pause().filter(classification__reply=item.reply).exists()
    if item.account and not item.account.is_closed and kept:
        reactions.pause_account(item.account, "Undone: someone waits for an answer again.", by=by)
    _tell(item)
    return item


@transaction.atomic
def withdraw(item_pk: int, reply: Reply, *, by: Any) -> None:
    """A label was undone: what it opened is closed without touching the account, unless they wrote before it or since."""
    found = open_items().filter(pk=item_pk, since__gte=reply.at).select_for_update(of=("self",))
    item = found.select_related("reply").first()
    if item and _wrote_again(item, reply):
        theirs = Reply.objects.filter(conversation=item.conversation_id, contact=reply.contact_id, at__gt=reply.at)
        WorkItem.objects.filter(pk=item.pk).update(since=theirs.aggregate(at=Min("at"))["at"] or item.since)
    elif item:
        _close(item, why="the label was changed", by=by)


def _close(item: WorkItem, *, why: str, by: Any) -> None:
    """Nothing is asked any more; the account is not touched."""
    columns = {"outcome": WorkItem.Outcome.CLOSED, "next": "", "done_at": clock.now()}
    WORK_ITEM.move(item, S.DONE, by=by, why=why, set=columns)
    _tell(item)


def answered(conversation: Conversation, at: datetime, *, by: Any, person: str = "") -> None:
    """Someone answered in the thread, all or one person: the promise is kept, the item waits for its outcome."""
    items = open_items().filter(conversation=conversation, answered_at=None)
    items = items.filter(person_address=person) if person else items
    for item in items.select_for_update(of=("self",)):
        columns = {
            "first_answer_at": item.first_answer_at or at,
            "answered_at": at,
            "escalated_at": None,
            "claimed_at": None,
        }
        WorkItem.objects.filter(pk=item.pk).update(**columns)
        _tell(item)


@transaction.atomic
def unanswered(item: WorkItem, at: datetime, *, by: Any) -> None:
    """The answer given at that moment was taken back: what stood before it stands again."""
    thread = {"conversation": item.conversation_id, "person_address": item.person_address}
    rows = open_items().filter(**thread, answered_at__gte=at)
    for row in rows.select_for_update(of=("self",)):
        first = None if row.first_answer_at == row.answered_at else row.first_answer_at
        WorkItem.objects.filter(pk=row.pk).update(answered_at=None, first_answer_at=first)
        _tell(row)


def locked(item: WorkItem) -> WorkItem:
    """The account's queue first, then the item: the order in which mail is handled too."""
    queue_up(item.account_id)
    found = WorkItem.objects.select_for_update(of=("self",))
    return found.select_related("account", "contact", "setter", "team", "reply", "conversation").get(pk=item.pk)


# Snoozes ---------------------------------------------------------------------------------------------------------


def wake_snoozed(limit: int = 200) -> int:
    """Snoozes that are over come back into the queue."""
    due = WorkItem.objects.filter(state=S.SNOOZED, snoozed_until__lte=clock.now()).order_by("snoozed_until", "pk")
    return sum(_wake(pk, account) for pk, account in list(due.values_list("pk", "account")[:limit]))


@transaction.atomic
def _wake(pk: int, account: int | None) -> int:
    """0 where somebody is at it, or has changed it since."""
    queue_up(account)
    due = WorkItem.objects.filter(pk=pk, state=S.SNOOZED, snoozed_until__lte=clock.now())
    item = due.select_for_update(of=("self",), skip_locked=True).first()
    if item is None:
        return 0
    WORK_ITEM.move(item, S.OPEN, by="the clock", why="the time has come", set={"snoozed_until": None})
    _tell(item)
    return 1


def asks_answer(item: WorkItem) -> bool:
    return item.what in STARTS_WITH_ANSWER
