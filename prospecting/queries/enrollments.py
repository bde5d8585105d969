"""Where an account stands on its route, and what happens next, in words."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from crm import clock
from crm.models import Account, Contact, Conversation, Membership, Suppression, User
from prospecting.models import Attempt, Enrollment, Milestone, Outgoing, Override, Reply, Skip, StageVisit, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.rules import gates, guard, labels, ladder

BEING_WRITTEN_TO = (Flight.PLANNED, Flight.PAUSED, Flight.IN_FLIGHT, Flight.UNCERTAIN)


def open_enrollment(account: Account) -> Enrollment | None:
    return pinned(Enrollment.objects.filter(account=account, state__in=OPEN)).first()


def last_enrollment(account: Account) -> Enrollment | None:
    """The walk to show: the open one, else the latest."""
    return (
        open_enrollment(account) or pinned(Enrollment.objects.filter(account=account)).order_by("-started_at").first()
    )


def pinned(rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    return rows.select_related(
        "account", "prospector__team", "policy", "segment_version__segment", "route_version__route",
        "sequence_version__sequence",
    )  # fmt: skip


def due_touches(now: datetime) -> QuerySet[Touch]:
    return Touch.objects.filter(state=Flight.PLANNED, due_on__lte=now.date()).order_by("due_on", "pk")


def tasks_by_hand(user: User, now: datetime) -> QuerySet[Touch]:
    """Calls, notes and tasks that someone has to make by today."""
    rows = due_touches(now).exclude(channel="email").filter(enrollment__prospector=user, enrollment__state="active")
    return rows.select_related("contact", "account", "step__role")


def sent_today(user: User) -> int:
    """Hand-overs from the user's own mailboxes since midnight UTC."""
    start = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return Attempt.objects.filter(mailbox__owner=user, started_at__gte=start, outcome="accepted").count()


def outbox(user: User) -> QuerySet[Touch]:
    """What waits to leave, is on its way or uncertain: the team's for a lead, else one's own."""
    rows = Touch.objects.filter(state__in=BEING_WRITTEN_TO, enrollment__state__in=OPEN)
    if not user.is_admin:
        mine = Q(enrollment__prospector__team=user.team_id) if user.is_lead else Q(enrollment__prospector=user)
        rows = rows.filter(mine)
    return rows.select_related("contact", "account", "step__role", "mailbox", "enrollment__prospector").order_by(
        "due_on", "not_before", "pk"
    )


def waiting_messages(user: User) -> QuerySet[Outgoing]:
    """Answers and meeting mail that have not left, are uncertain or were held back."""
    shown = [Flight.PLANNED, Flight.IN_FLIGHT, Flight.UNCERTAIN, Flight.SKIPPED]
    rows = Outgoing.objects.filter(state__in=shown).exclude(purpose=Outgoing.Purpose.INTERNAL)
    if not user.is_admin:
        rows = rows.filter(Q(by=user) | Q(mailbox__team=user.team_id, mailbox__team__isnull=False))
    return rows.select_related("account", "contact", "mailbox", "by").order_by("-created_at")


def uncertain(user: User) -> list[Touch | Outgoing]:
    """What nobody knows whether it arrived; a person decides."""
    touches = outbox(user).filter(state=Flight.UNCERTAIN)
    return [*touches, *waiting_messages(user).filter(state=Flight.UNCERTAIN)]


# The route map -------------------------------------------------------------------------------------------------


def route_map(account: Account, readable: QuerySet[Conversation] | None = None) -> dict[str, Any]:
    """The people of one account along their route: stages with people, what we did, what they said, why not sooner.

    What was said is content: of a conversation that is not `readable` it says only that they answered.
    """
    enrollment = last_enrollment(account)
    if enrollment is None:
        return {"enrollment": None, "stages": [], "off_route": _people_off_route(account, set())}
    # Of a route that was switched, the stages before stay on the timeline; the map shows the one that is walked.
    rows = enrollment.visits.filter(stage__version=enrollment.route_version_id).select_related("stage")
    visits = list(rows.prefetch_related("stage__roles").order_by("stage__order"))
    names = {visit.stage.order: visit.stage.name for visit in visits}
    memberships = _memberships(account)
    touches = _touches(account, enrollment)
    said = _said(account, readable)
    barred = _left_out(enrollment) | _barred_contacts(memberships)
    stages = [_stage(visit, memberships, touches, said, barred, names) for visit in visits]
    on_route = {role.pk for visit in visits for role in visit.stage.roles.all()}
    return {
        "enrollment": enrollment,
        "stages": stages,
        "off_route": _people_off_route(account, on_route, memberships),
        "decides": str(enrollment.route_version.route),
    }


