"""The guard: may we write to this person now, and who went against its answer."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Mailbox, User
from prospecting.models import Override, Touch
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
