"""The planner's verbs: open what may open, plan the next touch of each person, and say why not more."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from crm import clock
from crm.models import Membership, Organisation
from crm.rules.working_time import add_working_days
from crm.services import suppression
from prospecting.models import Enrollment, Milestone, Reply, StageVisit, Step, Touch
from prospecting.models.touch import Flight
from prospecting.rules import gates, guard, ladder, planner
from prospecting.rules.guard import Facts, Verdict
from prospecting.services.guard_facts import LIVE, REMEMBER, gather, start_of
from prospecting.services.queueing import is_free, queue_up
from prospecting.services.stages import finish, open_stage

BY = "the planner"
AGAIN = timedelta(days=1)
MADE = (Flight.SENT, Flight.BOUNCED, Flight.UNCERTAIN, Flight.DROPPED)


@transaction.atomic
def plan(enrollment: Enrollment) -> list[Touch]:
    """Plan one account: gates first, then at most one touch for each person whose stage is open."""
    queue_up(enrollment.account_id)
    rows = Enrollment.objects.select_for_update(no_key=True, of=("self",))
    enrollment = rows.select_related("account", "policy", "route_version", "sequence_version").get(pk=enrollment.pk)
    if enrollment.state != Enrollment.State.ACTIVE:
        _look_again(enrollment, None, enrollment.next_words)
        return []
    walk = Walk(enrollment, clock.now())
    earliest = walk.open_gates()
    made = walk.plan()
    touches, words = _keep_allowed(walk, made.touches)
    if walk.is_over(made, touches, earliest):
        finish(enrollment, by=BY, why="every stage was walked and the patience is over")
        return []
    said = words or [*(_next_words(t, walk) for t in touches), *made.why_none]
    _look_again(enrollment, _when(walk, touches, earliest), said[0] if said else "")
    return touches


def plan_due(limit: int = 200) -> int:
    """Plan every enrollment whose time has come; one transaction each, so one bad account holds up nobody."""
    due = Enrollment.objects.filter(state=Enrollment.State.ACTIVE, plan_at__lte=clock.now()).order_by("plan_at", "pk")
    done = 0
    for pk, account_id in list(due.values_list("pk", "account_id")[:limit]):
        with transaction.atomic():
            enrollment = due.filter(pk=pk).first() if is_free(account_id) else None
            if enrollment is not None:
                plan(enrollment)
                done += 1
    return done


def _look_again(enrollment: Enrollment, when: datetime | None, words: str) -> None:
    Enrollment.objects.filter(pk=enrollment.pk).update(plan_at=when, next_words=words[:300])


def _when(walk: "Walk", touches: Sequence[Touch], earliest: date | None) -> datetime | None:
    """A planned touch calls the planner when it has left; else look on the day a gate can open, tomorrow at least."""
    if touches or any(not past.done for past in walk.past):
        return None
    if earliest:
        return max(start_of(earliest, walk.zone), walk.now + timedelta(hours=1))
    return walk.now + AGAIN


def _next_words(touch: Touch, walk: "Walk") -> str:
    day = f"{touch.due_on:%a} {touch.due_on.day} {touch.due_on:%B}"
    what = {"email": "One mail", "call": "A call", "social": "A social note", "task": "A task"}[touch.channel]
    return f"{what} to {touch.contact.name}, {day} at the earliest."


def _keep_allowed(walk: "Walk", wanted: Sequence[planner.Next]) -> tuple[list[Touch], list[str]]:
    """Ask the guard for each; the account's cap is the planner's own business and already kept."""
    pairs = [(walk.enrollment.account_id, item.contact) for item in wanted]
    facts = gather(pairs, purpose=guard.OUTREACH, now=walk.now) if pairs else {}
    touches, words = [], []
    for item in wanted:
        verdict = _decide(facts[(walk.enrollment.account_id, item.contact)], walk.now)
        if verdict.allowed or (verdict.waits and verdict.until):
            touches.append(_create(walk, item, verdict))
        else:
            words.append(verdict.sentence)
    return touches, words


def _decide(facts: Facts, now: datetime) -> Verdict:
    budget_kept = Facts(**{**facts.__dict__, "overridden": facts.overridden | {guard.ACCOUNT_CAP}})
    return guard.decide(budget_kept, purpose=guard.OUTREACH, now=now)


def _create(walk: "Walk", item: planner.Next, verdict: Verdict) -> Touch:
    day, why = item.day, item.why
    if verdict.until:
        day = max(day, verdict.until.astimezone(ZoneInfo(walk.zone)).date())
        why = verdict.sentence
    return Touch.objects.create(
        enrollment=walk.enrollment,
        account_id=walk.enrollment.account_id,
        contact=walk.contacts[item.contact],
        visit=walk.visits_by_id[item.stage],
        step=walk.steps[item.step],
        channel=walk.steps[item.step].channel,
        due_on=day,
        why=why[:300],
        created_at=walk.now,
    )


class Walk:
    """One enrollment as the rules see it: read once, asked several times."""

    def __init__(self, enrollment: Enrollment, now: datetime) -> None:
        self.enrollment, self.now = enrollment, now
        account, organisation = enrollment.account, Organisation.objects.first()
        self.zone = account.zone or (organisation.zone if organisation else "UTC")
        self.country = account.country or (organisation.country if organisation else "")
        self.today = now.astimezone(ZoneInfo(self.zone)).date()
        rows = enrollment.visits.select_related("stage").prefetch_related("stage__roles").order_by("stage__order")
        self.visits = list(rows)
        self.visits_by_id = {visit.pk: visit for visit in self.visits}
        self.steps = {step.pk: step for step in enrollment.sequence_version.steps.select_related("role", "version")}
        self.memberships = _holders(enrollment)
        self.contacts = {row.contact_id: row.contact for row in self.memberships}
        self.touches = _touches_of(enrollment)
        self.past = [_past(touch, self.zone) for touch in self.touches] + _past_of_sites(enrollment, now, self.zone)
        self.replies = list(
            Reply.objects.filter(enrollment=enrollment, counts=True).values("label", "at", "contact_id")
        )

    def open_gates(self) -> date | None:
        """Open every waiting stage whose gate says so; the earliest day on which another one could."""
        earliest: list[date] = []
        for position, visit in enumerate(self.visits):
            if visit.state != StageVisit.State.WAITING:
                continue
            verdict = gates.check(visit.stage.gate, self._outcomes(position))
            if verdict.open:
                open_stage(visit, verdict.why, by=BY)
            elif verdict.earliest:
                earliest.append(verdict.earliest)
        return min(earliest, default=None)

    def _outcomes(self, position: int) -> gates.Outcomes:
        before = self.visits[position - 1] if position else None
        answered = max((reply["at"] for reply in self.replies), default=None)
        made = [
            touch.sent_at
            for touch in self.touches
            if before and touch.visit_id == before.pk and touch.sent_at and touch.reached
            and (answered is None or touch.sent_at > answered)
        ]  # fmt: skip
        return gates.Outcomes(
            today=self.today,
            country=self.country,
            touches=len(made),
            last_touch=max(made).astimezone(ZoneInfo(self.zone)).date() if made else None,
            patience_from=before.waits_until if before else None,
            labels=frozenset(reply["label"] for reply in self.replies),
            referred_roles=frozenset(m.role.slug for m in self.memberships if m.source == "referral"),
            filled_roles=frozenset(m.role.slug for m in self.memberships),
            meeting_held=self._held(),
        )

    def _held(self) -> bool:
        return Milestone.objects.filter(enrollment=self.enrollment, rung=ladder.HELD, voids=False).exists()

    def plan(self) -> planner.Plan:
        policy = self.enrollment.policy
        budget = planner.Budget(policy.people_at_once, policy.touches_a_week, policy.days_between_people)
        stages = [_stage(visit, self.zone) for visit in self.visits]
        return planner.plan(
            stages, self._people(), [_step(step) for step in self.steps.values()], self.past,
            budget=budget, today=self.today, country=self.country,
        )  # fmt: skip

    def _people(self) -> dict[str, list[planner.Person]]:
        account = self.enrollment.account_id
        barred = suppression.barred({(account, c.pk): (c.email, account) for c in self.contacts.values()})
        found: dict[str, list[planner.Person]] = defaultdict(list)
        for membership in self.memberships:
            contact = membership.contact
            stopped = self._stopped(membership, barred.get((account, contact.pk), ""))
            away = add_working_days(contact.away_until, 1, self.country) if contact.away_until else None
            found[membership.role.slug].append(
                planner.Person(contact.pk, contact.name, membership.role.slug, stopped, away)
            )
        return found

    def _stopped(self, membership: Membership, barred: str) -> str:
        contact = membership.contact
        if contact.stopped_at:
            return contact.stopped_reason or "stopped"
        if barred:
            return "never write again"
        if not contact.email:
            return "no address"
        out = membership.department.strip().lower() in self.enrollment.route_version.departments_out
        return f"{membership.department}: department out of route" if out else ""

    def is_over(self, made: planner.Plan, touches: Sequence[Touch], earliest: date | None) -> bool:
        """Everyone had every step, no gate will open by itself, and the last stage's patience is over."""
        opened = [visit for visit in self.visits if visit.state == StageVisit.State.OPEN]
        if touches or earliest or not opened or any(not past.done for past in self.past):
            return False
        if {visit.pk for visit in opened} - set(made.used_up):
            return False
        last = max((touch.sent_at for touch in self.touches if touch.sent_at), default=None)
        if last is None:
            return False
        patience = max(visit.stage.patience_days for visit in opened)
        start = max([last.astimezone(ZoneInfo(self.zone)).date(), *(v.waits_until for v in opened if v.waits_until)])
        return self.today >= add_working_days(start, patience, self.country)