def _memberships(account: Account) -> list[Membership]:
    rows = Membership.objects.filter(account=account, until=None).select_related("contact", "role")
    return list(rows.order_by("confidence", "since", "pk"))


def _touches(account: Account, enrollment: Enrollment) -> dict[int, list[Touch]]:
    rows = Touch.objects.filter(enrollment=enrollment).select_related("step").order_by("pk")
    found: dict[int, list[Touch]] = {}
    for touch in rows:
        found.setdefault(touch.contact_id, []).append(touch)
    return found


def _said(account: Account, readable: QuerySet[Conversation] | None) -> dict[int, tuple[Reply, str]]:
    """The last reply of each person, and in which words it may be told; what a machine sent hides nothing they said."""
    rows = Reply.objects.filter(account=account, contact__isnull=False).order_by("counts", "at")
    threads = Conversation.objects.filter(account=account) if readable is None else readable.filter(account=account)
    own = set(threads.values_list("pk", flat=True))
    return {
        reply.contact_id or 0: (reply, (labels.words if reply.conversation_id in own else labels.told)(reply.label))
        for reply in rows
    }


def _barred_contacts(memberships: Iterable[Membership]) -> dict[int, str]:
    ids = [m.contact_id for m in memberships]
    rows = Suppression.objects.filter(contact__in=ids, lifted_at=None).values_list("contact_id", flat=True)
    return {contact: "Never write again" for contact in rows if contact}


def _left_out(enrollment: Enrollment) -> dict[int, str]:
    rows = Skip.objects.filter(enrollment=enrollment, undone_at=None).values_list("contact_id", "why")
    return {contact: f"Left out: {why}" for contact, why in rows}


def _stage(
    visit: StageVisit,
    memberships: list[Membership],
    touches: dict[int, list[Touch]],
    said: dict[int, tuple[Reply, str]],
    barred: dict[int, str],
    names: dict[int, str],
) -> dict[str, Any]:
    roles = {role.pk for role in visit.stage.roles.all()}
    here = [m for m in memberships if m.role_id in roles]
    people = [
        _person(m, touches.get(m.contact_id, []), said.get(m.contact_id), barred.get(m.contact_id, "")) for m in here
    ]
    answered = any(person["answered"] for person in people)
    state = "answered" if answered else {"open": "open", "waiting": "shut", "closed": "closed"}[visit.state]
    return {
        "visit": visit,
        "name": visit.stage.name,
        "order": visit.stage.order,
        "state": state,
        "opened_at": visit.opened_at,
        "why": visit.why,
        "gate": gates.words(visit.stage.gate, names),
        "gate_kind": gates.one_kind(visit.stage.gate)[0],
        "people": people,
        "missing": not here,
        "roles": [role.name for role in visit.stage.roles.all()],
        "role": next((role.slug for role in visit.stage.roles.all()), ""),
    }


def _person(
    membership: Membership, touches: list[Touch], said: tuple[Reply, str] | None, barred: str
) -> dict[str, Any]:
    reply, words = said or (None, "")
    sent = [t for t in touches if t.state == Flight.SENT]
    waiting = next((t for t in touches if t.state in BEING_WRITTEN_TO), None)
    return {
        "contact": membership.contact,
        "membership": membership,
        "did": _did(sent),
        "said": words,
        "reply": reply,
        "answered": bool(reply and reply.counts),
        "next": waiting,
        "why_not": _why_not(membership, waiting, barred),
        "weak": membership.confidence == "low",
    }


def _did(sent: list[Touch]) -> str:
    """3 mails, 1 call."""
    words = {"email": "mail", "call": "call", "social": "note", "task": "task"}
    counted = {channel: sum(t.channel == channel for t in sent) for channel in words}
    parts = [f"{n} {words[c]}{'' if n == 1 else 's'}" for c, n in counted.items() if n]
    return ", ".join(parts) or "Not contacted yet"


def _why_not(membership: Membership, waiting: Touch | None, barred: str) -> str:
    if barred:
        return barred
    if membership.contact.stopped_at:
        return f"Nothing more goes out: {membership.contact.stopped_reason or 'stopped'}"
    if membership.confidence == "low":
        return "A weak guess of the role is not used"
    if waiting is None:
        return ""
    if waiting.state == Flight.PAUSED:
        return "Paused: a colleague is talking"
    if waiting.state == Flight.UNCERTAIN:
        return "Nobody knows whether the last mail arrived"
    return waiting.waits_because or f"{waiting.due_on:%a} {waiting.due_on.day} {waiting.due_on:%B} at the earliest"


