"""Mails that wait for a person: read, worded anew, released or skipped; the guard is asked at release and at sending."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.services import live, referrals
from crm.services.accounts import queue_up
from prospecting.models import Draft, Enrollment, Touch
from prospecting.models import Sequence as OneSequence
from prospecting.models.touch import Flight
from prospecting.queries.approvals import unreleased
from prospecting.rules.guard import Verdict
from prospecting.services import guard
from prospecting.services.letters import last_in_thread
from prospecting.services.queueing import hold
from prospecting.services.sequences import render

MOST = 200  # at once
LONGEST = 20_000


@dataclass(frozen=True)
class Words:
    """What would be sent; `wrong` says why it cannot be."""

    subject: str
    body: str
    wrong: str = ""
    edited: bool = False
    in_thread: bool = False


@dataclass
class Released:
    """What became of those that were asked for."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)  # touch → the sentence
    later: dict[int, str] = field(default_factory=dict)  # released, and leaves on the day the guard names


def words_of(touch: Touch) -> Words:
    """A person's own words, else the step's text for this person as it stands now."""
    last = last_in_thread(touch) if touch.step.same_thread else None
    draft = Draft.objects.filter(touch=touch).first()
    if draft:
        return Words(draft.subject, draft.body, edited=True, in_thread=last is not None)
    if touch.step.template is None:
        return Words("", "", "This step has no text.")
    try:
        subject, body = render(
            touch.step.template, contact=touch.contact, account=touch.account, sender=touch.enrollment.prospector,
            referrer=referrals.referrer_of(touch.contact, touch.account),
        )  # fmt: skip
    except Refused as refused:
        return Words("", "", refused.sentence)
    thread = (last.conversation.subject if last.conversation else last.subject) if last else ""
    return Words(thread or subject, body, in_thread=last is not None)


@transaction.atomic
def edit(touch: Touch, subject: str, body: str, *, by: User) -> Draft:
    """A person's own words for this mail; kept, and what is sent."""
    queue_up(touch.account_id)
    touch.refresh_from_db(fields=["state", "released"])
    if touch.state not in (Flight.PLANNED, Flight.PAUSED) or touch.channel != "email":
        raise Refused("It has left already, or was taken back.")
    subject, body = checked(subject, body)
    words = {"subject": subject, "body": body, "by": by, "at": clock.now()}
    draft, _ = Draft.objects.update_or_create(touch=touch, defaults=words)
    Event.record(
        "touch.edited", by=by, subject=touch, account=touch.account, contact=touch.contact, team=by.team,
        why=f"The mail to {touch.contact.name} was worded anew.",
    )  # fmt: skip
    return draft


def checked(subject: str, body: str) -> tuple[str, str]:
    """Words that may be sent as they are; raises Refused for a field that was never filled in."""
    subject, body = " ".join(subject.split())[:200], body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not body:
        raise Refused("Write something first: the mail is empty.")
    if len(body) > LONGEST:
        raise Refused(f"That is longer than {LONGEST:,} characters.")
    if any(mark in text for text in (subject, body) for mark in ("{{", "}}", "{%", "%}")):
        raise Refused("There is still a field in curly brackets. Write what should stand there.")
    return subject, body


@transaction.atomic
def as_written(touch: Touch, *, by: User) -> None:
    """The step's own text again."""
    queue_up(touch.account_id)
    if Draft.objects.filter(touch=touch, touch__state__in=[Flight.PLANNED, Flight.PAUSED]).delete()[0]:
        Event.record("touch.edit_dropped", by=by, subject=touch, account=touch.account, contact=touch.contact)


@transaction.atomic
def release(touches: Collection[Touch], *, by: User) -> Released:
    """Let mails leave on their day; the guard is asked for all of them in a constant number of queries.

    A wait that ends on a day is no obstacle: the sender keeps to it. Anything else keeps the mail here, with its reason.
    """
    hold({touch.account_id for touch in touches})
    rows = list(unreleased().filter(pk__in=[touch.pk for touch in touches]).select_related("account", "contact")[:MOST])
    said = guard.may_contact_many([(row.account, row.contact) for row in rows]) if rows else {}
    found = Released(refused={touch.pk: "Somebody else has dealt with it." for touch in touches})
    for row in rows:
        found.refused.pop(row.pk)
        _judge(row, said[row.account_id, row.contact_id], found)
    Touch.objects.filter(pk__in=found.done).update(released=True)
    done = [row for row in rows if row.pk in set(found.done)]
    Event.objects.bulk_create(_told("touch.released", row, by) for row in done)
    tell(rows)
    return found


def _judge(touch: Touch, verdict: Verdict, found: Released) -> None:
    if verdict.allowed or (verdict.waits and verdict.until):
        found.done.append(touch.pk)
    else:
        found.refused[touch.pk] = verdict.sentence
    if verdict.waits and verdict.until:
        found.later[touch.pk] = verdict.sentence


@transaction.atomic
def take_back(touches: Collection[Touch], *, by: User) -> int:
    """Released by mistake: what has not left yet waits for a person again."""
    hold({touch.account_id for touch in touches})
    rows = Touch.objects.filter(pk__in=[touch.pk for touch in touches], state=Flight.PLANNED, released=True)
    back = list(rows.filter(enrollment__approval=True).select_related("account", "contact"))
    Touch.objects.filter(pk__in=[row.pk for row in back]).update(released=False)
    Event.objects.bulk_create(_told("touch.held_back", row, by) for row in back)
    tell(back)
    return len(back)


def _told(kind: str, touch: Touch, by: User) -> Event:
    return Event.about(kind, by=by, subject=touch, account=touch.account, contact=touch.contact)


def tell(touches: Sequence[Touch]) -> None:
    """Open pages count anew; one notice, however many."""
    if touches:
        live.tell("touch", account=touches[0].account_id if len(touches) == 1 else None)


@transaction.atomic
def ask_first(sequence: OneSequence, on: bool, *, by: User) -> None:
    """Whether a person looks at each mail of walks that start from now on."""
    if sequence.approval == on:
        return
    OneSequence.objects.filter(pk=sequence.pk).update(approval=on)
    sequence.approval = on
    Event.record("sequence.approval_on" if on else "sequence.approval_off", by=by, subject=sequence)


@transaction.atomic
def look_first(walk: Enrollment, on: bool, *, by: User) -> None:
    """The same for one walk, also for what is planned already."""
    queue_up(walk.account_id)
    Enrollment.objects.filter(pk=walk.pk).update(approval=on)
    walk.approval = on
    planned = walk.touches.filter(state__in=[Flight.PLANNED, Flight.PAUSED], channel="email")
    planned.update(released=not on)
    kind = "enrollment.approval_on" if on else "enrollment.approval_off"
    Event.record(kind, by=by, subject=walk, account=walk.account)
    live.tell("touch", account=walk.account_id)
