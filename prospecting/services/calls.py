"""Calls, notes and tasks: logged with what came of them, taken back within ten seconds, then counted."""

import logging
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, User
from crm.rules.working_time import add_working_days
from crm.services import accounts, live
from crm.services.accounts import queue_up
from prospecting.models import Call, Enrollment, StageVisit, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import TOUCH, Flight
from prospecting.rules import ladder, outcomes
from prospecting.rules.outcomes import Outcome
from prospecting.services import delivery, milestones
from prospecting.services.call_effects import act

log_ = logging.getLogger(__name__)
UNDO = timedelta(seconds=10)
BY_HAND = ("call", "social", "task")


@transaction.atomic
def log(
    account: Account,
    contact: Contact,
    outcome: str,
    *,
    by: User,
    channel: str = "call",
    touch: Touch | None = None,
    words: str = "",
    until: date | None = None,
) -> Call:
    """What a person did and what came of it. Nothing else leaves for the account until it counts, ten seconds later."""
    queue_up(account.pk)
    channel = touch.channel if touch else channel
    known = _known(outcome, channel, until)
    if touch:
        _still_open(touch)
    elif not contact.memberships.filter(account=account, until=None).exists():
        raise Refused(f"{contact.name} is not at {account.name} any more.")
    walk = touch.enrollment if touch else Enrollment.objects.filter(account=account, state__in=OPEN).first()
    now = clock.now()
    call = Call.objects.create(
        account=account, contact=contact, enrollment=walk, visit=open_visit(walk, contact, touch), touch=touch,
        channel=channel, outcome=known.key, label=known.label, reached=known.reached, until=until,
        words=words.replace("\x00", "").strip()[:500], team=by.team, by=by, at=now, counts_at=now + UNDO,
    )  # fmt: skip
    waiting = Touch.objects.filter(account=account, state=Flight.PLANNED, channel="email")
    waiting.update(not_before=Greatest(F("not_before"), call.counts_at))
    live.tell("touch", account=account.pk)
    return call


def _known(key: str, channel: str, until: date | None) -> Outcome:
    if channel not in BY_HAND:
        raise Refused("Mail is sent by the sender, not logged by hand.")
    found = {one.key: one for one in outcomes.of_channel(channel)}.get(key)
    if found is None:
        raise Refused("Choose what came of it.")
    if until and until <= clock.today():
        raise Refused("Choose a day that is still to come.")
    return found


def _still_open(touch: Touch) -> None:
    touch.refresh_from_db(fields=["state"])
    if touch.state != Flight.PLANNED:
        raise Refused("This task is not open any more.")
    if Call.objects.filter(touch=touch, settled_at=None, undone_at=None).exists():
        raise Refused("Somebody has just logged this task.")


def open_visit(walk: Enrollment | None, contact: Contact, touch: Touch | None) -> StageVisit | None:
    """The open stage it belongs to: the touch's, else that of the part the person plays."""
    if touch or walk is None:
        return touch.visit if touch else None
    roles = contact.memberships.filter(account=walk.account_id, until=None).values("role")
    opened = walk.visits.filter(state=StageVisit.State.OPEN, stage__roles__in=roles)
    return opened.order_by("stage__order").first()


@transaction.atomic
def undo(call: Call, *, by: User) -> None:
    """Take it back before it counts: the task is open as before."""
    queue_up(call.account_id)
    taken = Call.objects.filter(pk=call.pk, settled_at=None, undone_at=None).update(undone_at=clock.now())
    if not taken:
        raise Refused("It counts already.")
    live.tell("touch", account=call.account_id)


def settle_due(now: datetime | None = None, limit: int = 200) -> int:
    """Everything whose ten seconds are over; one that fails holds nobody up."""
    due = Call.objects.filter(settled_at=None, undone_at=None, counts_at__lte=now or clock.now())
    done = 0
    for pk in list(due.order_by("counts_at").values_list("pk", flat=True)[:limit]):
        try:
            done += settle(pk)
        except Exception:
            log_.exception("call %s could not be counted", pk)
            Call.objects.filter(pk=pk).update(counts_at=clock.now() + timedelta(minutes=5))
    return done


@transaction.atomic
def settle(pk: int) -> bool:
    """It counts: the task is done, the ladder and the walk follow what was said. False when somebody else did it."""
    call = Call.objects.select_related("account", "contact", "enrollment", "visit", "touch", "by").get(pk=pk)
    queue_up(call.account_id)
    if not Call.objects.filter(pk=pk, settled_at=None, undone_at=None).update(settled_at=clock.now()):
        return False
    known = outcomes.OUTCOMES[call.outcome]
    if call.touch and known.keeps:
        _another_day(call, call.touch)
    elif call.touch:
        _touch_made(call, call.touch, known)
    else:
        _made_beside(call)
    _tell(call, known)
    if call.label:
        act(call)
    if call.enrollment_id:
        Enrollment.objects.filter(pk=call.enrollment_id, state=Enrollment.State.ACTIVE).update(plan_at=clock.now())
    return True


def _touch_made(call: Call, touch: Touch, known: Outcome) -> None:
    """A walk that paused or ended meanwhile leaves its task as it is; that the person was reached counts all the same."""
    touch = Touch.objects.select_related("account", "contact", "enrollment", "visit").get(pk=touch.pk)
    if touch.state != Flight.PLANNED:
        _made_beside(call)
        return
    columns = {"outcome": known.words[:60], "reached": call.reached, "sent_at": call.at}
    TOUCH.move(touch, Flight.SENT, by=call.by, why=known.words, set=columns)
    delivery.reached_person(touch)


def _another_day(call: Call, touch: Touch) -> None:
    day = call.until or add_working_days(clock.today(), 1, call.account.country)
    why = f"No answer on {call.at:%a} {call.at.day} {call.at:%B}; tried again."
    Touch.objects.filter(pk=touch.pk, state=Flight.PLANNED).update(
        due_on=day, why=why[:300], not_before=datetime.combine(day, time(0), tzinfo=call.at.tzinfo)
    )


def _made_beside(call: Call) -> None:
    """Beside the sequence: it touched the account, and counts as contact where their stage is open."""
    accounts.mark_touched(call.account, call.at)
    if call.reached and call.visit and call.visit.state == StageVisit.State.OPEN:
        milestones.reach(
            call.account, ladder.CONTACTED, enrollment=call.enrollment, contact=call.contact, by=call.by, at=call.at
        )


def _tell(call: Call, known: Outcome) -> None:
    """That there was a call everyone may read; what was said belongs to the caller's team."""
    Event.record(
        "call.logged", by=call.by, subject=call, account=call.account, contact=call.contact,
        facts={"channel": call.channel, "reached": call.reached},
    )  # fmt: skip
    Event.record(
        "call.said", by=call.by, subject=call, account=call.account, contact=call.contact, team=call.team,
        why=known.words, facts={"text": call.words, "outcome": call.outcome},
    )  # fmt: skip


def pending() -> Q:
    """Tasks that somebody logged and that do not count yet: they are off the list already."""
    return Q(calls__settled_at=None, calls__undone_at=None, calls__isnull=False)
