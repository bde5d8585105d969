"""A mail by hand: outreach that passes every reason of the guard, or an answer where the person wrote to us."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Conversation, Event, Message, User
from crm.services import live, referrals
from crm.services.accounts import queue_up
from prospecting.models import Enrollment, Outgoing, Override, TemplateVersion
from prospecting.models.enrollment import OPEN
from prospecting.rules import guard as rules
from prospecting.rules.guard import Verdict
from prospecting.services import sending
from prospecting.services.approving import checked
from prospecting.services.calls import open_visit
from prospecting.services.guard import by_hand, may_contact
from prospecting.services.sequences import render

PURPOSES = {
    rules.OUTREACH: "Outreach: every reason of the guard is asked",
    rules.ANSWER: "Answer: they wrote to us",
}


@dataclass(frozen=True)
class May:
    """What the guard says to a mail by hand, and whether a lead may go ahead all the same."""

    verdict: Verdict
    may_be_overridden: bool


def may_write(account: Account, contact: Contact, *, by: User, purpose: str = rules.OUTREACH) -> May:
    outreach = purpose == rules.OUTREACH
    said = by_hand(account, contact, by=by)[1] if outreach else may_contact(account, contact, purpose=purpose)
    opinion = not said.allowed and said.reason not in rules.NEVER_OVERRIDDEN and purpose == rules.OUTREACH
    return May(said, opinion)


def thread_of(contact: Contact, account: Account, readable: QuerySet[Conversation]) -> Conversation | None:
    """The latest conversation in which they wrote to us, among those the writer may read."""
    theirs = Message.objects.filter(contact=contact, direction=Message.Direction.IN, conversation__account=account)
    rows = Conversation.objects.filter(pk__in=theirs.values("conversation"), mailbox__isnull=False)
    return rows.filter(pk__in=readable.values("pk")).order_by("-last_message_at").first()


def filled(version: TemplateVersion, contact: Contact, account: Account, by: User) -> tuple[str, str]:
    """A template's words for this person, to start from."""
    who = referrals.referrer_of(contact, account)
    return render(version, contact=contact, account=account, sender=by, referrer=who)


@transaction.atomic
def write(
    account: Account,
    contact: Contact,
    *,
    subject: str,
    body: str,
    by: User,
    sentence: str = "",
    key: str = "",
) -> Outgoing:
    """Outreach by hand: it leaves in ten seconds, by the only sender, with the way out under it.

    The guard is asked now and once more inside the sending transaction. `sentence` goes against one reason of it; who
    may say so is the caller's to check.
    """
    queue_up(account.pk)
    subject, body = checked(subject, body)
    if not subject:
        raise Refused("A first mail needs a subject.")
    if not contact.email:
        raise Refused(f"{contact.name} has no address.")
    if not contact.memberships.filter(account=account, until=None).exists():
        raise Refused(f"{contact.name} is not at {account.name} any more.")
    _one_at_a_time(account, contact)
    may = may_write(account, contact, by=by)
    if not may.verdict.allowed and not (sentence.strip() and may.may_be_overridden):
        raise Refused(may.verdict.sentence, reason=may.verdict.reason, overridable=may.may_be_overridden)
    row = _outgoing(account, contact, subject, body, by, key)
    if not may.verdict.allowed:
        go_against(row, account, may.verdict.reason, sentence, by=by)
    live.tell("touch", account=account.pk)
    return row


def _one_at_a_time(account: Account, contact: Contact) -> None:
    waiting = Outgoing.objects.filter(account=account, contact=contact, purpose=Outgoing.Purpose.OUTREACH)
    if waiting.filter(state__in=["planned", "in_flight"]).exists():
        raise Refused(f"A mail to {contact.name} is about to leave already.")


def _outgoing(account: Account, contact: Contact, subject: str, body: str, by: User, key: str) -> Outgoing:
    now = clock.now()
    walk = Enrollment.objects.filter(account=account, state__in=OPEN).first()
    name = key or f"{now:%Y%m%d%H%M%S%f}"
    row, new = Outgoing.objects.get_or_create(
        key=f"outreach:{by.pk}:{account.pk}:{contact.pk}:{name}"[:120],
        defaults={
            "purpose": Outgoing.Purpose.OUTREACH, "account": account, "contact": contact, "by": by,
            "to_address": contact.email, "to_name": contact.name, "subject": subject, "body": body,
            "visit": open_visit(walk, contact, None), "not_before": now + sending.UNDO, "created_at": now,
        },
    )  # fmt: skip
    if not new:
        raise Refused("This mail was written already.")
    return row


def go_against(row: Outgoing, account: Account, reason: str, sentence: str, *, by: User) -> Override:
    """One reason, for this mail alone; counted, and on the timeline."""
    if len(sentence.strip()) < 5:
        raise Refused("Say in a sentence why you go ahead; it is counted.")
    found = Override.objects.create(
        account=account, contact=row.contact, outgoing=row, reason=reason, sentence=sentence.strip()[:300], by=by,
        at=clock.now(),
    )  # fmt: skip
    Event.record(
        "guard.overridden", by=by, subject=found, account=row.account, contact=row.contact, why=found.sentence,
        facts={"reason": reason},
    )  # fmt: skip
    return found
