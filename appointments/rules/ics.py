"""Invitations that update rather than duplicate, and answers to them (RFC 5545, 5546)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Component, Event, vCalAddress, vText

PRODUCT = "-//Baton//Meetings//EN"
REQUEST, CANCEL, REPLY, COUNTER = "REQUEST", "CANCEL", "REPLY", "COUNTER"
MAX_BYTES = 512_000


@dataclass(frozen=True)
class Invitation:
    """A meeting as plain values; moments are aware and go out in UTC, which needs no VTIMEZONE."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    organizer: str
    organizer_name: str
    attendees: tuple[tuple[str, str], ...]  # address, name
    description: str = ""
    location: str = ""
    url: str = ""


def build(invitation: Invitation, method: str, stamped_at: datetime) -> str:
    """An iTIP REQUEST or CANCEL (RFC 5546 §3.2.2, §3.2.5): the same UID, a SEQUENCE that only grows."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(invitation, method, stamped_at))
    return calendar.to_ical().decode()


def _event(invitation: Invitation, method: str, stamped_at: datetime) -> Event:
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    event.add("dtstart", invitation.starts_at.astimezone(UTC))
    event.add("dtend", invitation.ends_at.astimezone(UTC))
    event.add("summary", invitation.summary)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("organizer", _address(invitation.organizer, invitation.organizer_name))
    for address, name in invitation.attendees:
        event.add("attendee", _address(address, name, asks=method == REQUEST), encode=False)
    for name, value in (("description", invitation.description), ("location", invitation.location)):
        if value:
            event.add(name, value)
    return event


def _address(address: str, name: str, *, asks: bool = False) -> vCalAddress:
    value = vCalAddress(f"mailto:{address}")
    if name:
        value.params["CN"] = vText(name)
    if asks:
        value.params |= {"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("NEEDS-ACTION"), "RSVP": vText("TRUE")}
    return value


@dataclass(frozen=True)
class RsvpAnswer:
    """What one attendee says about one meeting."""

    method: str
    uid: str
    sequence: int
    stamped_at: datetime | None
    address: str
    partstat: str
    proposed_start: datetime | None = None


def read_answers(raw: str | bytes) -> list[RsvpAnswer]:
    """Every REPLY or COUNTER in a calendar text; what cannot be read answers nothing."""
    if len(raw) > MAX_BYTES:
        return []
    try:
        calendars = Calendar.from_ical(raw, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        return []
    return [answer for calendar in calendars for answer in _answers(calendar)]


def _answers(calendar: Calendar) -> Iterator[RsvpAnswer]:
    method = str(calendar.get("method", "")).upper()
    if method not in (REPLY, COUNTER):
        return
    for event in calendar.walk("VEVENT"):
        attendees = event.get("attendee", [])
        for attendee in attendees if isinstance(attendees, list) else [attendees]:
            yield RsvpAnswer(
                method,
                str(event.get("uid", "")),
                _number(event.get("sequence", 0)),
                _moment(event, "dtstamp"),
                str(attendee).lower().removeprefix("mailto:").strip(),
                str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper(),
                _moment(event, "dtstart") if method == COUNTER else None,
            )


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdigit() else 0


def _moment(event: Component, name: str) -> datetime | None:
    value = getattr(event.get(name), "dt", None)
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def supersedes(answer: RsvpAnswer, sequence: int, last_stamp: datetime | None) -> bool:
    """RFC 5546 §2.1.5: an answer to an older version, or stamped no later than the last one, changes nothing."""
    if answer.sequence != sequence:
        return answer.sequence > sequence
    return last_stamp is None or answer.stamped_at is None or answer.stamped_at > last_stamp
