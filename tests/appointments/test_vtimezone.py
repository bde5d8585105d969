"""The zone's rules beside an invitation, read back by two parsers that share no code."""

import io
import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from icalendar import Calendar, Timezone

from appointments.rules import vtimezone
from appointments.rules.ics import REQUEST, Invitation, build

SECONDS = (-3601, -3600, -1, 0, 1, 3600, 3601)
# One of each manner: Europe, half hours, negative summer time, none, Ramadan, the southern half, midnight, politics.
ZONES = (
    "Europe/Amsterdam", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kolkata", "Africa/Casablanca", "America/Santiago",
    "Africa/Cairo", "Asia/Gaza", "America/New_York", "Asia/Almaty", "Antarctica/Troll", "America/Scoresbysund",
)  # fmt: skip


def differences(key, first=2024, last=2032):
    """Moments around each change of the clock that either parser reads otherwise than the zone itself."""
    zone, found = ZoneInfo(key), 0
    opens, closes = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    block = vtimezone.build(zone, opens, closes)
    text = block.to_ical().decode()
    readers = (
        tz.tzical(io.StringIO(text.replace("\r\n", "\n"))).get(key),
        Timezone.from_ical(text).to_tz(lookup_tzid=False),
    )
    for change in vtimezone.transitions(zone, opens, closes):
        for seconds in SECONDS:
            local = (change + timedelta(seconds=seconds)).astimezone(zone)
            if local.fold:
                continue  # said in UTC, as no TZID can say it
            naive = local.replace(tzinfo=None)
            found += sum(naive.replace(tzinfo=reader).astimezone(UTC) != local.astimezone(UTC) for reader in readers)
    return found


@pytest.mark.parametrize("key", ZONES)
def test_two_parsers_read_the_zone_as_it_is(key):
    assert differences(key) == 0


def meeting(start, zone="Europe/Amsterdam"):
    return Invitation(
        uid="m-1", sequence=0, starts_at=start, ends_at=start + timedelta(minutes=30), summary="Half an hour",
        organizer="sam@halden.example", organizer_name="Sam", attendees=(("joost@maas.example", "Joost"),), zone=zone,
    )  # fmt: skip


@pytest.mark.parametrize("start", [datetime(2026, 6, 16, 9, tzinfo=UTC), datetime(2026, 12, 16, 9, tzinfo=UTC)])
def test_an_invitation_says_the_guests_wall_clock_with_its_rules(start):
    text = build(meeting(start), REQUEST, start)
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert f"DTSTART;TZID=Europe/Amsterdam:{start.astimezone(ZoneInfo('Europe/Amsterdam')):%Y%m%dT%H%M%S}" in text
    assert event["dtstart"].dt.astimezone(UTC) == start and text.count("BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize(("hour", "minute"), [(1, 0), (0, 45)])
def test_the_second_of_two_equal_hours_goes_out_in_utc(hour, minute):
    start = datetime(2026, 10, 25, hour, minute, tzinfo=UTC)
    text = build(meeting(start), REQUEST, start)
    assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}" in text and "VTIMEZONE" not in text


def test_no_zone_changes_twice_within_the_step_that_is_looked_at():
    opens, closes = datetime(2024, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
    for key in sorted(zoneinfo.available_timezones())[::40]:
        zone, hour = ZoneInfo(key), opens
        found = list(vtimezone.transitions(zone, opens, closes))
        offsets = []
        while hour < closes:
            offsets.append(hour.astimezone(zone).utcoffset())
            hour += timedelta(hours=12)
        changed = sum(before != after for before, after in pairwise(offsets))
        assert changed <= len(found)
