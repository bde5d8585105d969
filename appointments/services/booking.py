"""A time becomes a meeting: pencilled, booked, moved, cancelled; never two at once for one host."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.urls import reverse

from appointments.models import Meeting, MeetingType, Offer, Recovery, WorkItem
from appointments.models.meeting import MEETING
from appointments.rules.slots import nearest
from appointments.services import calendar_reading, meeting_mails, offers, recovering, reminding, work_items
from appointments.services.hosts import Diary, busy_of, hosts_of, in_turn
from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Organisation, User
from crm.rules.addresses import is_address
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.models import Enrollment
from prospecting.models.enrollment import OPEN
from prospecting.rules import ladder
from prospecting.services import milestones, reactions

P = ParamSpec("P")
T = TypeVar("T")
S = Meeting.State
PENCILLED_FOR = timedelta(minutes=15)


def _freshly(verb: Callable[P, T]) -> Callable[P, T]:
    """Before the transaction of a booking: read what its hosts' calendars say by now, where that is older than two minutes."""

    @wraps(verb)
    def first(*args: P.args, **named: P.kwargs) -> T:
        calendar_reading.freshen(_who(args[0], named.get("host")))
        return verb(*args, **named)

    return first


def _who(about: Any, host: Any) -> list[User]:
    if isinstance(host, User):
        return [host]
    if isinstance(about, Meeting):
        return [about.host, *hosts_of(about.meeting_type, team_id=about.team_id)]
    if isinstance(about, WorkItem):
        return hosts_of(offers.meeting_type_for(about.team_id), team_id=about.team_id)
    return hosts_of(about.meeting_type, team_id=about.team_id) if isinstance(about, Offer) else hosts_of(about)


# Choosing a host, under their lock -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """The start somebody asks for. `host`: only this one; `but`: the meeting that moves and frees its own time."""

    kind: MeetingType
    start: datetime
    team_id: int | None
    zone: str = "UTC"
    host: User | None = None
    but: Meeting | None = None


def _lock_host(wanted: Wanted) -> User:
    """The host who takes it, their row locked first: whoever races for the same slot waits here, not in a deadlock."""
    now = clock.now()
    people = [wanted.host] if wanted.host else hosts_of(wanted.kind, team_id=wanted.team_id)
    for candidate in in_turn(people, wanted.kind, now):
        locked = User.objects.select_for_update(no_key=True).get(pk=candidate.pk)
        lapse_of(locked)
        if wanted.start in Diary([locked], wanted.kind, now, wanted.but).free(locked):
            return locked
    raise _taken(wanted)


def _same_host_first(wanted: Wanted, host: User | None) -> User:
    """The host of before, then whoever of the pool is free."""
    if host:
        try:
            return _lock_host(replace(wanted, host=host))
        except Refused:
            pass
    return _lock_host(wanted)


def _taken(wanted: Wanted) -> Refused:
    """The sentence and the three nearest free times, in the guest's zone."""
    zone = wanted.zone if offers.is_zone(wanted.zone) else "UTC"
    found = offers.free_slots(wanted.kind, team_id=wanted.team_id, host=wanted.host, but=wanted.but, days=60)
    close = nearest([slot.start for slot in found], wanted.start)
    words = ", ".join(meeting_mails.when_at(moment, zone) for moment in close)
    also = f" {words}: still free." if close else " Nothing else is free at the moment."
    return Refused(
        f"{meeting_mails.when_at(wanted.start, zone)} was taken while you were reading.{also}", nearest=close
    )


def _times(kind: MeetingType, start: datetime) -> dict[str, datetime]:
    end = start + timedelta(minutes=kind.minutes)
    return {
        "starts_at": start,
        "ends_at": end,
        "busy_from": start - timedelta(minutes=kind.buffer_before),
        "busy_until": end + timedelta(minutes=kind.buffer_after),
    }


# Pencil and book -------------------------------------------------------------------------------------------------


