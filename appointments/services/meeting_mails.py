"""What guests get about their meeting: confirmation with invitation, changes, reminders, recovery."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from appointments.models import CounterProposal, Meeting, MeetingGuest, Offer, Recovery
from appointments.rules import letter_html, letter_words, zones
from appointments.rules.ics import CANCEL, DECLINECOUNTER, REQUEST, Invitation, build
from crm import clock, links
from crm.errors import Refused
from crm.models import Mailbox, Organisation, User
from prospecting.models import Outgoing
from prospecting.services import sending

LINK = "meeting"
UID_BEGINS = 12  # so much of it tells apart what a restored database counted twice


def when_at(moment: datetime, zone: str, language: str = "en") -> str:
    """As in Tue 16 June, 14:30 (Europe/Amsterdam)."""
    return letter_words.moment(moment.astimezone(ZoneInfo(zone or "UTC")), zone or "UTC", language)


def when(meeting: Meeting, zone: str = "") -> str:
    """For our own people, in English; what a guest reads is said by `_say`."""
    return when_at(meeting.starts_at, zone or meeting.guest_zone or "UTC")


def _say(meeting: Meeting, key: str, *, zone: str = "", **values: object) -> str:
    """A sentence in the guest's language; it knows the time in their zone, the host, the length and their link."""
    known = {
        "when": when_at(meeting.starts_at, zone or meeting.guest_zone, meeting.guest_language), "host": meeting.host,
        "minutes": meeting.meeting_type.minutes, "link": manage_link(meeting),
    }  # fmt: skip
    return letter_words.say(key, meeting.guest_language, **{**known, **values})


def token(meeting: Meeting) -> str:
    begins = meeting.uid[:UID_BEGINS]
    return links.sign(LINK, meeting=meeting.pk, uid=begins, team=meeting.team_id, number=meeting.link_number)


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
    # Links of an earlier release say the whole UID; what is signed is as good as guessed by nobody either way.
    rows = rows.filter(pk=said.get("meeting", 0), link_number=said.get("number", 0))
    found = rows.filter(uid__startswith=said.get("uid") or "-").first()
    if found is None:
        raise Refused(links.TAMPERED)
    return found


