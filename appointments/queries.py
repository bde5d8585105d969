"""Named questions about work, replies and meetings; none of them writes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.utils import timezone

from appointments.models import (
    Answer,
    Classification,
    Credit,
    Meeting,
    MeetingSeat,
    MeetingType,
    Offer,
    Qualification,
    Recovery,
    WorkItem,
)
from appointments.rules.matrix import ITEM_ACTIONS, STARTS_WITH_ANSWER
from crm.models import Message, User
from crm.rules.working_time import add_working_days
from crm.services.contacts import current_membership
from prospecting.models import Outgoing, Reply, Touch
from prospecting.queries import approvals
from prospecting.services.milestones import standing

ITEM_PARTS = ("account", "contact", "conversation__mailbox", "reply__message", "reply__enrollment", "setter", "team")
MEETING_PARTS = ("account", "contact", "host", "setter", "meeting_type", "enrollment", "conversation", "offer", "team")
ROW = ("account", "contact", "reply__message", "setter")
HEAVY = ("reply__message__html", "reply__message__text", "reply__message__quoted")
# What a reply may say where nothing was sure enough to decide it: `guess` of each row.
GUESS = Subquery(
    Classification.objects.filter(reply=OuterRef("reply"), undone_at=None, needs_person=True)
    .annotate(said=KT("entities__guess"))
    .values("said")[:1]
)
TAKERS = (User.Job.SDR, User.Job.LEAD)  # who takes from the pool
ANSWERS = (*STARTS_WITH_ANSWER, "read_and_label", "answer_counter")
MOST = 200


# Who sees what ---------------------------------------------------------------------------------------------------


def _of_team(user: User) -> Q:
    return Q(team=user.team_id, team__isnull=False)


def held_by(user: User) -> QuerySet:
    """Conversations behind the meetings of a host: what an executive may read beside their own team's rules."""
    return Meeting.objects.filter(hosted_by(user), conversation__isnull=False).values("conversation")


def hosted_by(user: User) -> Q:
    """Meetings in which somebody sits on our side, alone or with others."""
    return Q(pk__in=MeetingSeat.objects.filter(host=user).values("meeting"))


def visible_items(user: User) -> QuerySet[WorkItem]:
    """Work items are content: the team's, and for an executive those behind their meetings."""
    if user.is_admin:
        return WorkItem.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return WorkItem.objects.filter(Q(conversation__in=held_by(user)) | Q(setter=user))
    return WorkItem.objects.filter(_of_team(user))


def writable_items(user: User) -> QuerySet[WorkItem]:
    if user.job == User.Job.EXECUTIVE and not user.is_admin:
        return WorkItem.objects.filter(setter=user)
    return visible_items(user)


def visible_replies(user: User) -> QuerySet[Reply]:
    if user.is_admin:
        return Reply.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Reply.objects.filter(conversation__in=held_by(user))
    return Reply.objects.filter(_of_team(user))


def visible_meetings(user: User) -> QuerySet[Meeting]:
    if user.is_admin:
        return Meeting.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Meeting.objects.filter(hosted_by(user))
    return Meeting.objects.filter(_of_team(user) | hosted_by(user))


def visible_recoveries(user: User) -> QuerySet[Recovery]:
    return Recovery.objects.filter(meeting__in=visible_meetings(user).values("pk"))


def visible_qualifications(user: User) -> QuerySet[Qualification]:
    if user.is_admin:
        return Qualification.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Qualification.objects.filter(account__in=Meeting.objects.filter(hosted_by(user)).values("account"))
    return Qualification.objects.filter(_of_team(user))


def visible_meeting_types(user: User) -> QuerySet[MeetingType]:
    if user.is_admin:
        return MeetingType.objects.all()
    return MeetingType.objects.filter(Q(team=None) | _of_team(user))


# What waits ------------------------------------------------------------------------------------------------------


def waiting(now: datetime) -> Q:
    """Not done, and not put off until later."""
    return ~Q(state=WorkItem.State.DONE) & ~Q(state=WorkItem.State.SNOOZED, snoozed_until__gt=now)


def inbox(user: User) -> QuerySet[WorkItem]:
    """Everything open that the user may see, the one that runs out first on top."""
    rows = visible_items(user).exclude(state=WorkItem.State.DONE)
    return rows.select_related(*ROW).defer(*HEAVY).annotate(guess=GUESS).order_by("due_at", "pk")