def _people_off_route(account: Account, on_route: set[int], rows: list[Membership] | None = None) -> list[Membership]:
    return [m for m in (rows if rows is not None else _memberships(account)) if m.role_id not in on_route]


# What happens next, in words ------------------------------------------------------------------------------------


def explain(account: Account) -> dict[str, Any]:
    """What happens next, why not sooner, why not someone else, and under which versions."""
    enrollment = open_enrollment(account)
    if enrollment is None:
        return {"next": _nothing(account), "not_sooner": "", "not_else": "", "versions": ""}
    waiting = list(
        Touch.objects.filter(enrollment=enrollment, state__in=BEING_WRITTEN_TO)
        .select_related("contact", "step")
        .order_by("due_on", "pk")
    )
    return {
        "enrollment": enrollment,
        "next": _next(enrollment, waiting),
        "not_sooner": _not_sooner(waiting),
        "not_else": _not_else(enrollment, waiting),
        "versions": versions_words(enrollment),
    }


def _nothing(account: Account) -> str:
    if account.is_closed:
        return f"Nothing: {account.name} is closed. {account.closed_reason}".strip()
    if account.rests_until and account.rests_until > clock.today():
        return f"{account.name} rests until {_day(account.rests_until)}."
    return f"Nothing is planned: {account.name} is not enrolled."


def _next(enrollment: Enrollment, waiting: list[Touch]) -> str:
    if enrollment.in_conversation:
        return f"Nothing is sent until the answer is worked and done. {enrollment.reason}".strip()
    if enrollment.state == Enrollment.State.PAUSED:
        return f"Nothing: paused. {enrollment.reason}".strip()
    if enrollment.state == Enrollment.State.RESTING and enrollment.rests_until:
        return f"Rests until {_day(enrollment.rests_until)}. {enrollment.reason}".strip()
    if waiting:
        first = waiting[0]
        what = {"email": "One mail", "call": "A call", "social": "A note", "task": "A task"}[first.channel]
        return f"{what} to {first.contact.name}, {_day(first.due_on)} at the earliest."
    return enrollment.next_words or "The planner has not looked yet."


def _not_sooner(waiting: list[Touch]) -> str:
    """Where nothing waits to leave, what happens next says why already."""
    if not waiting:
        return ""
    return waiting[0].waits_because or waiting[0].why


def _not_else(enrollment: Enrollment, waiting: list[Touch]) -> str:
    people = list(dict.fromkeys(touch.contact.name for touch in waiting))
    if len(people) >= enrollment.policy.people_at_once:
        return guard.too_many_people(enrollment.policy.people_at_once, tuple(people))
    shut = enrollment.visits.filter(state=StageVisit.State.WAITING).select_related("stage").order_by("stage__order")
    first = shut.first()
    return f"{first.stage.name} opens {gates.words(first.stage.gate)}." if first else ""


def versions_words(enrollment: Enrollment) -> str:
    day = f"{enrollment.started_at:%a} {enrollment.started_at.day} {enrollment.started_at:%B}"
    return (
        f"{enrollment.segment_version}, {enrollment.route_version}, {enrollment.sequence_version}, "
        f"{str(enrollment.policy).lower()}; pinned on {day}."
    )


def _day(day: Any) -> str:
    return f"{day:%a} {day.day} {day:%B}"


def rungs(account: Account) -> list[dict[str, Any]]:
    """The ladder with the day each rung was first reached, voided ones left out."""
    first: dict[str, datetime] = {}
    for rung, at in Milestone.objects.filter(account=account).standing().order_by("at").values_list("rung", "at"):
        first.setdefault(rung, at)
    return [
        {"rung": rung, "words": ladder.WORDS[rung], "at": first.get(rung), "reached": rung in first}
        for rung in ladder.RUNGS
        if rung not in (ladder.ADDRESSABLE, ladder.NOT_ACCEPTED) or rung in first
    ]


def replies_of(account: Account) -> QuerySet[Reply]:
    return Reply.objects.filter(account=account).select_related("contact", "message").order_by("-at")


def unworked(replies: QuerySet[Reply]) -> QuerySet[Reply]:
    return replies.filter(counts=True, enrollment__in_conversation=True)


def contact_touches(contact: Contact) -> QuerySet[Touch]:
    return Touch.objects.filter(contact=contact).select_related("account", "step__role", "mailbox").order_by("-pk")


def recent_overrides(since: timedelta) -> QuerySet[Override]:
    return Override.objects.filter(at__gte=clock.now() - since)


def overrides_by_reason(since: timedelta) -> list[dict[str, Any]]:
    """How often each reason of the guard was gone against."""
    rows = recent_overrides(since).values("reason").annotate(times=Count("pk")).order_by("-times")
    return [dict(row) for row in rows]
