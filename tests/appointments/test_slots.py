"""Free times: hours, busy times, limits, and the two nights a year when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.rules.slots import Limits, free_slots, nearest, pick, within

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MONDAY = datetime(2026, 6, 15, 5, tzinfo=UTC)
NIGHT = {day: ((time(1), time(5)),) for day in range(7)}


def at(hour, minute=0, day=15):
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def one_day(**limits):
    return Limits(zone=BERLIN, horizon_days=0, notice_hours=0, **limits)


def test_slots_fill_the_working_hours_of_the_host():
    slots = free_slots(Limits(zone=BERLIN, notice_hours=0, horizon_days=1), MONDAY, [])
    assert [slot for slot in slots if slot.day == 15] == [at(7) + timedelta(minutes=30 * n) for n in range(16)]


def test_nothing_is_offered_before_the_minimum_notice():
    assert free_slots(Limits(zone=BERLIN, notice_hours=6), MONDAY, [])[0] == at(11)


def test_nothing_is_offered_beyond_the_horizon():
    assert free_slots(Limits(zone=BERLIN, horizon_days=2), MONDAY, [])[-1] <= MONDAY + timedelta(days=2)


def test_busy_times_are_left_out():
    assert at(8) not in free_slots(Limits(zone=BERLIN, notice_hours=0), MONDAY, [(at(8), at(8, 30))])


def test_buffers_keep_a_distance_to_what_is_busy():
    limits = Limits(zone=BERLIN, notice_hours=0, buffer_before=15, buffer_after=15)
    slots = free_slots(limits, MONDAY, [(at(9), at(9, 30))])
    assert not {at(8, 30), at(9), at(9, 30)} & set(slots)


def test_a_full_day_offers_nothing_more():
    slots = free_slots(Limits(zone=BERLIN, notice_hours=0, daily_maximum=1), MONDAY, [], [at(7)])
    assert slots[0].day == 16


def test_holidays_and_days_off_offer_nothing():
    limits = Limits(zone=BERLIN, notice_hours=0, holidays={date(2026, 6, 15)}, days_off={date(2026, 6, 16)})
    assert free_slots(limits, MONDAY, [])[0].day == 17


def test_a_time_that_the_clock_skips_is_not_offered():
    limits = Limits(zone=BERLIN, hours=NIGHT, notice_hours=0, horizon_days=1)
    slots = free_slots(limits, datetime(2026, 3, 28, 12, tzinfo=UTC), [])
    walls = [slot.astimezone(BERLIN).time() for slot in slots if slot.astimezone(BERLIN).date() == date(2026, 3, 29)]
    assert time(2, 30) not in walls and time(3) in walls


def test_a_doubled_time_is_offered_once():
    limits = Limits(zone=BERLIN, hours=NIGHT, notice_hours=0, horizon_days=1)
    slots = free_slots(limits, datetime(2026, 10, 24, 12, tzinfo=UTC), [])
    walls = [slot.astimezone(BERLIN).time() for slot in slots if slot.astimezone(BERLIN).date() == date(2026, 10, 25)]
    assert walls.count(time(2, 30)) == 1


def test_picked_times_are_spread_over_days():
    picked = pick(free_slots(Limits(zone=BERLIN), MONDAY, []), BERLIN)
    assert len({slot.date() for slot in picked}) == 3


def test_picked_times_suit_the_hours_of_the_guest():
    picked = pick(free_slots(Limits(zone=BERLIN), MONDAY, []), NEW_YORK)
    assert all(time(8) <= slot.astimezone(NEW_YORK).time() < time(18) for slot in picked)


def test_fewer_free_times_than_asked_are_all_picked():
    assert pick([at(9)], BERLIN) == [at(9)]


def test_the_nearest_times_surround_the_one_that_is_taken():
    assert nearest([at(8), at(9), at(11), at(15)], at(10), 2) == [at(9), at(11)]


def test_times_within_what_the_guest_proposed():
    assert within([at(8), at(12), at(13)], [(at(12), at(17))]) == [at(12), at(13)]