def overdue(items: QuerySet[WorkItem], now: datetime) -> QuerySet[WorkItem]:
    """Whoever wrote waits longer than was promised: what Today, the navigation and the inbox call late."""
    return items.filter(waiting(now), _late(now))


def _late(now: datetime) -> Q:
    return Q(answered_at=None, due_at__lte=now, what__in=ANSWERS)


def unworked(items: QuerySet[WorkItem], now: datetime) -> QuerySet[WorkItem]:
    """Someone wrote and nobody has it."""
    return items.filter(waiting(now), answered_at=None, setter=None, reply__counts=True)


WAITING, TASKS, ANSWERED, PUT_OFF = range(4)


def place(item: WorkItem) -> int:
    """Where an open item stands in its box: who waits for an answer, tasks, what is answered, what is put off."""
    if item.state == WorkItem.State.SNOOZED:
        return PUT_OFF
    if item.answered_at:
        return ANSWERED
    return WAITING if item.what in ANSWERS else TASKS


BOXES = ("", "pool", "team", "done")


def box(rows: QuerySet[WorkItem], user: User, name: str) -> QuerySet[WorkItem]:
    """What one box of the inbox holds: one's own, nobody's, the team's, or what is done."""
    if name == "done":
        return rows.filter(state=WorkItem.State.DONE)
    rows = rows.exclude(state=WorkItem.State.DONE)
    if name == "pool":
        return rows.filter(setter=None)
    return rows if name == "team" else rows.filter(setter=user)


def machines(rows: QuerySet[Reply]) -> QuerySet[Reply]:
    """Out-of-office notes, bounces and receipts: read, and nobody's answer."""
    return rows.filter(counts=False).exclude(label="")


def mine(user: User, now: datetime) -> QuerySet[WorkItem]:
    """A person's own and what nobody of their team has taken; a lead's also those of the team that ran out."""
    return inbox(user).filter(_whose(user)).filter(waiting(now))


def _whose(user: User) -> Q:
    whose = Q(setter=user)
    if user.job in TAKERS:
        whose |= Q(setter=None, team=user.team_id, team__isnull=False)
    if user.is_lead:
        whose |= Q(team=user.team_id, escalated_at__isnull=False)
    return whose


def today(user: User, now: datetime) -> dict[str, Any]:
    """What needs me now, in order; a constant number of queries."""
    items = list(mine(user, now)[:MOST])
    answers = [item for item in items if item.what in ANSWERS and item.answered_at is None]
    late = [item for item in answers if item.due_at <= now]
    replies = [item for item in answers if item.due_at > now]
    others = [item for item in items if item not in answers]
    return {
        "late": late,
        "replies": replies,
        "replies_total": len(replies),
        "tasks": sorted([*map(_item_task, others), *calls(user, now)], key=lambda task: task["due"]),
        **day(user, now),
        "recoveries": list(recoveries(user)),
        "to_approve": approvals.waiting(user).filter(due_on__lte=now.date()).count(),
    }


def _item_task(item: WorkItem) -> dict[str, Any]:
    words = "Say what came of it" if item.answered_at else ITEM_ACTIONS.get(item.what, item.what.replace("_", " "))
    return {
        "due": item.due_at, "icon": "search" if item.what.startswith("find") else "check", "text": words,
        "name": item.contact.name if item.contact else item.person_address, "detail": str(item.account or ""),
        "role": "", "url_name": "appointments:reply", "pk": item.pk, "late": False,
    }  # fmt: skip


def calls(user: User, now: datetime) -> list[dict[str, Any]]:
    """Calls, notes and tasks of the user's own walks that are due today."""
    mine = Touch.objects.filter(enrollment__prospector=user, due_on__lte=now.date(), enrollment__state="active")
    rows = (
        approvals.tasks(mine)
        .select_related("contact", "account", "step", "visit__stage")
        .order_by("due_on", "pk")[:MOST]
    )
    return [_call_task(touch, now) for touch in rows]


def _call_task(touch: Touch, now: datetime) -> dict[str, Any]:
    due = datetime.combine(touch.due_on, datetime.min.time(), tzinfo=now.tzinfo)
    return {
        "due": touch.not_before or due, "icon": "phone" if touch.channel == "call" else "person",
        "text": touch.channel.capitalize(), "name": touch.contact.name,
        "detail": f"{touch.account}{f': {touch.step.task}' if touch.step.task else f', step {touch.step.order}'}", "role": str(touch.visit.stage.name),
        "url_name": "prospecting:task", "pk": touch.pk, "late": touch.due_on < now.date(),
    }  # fmt: skip


