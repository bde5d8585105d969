"""Times somebody says they could meet, with the window each leaves open."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appointments.rules import absence
from appointments.rules import calendar_words as words
from appointments.rules.dates import FoundDate, find_dates
from appointments.rules.people import entity
from appointments.rules.phrases import fold
from crm.rules.working_time import to_utc

Entity = dict[str, Any]

# What may follow a bare hour: "at 2 works", but not "at 2 sites".
FITS = "(?:works?|suits?|fits?|would|sounds|please|then|perhaps|maybe|passt|ginge|bitte|dann|past|schikt|convient|serait|iria|seria|conviene|andrebbe)"
CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))\b ?(?P<half>am|pm|a\.m|p\.m)?"
    r"|\b(?P<hour2>[01]?\d|2[0-3]) ?(?P<unit>am|pm|a\.m|p\.m|uhr|uur|h|hrs|heures|o'clock|horas)\b"
    rf"|\b(?:{'|'.join(words.AT + words.AFTER + words.BEFORE)}|between|and) (?P<hour3>[01]?\d|2[0-3])\b(?![.,:/]?\d|%| ?(?!{FITS}\b)[a-z]{{3}})"
    rf"|\b(?:{'|'.join(words.AT)}) (?P<said>{'|'.join(words.HOURS)})\b(?! of\b)(?! (?!or|uhr|heures|horas|o'clock)[a-z]{{2}})"
    r"|\b(?P<noon>noon|midday|mittag|midi|mediodia|mezzogiorno|meio-dia)\b"
)

SHORT = 160  # letters of an answer that may name an hour alone


@dataclass(frozen=True)
class Reading:
    """A text with what is needed to resolve what it names."""

    text: str
    received: date
    zone: ZoneInfo
    country: str = ""

    @property
    def us(self) -> bool:
        return self.country == "US" or self.zone.key.startswith("America/")

    @property
    def dates(self) -> list[FoundDate]:
        return find_dates(self.text, self.received, us=self.us)


def _hour(match: re.Match[str]) -> tuple[time, bool]:
    """The time, and whether it was said exactly; 1 to 6 without am or pm is the afternoon."""
    if match["noon"]:
        return time(12), True
    if match["said"]:
        hour = words.HOURS[match["said"]]
        return time(hour + 12 if hour <= 6 else hour), True
    hour, minute = int(match["hour"] or match["hour2"] or match["hour3"]), int(match["minute"] or 0)
    half = (match["half"] or match["unit"] or "").replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif half not in ("am", "pm") and 1 <= hour <= 6:
        hour += 12
    return time(hour, minute), bool(match["hour"] or match["hour2"])


def proposed_times(reading: Reading) -> list[Entity]:
    """Times somebody says they could meet, each with its window in UTC; without an hour, the working day."""
    folded, result = fold(reading.text), []
    found_days = [found for found in reading.dates if found.precision in ("day", "week")]
    for number, found in enumerate(found_days):
        ends = found_days[number + 1].start if number + 1 < len(found_days) else len(folded)
        end = min(ends, found.end + 45)
        clocks = list(CLOCK.finditer(folded, found.end, end)) or list(
            CLOCK.finditer(folded, max(0, found.start - 16), found.start)
        )
        result.append(_proposal(reading, folded, found, clocks))
    return result or _vague(reading, folded)


def _vague(reading: Reading, folded: str) -> list[Entity]:
    """Without a day: this week, a month, else an hour of a day that only the thread knows (it has no `starts_at`)."""
    week, months = absence.SPAN_AWAY.search(folded), [found for found in reading.dates if found.precision == "month"]
    if week:
        friday = max(reading.received, reading.received + timedelta(4 - reading.received.weekday()))
        return [_window(reading, week.start(), week.end(), reading.received, friday)]
    if months:
        return [_window(reading, one.start, one.end, one.day, one.day.replace(day=28)) for one in months[:2]]
    hours = [match for match in CLOCK.finditer(folded[:SHORT]) if match["minute"] or match["unit"]]
    if len(folded) > SHORT or len(hours) > 2:
        return []
    return [entity(reading.text, match.start(), match.end(), kind="hour", zone=reading.zone.key) for match in hours]


def _window(reading: Reading, start: int, end: int, first: date, last: date) -> Entity:
    zone = reading.zone
    return entity(
        reading.text, start, end, kind="day", zone=zone.key,
        starts_at=to_utc(first, time(9), zone).isoformat(), ends_at=to_utc(last, time(17), zone).isoformat(),
    )  # fmt: skip


def _proposal(reading: Reading, folded: str, found: FoundDate, clocks: list[re.Match[str]]) -> Entity:
    day, zone = found.day, reading.zone
    first, last, kind = time(9), time(17), "day"
    start, end = found.start, found.end
    around = folded[found.end : found.end + 24]
    if clocks:
        clock = clocks[0]
        start, end = min(start, clock.start()), max(end, clock.end())
        said = folded[max(0, clock.start() - 9) : clock.end()]
        at = _hour(clock)[0]
        if any(
            re.search(rf"\b{word}\b", said)
            for word in ("after", "nach", "ab", "apres", "despues", "na", "vanaf", "dopo", "depois")
        ):
            first, last, kind = at, max(time(18), at), "after"
        elif any(re.search(rf"\b{word}\b", said) for word in ("before", "vor", "avant", "antes", "voor", "prima")):
            first, last, kind = time(8), at, "before"
        elif len(clocks) > 1:
            first, last, kind, end = at, _hour(clocks[1])[0], "between", max(end, clocks[1].end())
        else:
            first, last, kind = at, at, "at"
    elif any(word in around for word in words.MORNING):
        first, last, kind = time(8), time(12), "morning"
    elif any(word in around for word in words.AFTERNOON):
        first, last, kind = time(12), time(18), "afternoon"
    final_day = day + timedelta(days=4) if found.precision == "week" else day
    return entity(
        reading.text, start, end, kind=kind, zone=zone.key,
        starts_at=to_utc(day, first, zone).isoformat(), ends_at=to_utc(final_day, last, zone).isoformat(),
    )  # fmt: skip
