"""When somebody is busy, read from a calendar's text (RFC 5545) without trusting it: bounded in size, events and steps."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component
from icalendar.timezone import tzp

from appointments.rules import recurrence
from appointments.rules.recurrence import Steps, TooMuch
from crm.rules.working_time import Interval, merged, to_utc

MOST_BYTES = 8 * 1024 * 1024
MOST_EVENTS = 3000  # that lie in the window or recur
MOST_DATES = 2000  # of one RDATE or EXDATE within the window
MOST_STRETCHES = 20_000
LONGEST = timedelta(days=62)  # an occurrence that began before the window is found if it is no longer
# In zones every rule counts; of an event its times, and what says that it takes none.
_WANTED = re.compile(
    rb"^(?:BEGIN|END|UID|DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID|TRANSP|STATUS|X-MICROSOFT-CDO-BUSYSTATUS"
    rb"|FREEBUSY|ATTENDEE|X-WR-TIMEZONE|TZID|TZOFFSETFROM|TZOFFSETTO|TZNAME)[;:][^\n]*(?:\n[ \t][^\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
_EDGE = re.compile(rb"(BEGIN|END):\s*([A-Za-z-]{1,40})", re.IGNORECASE)
_PARTS = (b"VEVENT", b"VFREEBUSY", b"VTIMEZONE")
_DAY = re.compile(r"\d{8}")
_TZID = re.compile(r';TZID="?([^";:]{1,120})"?', re.IGNORECASE)
_ZONE_NAME = re.compile(r"TZID(?:;[^:]*)?:(.{1,120})", re.IGNORECASE)
_ZONE_RULE = re.compile(
    r"FREQ=YEARLY(;(INTERVAL=1|WKST=\w\w|UNTIL=\w{8,16}|BYMONTH=\d{1,2}|BYDAY=[+-]?\d{0,2}\w\w|BYMONTHDAY=[0-9,]{1,40}"
    r"|BY(HOUR|MINUTE|SECOND)=\d{1,2}))*",
    re.IGNORECASE,
)
_ZONE_MOST = 200  # lines
_MARK = "X-NUMBER"


class Unreadable(ValueError):
    """This text does not say when somebody is busy; why, in a sentence for whoever connected it."""


@dataclass(frozen=True)
class Stretch:
    """One busy stretch, in UTC, and the event it comes from."""

    uid: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Reading:
    """What a calendar said; `skipped` counts the events in it that nobody could read."""

    busy: list[Stretch]
    skipped: int = 0


@dataclass
class Part:
    """The lines of one component that matter here: name, parameters, value."""

    kind: bytes
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, line: bytes) -> None:
        """A line of a zone; of endless ones it is only known that they are."""
        if len(self.lines) < _ZONE_MOST:
            self.lines.append(_split(line))
        elif len(self.lines) == _ZONE_MOST:
            self.lines.append(("TOO-LONG", "", ""))

    def value(self, name: str) -> str:
        return next((value for key, _, value in self.lines if key == name), "")

    def has(self, *names: str) -> bool:
        return any(key in names for key, _, _ in self.lines)


@dataclass
class Window:
    """What is asked for, in UTC, and how floating times and days are meant."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    address: str = ""
    steps: Steps = field(default_factory=Steps)

    @property
    def days(self) -> tuple[date, date]:
        return (self.begin - LONGEST).date(), (self.end + timedelta(days=2)).date()


def read(raw: bytes, begin: datetime, end: datetime, zone: ZoneInfo, *, address: str = "") -> Reading:
    """Busy stretches between two moments (aware), clipped to them.

    `zone` is the owner's, for floating times and whole days; what `address` declined is free. Raises Unreadable.
    """
    window = Window(begin.astimezone(UTC), end.astimezone(UTC), zone, address.lower())
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"It is longer than {MOST_BYTES // 1024**2} MB.")
    if b"BEGIN:VCALENDAR" not in raw[:4096].upper():
        raise Unreadable("What came is no calendar.")
    try:
        return _read(raw, window)
    except TooMuch as much:
        raise Unreadable(str(much)) from much


def _read(raw: bytes, window: Window) -> Reading:
    series: dict[str, list[Part]] = {}
    zones: dict[str, str] = {}
    busy: list[Stretch] = []
    head, kept = "", 0
    for part in parts(raw):
        if part.kind == b"VTIMEZONE":
            zones.update(_custom_zone(part))
        elif part.kind == b"VFREEBUSY":
            busy += _free_busy(part, window)
        elif part.kind == b"VCALENDAR":
            head = part.value("X-WR-TIMEZONE")
        elif _matters(part, window):
            kept += 1
            if kept > MOST_EVENTS:
                raise Unreadable(f"More than {MOST_EVENTS} events lie in the time that was asked for.")
            series.setdefault(part.value("UID") or f"nameless {kept}", []).append(part)
    skipped = 0
    for uid, events in series.items():
        found = _series(uid, events, head, zones, window)
        skipped += found is None
        busy += found or []
        if len(busy) > MOST_STRETCHES:
            raise Unreadable("It holds more events than can be looked at.")
    return Reading(busy, skipped)