def day_of(user: User, now: datetime) -> tuple[datetime, datetime]:
    """Midnight to midnight in the user's zone."""
    start = now.astimezone(ZoneInfo(user.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


REAL = (Meeting.State.BOOKED, Meeting.State.HELD, Meeting.State.NO_SHOW, Meeting.State.CANCELLED)
TIMES = ("", "today", "missing", "past", "all")


def meetings_when(rows: QuerySet[Meeting], when: str, now: datetime) -> QuerySet[Meeting]:
    """What one tab of the meetings shows: coming, today, without an outcome, past or all; a day is the reader's."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    booked, rows = Meeting.State.BOOKED, rows.filter(state__in=REAL)
    return {
        "": lambda: rows.filter(ends_at__gt=now, state=booked),
        "today": lambda: rows.filter(starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=1)),
        "missing": lambda: rows.filter(state=booked, ends_at__lte=now),
        "past": lambda: rows.filter(ends_at__lte=now),
        "all": lambda: rows,
    }[when]()


def to_confirm(rows: QuerySet[Meeting], now: datetime) -> QuerySet[Meeting]:
    """Booked and still to come until the end of the next working day, as the reader's calendar has it."""
    day = add_working_days(timezone.localtime(now).date(), 1)
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
    return rows.filter(state=Meeting.State.BOOKED, starts_at__gt=now, starts_at__lt=midnight)


def recoveries_in(rows: QuerySet[Recovery], tab: str) -> QuerySet[Recovery]:
    """What one tab of the desk shows: what is still to win back, what was rebooked, or all."""
    state = Recovery.State
    return {"rebooked": rows.filter(state=state.REBOOKED), "all": rows}.get(tab, rows.exclude(state=state.REBOOKED))


def my_meetings(user: User) -> QuerySet[Meeting]:
    """Those I hold or set; of a lead the team's."""
    rows = visible_meetings(user).select_related(*MEETING_PARTS)
    return rows if user.is_lead or user.is_admin else rows.filter(hosted_by(user) | Q(setter=user))


def meetings_today(user: User, now: datetime) -> QuerySet[Meeting]:
    start, end = day_of(user, now)
    taken = [Meeting.State.BOOKED, Meeting.State.HELD, Meeting.State.NO_SHOW]
    return my_meetings(user).filter(starts_at__gte=start, starts_at__lt=end, state__in=taken).order_by("starts_at")


def day(user: User, now: datetime) -> dict[str, Any]:
    """Today's meetings, those without an outcome, and the next one after today: read together."""
    next_one = Q(pk__in=upcoming(user, now).values("pk")[:1])
    parts = [meetings_today(user, now).values("pk"), outcome_missing(user, now).values("pk")]
    wanted = next_one | Q(pk__in=parts[0].order_by()) | Q(pk__in=parts[1].order_by())
    rows = list(Meeting.objects.filter(wanted).select_related(*MEETING_PARTS).order_by("starts_at", "pk"))
    start, end = day_of(user, now)
    taken = [Meeting.State.BOOKED, Meeting.State.HELD, Meeting.State.NO_SHOW]
    over = [row for row in rows if row.state == Meeting.State.BOOKED and row.ends_at < now]
    return {
        "meetings": [row for row in rows if start <= row.starts_at < end and row.state in taken],
        "outcome_missing": sorted(over, key=lambda row: row.ends_at),
        "next_meeting": next((row for row in rows if row.state == Meeting.State.BOOKED and row.ends_at >= now), None),
    }


def outcome_missing(user: User, now: datetime) -> QuerySet[Meeting]:
    """Meetings that are over and of which nobody said what came of them, the oldest first."""
    return my_meetings(user).filter(state=Meeting.State.BOOKED, ends_at__lt=now).order_by("ends_at")


def recoveries(user: User) -> QuerySet[Recovery]:
    """No-shows on the way back, and those that came back to a person and were not rebooked."""
    rows = visible_recoveries(user).filter(state=Recovery.State.RUNNING)
    rows = rows if user.is_lead or user.is_admin else rows.filter(Q(meeting__setter=user) | Q(meeting__host=user))
    return rows.select_related("meeting__host", "meeting__contact", "meeting__account", "account").order_by("next_at")


def counts(user: User, now: datetime) -> dict[str, int]:
    """The figures beside the navigation; `open` is what one may answer: one's own and, for who takes from it, the pool."""
    waits = sizes(user, now)
    return {
        **waits,
        "open": waits["yours"] + (waits["pool"] if user.job in TAKERS else 0),
        "meetings": meetings_today(user, now).count(),
        "recoveries": recoveries(user).order_by().count(),
        "approvals": approvals.waiting(user).filter(due_on__lte=now.date()).count(),
    }


def sizes(user: User, now: datetime) -> dict[str, int]:
    """How many wait in each box of the inbox, done and put off left out, and how many of Today's are late; in one query."""
    return visible_items(user).filter(waiting(now)).aggregate(
        late=Count("pk", filter=_whose(user) & _late(now)),
        yours=Count("pk", filter=Q(setter=user)),
        pool=Count("pk", filter=Q(setter=None)),
        team=Count("pk"),
    )  # fmt: skip


def upcoming(user: User, now: datetime) -> QuerySet[Meeting]:
    return my_meetings(user).filter(state=Meeting.State.BOOKED, ends_at__gte=now).order_by("starts_at", "pk")


# One item --------------------------------------------------------------------------------------------------------


def item_page(item: WorkItem) -> dict[str, Any]:
    """All that stands beside one reply."""
    messages = Message.objects.filter(conversation=item.conversation_id).defer("html").order_by("at", "pk")
    written = list(messages.select_related("contact"))
    unanswered = [one for one in written if _waits(one, item)]
    found = (
        list(Classification.objects.filter(reply=item.reply_id).select_related("by").order_by("-pk"))
        if item.reply_id
        else []
    )
    enrollment = item.reply.enrollment if item.reply else None
    qualification = Qualification.objects.filter(account=item.account_id, enrollment=enrollment).order_by("-pk").first()
    return {
        "message": unanswered[-1] if unanswered else (written[-1] if written else None),
        "unanswered": unanswered,
        "earlier": [one for one in written if one not in unanswered],
        "reply": item.reply,
        "classification": next((one for one in found if one.undone_at is None), None),
        "history": found,
        "account": item.account,
        "contact": item.contact,
        "membership": current_membership(item.contact, item.account) if item.contact and item.account else None,
        "milestones": standing(item.account) if item.account else {},
        "qualification": qualification,
        "answers": list(Answer.objects.filter(qualification=qualification).select_related("question", "by")) if qualification else [],
        "colleagues": list(colleagues(item)),
        "offers": list(Offer.objects.filter(conversation=item.conversation_id).order_by("-pk")),
        "outgoing": list(Outgoing.objects.filter(conversation=item.conversation_id).order_by("-pk")),
        "meeting": meeting_of(item),
    }  # fmt: skip


def _waits(message: Message, item: WorkItem) -> bool:
    theirs = message.direction == Message.Direction.IN and message.from_address.lower() == item.person_address
    return theirs and message.at >= item.since


def colleagues(item: WorkItem) -> QuerySet[Reply]:
    """What others at the account wrote to this team, newest first."""
    rows = Reply.objects.filter(account=item.account_id, team=item.team_id, counts=True).exclude(
        contact=item.contact_id
    )
    return rows.select_related("contact", "message").defer("message__html").order_by("-at")[:5]


def meeting_of(item: WorkItem) -> Meeting | None:
    """The meeting that this conversation led to, the newest."""
    rows = Meeting.objects.filter(conversation=item.conversation_id).exclude(state__in=["pencilled", "lapsed"])
    return rows.select_related("host", "meeting_type").order_by("-pk").first()


def account_meetings(user: User, account_id: int) -> QuerySet[Meeting]:
    rows = visible_meetings(user).filter(account=account_id).exclude(state__in=["pencilled", "lapsed"])
    return rows.select_related("host", "contact", "meeting_type").order_by("-starts_at")


def account_work(user: User, account_id: int) -> QuerySet[WorkItem]:
    rows = visible_items(user).filter(account=account_id)
    return (
        rows.select_related(*ROW)
        .defer(*HEAVY)
        .annotate(guess=GUESS)
        .order_by(F("done_at").desc(nulls_first=True), "due_at")
    )


def visible_credits(user: User) -> QuerySet[Credit]:
    """The ledger of round robin: of the kinds of meeting one sees."""
    return Credit.objects.filter(meeting_type__in=visible_meeting_types(user).values("pk"))
