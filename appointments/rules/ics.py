"""Invitations that update rather than duplicate, and answers to them (RFC 5545, 5546)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, vCalAddress, vText

from appointments.rules import vtimezone

PRODUCT = "-//Baton//Meetings//EN"
REQUEST, CANCEL, REPLY, COUNTER, DECLINECOUNTER = "REQUEST", "CANCEL", "REPLY", "COUNTER", "DECLINECOUNTER"
MAX_BYTES = 512_000
MAX_LINES = 600

# What is read of an answer; the rest of it is left where it is, so that its size costs nothing.
READ = re.compile(
    r"(?:BEGIN|END|METHOD|UID|SEQUENCE|DTSTAMP|DTSTART|DTEND|DURATION|ATTENDEE|COMMENT|RECURRENCE-ID|RRULE|RDATE"
    r"|TZID|TZOFFSETFROM|TZOFFSETTO|TZNAME)[;:]", re.IGNORECASE,
)  # fmt: skip
# A yearly change of the clock; a rule that asks for more than that would be counted out for ever.
YEARLY = re.compile(
    r"RRULE:FREQ=YEARLY(;(UNTIL=[0-9TZ]+|INTERVAL=1|WKST=[A-Z]{2}|BYMONTH=\d+|BYDAY=[-+]?\d?[A-Z]{2}"
    r"|BYMONTHDAY=[-\d,]{1,30}))*", re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True)
class Invitation:
    """A meeting as plain values; moments are aware. With an IANA `zone` they go out as its wall-clock time."""

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
    zone: str = ""
    coming: tuple[str, ...] = ()  # addresses of those who have said yes: the hosts


def build(invitation: Invitation, method: str, stamped_at: datetime) -> str:
    """An iTIP REQUEST, CANCEL or DECLINECOUNTER (RFC 5546 §3.2.2, §3.2.5, §3.2.8): the same UID, a SEQUENCE that only
    grows. Wall-clock times where they say the moment, with the zone's rules beside them; else UTC."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    zone = ZoneInfo(invitation.zone or "UTC")
    if all(vtimezone.expressible(moment, zone) for moment in (invitation.starts_at, invitation.ends_at)):
        calendar.add_component(vtimezone.build(zone, invitation.starts_at, invitation.ends_at))
    else:
        zone = ZoneInfo("UTC")
    calendar.add_component(_event(invitation, method, stamped_at, zone))
    return calendar.to_ical().decode()


def _event(invitation: Invitation, method: str, stamped_at: datetime, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    for name, moment in (("dtstart", invitation.starts_at), ("dtend", invitation.ends_at)):
        event.add(name, moment.astimezone(UTC) if zone.key == "UTC" else moment.astimezone(zone))
    event.add("summary", invitation.summary)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("organizer", _address(invitation.organizer, invitation.organizer_name))
    for address, name in invitation.attendees:
        partstat = ("ACCEPTED" if address in invitation.coming else "NEEDS-ACTION") if method == REQUEST else ""
        event.add("attendee", _address(address, name, partstat=partstat), encode=False)
    for name, value in (("description", invitation.description), ("location", invitation.location)):
        if value:
            event.add(name, value)
    return event


def _address(address: str, name: str, *, partstat: str = "") -> vCalAddress:
    value = vCalAddress(f"mailto:{address}")
    if name:
        value.params["CN"] = vText(name)
    if partstat:
        value.params |= {"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText(partstat)}
    if partstat == "NEEDS-ACTION":
        value.params["RSVP"] = vText("TRUE")
    return value


@dataclass(frozen=True)
class RsvpAnswer:
    """What one attendee says about one meeting. A proposed time without a zone is naive: the guest's wall clock."""

    method: str
    uid: str
    sequence: int
    stamped_at: datetime | None
    address: str
    partstat: str
    proposed_start: datetime | None = None
    proposed_end: datetime | None = None
    delegated_to: str = ""
    delegated_from: str = ""
    comment: str = ""
    one_of_series: bool = False  # has a RECURRENCE-ID; no meeting of ours is a series


def read_answers(raw: str | bytes) -> list[RsvpAnswer]:
    """Every REPLY or COUNTER in a calendar text; what cannot be read, or is far too long, answers nothing."""
    if len(raw) > MAX_BYTES:
        return []
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if not re.search(r"^METHOD[^\r\n]*:(REPLY|COUNTER)\s*$", text, re.IGNORECASE | re.MULTILINE):
        return []
    lines = [line for line in _unfolded(text) if READ.match(line) and _harmless(line)]
    if len(lines) > MAX_LINES:
        return []
    try:
        calendars = Calendar.from_ical("\r\n".join(lines) + "\r\n", multiple=True)
        return [answer for calendar in calendars for answer in _answers(calendar)]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return []


def _unfolded(text: str) -> list[str]:
    """Content lines without the folding (RFC 5545 §3.1)."""
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def _harmless(line: str) -> bool:
    return not line.upper().startswith("RRULE") or YEARLY.fullmatch(line) is not None


def _answers(calendar: Component) -> Iterator[RsvpAnswer]:
    method = str(calendar.get("method", "")).upper()
    if method not in (REPLY, COUNTER):
        return
    for event in calendar.walk("VEVENT"):
        start = _moment(event, "dtstart") if method == COUNTER else None
        for attendee in _all(event, "attendee"):
            params = getattr(attendee, "params", {})
            yield RsvpAnswer(
                method,
                str(_first(event, "uid", "")),
                _number(_first(event, "sequence", 0)),
                _utc(_moment(event, "dtstamp")),
                _bare(attendee),
                str(params.get("PARTSTAT", "")).upper(),
                start,
                _end(event, start),
                _bare(_one(params.get("DELEGATED-TO", ""))),
                _bare(_one(params.get("DELEGATED-FROM", ""))),
                str(_first(event, "comment", ""))[:500],
                "RECURRENCE-ID" in event,
            )


def _all(event: Component, name: str) -> list[object]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _first(event: Component, name: str, default: object) -> object:
    return next(iter(_all(event, name)), default)


def _one(value: object) -> object:
    return next(iter(value), "") if isinstance(value, list | tuple) else value


def _bare(address: object) -> str:
    return str(address).strip().strip('"').lower().removeprefix("mailto:").strip()


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _moment(event: Component, name: str) -> datetime | None:
    """Aware in UTC, or naive where the text names no zone that can be read."""
    value = getattr(_first(event, name, None), "dt", None)
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _end(event: Component, start: datetime | None) -> datetime | None:
    """From DTEND or DURATION; None where neither says."""
    if start is None:
        return None
    if end := _moment(event, "dtend"):
        return end if (end.tzinfo is None) == (start.tzinfo is None) else None
    duration = getattr(_first(event, "duration", None), "td", None)
    return start + duration if duration else None


def supersedes(answer: RsvpAnswer, sequence: int, last_stamp: datetime | None) -> bool:
    """RFC 5546 §2.1.5: an answer to an older version, or stamped no later than the last one, changes nothing.

    Against a newer version of the meeting, or its last answer: `sequence` and `last_stamp` are what is known.
    """
    if answer.sequence != sequence:
        return answer.sequence > sequence
    return last_stamp is None or (answer.stamped_at is not None and answer.stamped_at > last_stamp)