# Taking the text apart --------------------------------------------------------------------------------------------


def parts(raw: bytes) -> Iterator[Part]:
    """Events, free-busy and zones with the lines that matter, one pass; alarms, texts and attachments fall by the way."""
    part: Part | None = None
    inner = 0
    for found in _WANTED.finditer(raw if b"\n" in raw else raw.replace(b"\r", b"\n")):
        line = found[0]
        edge = _EDGE.match(line)
        if edge and edge[1][:1] in b"Bb":
            kind = edge[2].upper()
            if part is None:
                part, inner = (Part(kind), 0) if kind in _PARTS else (None, 0)
                continue
            inner += 1
        elif edge and part and inner == 0:
            yield part
            part = None
        elif part is None and not edge:
            name, params, value = _split(line)
            if name == "X-WR-TIMEZONE":
                yield Part(b"VCALENDAR", [(name, params, value.strip())])
        if part and part.kind == b"VTIMEZONE":
            part.add(line)
        elif part and not edge and inner == 0:
            part.lines.append(_split(line))
        inner -= bool(edge and part and edge[1][:1] in b"Ee")


def _split(line: bytes) -> tuple[str, str, str]:
    """An unfolded line (§3.1): name, parameters (with their semicolon), value; a colon inside quotes belongs to a parameter."""
    whole = line.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").replace(b"\n ", b"").replace(b"\n\t", b"").rstrip(b"\r")
    named = re.match(rb'([A-Za-z-]*)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):', whole[:4096])
    if not named:
        return _text(whole[:40]).upper(), "", ""
    return _text(named[1]).upper(), _text(named[2]), _text(whole[named.end() :])


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\x00", "")


def _matters(event: Part, window: Window) -> bool:
    """Whether an event can make anyone busy in the window, by a look at the digits of its days."""
    if event.has("RRULE", "RDATE", "RECURRENCE-ID"):
        return True
    if event.value("TRANSP").strip().upper() == "TRANSPARENT" or event.value("STATUS").strip().upper() == "CANCELLED":
        return False
    low, high = (f"{day:%Y%m%d}" for day in ((window.begin - timedelta(days=2)).date(), window.days[1]))
    start, end = event.value("DTSTART").strip()[:8], event.value("DTEND").strip()[:8]
    if not _DAY.fullmatch(start):
        return True
    return start <= high and (not _DAY.fullmatch(end) or end >= low) and not _long_over(event, start, low)


def _long_over(event: Part, start: str, low: str) -> bool:
    return start < low and not event.has("DTEND", "DURATION")


# Zones ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def known_zone(name: str) -> bool:
    """IANA's and Windows' names, and the prefixed ones of older programs, need no VTIMEZONE."""
    try:
        return tzp.timezone(name) is not None
    except (ValueError, KeyError, OSError, TypeError):
        return False


def _custom_zone(part: Part) -> dict[str, str]:
    """A zone that only this calendar knows, as text; its rules may recur by the year only."""
    name = part.value("TZID").strip()
    if not name or known_zone(name):
        return {}
    rules = [value.strip() for key, _, value in part.lines if key == "RRULE"]
    if part.has("TOO-LONG") or not all(_ZONE_RULE.fullmatch(rule) and _can_be(rule) for rule in rules):
        raise Unreadable(f"Its time zone “{name[:60]}” is described in a way that is not worked out.")
    lines = [f"{key}{params}:{value}" for key, params, value in part.lines]
    return {name: "\r\n".join(["BEGIN:VTIMEZONE", *lines, "END:VTIMEZONE", ""])}


def _can_be(rule: str) -> bool:
    """A rule for a day that never comes would be looked for until the year 9999."""
    parts = dict(one.split("=", 1) for one in rule.upper().split(";"))
    days = [int(day) for day in parts.get("BYMONTHDAY", "1").split(",") if day]
    return bool(days) and 1 <= min(days) <= 28 and 1 <= int(parts.get("BYMONTH", "1")) <= 12


# Series -----------------------------------------------------------------------------------------------------------


def _series(uid: str, events: Sequence[Part], head: str, zones: dict[str, str], window: Window) -> list[Stretch] | None:
    """The occurrences of one event with its exceptions; None for what cannot be read."""
    try:
        calendar = Calendar.from_ical(_as_text(events, head, zones, window))
        for component in calendar.walk("VEVENT"):
            _recur(component, events[int(str(component[_MARK]))], window)
        begin, end = (moment.astimezone(window.zone) for moment in (window.begin, window.end))
        found = recurring_ical_events.of(calendar, skip_bad_series=False).between(begin, end)
        return [stretch for one in found if (stretch := _stretch(uid, one, events, window))]
    except TooMuch:
        raise
    except Exception:  # two parsers on whatever a stranger wrote: each finds its own way to fail
        return None


