"""What guests get about their meeting: confirmation with invitation, changes, reminders, recovery."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from appointments.models import CounterProposal, Meeting, MeetingGuest, Offer, Recovery
from appointments.rules import zones
from appointments.rules.ics import CANCEL, DECLINECOUNTER, REQUEST, Invitation, build
from crm import clock, links
from crm.errors import Refused
from crm.models import Mailbox, Organisation, User
from prospecting.models import Outgoing
from prospecting.services import sending

LINK = "meeting"


def when_at(moment: datetime, zone: str) -> str:
    """As in Tue 16 June, 14:30 (Europe/Amsterdam)."""
    local = moment.astimezone(ZoneInfo(zone or "UTC"))
    return f"{local:%a} {local.day} {local:%B}, {local:%H:%M} ({zone or 'UTC'})"


def when(meeting: Meeting, zone: str = "") -> str:
    return when_at(meeting.starts_at, zone or meeting.guest_zone or "UTC")


def token(meeting: Meeting) -> str:
    return links.sign(LINK, meeting=meeting.pk, uid=meeting.uid, team=meeting.team_id, number=meeting.link_number)


def manage_link(meeting: Meeting) -> str:
    """Where the guest confirms, moves or cancels."""
    return links.url("appointments:booked", token=token(meeting))


def read_link(text: str) -> Meeting:
    """The meeting a guest's link speaks of; Refused for a changed one."""
    said = links.read(LINK, text)
    rows = Meeting.objects.select_related(
        "account", "contact", "host", "setter", "meeting_type", "team", "conversation", "enrollment"
    )
    rows = rows.filter(team=said["team"]) if "team" in said else rows
    found = rows.filter(pk=said.get("meeting", 0), uid=said.get("uid"), link_number=said.get("number", 0)).first()
    if found is None:
        raise Refused(links.TAMPERED)
    return found


def invitation(meeting: Meeting) -> Invitation:
    return Invitation(
        uid=meeting.uid, sequence=meeting.sequence, starts_at=meeting.starts_at, ends_at=meeting.ends_at,
        summary=f"{meeting.meeting_type}: {meeting.guest_name}, {meeting.host}",
        organizer=_organizer(meeting), organizer_name=str(meeting.host),
        attendees=_attendees(meeting),
        location=meeting.place, description=f"Move or cancel: {manage_link(meeting)}",
        zone=zones.first_known(meeting.wall_zone, meeting.guest_zone), coming=_host_addresses(meeting),
    )  # fmt: skip


def _attendees(meeting: Meeting) -> tuple[tuple[str, str], ...]:
    """Whoever booked, every host, and the further guests."""
    hosts = [(seat.host.email, str(seat.host)) for seat in meeting.seats.select_related("host").order_by("pk")]
    guests = [(guest.email, guest.name) for guest in meeting.guests.all()]
    return ((meeting.guest_email, meeting.guest_name), *hosts, *guests)


def _host_addresses(meeting: Meeting) -> tuple[str, ...]:
    return tuple(meeting.seats.order_by("pk").values_list("host__email", flat=True))


def _organizer(meeting: Meeting) -> str:
    """Answers must reach a mailbox that we read: that of the thread, else the host's own address."""
    return meeting.conversation.mailbox.address if meeting.conversation else meeting.host.email


def confirm(meeting: Meeting) -> Outgoing:
    body = _letter(
        meeting, f"Thank you. We meet on {when(meeting)}, {meeting.meeting_type.minutes} minutes, with {meeting.host}.",
        _place(meeting), f"If the time no longer suits you, move or cancel it here: {manage_link(meeting)}",
    )  # fmt: skip
    return _send(meeting, "confirmed", f"Booked: {when(meeting)}", body, REQUEST)


def moved(meeting: Meeting) -> Outgoing:
    body = _letter(
        meeting, f"The new time is {when(meeting)}, with {meeting.host}. The invitation in your calendar changes by itself.",
        _place(meeting), f"Move or cancel: {manage_link(meeting)}",
    )  # fmt: skip
    return _send(meeting, "moved", f"New time: {when(meeting)}", body, REQUEST)


