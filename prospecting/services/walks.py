"""Open walks as the planner's rules see them: read for a batch at once, asked without another query."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from crm.models import Account
from crm.rules.working_time import add_working_days
from prospecting.models import Milestone, StageVisit
from prospecting.models.touch import Flight
from prospecting.rules import gates, ladder, planner
from prospecting.services.known import LIVE, MADE, Known, of_accounts
from prospecting.services.published import step_key
from prospecting.services.rows import Member, TouchRow, VisitRow
from prospecting.services.stages import Opening


@dataclass
class Walk:
    """One account's walk; `open_gates` moves what it knows of its stages on, the database is written by the planner."""

    account: int
    known: Known
    meeting_held: bool
    openings: list[Opening] = field(default_factory=list)

    def __post_init__(self) -> None:
        account, organisation = self.known.accounts[self.account], self.known.organisation
        self.row = self.known.walks[self.account]
        self.zone = account.zone or (organisation.zone if organisation else "UTC")
        self.country = account.country or (organisation.country if organisation else "")
        self.today = self.day_of(self.known.now)
        # A walk whose route was switched still has the closed stages of the one before.
        self.visits = [row for row in self.known.visits.get(self.row.id, ()) if row.version == self.row.route]
        self.known.visits[self.row.id] = self.visits  # the guard sees a gate that opens here
        self.members = [row for row in self.known.members.get(self.account, ()) if row.known]
        family = self.known.touches.get(self.known.family(self.account), ())
        self.touches = [row for row in family if row.account == self.account]
        of_sites = [row for row in family if row.account != self.account and self.known.matters(row)]
        self.past = [self._past(row) for row in (*self.touches, *of_sites)]
        here = self.known.replies.get(self.account, ())
        self.replies = [row for row in here if row.counts and row.enrollment == self.row.id]

    def day_of(self, moment: datetime) -> date:
        """The day a moment lies on where the account is."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def _past(self, row: TouchRow) -> planner.Past:
        key = step_key(row.sequence, row.role, row.step_key)
        day = self.day_of(row.sent_at) if row.sent_at else row.due_on
        left_out = row.state == Flight.SKIPPED
        return planner.Past(row.contact, key, day, row.state in MADE or left_out, row.name, counts=not left_out)

    @property
    def waits_for_a_touch(self) -> bool:
        # Its own: one that waits at another site calls that site's planner when it leaves, not this one's.
        return any(row.state in LIVE for row in self.touches)

    def open_gates(self) -> date | None:
        """Open every waiting stage whose gate says so; the earliest day on which another one could."""
        earliest: list[date] = []
        for position, visit in enumerate(self.visits):
            if visit.state != StageVisit.State.WAITING:
                continue
            verdict = gates.check(visit.stage.gate, self._outcomes(position))
            if verdict.open:
                self.openings.append(Opening(visit.id, visit.stage.name, verdict.why))
                self.visits[position] = visit._replace(
                    state=StageVisit.State.OPEN, why=verdict.why, opened_at=self.known.now
                )
            elif verdict.earliest:
                earliest.append(verdict.earliest)
        return min(earliest, default=None)

    def verdicts(self) -> dict[int, gates.GateVerdict]:
        """Id of each waiting stage's visit → what its gate says now, and from which day it could open."""
        waiting = [(n, visit) for n, visit in enumerate(self.visits) if visit.state == StageVisit.State.WAITING]
        return {visit.id: gates.check(visit.stage.gate, self._outcomes(n)) for n, visit in waiting}

    def _outcomes(self, position: int) -> gates.Outcomes:
        before = self._heard(self.visits[position - 1]) if position else gates.Heard()
        named = gates.stages_named(self.visits[position].stage.gate)
        return gates.Outcomes(
            today=self.today,
            country=self.country,
            touches=before.touches,
            last_touch=before.last_touch,
            patience_from=before.patience_from,
            labels=frozenset(reply.label for reply in self.replies),
            stages={visit.stage.order: self._heard(visit, True) for visit in self.visits if visit.stage.order in named},
            referred_roles=frozenset(row.slug for row in self.members if row.source == "referral"),
            filled_roles=frozenset(row.slug for row in self.members),
            meeting_held=self.meeting_held,
        )

    def _heard(self, visit: VisitRow, labels: bool = False) -> gates.Heard:
        """What was sent to people of one stage since the last answer, and on request what they said."""
        answered = max((reply.at for reply in self.replies), default=None)
        mine = [touch for touch in self.touches if touch.visit == visit.id]
        made = [
            touch.sent_at
            for touch in mine
            if touch.sent_at
            and touch.reached
            and touch.state != Flight.BOUNCED  # what bounced is no silence
            and (answered is None or touch.sent_at > answered)
        ]
        last = self.day_of(max(made)) if made else None
        return gates.Heard(len(made), last, visit.waits_until, self._said(visit, mine) if labels else frozenset())

    def _said(self, visit: VisitRow, touches: Sequence[TouchRow]) -> frozenset[str]:
        """Labels of answers from the people of a stage: those it wrote to, and those who hold its roles."""
        people = {touch.contact for touch in touches}
        people |= {row.contact for row in self.members if row.role in visit.stage.roles}
        return frozenset(reply.label for reply in self.replies if reply.contact in people)

    def plan(self) -> planner.Plan:
        row = self.row
        budget = planner.Budget(row.people_at_once, row.touches_a_week, row.days_between_people)
        steps = self.known.sequences[row.sequence].steps
        stages = [self._stage(visit) for visit in self.visits]
        return planner.plan(
            stages, self._people(), steps, self.past, budget=budget, today=self.today, country=self.country
        )

    def _stage(self, visit: VisitRow) -> planner.Stage:
        return planner.Stage(
            id=visit.id,
            position=visit.stage.order,
            name=visit.stage.name,
            roles=tuple(map(str, visit.stage.roles)),
            state=visit.state,
            opened_on=self.day_of(visit.opened_at) if visit.opened_at else None,
            most_people=visit.stage.most_people,
            patience_from=visit.waits_until,
        )

    def _people(self) -> dict[str, list[planner.Person]]:
        found: dict[str, list[planner.Person]] = defaultdict(list)
        for member in self.members:
            person = self.known.people[member.contact]
            away = add_working_days(person.away_until, 1, self.country) if person.away_until else None
            role = str(member.role)
            found[role].append(planner.Person(person.id, person.name, role, self._stopped(member), away))
        return found

    def _stopped(self, member: Member) -> str:
        """Why nothing more goes to them; empty while something may."""
        person = self.known.people[member.contact]
        if person.stopped_at:
            return person.stopped_reason or "stopped"
        if (self.account, person.id) in self.known.suppressed:
            return "never write again"
        if why := self.known.skipped.get(self.row.id, {}).get(person.id):
            return f"left out: {why}"
        if not person.email:
            return "no address"
        out = member.department.strip().lower() in self.row.departments_out
        return f"{member.department}: department out of route" if out else ""

    def is_over(self, made: planner.Plan, earliest: date | None) -> bool:
        """Everyone had every step, no gate will open by itself, and the last stage's patience is over."""
        opened = [visit for visit in self.visits if visit.state == StageVisit.State.OPEN]
        if earliest or not opened or self.waits_for_a_touch or {visit.id for visit in opened} - set(made.used_up):
            return False
        last = max((touch.sent_at for touch in self.touches if touch.sent_at), default=None)
        if last is None:
            return False
        patience = max(visit.stage.patience_days for visit in opened)
        start = max([self.day_of(last), *(visit.waits_until for visit in opened if visit.waits_until)])
        return self.today >= add_working_days(start, patience, self.country)