def _as_text(events: Sequence[Part], head: str, zones: dict[str, str], window: Window) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Baton//Busy//EN"]
    if head and known_zone(head):
        lines.append(f"X-WR-TIMEZONE:{head}")
    named = {name for event in events for _, params, _ in event.lines for name in _TZID.findall(params)}
    lines += [zones[name].rstrip() for name in sorted(named) if name in zones]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"{_MARK}:{number}", *_lines(event, window), "END:VEVENT"]
    return ("\r\n".join(lines) + "\r\nEND:VCALENDAR\r\n").encode()


def _lines(event: Part, window: Window) -> Iterator[str]:
    for name, params, value in event.lines:
        if name in ("RDATE", "EXDATE"):
            near = recurrence.spaced(value, *window.days)
            if len(near) > MOST_DATES:
                raise TooMuch(f"An event in it names more than {MOST_DATES} days.")
            if near:
                yield f"{name}{params}:{','.join(near)}"
        elif name not in ("RRULE", "ATTENDEE"):
            yield f"{name}{params}:{value}"
    if not event.has("UID"):
        yield "UID:nameless"


def _recur(component: Component, event: Part, window: Window) -> None:
    """Replace the rule by the days it names in the window; nothing that walks rules ever sees it."""
    text = event.value("RRULE")
    start = getattr(component.get("DTSTART"), "dt", None)
    if not text or start is None or "RECURRENCE-ID" in component:
        return
    rule = recurrence.read(text, start)
    moments = recurrence.starts(rule, start, *window.days, window.steps.of_one())
    if not isinstance(start, datetime):
        component.add("RDATE", [moment.date() for moment in moments]) if moments else None
    elif moments:
        component.add("RDATE", [moment.replace(tzinfo=start.tzinfo) for moment in moments])


def _stretch(uid: str, one: Any, events: Sequence[Part], window: Window) -> Stretch | None:
    """None where an occurrence keeps nobody busy: transparent, cancelled, declined, or of no length."""
    said = {name: str(one.get(name, "")).strip().upper() for name in ("TRANSP", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS")}
    free = said["X-MICROSOFT-CDO-BUSYSTATUS"] in ("FREE", "WORKINGELSEWHERE")
    if said["TRANSP"] == "TRANSPARENT" or said["STATUS"] == "CANCELLED" or free:
        return None
    if window.address and _declined(events[int(str(one[_MARK]))], window.address):
        return None
    start, end = (moment_of(value, window.zone) for value in (one.start, one.end))
    start, end = max(start, window.begin), min(end, window.end)
    return Stretch(uid[:500], start, end) if start < end else None


def _declined(event: Part, address: str) -> bool:
    return any(
        key == "ATTENDEE" and "PARTSTAT=DECLINED" in params.upper() and value.strip().lower() == f"mailto:{address}"
        for key, params, value in event.lines
    )


def moment_of(value: datetime | date, zone: ZoneInfo) -> datetime:
    """In UTC; a day begins at its midnight, a floating time is meant where its owner is."""
    if value.year < 1971:
        return datetime(1971, 1, 1, tzinfo=UTC)
    if value.year > 2150:
        return datetime(2150, 1, 1, tzinfo=UTC)
    if not isinstance(value, datetime):
        return to_utc(value, time(), zone)
    return to_utc(value.date(), value.time(), zone) if value.tzinfo is None else value.astimezone(UTC)


# Free-busy --------------------------------------------------------------------------------------------------------


def _free_busy(part: Part, window: Window) -> Iterator[Stretch]:
    """Published free-busy time (§3.6.4): everything in it but FREE."""
    for name, params, value in part.lines:
        if name != "FREEBUSY" or "FBTYPE=FREE" in params.upper():
            continue
        near = recurrence.spaced(value, *window.days)
        if len(near) > MOST_STRETCHES:
            raise TooMuch("It names too many busy times.")
        for period in near:
            start, end = _period(period.strip())
            start, end = max(start, window.begin), min(end, window.end)
            if start < end:
                yield Stretch(part.value("UID")[:500], start, end)


def _period(text: str) -> tuple[datetime, datetime]:
    """`start/end` or `start/duration`, in UTC (§3.3.9); what cannot be read lasts a day."""
    first, _, second = text.partition("/")
    try:
        start = datetime.strptime(first[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError as bad:
        raise Unreadable("Its busy times are written in a way that cannot be read.") from bad
    try:
        return start, datetime.strptime(second[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        found = re.fullmatch(
            r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?", second
        )
        if not found:
            return start, start + timedelta(days=1)
        weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
        return start, start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def stretches(found: Iterable[Stretch], own: frozenset[str] = frozenset()) -> list[Interval]:
    """Sorted and joined, without the events that are meetings of ours."""
    return merged((one.start, one.end) for one in found if one.uid not in own)