def _holders(enrollment: Enrollment) -> list[Membership]:
    """Who plays a known part at the account, the surest first; a weak guess is not used."""
    rows = Membership.objects.filter(account=enrollment.account_id, until=None).exclude(confidence="low")
    return list(
        rows.exclude(role__slug="unknown")
        .select_related("contact", "role")
        .order_by("confidence", "-main", "since", "pk")
    )


def _touches_of(enrollment: Enrollment) -> list[Touch]:
    rows = Touch.objects.filter(account=enrollment.account_id)
    kept = rows.filter(Q(state__in=[*LIVE, *MADE]))
    return list(kept.select_related("step__role", "step__version", "contact").order_by("pk"))


def _past(touch: Touch, zone: str) -> planner.Past:
    moment = touch.sent_at
    day = moment.astimezone(ZoneInfo(zone)).date() if moment else touch.due_on
    return planner.Past(touch.contact_id, _key(touch.step), day, touch.state in MADE, touch.contact.name)


def _past_of_sites(enrollment: Enrollment, now: datetime, zone: str) -> list[planner.Past]:
    """Touches at parent and sites of the last month count for the budget where they share one."""
    organisation = Organisation.objects.first()
    if organisation and not organisation.sites_share_budget:
        return []
    root = enrollment.account.parent_id or enrollment.account_id
    rows = Touch.objects.filter(Q(account=root) | Q(account__parent=root)).exclude(account=enrollment.account_id)
    recent = rows.filter(Q(state=Flight.SENT, sent_at__gte=now - REMEMBER) | Q(state__in=LIVE))
    return [_past(touch, zone) for touch in recent.select_related("step__role", "step__version", "contact")]


def _key(step: Step) -> str:
    """The same from version to version of a sequence, so that nobody gets a step twice."""
    return f"{step.version.sequence_id}:{step.role_id}:{step.order}"


def _step(step: Step) -> planner.Step:
    return planner.Step(step.pk, _key(step), step.order, step.role.slug, step.channel, step.wait_days)


def _stage(visit: StageVisit, zone: str) -> planner.Stage:
    opened = visit.opened_at.astimezone(ZoneInfo(zone)).date() if visit.opened_at else None
    return planner.Stage(
        id=visit.pk,
        position=visit.stage.order,
        name=visit.stage.name,
        roles=tuple(role.slug for role in visit.stage.roles.all()),
        state=visit.state,
        opened_on=opened,
        most_people=visit.stage.max_people,
        patience_from=visit.waits_until,
    )