def invitation(meeting: Meeting) -> Invitation:
    return Invitation(
        uid=meeting.uid, sequence=meeting.sequence, starts_at=meeting.starts_at, ends_at=meeting.ends_at,
        summary=f"{meeting.meeting_type}: {meeting.guest_name}, {meeting.host}",
        organizer=_organizer(meeting), organizer_name=str(meeting.host),
        attendees=_attendees(meeting),
        location=meeting.place, description=_say(meeting, "change_short"),
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
    body = _letter(meeting, _say(meeting, "booked"), _place(meeting), _say(meeting, "change"))
    return _send(meeting, "confirmed", _say(meeting, "booked_subject"), body, REQUEST)


def moved(meeting: Meeting) -> Outgoing:
    body = _letter(meeting, _say(meeting, "moved"), _place(meeting), _say(meeting, "change_short"))
    return _send(meeting, "moved", _say(meeting, "moved_subject"), body, REQUEST)


def cancelled(meeting: Meeting) -> Outgoing:
    return _send(
        meeting, "cancelled", _say(meeting, "cancelled_subject"), _letter(meeting, _say(meeting, "cancelled")), CANCEL
    )


def zone_changed(meeting: Meeting, before: datetime) -> Outgoing:
    """The clock where the guest is changes otherwise than it was to: the hour stays, the moment moves."""
    zone = meeting.wall_zone
    moments = {"city": zones.city(zone), "before": f"{before:%H:%M}", "now": f"{meeting.starts_at:%H:%M}"}
    body = _letter(meeting, _say(meeting, "zone", zone=zone, **moments), _say(meeting, "zone_change"))
    return _send(meeting, "zone", _say(meeting, "zone_subject", zone=zone), body, REQUEST)


def offers_move(meeting: Meeting) -> str:
    """What may be written where the time does not suit the guest: with their own link, by which they move it themselves."""
    return _letter(meeting, _say(meeting, "change"))


def counter_refused(proposal: CounterProposal) -> Outgoing:
    """The other time their calendar proposed does not suit us; the agreed one stands."""
    meeting = proposal.meeting
    other = when_at(proposal.starts_at, meeting.guest_zone, meeting.guest_language)
    body = _letter(meeting, _say(meeting, "counter", other=other), _say(meeting, "counter_change"))
    calendar = build(invitation(meeting), DECLINECOUNTER, clock.now())
    subject = _say(meeting, "counter_subject")
    return _deliver(meeting, f"counter:{proposal.pk}", subject, body, calendar, DECLINECOUNTER)


def remind(meeting: Meeting, kind: str) -> Outgoing:
    """Early and last reminders; the one of the day before asks whether the time stands: yes, move, or cannot."""
    first, last = {
        "lead": ("early", "change_short"), "day": (_soon(meeting), "asks"), "hour": (_soon(meeting), "something"),
    }[kind]  # fmt: skip
    body = _letter(meeting, _say(meeting, first), _place(meeting), _say(meeting, last))
    return _send(meeting, kind, _say(meeting, "reminder_subject"), body, "")


def _soon(meeting: Meeting) -> str:
    """How far off it is on the guest's calendar, whatever the plan of this kind of meeting says."""
    zone = ZoneInfo(meeting.guest_zone or "UTC")
    now = clock.now()
    days = (meeting.starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0:
        return "in_an_hour" if abs((meeting.starts_at - now).total_seconds() - 3600) < 600 else "today"
    return "tomorrow" if days == 1 else "soon"


def recover(recovery: Recovery, offer: Offer, link: str) -> Outgoing:
    """After a no-show: no blame, new times; an apology where the fault was ours."""
    meeting = recovery.meeting
    starts = [datetime.fromisoformat(one["start"]) for one in offer.slots]
    times = "\n".join(f"- {when_at(start, offer.guest_zone, meeting.guest_language)}" for start in starts)
    parts = [
        _say(meeting, f"missed_{meeting.side or 'guest'}"), _say(meeting, "free", times=times) if times else "",
        _say(meeting, "one_click", link=link),
    ]  # fmt: skip
    key = f"recovery:{recovery.pk}:{recovery.tries + 1}"
    return _deliver(meeting, key, _say(meeting, "again_subject"), _letter(meeting, *parts), "", "")


def _place(meeting: Meeting) -> str:
    return _say(meeting, "where", place=meeting.place) if meeting.place else ""


def _letter(meeting: Meeting, *parts: str, name: str | None = None) -> str:
    """Greeting, parts, and who writes; to the guest, or to somebody asked along by their name."""
    whom = (meeting.guest_name if name is None else name).strip()
    greeting = _say(meeting, "hello_name", name=whom, first=whom.split(" ")[0]) if whom else _say(meeting, "hello")
    organisation = Organisation.objects.first()
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
        html=_html(body), calendar=calendar, calendar_method=method,
    )  # fmt: skip


def _own_mailbox(user: User | None) -> Mailbox | None:
    return user.mailboxes.filter(state="active").first() if user else None


def absolute(path: str) -> str:
    """A page of ours as mail needs it, made from settings.BASE_URL and never from a request."""
    return f"{settings.BASE_URL}{path}"


def to_guest(guest: MeetingGuest, meeting: Meeting) -> Outgoing:
    """The invitation as it stands, to someone asked along; without the link that moves or cancels, which is not theirs."""
    off = meeting.state == Meeting.State.CANCELLED
    booker = meeting.guest_name or str(meeting.account)
    whom = _say(meeting, "and", one=booker, other=meeting.host)
    # Asked along before it moved: they read that the time is another, and no second invitation.
    knows = Outgoing.objects.filter(key__startswith=f"guest:{guest.pk}:{Meeting.State.BOOKED}:").exists()
    what = "along_off" if off else "moved" if knows else "along"
    said = _say(meeting, what, guest=meeting.guest_name or meeting.host, whom=whom)
    body = _letter(meeting, said, "" if off else _place(meeting), name=guest.name)
    method = CANCEL if off else REQUEST
    calendar = build(replace(invitation(meeting), description=""), method, clock.now())
    mailbox = _own_mailbox(meeting.setter) or _own_mailbox(meeting.host)
    mailbox = meeting.conversation.mailbox if meeting.conversation else mailbox
    return sending.meeting_mail(
        f"guest:{guest.pk}:{meeting.state}:{meeting.sequence}", account=meeting.account, contact=guest.contact,
        mailbox=mailbox, to_address=guest.email, to_name=guest.name, calendar=calendar, calendar_method=method,
        subject=_say(meeting, "cancelled_subject" if off else f"{what}_subject"), body=body, html=_html(body),
    )  # fmt: skip


def tell_host(meeting: Meeting, key: str, subject: str, body: str) -> Outgoing:
    return sending.internal_mail(key, meeting.host, subject, body, html=_html(body))


def _html(body: str) -> str:
    return letter_html.to_html(body, settings.BASE_URL)