def cancelled(meeting: Meeting) -> Outgoing:
    body = _letter(
        meeting, f"The meeting on {when(meeting)} is cancelled. The entry in your calendar goes away by itself."
    )
    return _send(meeting, "cancelled", f"Cancelled: {when(meeting)}", body, CANCEL)


def zone_changed(meeting: Meeting, before: datetime) -> Outgoing:
    """The clock where the guest is changes otherwise than it was to: the hour stays, the moment moves."""
    zone = meeting.wall_zone
    body = _letter(
        meeting, f"The rules for the clock in {zones.city(zone)} have changed. We still meet on {when(meeting, zone)}, "
        f"with {meeting.host}, which is another moment than before ({before:%H:%M} UTC, now {meeting.starts_at:%H:%M} UTC). "
        "The invitation in your calendar changes by itself.",
        f"If that does not suit you, move or cancel it here: {manage_link(meeting)}",
    )  # fmt: skip
    return _send(meeting, "zone", f"The hour stays: {when(meeting, zone)}", body, REQUEST)


def counter_refused(proposal: CounterProposal) -> Outgoing:
    """The other time their calendar proposed does not suit us; the agreed one stands."""
    meeting = proposal.meeting
    body = _letter(
        meeting, f"{when_at(proposal.starts_at, meeting.guest_zone)} does not work for us, I am sorry. We keep {when(meeting)}, "
        f"with {meeting.host}.", f"All times that are free, and the way to cancel, are here: {manage_link(meeting)}",
    )  # fmt: skip
    calendar = build(invitation(meeting), DECLINECOUNTER, clock.now())
    return _deliver(meeting, f"counter:{proposal.pk}", f"We keep {when(meeting)}", body, calendar, DECLINECOUNTER)


def remind(meeting: Meeting, kind: str) -> Outgoing:
    """Early and last reminders; the one of the day before asks whether the time stands: yes, move, or cannot."""
    page = manage_link(meeting)
    asks = f"Does the time still suit you?\n- Yes: {page}\n- Another time: {page}#move\n- I cannot come: {page}#cancel"
    words = {
        "lead": (f"A short reminder: we meet on {when(meeting)}, with {meeting.host}.", f"Move or cancel: {page}"),
        "day": (f"{_soon(meeting)}: {when(meeting)}, with {meeting.host}.", asks),
        "hour": (f"{_soon(meeting)}: {when(meeting)}, with {meeting.host}.", f"If something came up: {page}"),
    }  # fmt: skip
    first, last = words[kind]
    return _send(meeting, kind, f"Our meeting: {when(meeting)}", _letter(meeting, first, _place(meeting), last), "")