@transaction.atomic
def pencil(offer: Offer, start: datetime, host: User | None = None) -> Meeting:
    """Keep a time for 15 minutes while the guest types; another one of the same link is let go."""
    queue_up(offer.account_id)
    for earlier in Meeting.objects.filter(offer=offer, state=S.PENCILLED):
        MEETING.move(earlier, S.LAPSED, by="the guest")
    wanted = Wanted(offer.meeting_type, start, offer.team_id, offer.guest_zone, host)
    return _insert(wanted, _lock_host(wanted), _bound(offer))


def _bound(offer: Offer) -> dict[str, Any]:
    contact = offer.contact
    return {
        "offer": offer, "account": offer.account, "contact": contact, "team": offer.team,
        "conversation": offer.conversation, "work_item": offer.work_item, "replaces": offer.replaces,
        "setter": (offer.work_item.setter if offer.work_item else None) or offer.by,
        "guest_name": contact.name if contact else "", "guest_email": contact.email if contact else "",
        "guest_zone": offer.guest_zone,
    }  # fmt: skip


def _insert(wanted: Wanted, host: User, fields: Mapping[str, Any]) -> Meeting:
    now, kind = clock.now(), wanted.kind
    walk = Enrollment.objects.filter(account=fields["account"], state__in=OPEN).first()
    organisation = Organisation.objects.first()
    domain = host.email.partition("@")[2] or (organisation.name if organisation else "baton")
    try:
        with transaction.atomic():
            return Meeting.objects.create(
                meeting_type=kind, host=host, enrollment=walk, place=kind.place, uid=f"{uuid4().hex}@{domain}",
                pencilled_until=now + PENCILLED_FOR, created_at=now, **_times(kind, wanted.start), **fields,
            )  # fmt: skip
    except IntegrityError as overlap:  # the exclusion constraint: whatever the lock did not see
        raise _taken(wanted) from overlap


@_freshly
@transaction.atomic
def book(
    source: Offer | MeetingType, start: datetime, *, guest_name: str, guest_email: str, guest_zone: str, key: str,
    host: User | None = None, note: str = "", by: Any = "the guest", account: Account | None = None,
    contact: Contact | None = None,
) -> Meeting:  # fmt: skip
    """Book a time. The same key again is the same meeting; a time that is gone is refused with the three nearest."""
    offer = source if isinstance(source, Offer) else None
    # The account first, then the host: everyone who works on an account stands in its one queue (no deadlock), and
    # a second click of the same form waits here until the first has its meeting.
    queue_up(offer.account_id if offer else account.pk if account else None)
    before = Meeting.objects.filter(idempotency_key=key).first() if key else None
    if before:
        return before
    _check_guest(guest_name, guest_email, guest_zone)
    if offer:
        _one_per_link(offer)
    meeting = _own_pencil(offer, start) if offer else None
    if meeting is None:
        meeting = _take(source, start, host, account, contact)
    columns = {
        "guest_name": guest_name[:200], "guest_email": guest_email.lower(), "guest_zone": guest_zone,
        "guest_note": note[:2000], "idempotency_key": key or None, "pencilled_until": None,
    }  # fmt: skip
    try:
        with transaction.atomic():
            MEETING.move(meeting, S.BOOKED, by=by, why=meeting_mails.when(meeting), set=columns)
    except IntegrityError:  # the same form came twice at the same moment
        return Meeting.objects.get(idempotency_key=key)
    _after_booking(meeting, by)
    return meeting


