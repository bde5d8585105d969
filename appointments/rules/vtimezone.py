"""A zone's rules over the years around a meeting, as calendars without our zone data need them (RFC 5545 §3.6.5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

STEP = timedelta(days=7)  # no zone changed its rules twice within a week; checked against every transition in R9
SECOND = timedelta(seconds=1)


def expressible(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a wall-clock time with a TZID says this moment: in a doubled hour only the first can be said (§3.3.5)."""
    return zone.key != "UTC" and moment.astimezone(zone).fold == 0 and not (_offset(moment, zone) % 60)


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def transitions(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every moment (UTC) after `start` and up to `end` at which the offset, its name or summer time changes."""
    before = start.astimezone(UTC)
    while before < end:
        after = min(before + STEP, end)
        if _state(before, zone) != _state(after, zone):
            yield _between(before, after, zone)
        before = after


def _state(moment: datetime, zone: ZoneInfo) -> tuple[timedelta | None, str | None, timedelta | None]:
    local = moment.astimezone(zone)
    return local.utcoffset(), local.tzname(), local.dst()


def _between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second of a change, by halving."""
    old = _state(before, zone)
    while after - before > SECOND:
        middle = (before + (after - before) // 2).replace(microsecond=0)
        before, after = (middle, after) if _state(middle, zone) == old else (before, middle)
    return after


def build(zone: ZoneInfo, start: datetime, end: datetime) -> Timezone:
    """A VTIMEZONE that equals the zone's rules from the first day of the year before `start` to the last of the year
    after `end`: the observance in force at its beginning, and one for each change."""
    years = start.astimezone(zone).year - 1, end.astimezone(zone).year + 2
    return cast(Timezone, Timezone.from_ical(_text(zone.key, *years, zone)))


@lru_cache(maxsize=512)
def _text(key: str, first: int, last: int, zone: ZoneInfo) -> bytes:
    opens, closes = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    block = Timezone()
    block.add("tzid", key)
    block.add_component(_observance(opens, opens, zone))
    for change in transitions(zone, opens, closes):
        block.add_component(_observance(change, change - SECOND, zone))
    return block.to_ical()


def _observance(onset: datetime, before: datetime, zone: ZoneInfo) -> TimezoneStandard | TimezoneDaylight:
    """From `onset` on; its local time is told by the clock that went before (§3.6.5, DTSTART)."""
    old = before.astimezone(zone).utcoffset() or timedelta()
    local = onset.astimezone(zone)
    part = TimezoneDaylight() if (local.dst() or timedelta()) > timedelta() else TimezoneStandard()
    part.add("dtstart", (onset.astimezone(UTC) + old).replace(tzinfo=None))
    part.add("tzoffsetfrom", old)
    part.add("tzoffsetto", local.utcoffset() or timedelta())
    part.add("tzname", local.tzname() or key_of(local))
    return part


def key_of(local: datetime) -> str:
    """`+0530` where a zone names no abbreviation."""
    return f"{local:%z}"
