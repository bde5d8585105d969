"""The planner's verbs: open what may open, plan the next touch of each person, and say why not more."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from crm import clock
from crm.services.accounts import queue_up
from prospecting.models import Enrollment, Touch
from prospecting.rules import guard, planner
from prospecting.rules.guard import Verdict
from prospecting.services.guard_facts import facts_of, start_of
from prospecting.services.queueing import claim_due
from prospecting.services.stages import finish_walks, open_stages
from prospecting.services.walks import Walk, in_rounds, read

log = logging.getLogger(__name__)
BY = "the planner"
BATCH = 250
AGAIN = timedelta(days=1)
WHILE_UNREAD = timedelta(minutes=5)  # what is read pauses the walk or wakes it; a machine's mail may do neither
AFTER_A_FAULT = timedelta(hours=1)
FAULT_WORDS = "An error of ours kept this from being planned; it is tried again within the hour."
OVER = "every stage was walked and the patience is over"
WHAT = {"email": "One mail", "call": "A call", "social": "A social note", "task": "A task"}

_LOOK_AGAIN = """
    UPDATE prospecting_enrollment e SET plan_at = new.plan_at, next_words = new.words
      FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS new (id, plan_at, words) WHERE e.id = new.id
"""


@dataclass
class Planned:
    """What is to be written of one walk."""

    walk: Walk
    touches: list[Touch]
    plan_at: datetime | None = None
    words: str = ""
    over: bool = False


@transaction.atomic
def plan(enrollment: Enrollment) -> list[Touch]:
    """Plan one account: gates first, then at most one touch for each person whose stage is open."""
    queue_up(enrollment.account_id)
    state = Enrollment.objects.filter(pk=enrollment.pk).values_list("state", flat=True).first()
    if state == Enrollment.State.ACTIVE:
        return _plan([enrollment.account_id])
    Enrollment.objects.filter(pk=enrollment.pk).update(plan_at=None)
    return []


@transaction.atomic
def plan_many(accounts: Collection[int]) -> list[Touch]:
    """Plan the active walks of several accounts at once; the caller holds the accounts."""
    walking = set(
        Enrollment.objects.filter(account__in=accounts, state=Enrollment.State.ACTIVE)
        .values_list("account_id", flat=True)
    )  # fmt: skip
    return _plan([account for account in accounts if account in walking])


def plan_due(limit: int = 2_000) -> int:
    """Plan every walk whose time has come, a batch in a transaction; how many were looked at.

    Any number of planners may run at once and die anywhere: a batch is written whole or not at all.
    """
    done = 0
    while done < limit:
        wanted = min(BATCH, limit - done)
        found = _plan_batch(wanted)
        done += found
        if found < wanted:
            break
    return done


def _plan_batch(limit: int) -> int:
    accounts: list[int] = []
    try:
        with transaction.atomic():
            accounts = claim_due(clock.now(), limit)
            _plan(accounts)
    except Exception:
        if not accounts:
            raise
        log.exception("a batch of %s walks could not be planned; they are planned one by one", len(accounts))
        for account in accounts:
            _plan_alone(account)
    return len(accounts)


def _plan_alone(account: int) -> None:
    """One of a batch that failed: a bad account holds up nobody, and is looked at again later."""
    try:
        with transaction.atomic():
            _plan(claim_due(clock.now(), 1, account))
    except Exception:
        log.exception("the walk of account %s could not be planned", account)
        due = Enrollment.objects.filter(account=account, state=Enrollment.State.ACTIVE, plan_at__lte=clock.now())
        due.update(plan_at=clock.now() + AFTER_A_FAULT, next_words=FAULT_WORDS)


def _plan(accounts: Sequence[int]) -> list[Touch]:
    """Plan walks that are held and active. Those that share a budget or a person are planned one after the other."""
    if not accounts:
        return []
    walks = read(accounts, clock.now())
    first, *later = in_rounds(walks)
    wanted = set(first)
    touches = _write([_decide(walk) for walk in walks if walk.account in wanted])
    for group in later:
        touches += _write([_decide(walk) for walk in read(group, clock.now())])
    return touches


# What is decided ------------------------------------------------------------------------------------------------


def _decide(walk: Walk) -> Planned:
    """Gates, the next touches, and the guard's word on each; nothing is written yet."""
    earliest = walk.open_gates()
    made = walk.plan()
    touches, words = _keep_allowed(walk, made.touches)
    if not touches and walk.is_over(made, earliest):
        return Planned(walk, [], over=True)
    said = words or [*(_next_words(touch, walk) for touch in touches), *made.why_none]
    return Planned(walk, touches, _when(walk, touches, earliest), said[0] if said else "")