def _take(
    source: Offer | MeetingType, start: datetime, host: User | None, account: Account | None, contact: Contact | None
) -> Meeting:
    if isinstance(source, Offer):
        wanted = Wanted(source.meeting_type, start, source.team_id, source.guest_zone)
        same_host = source.replaces.host if source.replaces else None
        return _insert(wanted, _same_host_first(wanted, host or same_host), _bound(source))
    if account is None:
        raise Refused("Say for which account the meeting is.")
    team = source.team or (account.owner.team if account.owner else None)
    wanted = Wanted(source, start, team.pk if team else None, offers.guest_zone(contact, account), host)
    chosen = _lock_host(wanted)
    fields = {"account": account, "contact": contact, "team": team or chosen.team, "setter": account.owner}
    return _insert(wanted, chosen, fields)


def _check_guest(name: str, email: str, zone: str) -> None:
    if not name.strip():
        raise Refused("Write your name, so that we know whom we meet.")
    if not is_address(email):
        raise Refused("This is not a mail address; we send the invitation there.")
    if not offers.is_zone(zone):
        raise Refused("Choose a time zone from the list.")


def _one_per_link(offer: Offer) -> None:
    """A link books once; after that it moves or cancels."""
    booked = Meeting.objects.filter(offer=offer, state=S.BOOKED).first()
    if booked:
        raise Refused("You have booked already. Move or cancel with the link in your confirmation.", meeting=booked)


def _own_pencil(offer: Offer, start: datetime) -> Meeting | None:
    rows = Meeting.objects.filter(offer=offer, state=S.PENCILLED, starts_at=start, pencilled_until__gt=clock.now())
    found = rows.select_for_update(of=("self",)).first()
    for other in Meeting.objects.filter(offer=offer, state=S.PENCILLED).exclude(pk=found.pk if found else 0):
        MEETING.move(other, S.LAPSED, by="the guest")
    return found


def _after_booking(meeting: Meeting, by: Any) -> None:
    """Milestone, reminders, confirmation, the account waits, the item is done: all in the booking transaction."""
    milestones.reach(
        meeting.account, ladder.BOOKED, enrollment=meeting.enrollment, contact=meeting.contact,
        by=by if isinstance(by, User) else None,
    )  # fmt: skip
    reminding.plan(meeting)
    meeting_mails.confirm(meeting)
    reactions.pause_account(
        meeting.account, f"{meeting.guest_name} meets us; paused until the meeting has an outcome.", by="the booking"
    )
    recovery = Recovery.objects.filter(meeting=meeting.replaces_id, state=Recovery.State.RUNNING).first()
    if meeting.replaces_id and recovery:
        recovering.rebooked(recovery, meeting)
    item = meeting.work_item
    if item and item.state != WorkItem.State.DONE:
        work_items.done(item, outcome=WorkItem.Outcome.BOOKED, next=WorkItem.Next.WAIT, by=by)
    for person in {meeting.host, meeting.setter} - {None, by}:
        if person:
            notifications.notify(
                person,
                "meeting",
                f"{meeting.guest_name} booked {meeting_mails.when(meeting, person.zone)}",
                reverse("appointments:meeting", args=[meeting.pk]),
            )
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


@_freshly
@transaction.atomic
def book_for(item: WorkItem, start: datetime, *, by: User, host: User | None = None) -> Meeting:
    """The setter books what the guest agreed to in plain words."""
    contact = item.contact
    bound = offers.offer(item, [start], by=by)
    return book(
        bound, start, host=host, guest_name=contact.name if contact else item.person_address,
        guest_email=(contact.email if contact else "") or item.person_address,
        guest_zone=bound.guest_zone, key=f"item:{item.pk}:{start.isoformat()}", by=by,
    )  # fmt: skip


# Move, cancel, confirm -------------------------------------------------------------------------------------------


def _locked(meeting: Meeting) -> Meeting:
    rows = Meeting.objects.select_for_update(of=("self",))
    return rows.select_related(
        "account", "contact", "host", "setter", "meeting_type", "team", "conversation", "enrollment"
    ).get(pk=meeting.pk)