def _soon(meeting: Meeting) -> str:
    """How far off it is on the guest's calendar, whatever the plan of this kind of meeting says."""
    zone = ZoneInfo(meeting.guest_zone or "UTC")
    now = clock.now()
    days = (meeting.starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0:
        return "In an hour" if abs((meeting.starts_at - now).total_seconds() - 3600) < 600 else "Today we meet"
    return "Tomorrow we meet" if days == 1 else "We meet soon"


def recover(recovery: Recovery, offer: Offer, link: str) -> Outgoing:
    """After a no-show: no blame, new times; an apology where the fault was ours."""
    meeting = recovery.meeting
    missed = {
        "guest": f"We missed each other on {when(meeting)}. That happens; shall we find another time?",
        "host": f"We were not there on {when(meeting)}. That was our fault, and I am sorry. May we find another time?",
        "technical": f"The line failed us on {when(meeting)}. Shall we find another time?",
    }[meeting.side or "guest"]
    zone = offer.guest_zone
    times = "\n".join(f"- {when_at(datetime.fromisoformat(one['start']), zone)}" for one in offer.slots)
    parts = [missed, f"These are free:\n{times}" if times else "", f"One click here: {link}"]
    key = f"recovery:{recovery.pk}:{recovery.tries + 1}"
    return _deliver(meeting, key, "Another time for us", _letter(meeting, *parts), "", "")


def _place(meeting: Meeting) -> str:
    return f"Where: {meeting.place}" if meeting.place else ""


def _letter(meeting: Meeting, *parts: str) -> str:
    first = meeting.guest_name.split(" ")[0] if meeting.guest_name else ""
    organisation = Organisation.objects.first()
    greeting = f"Hello {first}," if first else "Hello,"
    signed = f"{meeting.setter or meeting.host}\n{organisation.name if organisation else ''}".strip()
    return "\n\n".join([greeting, *(part for part in parts if part), signed])


def _send(meeting: Meeting, what: str, subject: str, body: str, method: str) -> Outgoing:
    calendar = build(invitation(meeting), method, clock.now()) if method else ""
    return _deliver(meeting, f"meeting:{meeting.pk}:{what}:{meeting.sequence}", subject, body, calendar, method)


def _deliver(meeting: Meeting, key: str, subject: str, body: str, calendar: str, method: str) -> Outgoing:
    """In the thread if there is one; else from the setter's or the host's mailbox."""
    mailbox = (
        meeting.conversation.mailbox
        if meeting.conversation
        else _own_mailbox(meeting.setter) or _own_mailbox(meeting.host)
    )
    return sending.meeting_mail(
        key, account=meeting.account, contact=meeting.contact, conversation=meeting.conversation, mailbox=mailbox,
        to_address=meeting.guest_email, to_name=meeting.guest_name, subject=subject, body=body,
        calendar=calendar, calendar_method=method,
    )  # fmt: skip


def _own_mailbox(user: User | None) -> Mailbox | None:
    return user.mailboxes.filter(state="active").first() if user else None


def absolute(path: str) -> str:
    """A page of ours as mail needs it, made from settings.BASE_URL and never from a request."""
    return f"{settings.BASE_URL}{path}"


def to_guest(guest: MeetingGuest, meeting: Meeting) -> Outgoing:
    """The invitation as it stands, to someone asked along; without the link that moves or cancels, which is not theirs."""
    off = meeting.state == Meeting.State.CANCELLED
    with_whom = f"{meeting.guest_name or meeting.account} and {meeting.host}"
    said = f"The meeting on {when(meeting)} with {with_whom} is cancelled." if off else (
        f"{meeting.guest_name or meeting.host} asks you to join: {when(meeting)}, {meeting.meeting_type.minutes} minutes, "
        f"with {with_whom}. The invitation goes into your calendar by itself."
    )  # fmt: skip
    organisation = Organisation.objects.first()
    signed = f"{meeting.setter or meeting.host}\n{organisation.name if organisation else ''}".strip()
    first = guest.name.split(" ")[0] if guest.name else ""
    parts = [f"Hello {first}," if first else "Hello,", said, "" if off else _place(meeting), signed]
    method = CANCEL if off else REQUEST
    calendar = build(replace(invitation(meeting), description=""), method, clock.now())
    mailbox = _own_mailbox(meeting.setter) or _own_mailbox(meeting.host)
    mailbox = meeting.conversation.mailbox if meeting.conversation else mailbox
    return sending.meeting_mail(
        f"guest:{guest.pk}:{meeting.state}:{meeting.sequence}", account=meeting.account, contact=guest.contact,
        mailbox=mailbox, to_address=guest.email, to_name=guest.name, calendar=calendar, calendar_method=method,
        subject=f"{'Cancelled' if off else 'Invitation'}: {when(meeting)}", body="\n\n".join(part for part in parts if part),
    )  # fmt: skip


def tell_host(meeting: Meeting, key: str, subject: str, body: str) -> Outgoing:
    return sending.internal_mail(key, meeting.host, subject, body)
