"""Invitations that update, and answers to them in the order RFC 5546 asks for."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from appointments.rules.ics import CANCEL, REQUEST, Invitation, RsvpAnswer, build, read_answers, supersedes

NOW = datetime(2026, 6, 11, 9, tzinfo=UTC)
CORPORA = Path(os.environ.get("CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))


def invitation(sequence=0):
    return Invitation(
        uid="m-1@halden-air.example", sequence=sequence, starts_at=NOW, ends_at=NOW + timedelta(minutes=30),
        summary="Half an hour", organizer="sam@halden-air.example", organizer_name="Sam Whitlock",
        attendees=(("joost@maas.example", "Joost, Dekker"),), location="https://meet.example/1",
    )  # fmt: skip


def event(text):
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    return found


def test_an_invitation_carries_its_uid_and_sequence():
    found = event(build(invitation(2), REQUEST, NOW))
    assert (str(found["uid"]), int(found["sequence"])) == ("m-1@halden-air.example", 2)


def test_a_cancellation_keeps_the_uid_and_says_so():
    text = build(invitation(3), CANCEL, NOW)
    assert "METHOD:CANCEL" in text and str(event(text)["status"]) == "CANCELLED"


def test_without_a_zone_moments_go_out_in_utc():
    assert "DTSTART:20260611T090000Z" in build(invitation(), REQUEST, NOW)


def test_an_answer_is_read_with_its_attendee():
    text = (
        build(invitation(), REQUEST, NOW).replace("METHOD:REQUEST", "METHOD:REPLY").replace("NEEDS-ACTION", "DECLINED")
    )
    (answer,) = read_answers(text)
    assert (answer.address, answer.partstat, answer.uid) == ("joost@maas.example", "DECLINED", "m-1@halden-air.example")


def test_a_counter_proposal_brings_its_time():
    (answer,) = read_answers(build(invitation(), REQUEST, NOW).replace("METHOD:REQUEST", "METHOD:COUNTER"))
    assert answer.proposed_start == NOW


@pytest.mark.parametrize(
    "raw", ["", "BEGIN:VCALENDAR", b"\x00\xff", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR"]
)
def test_a_broken_calendar_answers_nothing(raw):
    assert read_answers(raw) == []


@pytest.mark.parametrize(
    ("sequence", "minutes", "counts"), [(0, 5, False), (1, 5, True), (1, 0, False), (1, -5, False), (2, -5, True)]
)
def test_an_older_answer_changes_nothing(sequence, minutes, counts):
    stamp = NOW + timedelta(minutes=minutes)
    answer = RsvpAnswer("REPLY", "m-1", sequence, stamp, "joost@maas.example", "ACCEPTED")
    assert supersedes(answer, 1, NOW) is counts


@pytest.mark.corpus
def test_real_calendars_never_break_the_reader():
    files = list((CORPORA / "itip").rglob("*.ics"))
    if not files:
        pytest.skip(f"no corpora at {CORPORA}")
    assert all(isinstance(read_answers(path.read_bytes()), list) for path in files)
