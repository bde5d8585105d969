"""The agreed hour stays when a zone gets other rules."""

import shutil
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appointments.models import Meeting, Reminder
from appointments.rules import wall_times as rules
from appointments.services import booking, meeting_mails, offers, wall_times
from crm.models import Event, Notification
from prospecting.models import Outgoing
from tests.appointments.world import at, booked, item_of, replied


@pytest.fixture
def new_rules(tmp_path):
    """From here on Amsterdam keeps the clock of Lagos: an hour behind its summer time."""
    folder = next(Path(one) for one in (*zoneinfo.TZPATH, *shipped()) if (Path(one) / "Africa/Lagos").exists())
    (tmp_path / "Europe").mkdir()
    shutil.copy(folder / "Africa/Lagos", tmp_path / "Europe/Amsterdam")
    before = zoneinfo.TZPATH

    def change():
        zoneinfo.reset_tzpath(to=[str(tmp_path), *before])
        zoneinfo.ZoneInfo.clear_cache()

    yield change
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()


def shipped():
    import tzdata  # noqa: PLC0415 - data, only looked for where the system has none

    return [str(Path(tzdata.__file__).parent / "zoneinfo")]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 6, 16, 9, tzinfo=UTC), "2026-06-16T11:00:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), ""),
    ],
)
def test_a_moment_and_its_wall_clock_time_say_the_same(moment, said):
    assert rules.wall(moment, "Europe/Amsterdam") == said
    assert rules.instant(said, "Europe/Amsterdam") == (moment if said else None)


def test_an_hour_that_is_skipped_becomes_the_end_of_the_gap():
    assert rules.instant("2026-03-29T02:30:00", "Europe/Amsterdam") == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.fixture
def world(ada, ben, noor, ruth, monday, once):
    return once(booked, ada, noor)


@pytest.fixture
def meeting(world):
    return world.meeting


@pytest.mark.django_db
def test_the_hour_stays_the_moment_moves_and_both_sides_are_told_once(meeting, new_rules):
    assert wall_times.keep_all() == 0
    new_rules()
    assert [wall_times.keep_all(), wall_times.keep_all()] == [1, 0]
    moved = Meeting.objects.get()
    assert (moved.starts_at, moved.ends_at, moved.sequence) == (at(16, 10), at(16, 10, 30), 1)
    assert meeting_mails.when(moved).startswith("Tue 16 June, 11:00")
    assert Reminder.objects.get(kind="hour", state="planned").due_at == at(16, 9)
    letter = Outgoing.objects.get(key=f"meeting:{moved.pk}:zone:1")
    assert "SEQUENCE:1" in letter.calendar and "another moment" in letter.body
    assert set(Notification.objects.filter(text__contains="new rules").values_list("user", flat=True)) == {
        moved.host_id, moved.setter_id,
    }  # fmt: skip
    assert Event.objects.filter(kind="meeting.zone_changed").count() == 1


@pytest.mark.django_db
def test_where_the_host_is_taken_then_a_person_is_asked_once(world, meeting, new_rules, ada):
    anna = item_of(replied(world, "I would like to meet too.", sender="anna@maas-dekker.example", name="Anna"))
    booking.book(
        offers.offer(anna, [at(16, 10)], by=ada), at(16, 10), key="form-2", guest_name="Anna",
        guest_email="anna@maas-dekker.example", guest_zone="UTC",
    )  # fmt: skip
    new_rules()
    assert [wall_times.keep_all(), wall_times.keep_all()] == [0, 0]
    meeting.refresh_from_db()
    assert (meeting.starts_at, Event.objects.filter(kind="meeting.zone_overlap").count()) == (at(16, 9), 1)


def test_a_day_is_a_day_however_long():
    before = datetime(2026, 3, 28, 10, tzinfo=UTC)
    said = rules.wall(before, "Europe/Amsterdam").replace("-28T", "-29T")
    assert rules.instant(said, "Europe/Amsterdam") - before == timedelta(hours=23)
