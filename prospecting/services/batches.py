"""A batch of due touches of one mailbox: the guard is asked about all of them at once, while their accounts are held."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Model

from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Account, Event, Mailbox, Organisation, User
from prospecting.models import Attempt, Enrollment, SequenceVersion, Step, Touch
from prospecting.models.touch import Flight
from prospecting.rules import guard, headers, sender
from prospecting.rules.compose import Unsendable
from prospecting.services import hands
from prospecting.services.claims import Claim, Hold, batch_lock, hold
from prospecting.services.departure import kept, later_words, minute_of, wait_of
from prospecting.services.guard_facts import facts_of
from prospecting.services.known import Known, of_pairs
from prospecting.services.letters import Beside, Letter, beside_letters, touch_letter
from prospecting.services.mailbox_choice import mailboxes_for
from prospecting.services.mailbox_load import used_by

FRESH_SECONDS = 20.0  # so old the guard's answer may get, as long as nothing happens at the account


@dataclass(frozen=True)
class Ready:
    """A letter that leaves if nothing has happened at its account since the guard was asked."""

    touch: Touch
    fence: int
    mailbox: Mailbox
    letter: Letter
    verdict: dict[str, Any]
    family: Sequence[int]  # accounts that share its budget
    seen: int  # the last timeline row there was
    handed_over: int  # the last attempt there was
    decided_at: datetime
    until: float  # by this process's own clock

    @property
    def recipient(self) -> str:
        return self.touch.contact.email.lower()

    @property
    def claim(self) -> Claim:
        return self.touch.pk, self.fence


@dataclass
class Plan:
    """What becomes of the claims of a batch; who is in none of these was held, or taken by someone else."""

    ready: list[Ready] = field(default_factory=list)
    one_by_one: list[Claim] = field(default_factory=list)  # they need a closer look
    given_back: list[Claim] = field(default_factory=list)  # another batch may have them at once
    busy: int | None = None  # the person whose mailbox another worker has


@contextmanager
def planned(claims: Sequence[Claim]) -> Iterator[Plan]:
    """The plan of a batch; its mailbox is this worker's own until the end of the block."""
    plan, fences, now = Plan(), dict(claims), clock.now()
    touches, organisation = _read(fences), Organisation.objects.first()
    boxes = mailboxes_for(touches, organisation, now) if touches else {}
    box = boxes.get(touches[0].pk) if touches else None
    if box is None:
        plan.one_by_one = [(touch.pk, touch.fence) for touch in touches]
        yield plan
        return
    mine = [touch for touch in touches if boxes.get(touch.pk) == box]
    plan.given_back = [(touch.pk, touch.fence) for touch in touches if boxes.get(touch.pk) != box]
    with hands.one(), batch_lock(box.pk) as ours:
        if rest := hands.rests_for(box.pk):
            away = now + timedelta(seconds=rest), f"The server of {box} does not answer."
            hold(dict.fromkeys([(touch.pk, touch.fence) for touch in mine], away))
        elif ours and hands.take(box.pk):
            _decide(plan, mine, box, organisation)
        else:
            plan.given_back += [(touch.pk, touch.fence) for touch in mine]
            plan.busy = mine[0].enrollment.prospector_id
        yield plan


def _read(fences: Mapping[int, int]) -> list[Touch]:
    """The touches with what belongs to them; what many of them share is read once."""
    rows = Touch.objects.filter(pk__in=fences, state=Flight.PLANNED).select_related("account", "contact", "enrollment")
    touches = [touch for touch in rows.order_by("due_on", "pk") if touch.fence == fences[touch.pk]]
    steps = Step.objects.select_related("template__template").in_bulk({touch.step_id for touch in touches})
    versions = SequenceVersion.objects.in_bulk({touch.enrollment.sequence_version_id for touch in touches})
    people = User.objects.select_related("team").in_bulk({touch.enrollment.prospector_id for touch in touches})
    for touch in touches:
        touch.step = steps[touch.step_id]
        touch.enrollment.prospector = people[touch.enrollment.prospector_id]
        touch.enrollment.sequence_version = versions[touch.enrollment.sequence_version_id]
    return touches


