"""A time is kept while a guest types: pencilled for a quarter of an hour, bound to their link, never two at once for one host."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Exists, OuterRef

from appointments.models import Meeting, MeetingSeat, MeetingType, Offer
from appointments.rules import guest_words
from appointments.services.hosts import busy_times
from appointments.services.taking import Taken, Wanted, beside, under_lock
from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Contact, User
from crm.services.accounts import queue_up
from prospecting.models import Enrollment
from prospecting.models.enrollment import OPEN

S = Meeting.State
PENCILLED_FOR = timedelta(minutes=15)


def times(kind: MeetingType, start: datetime) -> dict[str, datetime]:
    end = start + timedelta(minutes=kind.minutes)
    return {
        "starts_at": start,
        "ends_at": end,
        "busy_from": start - timedelta(minutes=kind.buffer_before),
        "busy_until": end + timedelta(minutes=kind.buffer_after),
    }


def pencil(offer: Offer, start: datetime, host: User | None = None) -> Meeting:
    """Keep a time for 15 minutes while the guest types; another one of the same link is let go."""
    try:
        return pencil_for(offer, start, host)
    except Taken as taken:
        raise beside(taken) from None


@failpoints.commit("pencil")
def pencil_for(offer: Offer, start: datetime, host: User | None, key: str = "", by: Any = "the guest") -> Meeting:
    """Where it is a transaction of its own, the host's row is locked for as long as it takes to write one row: all that
    follows a booking happens while nobody waits for the host. With `key`: what this form has booked or pencilled already."""
    queue_up(offer.account_id)
    before = Meeting.objects.filter(idempotency_key=key).first() if key else None
    if before:
        return before
    pencils = one_per_link(offer)
    if key and pencils and (mine := own_pencil(offer, start, host)):
        return mine
    known = (host, offer.replaces.host if key and offer.replaces else None)
    prefer = tuple(user for user in known if user)
    wanted = Wanted(
        offer.meeting_type, start, offer.team_id, offer.guest_zone, offer.account, prefer=prefer, offer=offer,
        pencils=tuple(pencils), by=by,
    )  # fmt: skip
    bound = _bound(offer)
    return under_lock(wanted, lambda crew: insert(wanted, crew, bound))


def _bound(offer: Offer) -> dict[str, Any]:
    contact = offer.contact
    return {
        "offer": offer, "account": offer.account, "contact": contact, "team": offer.team,
        "conversation": offer.conversation, "work_item": offer.work_item, "replaces": offer.replaces,
        "setter": (offer.work_item.setter if offer.work_item else None) or offer.by,
        "guest_name": contact.name if contact else "", "guest_email": contact.email if contact else "",
        "guest_zone": offer.guest_zone, "enrollment": walk_of(offer.account_id),
        "guest_language": language_of(contact),
    }  # fmt: skip


def language_of(contact: Contact | None) -> str:
    """What we write to them in, of the languages guests can be written to."""
    return guest_words.choose(contact.language) if contact else ""


def walk_of(account_id: int) -> Enrollment | None:
    return Enrollment.objects.filter(account=account_id, state__in=OPEN).first()


def insert(wanted: Wanted, crew: Sequence[User], fields: Mapping[str, Any]) -> Meeting:
    """The meeting with a seat for each of them: the first one's is written by the database."""
    now, kind, host = clock.now(), wanted.kind, crew[0]
    domain = host.email.partition("@")[2] or "baton"
    meeting = Meeting.objects.create(
        meeting_type=kind, host=host, place=kind.place, uid=f"{uuid4().hex}@{domain}",
        pencilled_until=now + PENCILLED_FOR, created_at=now, **times(kind, wanted.start), **fields,
    )  # fmt: skip
    others = [
        MeetingSeat(
            meeting=meeting, host=other, starts_at=meeting.starts_at, busy_from=meeting.busy_from,
            busy_until=meeting.busy_until, takes_time=True, pencilled_until=meeting.pencilled_until,
        )
        for other in crew[1:]
    ]  # fmt: skip
    if others:
        MeetingSeat.objects.bulk_create(others)
    return meeting


def one_per_link(offer: Offer) -> list[int]:
    """A link books once; after that it moves or cancels. Otherwise what it has pencilled so far, by id."""
    found = Meeting.objects.filter(offer=offer, state__in=[S.BOOKED, S.PENCILLED]).order_by("pk")
    for meeting in found:
        if meeting.state == S.BOOKED:
            words = "You have booked already. Move or cancel with the link in your confirmation."
            raise Refused(words, meeting=meeting)
    return [meeting.pk for meeting in found]


def own_pencil(offer: Offer, start: datetime, host: User | None = None) -> Meeting | None:
    rows = Meeting.objects.filter(offer=offer, state=S.PENCILLED, starts_at=start, pencilled_until__gt=clock.now())
    if host:
        rows = rows.filter(Exists(MeetingSeat.objects.filter(meeting=OuterRef("pk"), host=host)))
    mine = rows.select_for_update(of=("self",)).first()
    if mine is None:
        return None
    # A calendar may have been filled since.
    now, hosts = clock.now(), list(mine.seats.values_list("host", flat=True))
    return None if busy_times(hosts, mine.busy_from, mine.busy_until, now, pencilled_by=offer).times else mine