@_freshly
@transaction.atomic
def move(meeting: Meeting, start: datetime, *, by: Any) -> Meeting:
    """Another time: the same meeting and UID, SEQUENCE + 1; reminders are planned anew. Same host first."""
    if meeting.state != S.BOOKED:
        raise Refused("Only a booked meeting can be moved.")
    if meeting.starts_at == start:
        return meeting
    queue_up(meeting.account_id)
    wanted = Wanted(meeting.meeting_type, start, meeting.team_id, meeting.guest_zone, but=meeting)
    host = _same_host_first(wanted, meeting.host)
    meeting = _locked(meeting)
    if meeting.state != S.BOOKED:
        raise Refused("This meeting was changed in the meantime.")
    before = meeting.starts_at
    columns = {
        **_times(meeting.meeting_type, start),
        "sequence": meeting.sequence + 1,
        "host": host,
        "confirmed_at": None,
    }
    try:
        with transaction.atomic():
            Meeting.objects.filter(pk=meeting.pk).update(**columns)
    except IntegrityError as overlap:
        raise _taken(wanted) from overlap
    meeting.refresh_from_db()
    _record(
        meeting,
        "meeting.moved",
        by,
        f"From {meeting_mails.when_at(before, meeting.guest_zone)} to {meeting_mails.when(meeting)}.",
    )
    reminding.plan(meeting)
    meeting_mails.moved(meeting)
    _tell_ours(meeting, by, f"{meeting.guest_name} meets at {meeting_mails.when(meeting, meeting.host.zone)} now")
    return meeting


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, by: Any) -> Meeting:
    """The meeting is off; a person offers new times or says what the account does next."""
    queue_up(meeting.account_id)
    meeting = _locked(meeting)
    columns = {"cancelled_reason": reason[:300], "sequence": meeting.sequence + 1, "outcome_at": clock.now()}
    MEETING.move(meeting, S.CANCELLED, by=by, why=reason, set=columns)
    reminding.drop(meeting)
    meeting_mails.cancelled(meeting)
    work_items.open_task(meeting, "rebook", 240)
    _tell_ours(meeting, by, f"{meeting.guest_name} does not meet on {meeting_mails.when(meeting, meeting.host.zone)}")
    return meeting


@transaction.atomic
def confirm(meeting: Meeting, *, by: Any) -> Meeting:
    """The guest says that the time stands."""
    meeting = _locked(meeting)
    if meeting.state == S.BOOKED and meeting.confirmed_at is None:
        Meeting.objects.filter(pk=meeting.pk).update(confirmed_at=clock.now())
        meeting.refresh_from_db()
        _record(meeting, "meeting.confirmed", by, "The time stands.")
        live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return meeting


def _record(meeting: Meeting, kind: str, by: Any, why: str) -> None:
    Event.record(
        kind, by=by, subject=meeting, account=meeting.account, contact=meeting.contact, team=meeting.team, why=why
    )


def _tell_ours(meeting: Meeting, by: Any, text: str) -> None:
    for person in {meeting.host, meeting.setter} - {None, by}:
        if person:
            notifications.notify(person, "meeting", text, reverse("appointments:meeting", args=[meeting.pk]))
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


# Pencils that ran out --------------------------------------------------------------------------------------------


def lapse_of(host: User) -> None:
    """Let go of a host's pencils that ran out; the constraint would still count them."""
    for meeting in Meeting.objects.filter(host=host, state=S.PENCILLED, pencilled_until__lte=clock.now()):
        MEETING.move(meeting, S.LAPSED, by="the clock")


def lapse_due() -> int:
    due = Meeting.objects.filter(state=S.PENCILLED, pencilled_until__lte=clock.now())
    return len(MEETING.move_many(due, S.LAPSED, by="the clock"))


def overlaps(meeting: Meeting) -> bool:
    """Whether another meeting of the host touches this one; the database forbids it, reports ask."""
    rows = busy_of([meeting.host_id], meeting.busy_from, meeting.busy_until, clock.now())
    return rows.exclude(pk=meeting.pk).exists()
