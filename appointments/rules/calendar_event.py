"""A meeting as an event in its host's own calendar (RFC 5545, RFC 4791 §4.1: no METHOD)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from icalendar import Calendar, Event

PRODUCT = "-//Baton//Meetings//EN"


@dataclass(frozen=True)
class Held:
    """What the host sees in their calendar; moments are aware."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""


def text(event: Held, stamped_at: datetime) -> str:
    """Without ORGANIZER and ATTENDEE: a server that schedules (RFC 6638 §3.2) would send the guest a second invitation."""
    one = Event()
    one.add("uid", event.uid)
    one.add("sequence", event.sequence)
    one.add("dtstamp", stamped_at.astimezone(UTC))
    one.add("dtstart", event.starts_at.astimezone(UTC))
    one.add("dtend", event.ends_at.astimezone(UTC))
    one.add("summary", event.summary)
    one.add("status", "CONFIRMED")
    one.add("transp", "OPAQUE")
    for name, value in (("location", event.location), ("description", event.description), ("url", event.url)):
        if value:
            one.add(name, value)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(one)
    return calendar.to_ical().decode()


def address_in(collection: str, uid: str) -> str:
    """Where it lies in a collection: always the same for one UID, so that a second try lays it over the first."""
    return f"{collection.rstrip('/')}/{sha256(uid.encode()).hexdigest()[:32]}.ics"