@failpoints.commit("batch decided")
def _decide(plan: Plan, touches: Sequence[Touch], box: Mailbox, organisation: Organisation | None) -> None:
    """Ask the guard about each, as it will stand when those before it have left; who waits is told why."""
    now, free = clock.now(), set(hold_free({touch.account_id for touch in touches}))
    Mailbox.objects.select_for_update(no_key=True).filter(pk=box.pk).values_list("pk").get()
    # Before anything is read, so that what comes in meanwhile counts as news. News of a sibling that is not committed
    # yet has a lower number and is seen up to FRESH_SECONDS late; the accounts themselves are held.
    moment = {"seen": _last(Event), "handed_over": _last(Attempt), "decided_at": now, "until": time.monotonic() + FRESH_SECONDS}  # fmt: skip
    known = of_pairs({(touch.account_id, touch.contact_id) for touch in touches}, now, organisation)
    again = set(Attempt.objects.filter(touch__in=touches).values_list("touch", flat=True))
    look = _Look(
        box,
        organisation,
        known,
        beside_letters(touches, organisation),
        used_by([box], organisation, now)[box.pk],
        moment,
    )
    spoken_for: set[tuple[str, int]] = set()
    for touch in touches:
        alone = {("family", known.family(touch.account_id)), ("person", touch.contact_id)}
        if touch.account_id not in free or touch.pk in again or touch.enrollment.state != Enrollment.State.ACTIVE:
            plan.one_by_one.append((touch.pk, touch.fence))
        elif alone & spoken_for:
            plan.given_back.append((touch.pk, touch.fence))  # what is said to one counts for the next
        elif ready := look.at(touch):
            plan.ready.append(ready)
            spoken_for |= alone
        elif touch.pk not in look.waits:
            plan.one_by_one.append((touch.pk, touch.fence))
    hold(look.waits_of(touches))


@dataclass
class _Look:
    """The guard's look at one touch after the other; each that may leave is counted for the next."""

    box: Mailbox
    organisation: Organisation | None
    known: Known
    beside: Beside
    used: sender.Used
    moment: dict[str, Any]
    waits: dict[int, Hold] = field(default_factory=dict)

    def at(self, touch: Touch) -> Ready | None:
        """Ready to leave; else it waits, or, where there is more to it than waiting, stands nowhere."""
        now = self.known.now
        facts = facts_of((touch.account_id, touch.contact_id), self.known, self.box, self.used)
        verdict = guard.decide(facts, purpose=guard.OUTREACH, now=now)
        if verdict.waits:
            self.waits[touch.pk] = wait_of(verdict, now)
        if not verdict.allowed:
            return None
        minute = minute_of(touch, self.box, self.used, self.organisation, now)
        if minute > now:
            self.waits[touch.pk] = minute, later_words(touch, minute, now, self.organisation)
            return None
        try:
            letter = touch_letter(touch, self.box, self.beside)
            headers.check(letter.raw, mail_from=self.box.address, recipient=touch.contact.email.lower())
        except (Refused, Unsendable):
            return None
        self.used = replace(self.used, today=self.used.today + 1, week=self.used.week + 1, last_at=now)
        family = self.known.families.get(self.known.family(touch.account_id), [touch.account_id])
        return Ready(
            touch, touch.fence, self.box, letter, kept(verdict, facts), [touch.account_id, *family], **self.moment
        )

    def waits_of(self, touches: Iterable[Touch]) -> dict[Claim, Hold]:
        return {(touch.pk, touch.fence): self.waits[touch.pk] for touch in touches if touch.pk in self.waits}


def hold_free(accounts: Iterable[int]) -> list[int]:
    """Those of the accounts that nobody else is changing, held to the end of this transaction, always in the same order."""
    rows = Account.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=accounts).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _last(model: type[Model]) -> int:
    return model._base_manager.aggregate(last=Max("pk"))["last"] or 0