def read(accounts: Collection[int], now: datetime) -> list[Walk]:
    """The open walks of these accounts, in the order of the accounts; a constant number of queries."""
    known = of_accounts(accounts, now)
    walking = [account for account in accounts if account in known.walks]
    ids = [known.walks[account].id for account in walking]
    held = set(
        Milestone.objects.filter(enrollment__in=ids, rung=ladder.HELD)
        .standing()
        .values_list("enrollment_id", flat=True)
    )
    return [Walk(account, known, known.walks[account].id in held) for account in walking]


def verdicts(account: Account, now: datetime) -> dict[int, gates.GateVerdict]:
    """What the gates of one account's open walk say today, for people to read."""
    return {pk: said for walk in read([account.pk], now) for pk, said in walk.verdicts().items()}


def in_rounds(walks: Sequence[Walk]) -> list[list[int]]:
    """Accounts by round: those that share a budget or a person follow each other, each seeing what was planned before."""
    rounds: list[list[int]] = []
    seen: dict[tuple[str, int], int] = {}
    for walk in walks:
        keys = [("family", walk.known.family(walk.account))]
        keys += [("person", row.contact) for row in walk.known.members.get(walk.account, ())]
        number = max((seen.get(key, 0) for key in keys), default=0)
        seen.update(dict.fromkeys(keys, number + 1))
        rounds += [[]] if number == len(rounds) else []
        rounds[number].append(walk.account)
    return rounds
