"""How a mailbox does: what left, what waits and why, what came back; and when it has to stop by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm import clock
from crm.models import Mailbox, Organisation, Sighting
from crm.services import mailboxes
from prospecting.models import Attempt, Outgoing, Reply, Touch
from prospecting.models.enrollment import Enrollment
from prospecting.models.touch import Flight
from prospecting.rules import reputation, sender
from prospecting.services.mailbox_load import limits_of, mailbox_zone, used_by

RIPE_AFTER = timedelta(days=5)
LOOK_BACK = timedelta(days=30)
BY = "the watch over mailboxes"
ENDED = ("accepted", "permanent")


@dataclass(frozen=True)
class Figures:
    """Today and this week in the organisation's zone, answers included."""

    today: int
    cap: int
    week: int
    weekly: int
    full_cap: int  # what a day may hold once the slow start is over

    @property
    def starts_slowly(self) -> bool:
        return self.cap < self.full_cap


def figures(boxes: Iterable[Mailbox]) -> dict[int, Figures]:
    """What each has sent and may send, in one query."""
    rows, organisation, now = list(boxes), Organisation.objects.first(), clock.now()
    used = used_by(rows, organisation, now)
    return {box.pk: _figures(box, used[box.pk], organisation, now) for box in rows}


def _figures(box: Mailbox, used: sender.Used, organisation: Organisation | None, now: datetime) -> Figures:
    today = now.astimezone(ZoneInfo(mailbox_zone(box, organisation))).date()
    cap = sender.cap_today(limits_of(box), today)
    return Figures(used.today, cap, used.week, box.weekly_cap, box.daily_cap)


def full_from(box: Mailbox, today: date) -> date | None:
    """The day on which a slow start reaches the daily cap; None when it has."""
    limits = limits_of(box)
    if sender.cap_today(limits, today) >= limits.daily:
        return None
    days = (today + timedelta(days=n) for n in range(1, 400))
    return next((day for day in days if sender.cap_today(limits, day) >= limits.daily), None)


# What waits -----------------------------------------------------------------------------------------------------


def waiting_touches(box: Mailbox) -> QuerySet[Touch]:
    """Mails that will leave from here: those of its threads, of its owner's walks, of sequences that name it.

    Which of several shared mailboxes takes a first mail is decided when it leaves, so it waits in each of them.
    """
    before = Touch.objects.filter(
        enrollment=OuterRef("enrollment"), contact=OuterRef("contact"), state=Flight.SENT, mailbox__isnull=False
    )
    named = Enrollment.objects.filter(pk=OuterRef("enrollment"), sequence_version__mailboxes__isnull=False)
    first_here = Q(enrollment__sequence_version__mailboxes=box)
    if box.owner_id:
        first_here |= Q(~Exists(named), enrollment__prospector=box.owner_id)
    rows = Touch.objects.filter(state=Flight.PLANNED, channel="email", enrollment__state=Enrollment.State.ACTIVE)
    mine = Q(Exists(before.filter(mailbox=box))) | Q(first_here & ~Q(Exists(before)))
    return rows.filter(mine).select_related("contact", "account", "step__role", "enrollment").distinct()


def why_not_yet(touch: Touch, box: Mailbox, today: date) -> str:
    """What stands between a mail and its leaving, in words."""
    if box.state == Mailbox.State.PAUSED:
        return f"The mailbox is paused: {box.paused_reason or 'somebody paused it.'}"
    if not touch.released:
        return "It waits for a person who looks at it first."
    if touch.waits_because:
        return touch.waits_because
    if touch.due_on > today:
        return touch.why[:1].upper() + touch.why[1:] if touch.why else "That is its day."
    return "Its turn comes with the next look of the sender."


def waiting_messages(box: Mailbox) -> QuerySet[Outgoing]:
    """Answers and meeting mail that wait for this mailbox."""
    here = Q(mailbox=box) | Q(mailbox=None, conversation__mailbox=box)
    rows = Outgoing.objects.filter(here, state=Flight.PLANNED).exclude(purpose=Outgoing.Purpose.INTERNAL)
    return rows.select_related("account", "contact").order_by("not_before", "pk")


def last_trouble(box: Mailbox) -> Attempt | None:
    """The last time a server did not take a mail from here, within a month."""
    rows = Attempt.objects.filter(mailbox=box, started_at__gte=clock.now() - LOOK_BACK)
    return rows.exclude(outcome__in=("accepted", "in_flight")).defer("raw").order_by("-started_at").first()


# What came back -------------------------------------------------------------------------------------------------


def record_of(box: Mailbox) -> reputation.Record:
    """Bounces, complaints and answers of its outreach since it was last resumed; four queries."""
    now = clock.now()
    rows = Attempt.objects.filter(mailbox=box, touch__isnull=False, outcome__in=ENDED).order_by("-started_at")
    if box.resumed_at:
        rows = rows.filter(started_at__gt=box.resumed_at)
    ends = list(rows.values_list("outcome", "touch__state")[: reputation.BOUNCES_OF])
    first = rows.values_list("started_at", flat=True)[reputation.COMPLAINTS_OF - 1 : reputation.COMPLAINTS_OF]
    complaints = _complaints(box, since=next(iter(first), None))
    replied = Reply.objects.filter(contact=OuterRef("touch__contact"), counts=True, at__gt=OuterRef("started_at"))
    ripe = rows.filter(started_at__lt=now - RIPE_AFTER).annotate(replied=Exists(replied))
    answers = list(ripe.values_list("replied", flat=True)[: reputation.REPLIES_OF])
    return reputation.Record(
        sent=len(ends),
        bounced=sum(outcome == "permanent" or state == Flight.BOUNCED for outcome, state in ends),
        complaints_today=sum(at > now - timedelta(days=1) for at in complaints),
        complaints=len(complaints),
        ripe=len(answers),
        answered=sum(answers),
    )


def _complaints(box: Mailbox, *, since: datetime | None) -> list[datetime]:
    """When reports of abuse came that quote mail of ours; others could be anybody's."""
    rows = Sighting.objects.filter(mailbox=box, message__kind="complaint", message__conversation__isnull=False)
    for bound in filter(None, (since, box.resumed_at)):
        rows = rows.filter(message__at__gt=bound)
    return list(rows.order_by("-message__at").values_list("message__at", flat=True)[: reputation.COMPLAINTS_OF])


def limits_for(organisation: Organisation | None) -> reputation.Limits:
    if organisation is None:
        return reputation.Limits()
    return reputation.Limits(
        bounces_percent=organisation.pause_bounces_percent,
        bounces_floor=organisation.pause_bounces_floor,
        complaints_day=organisation.pause_complaints_day,
        complaints_thousand=organisation.pause_complaints_thousand,
        replies_thousand=organisation.pause_replies_thousand,
        replies_floor=organisation.pause_replies_floor,
    )


def watch_mailboxes(*, by: Any = BY) -> int:
    """Pause each mailbox whose mail does harm to the sender's name; a person resumes it. How many were paused."""
    limits, paused = limits_for(Organisation.objects.first()), 0
    for box in Mailbox.objects.filter(state=Mailbox.State.ACTIVE, internal=False).order_by("pk"):
        if why := reputation.why_pause(record_of(box), limits):
            mailboxes.pause_mailbox(box, why, by=by)
            paused += 1
    return paused
