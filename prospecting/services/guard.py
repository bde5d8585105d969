"""The guard: may we write to this person now, and who went against its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Value
from django.db.models.functions import Least

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Mailbox, Membership, User
from crm.services.accounts import queue_up
from prospecting.models import Enrollment, Override, Stage, StageVisit, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.rules import guard
from prospecting.rules.guard import Facts, Verdict
from prospecting.rules.sender import Used
from prospecting.services.guard_facts import Pair, gather


def may_contact(
    account: Account,
    contact: Contact,
    *,
    channel: str = "email",
    mailbox: Mailbox | None = None,
    purpose: str = guard.OUTREACH,
    now: datetime | None = None,
) -> Verdict:
    """Allow, wait or refuse, with the reason and a sentence. Without a mailbox its reasons are left to the sender."""
    return facts_and_verdict(account, contact, channel=channel, mailbox=mailbox, purpose=purpose, now=now)[1]


def facts_and_verdict(
    account: Account,
    contact: Contact,
    *,
    channel: str = "email",
    mailbox: Mailbox | None = None,
    used: Used | None = None,
    purpose: str = guard.OUTREACH,
    now: datetime | None = None,
) -> tuple[Facts, Verdict]:
    """The same with the facts it was decided on, to be kept with the attempt."""
    now = now or clock.now()
    pair = (account.pk, contact.pk)
    box = mailbox if channel == "email" else None
    facts = gather([pair], purpose=purpose, now=now, mailbox=box, used=used)[pair]
    return facts, guard.decide(facts, purpose=purpose, now=now)


def by_hand(
    account: Account,
    contact: Contact,
    *,
    by: User | None,
    mailbox: Mailbox | None = None,
    overridden: Sequence[str] = (),
) -> tuple[Facts, Verdict]:
    """Outreach that a person writes: every reason, and whoever else walks the account stands against it too."""
    now = clock.now()
    facts = facts_and_verdict(account, contact, mailbox=mailbox, now=now)[0]
    walk = Enrollment.objects.filter(account=account, state__in=OPEN).select_related("prospector").first()
    others = str(walk.prospector) if walk and by and walk.prospector_id != by.pk else ""
    facts = replace(facts, competing=others, overridden=frozenset(overridden))
    return facts, guard.decide(facts, purpose=guard.OUTREACH, now=now)


def may_contact_many(
    pairs: Sequence[tuple[Account, Contact]],
    *,
    channel: str = "email",
    mailbox: Mailbox | None = None,
    purpose: str = guard.OUTREACH,
    now: datetime | None = None,
) -> dict[Pair, Verdict]:
    """A verdict for each (account id, contact id), in the number of queries that one takes."""
    now = now or clock.now()
    ids = [(account.pk, contact.pk) for account, contact in pairs]
    found = gather(ids, purpose=purpose, now=now, mailbox=mailbox if channel == "email" else None)
    return {pair: guard.decide(facts, purpose=purpose, now=now) for pair, facts in found.items()}


@transaction.atomic
def override(
    account: Account, contact: Contact, reason: str, sentence: str, *, by: User, touch: Touch | None = None
) -> Override:
    """Go against one reason of the guard, with a sentence; it is counted. Law and closed doors cannot be overridden."""
    if reason not in guard.REASONS:
        raise Refused("The guard has no such reason.")
    if reason in guard.NEVER_OVERRIDDEN:
        raise Refused(f"“{guard.WORDS[reason]}” cannot be overridden.")
    if len(sentence.strip()) < 5:
        raise Refused("Say in a sentence why you go ahead; it is counted.")
    row = Override.objects.create(
        account=account, contact=contact, touch=touch, reason=reason,
        sentence=sentence.strip()[:300], by=by, at=clock.now(),
    )  # fmt: skip
    facts = {"reason": reason}
    Event.record(
        "guard.overridden", by=by, subject=row, account=account, contact=contact, why=row.sentence, facts=facts
    )
    return row


@dataclass(frozen=True)
class Standing:
    """Somebody at an account whom the guard keeps us from, though it would be their turn; the touch where one is there."""

    contact: Contact
    touch: Touch | None
    verdict: Verdict

    @property
    def may_be_overridden(self) -> bool:
        """Not the law; and the account's budget only for a touch that is there, since the planner keeps to it."""
        budget = self.verdict.reason == guard.ACCOUNT_CAP and self.touch is None
        return self.verdict.reason not in guard.NEVER_OVERRIDDEN and not budget


def standing_against(account: Account, now: datetime | None = None) -> list[Standing]:
    """Whom of the running walk the guard keeps back now, in a constant number of queries."""
    walk = Enrollment.objects.filter(account=account, state=Enrollment.State.ACTIVE).first()
    if walk is None:
        return []
    touches = walk.touches.filter(state__in=[Flight.PLANNED, Flight.SKIPPED], visit__state=StageVisit.State.OPEN)
    latest = {touch.contact_id: touch for touch in touches.order_by("pk")}
    people = {person.pk: person for person in _whose_turn(walk)}
    people |= {person.pk: person for person in Contact.objects.filter(pk__in=set(latest) - set(people))}
    said = may_contact_many([(account, person) for person in people.values()], now=now) if people else {}
    found = [Standing(person, latest.get(pk), said[account.pk, pk]) for pk, person in people.items()]
    return [one for one in found if not one.verdict.allowed]


def _whose_turn(walk: Enrollment) -> list[Contact]:
    """Who holds a role of an open stage and has not had all of its steps."""
    opened = walk.visits.filter(state=StageVisit.State.OPEN).values("stage")
    roles = Stage.roles.through.objects.filter(stage__in=opened).values("role")
    steps = dict(walk.sequence_version.steps.values_list("role").annotate(n=Count("pk")))
    here = Membership.objects.filter(account=walk.account_id, until=None, role__in=roles).exclude(confidence="low")
    sent = dict(walk.touches.filter(state=Flight.SENT).values_list("contact").annotate(n=Count("pk")))
    rows = here.filter(contact__stopped_at=None).exclude(contact__email="").select_related("contact")
    return [row.contact for row in rows if sent.get(row.contact_id, 0) < steps.get(row.role_id, 0)]


@transaction.atomic
def go_ahead(account: Account, contact: Contact, reason: str, sentence: str, *, by: User) -> Override:
    """Write to this person in spite of what stands against it now; planner and sender look again at once."""
    queue_up(account.pk)
    here = next((one for one in standing_against(account) if one.contact.pk == contact.pk), None)
    if here is None:
        raise Refused(f"Nothing stands against writing to {contact.name} any more, or it is not their turn.")
    if here.verdict.reason != reason:
        raise Refused(f"Something else stands against it now. {here.verdict.sentence}")
    if not here.may_be_overridden:
        raise Refused(f"“{guard.WORDS[reason]}” cannot be overridden here.")
    row = override(account, contact, reason, sentence, by=by, touch=here.touch)
    now = clock.now()
    if here.touch:
        waiting = Touch.objects.filter(pk=here.touch.pk, state=Flight.PLANNED)
        waiting.update(not_before=None, waits_because="", due_on=Least(F("due_on"), Value(now.date())))
    Enrollment.objects.filter(account=account, state=Enrollment.State.ACTIVE).update(plan_at=now)
    return row