def _keep_allowed(walk: Walk, wanted: Sequence[planner.Next]) -> tuple[list[Touch], list[str]]:
    """Ask the guard for each; the account's cap is the planner's own business and already kept."""
    touches, words = [], []
    for item in wanted:
        facts = facts_of((walk.account, item.contact), walk.known, beside=frozenset({guard.ACCOUNT_CAP}))
        verdict = guard.decide(facts, purpose=guard.OUTREACH, now=walk.known.now)
        if verdict.allowed or (verdict.waits and verdict.until):
            touches.append(_touch(walk, item, verdict))
        else:
            words.append(verdict.sentence)
    return touches, words


def _touch(walk: Walk, item: planner.Next, verdict: Verdict) -> Touch:
    day, why = item.day, item.why
    if verdict.until:
        day = max(day, verdict.until.astimezone(ZoneInfo(walk.zone)).date())
        why = verdict.sentence
    return Touch(
        enrollment_id=walk.row.id,
        account_id=walk.account,
        contact_id=item.contact,
        visit_id=item.stage,
        step_id=item.step,
        channel=item.channel,
        due_on=day,
        why=why[:300],
        released=item.channel != "email" or not walk.row.approval,
        verdict=kept(verdict),
        created_at=walk.known.now,
    )


def kept(verdict: Verdict) -> dict[str, str]:
    """What the guard said when it was planned, to answer “why was this sent” later; a plain yes is one word."""
    said = {"decision": verdict.decision, "reason": verdict.reason, "sentence": verdict.sentence}
    return {"decision": verdict.decision} if verdict.allowed and not verdict.reason else said


def _when(walk: Walk, touches: Sequence[Touch], earliest: date | None) -> datetime | None:
    """A planned touch calls the planner when it has left; else look on the day a gate can open, tomorrow at least."""
    if touches or walk.waits_for_a_touch:
        return None
    if walk.known.accounts[walk.account].unhandled_mail:
        return walk.known.now + WHILE_UNREAD
    if earliest:
        return max(start_of(earliest, walk.zone), walk.known.now + timedelta(hours=1))
    return walk.known.now + AGAIN


def _next_words(touch: Touch, walk: Walk) -> str:
    day = f"{touch.due_on:%a} {touch.due_on.day} {touch.due_on:%B}"
    return f"{WHAT[touch.channel]} to {walk.known.people[touch.contact_id].name}, {day} at the earliest."


# What is written ------------------------------------------------------------------------------------------------


def _write(batch: Sequence[Planned]) -> list[Touch]:
    """Stages, ends, touches and the next look of a whole batch, each by one statement."""
    open_stages([opening for one in batch for opening in one.walk.openings], by=BY)
    finish_walks([one.walk.row.id for one in batch if one.over], by=BY, why=OVER)
    touches = Touch.objects.bulk_create([touch for one in batch for touch in one.touches])
    going_on = [one for one in batch if not one.over]
    with connection.cursor() as cursor:
        ids, words = [one.walk.row.id for one in going_on], [one.words[:300] for one in going_on]
        cursor.execute(_LOOK_AGAIN, [ids, [one.plan_at for one in going_on], words])
    return touches
