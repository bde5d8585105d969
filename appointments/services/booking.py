"""A time becomes a meeting: pencilled, booked, moved, cancelled; never two at once for one host."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError
from django.urls import reverse

from appointments.models import Meeting, MeetingSeat, MeetingType, Offer, Recovery, WorkItem
from appointments.models.meeting import MEETING
from appointments.rules import questions
from appointments.services import (
    calendar_reading,
    credits,
    further_guests,
    meeting_mails,
    offers,
    pencilling,
    qualifying,
    recovering,
    reminding,
    work_items,
)
from appointments.services.hosts import busy_of, hosts_of, is_together
from appointments.services.taking import Taken, Wanted, beside, let_go, under_lock
from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Account, Contact, Event, User
from crm.rules.addresses import is_address
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.rules import ladder
from prospecting.services import milestones, reactions

S = Meeting.State
PENCILLED_FOR = timedelta(minutes=15)


# Book -----------------------------------------------------------------------------------------------------------


def book(
    source: Offer | MeetingType, start: datetime, *, guest_name: str, guest_email: str, guest_zone: str, key: str,
    host: User | None = None, note: str = "", by: Any = "the guest", account: Account | None = None,
    contact: Contact | None = None, answers: Mapping[int, str] | None = None, guests: Iterable[tuple[str, str]] = (),
    language: str = "",
) -> Meeting:  # fmt: skip
    """Book a time. The same key again is the same meeting; a time that is gone is refused with the three nearest.

    `answers` by id of the type's question, required where a guest books; `guests` are (name, address) of further people;
    `language` is what they read the page in, else their mail is in the contact's.
    """
    ask = Asked(
        source, start, guest_name, guest_email.lower(), guest_zone, key, host, note, by, account, contact,
        answers or {}, tuple(guests), language,
    )  # fmt: skip
    calendar_reading.freshen([host] if host else hosts_of(ask.kind, team_id=ask.team_id))
    said = _checked(ask)
    try:
        if ask.offer:
            pencilling.pencil_for(ask.offer, start, host, key or uuid4().hex, by)
        return _book(ask, said)
    except Taken as taken:
        raise beside(taken) from None


@dataclass(frozen=True)
class Asked:
    """What one booking says, as `book` takes it."""

    source: Offer | MeetingType
    start: datetime
    guest_name: str
    guest_email: str
    guest_zone: str
    key: str
    host: User | None
    note: str
    by: Any
    account: Account | None
    contact: Contact | None
    answers: Mapping[int, str]
    guests: tuple[tuple[str, str], ...]
    language: str

    @property
    def offer(self) -> Offer | None:
        return self.source if isinstance(self.source, Offer) else None

    @property
    def team_id(self) -> int | None:
        if self.offer:
            return self.offer.team_id
        return self.account.owner.team_id if self.account and self.account.owner else None

    @property
    def kind(self) -> MeetingType:
        return self.source.meeting_type if isinstance(self.source, Offer) else self.source


@failpoints.commit("book")
def _book(ask: Asked, answered: list[dict[str, str]]) -> Meeting:
    # The account first, then the host: everyone who works on an account stands in its one queue (no deadlock), and
    # a second click of the same form waits here until the first has its meeting.
    offer = ask.offer
    queue_up(offer.account_id if offer else ask.account.pk if ask.account else None)
    before = Meeting.objects.filter(idempotency_key=ask.key).first() if ask.key else None
    if before:
        return before
    pencils = pencilling.one_per_link(offer) if offer else []
    meeting = (pencilling.own_pencil(offer, ask.start, ask.host) if offer else None) or _take(ask)
    columns = {
        "guest_name": ask.guest_name[:200], "guest_email": ask.guest_email, "guest_zone": ask.guest_zone,
        "guest_note": ask.note[:2000], "idempotency_key": ask.key or None, "pencilled_until": None, "answers": answered,
        "guest_language": ask.language or meeting.guest_language,
    }  # fmt: skip
    try:
        with failpoints.commit("form kept"):
            MEETING.move(meeting, S.BOOKED, by=ask.by, why=meeting_mails.when(meeting, ask.guest_zone), set=columns)
    except IntegrityError:  # the same form came twice at the same moment
        return Meeting.objects.get(idempotency_key=ask.key)
    let_go((pk for pk in pencils if pk != meeting.pk), by=ask.by)
    further_guests.keep(meeting, ask.guests, by=ask.by)
    _after_booking(meeting, ask.by)
    return meeting


def _take(ask: Asked) -> Meeting:
    """Without a link one of ours books; with one, its pencil was let go meanwhile, or its calendar filled."""
    if ask.offer:
        return pencilling.pencil_for(ask.offer, ask.start, ask.host, uuid4().hex, ask.by)
    account = ask.account
    if account is None:
        raise Refused("Say for which account the meeting is.")
    team = ask.kind.team or (account.owner.team if account.owner else None)
    zone = offers.guest_zone(ask.contact, account)
    asked = Wanted(ask.kind, ask.start, team.pk if team else None, zone, account, only=ask.host)
    fields = {
        "account": account, "contact": ask.contact, "setter": account.owner, "enrollment": pencilling.walk_of(account.pk),
        "guest_language": pencilling.language_of(ask.contact),
    }  # fmt: skip
    return under_lock(asked, lambda crew: pencilling.insert(asked, crew, {**fields, "team": team or crew[0].team}))


def _checked(ask: Asked) -> list[dict[str, str]]:
    """The answers of a form that can be kept; looked at before anybody waits for it."""
    _check_guest(ask.guest_name, ask.guest_email, ask.guest_zone)
    further_guests.check(ask.kind, ask.guests)
    return _answered(ask)


def _answered(ask: Asked) -> list[dict[str, str]]:
    """Question and answer, as they were asked; a guest may not leave a required one out, one of ours may."""
    asked = list(ask.kind.questions.all())
    strict = not isinstance(ask.by, User) and ask.by != "the playbook"
    missing = questions.missing(((one.pk, one.required) for one in asked), ask.answers) if strict else []
    if missing:
        raise Refused("Answer what is marked as needed first.", questions=missing)
    return questions.kept(((one.pk, one.text) for one in asked), ask.answers)


def _check_guest(name: str, email: str, zone: str) -> None:
    if not name.strip():
        raise Refused("Write your name, so that we know whom we meet.")
    if not is_address(email):
        raise Refused("This is not a mail address; we send the invitation there.")
    if not offers.is_zone(zone):
        raise Refused("Choose a time zone from the list.")


def _after_booking(meeting: Meeting, by: Any) -> None:
    """Milestone, reminders, confirmation, the account waits, the item is done: all in the booking transaction."""
    milestones.reach(
        meeting.account, ladder.BOOKED, enrollment=meeting.enrollment, contact=meeting.contact,
        by=by if isinstance(by, User) else None, setter=meeting.setter,
    )  # fmt: skip
    credits.booked(meeting)
    qualifying.qualification_for(meeting.account, meeting.enrollment, team=meeting.team)
    reminding.plan(meeting)
    meeting_mails.confirm(meeting)
    further_guests.tell(meeting)
    reactions.pause_account(
        meeting.account, f"{meeting.guest_name} meets us; paused until the meeting has an outcome.", by="the booking"
    )
    recovery = Recovery.objects.filter(meeting=meeting.replaces_id, state=Recovery.State.RUNNING).first()
    if meeting.replaces_id and recovery:
        recovering.rebooked(recovery, meeting)
    # Asked anew: another link of the same item may have been pressed since this one was read.
    item = work_items.open_items().filter(pk=meeting.work_item_id or 0).first()
    if item:
        work_items.done(item, outcome=WorkItem.Outcome.BOOKED, next=WorkItem.Next.WAIT, by=by)
    work_items.settle(meeting, "rebook", by=by)  # they had cancelled, declined or not come, and chose a time themselves
    _tell_ours(meeting, by, "{guest} booked {when}")


def book_for(
    item: WorkItem, start: datetime, *, by: User, host: User | None = None, meeting_type: MeetingType | None = None
) -> Meeting:
    """The setter books, for the executive, what the guest agreed to in plain words."""
    contact = item.contact
    bound = _begun(item, start, by, meeting_type) or offers.offer(item, [start], by=by, meeting_type=meeting_type)
    return book(
        bound, start, host=host, guest_name=contact.name if contact else item.person_address,
        guest_email=(contact.email if contact else "") or item.person_address,
        guest_zone=bound.guest_zone, key=f"item:{item.pk}:{start.isoformat()}", by=by,
    )  # fmt: skip


def _begun(item: WorkItem, start: datetime, by: User, meeting_type: MeetingType | None) -> Offer | None:
    """The link of a try that ended between its pencil and its booking: that pencil would be in the way of the next."""
    kind = {"meeting_type": meeting_type} if meeting_type else {}
    pencils = Meeting.objects.filter(work_item=item, starts_at=start, state=S.PENCILLED, offer__by=by, **kind)
    pencil = pencils.select_related(
        "offer__account", "offer__contact", "offer__meeting_type", "offer__work_item"
    ).last()
    return pencil.offer if pencil else None


# Move, cancel, confirm -------------------------------------------------------------------------------------------


PARTS = ("account", "contact", "host", "setter", "meeting_type", "team", "conversation", "enrollment")


def _locked(meeting: Meeting) -> Meeting:
    return Meeting.objects.select_for_update(of=("self",)).select_related(*PARTS).get(pk=meeting.pk)


def _again(meeting: Meeting) -> Meeting:
    return Meeting.objects.select_related(*PARTS).get(pk=meeting.pk)


def move(meeting: Meeting, start: datetime, *, by: Any, host: User | None = None) -> Meeting:
    """Another time: the same meeting and UID, SEQUENCE + 1; reminders are planned anew. Same host first, then the pool."""
    calendar_reading.freshen([meeting.host, *hosts_of(meeting.meeting_type, team_id=meeting.team_id)])
    try:
        return _move(meeting, start, by, host)
    except Taken as taken:
        raise beside(taken) from None


@failpoints.commit("move")
def _move(meeting: Meeting, start: datetime, by: Any, host: User | None) -> Meeting:
    queue_up(meeting.account_id)
    meeting = _locked(meeting)
    if meeting.state != S.BOOKED:
        raise Refused("Only a booked meeting can be moved.")
    if meeting.starts_at == start and host in (None, meeting.host):
        return meeting
    if by == "the guest" and meeting.starts_at <= clock.now():
        raise Refused("This meeting has begun. Answer our message, and we will find another time.")
    wanted = Wanted(
        meeting.meeting_type, start, meeting.team_id, meeting.guest_zone, meeting.account, only=host,
        prefer=(meeting.host,), but=meeting,
    )  # fmt: skip
    before, had = meeting.starts_at, meeting.host_id
    meeting = under_lock(wanted, lambda crew: _write_move(meeting, start, crew[0]))
    credits.moved(meeting, had)
    why = f"From {meeting_mails.when_at(before, meeting.guest_zone)} to {meeting_mails.when(meeting)}."
    _record(meeting, "meeting.moved", by, why)
    reminding.plan(meeting)
    work_items.settle(meeting, "rebook", "answer_counter", "confirm_meeting", by=by)
    meeting_mails.moved(meeting)
    further_guests.tell(meeting)
    _tell_ours(meeting, by, "{guest} meets at {when} now")
    return meeting


def _write_move(meeting: Meeting, start: datetime, host: User) -> Meeting:
    """Its seats follow by themselves; of several together the first stays the first."""
    first = meeting.host if is_together(meeting.meeting_type) else host
    columns = {
        **pencilling.times(meeting.meeting_type, start),
        "sequence": meeting.sequence + 1,
        "host": first,
        "confirmed_at": None,
    }
    Meeting.objects.filter(pk=meeting.pk).update(**columns)
    return _again(meeting)


@failpoints.commit("cancel")
def cancel(meeting: Meeting, *, reason: str, by: Any) -> Meeting:
    """The meeting is off; a person offers new times or says what the account does next."""
    queue_up(meeting.account_id)
    meeting = _locked(meeting)
    columns = {"cancelled_reason": reason[:300], "sequence": meeting.sequence + 1, "outcome_at": clock.now()}
    MEETING.move(meeting, S.CANCELLED, by=by, why=reason, set=columns)
    credits.give_back(meeting, credits.Why.CANCELLED)
    reminding.drop(meeting)
    meeting_mails.cancelled(meeting)
    further_guests.tell(meeting)
    work_items.open_task(meeting, "rebook", 240)
    _tell_ours(meeting, by, "{guest} does not meet on {when}")
    return meeting


@failpoints.commit("confirm")
def confirm(meeting: Meeting, *, by: Any) -> Meeting:
    """The guest says that the time stands."""
    queue_up(meeting.account_id)
    meeting = _locked(meeting)
    if meeting.state == S.BOOKED and meeting.confirmed_at is None:
        Meeting.objects.filter(pk=meeting.pk).update(confirmed_at=clock.now())
        meeting.refresh_from_db()
        _record(meeting, "meeting.confirmed", by, "The time stands.")
        work_items.settle(meeting, "rebook", "confirm_meeting", by=by)
        live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return meeting


@failpoints.commit("links void")
def void_links(meeting: Meeting, *, by: User) -> Meeting:
    """Links that were sent open nothing any more: one that was forwarded too far, or to the wrong person."""
    meeting = _locked(meeting)
    Meeting.objects.filter(pk=meeting.pk).update(link_number=meeting.link_number + 1)
    _record(meeting, "meeting.links_void", by, "The guest's links are void.")
    return _again(meeting)


def _record(meeting: Meeting, kind: str, by: Any, why: str) -> None:
    Event.record(
        kind, by=by, subject=meeting, account=meeting.account, contact=meeting.contact, team=meeting.team, why=why
    )


def _tell_ours(meeting: Meeting, by: Any, text: str) -> None:
    """Every host and the setter, but not whoever did it; the time in each one's own zone."""
    seated = User.objects.filter(pk__in=MeetingSeat.objects.filter(meeting=meeting).values("host"))
    for person in {*seated, meeting.setter} - {None, by}:
        if person:
            words = text.format(guest=meeting.guest_name, when=meeting_mails.when(meeting, person.zone))
            notifications.notify(person, "meeting", words, reverse("appointments:meeting", args=[meeting.pk]))
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)


def overlaps(meeting: Meeting) -> bool:
    """Whether another meeting of a host touches this one; the database forbids it, reports ask."""
    seats = list(MeetingSeat.objects.filter(meeting=meeting).values_list("host", flat=True))
    rows = busy_of(seats, meeting.busy_from, meeting.busy_until, clock.now())
    return rows.exclude(meeting=meeting).exists()
