"""Working days and hours, across holidays, nights and changes of the clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from crm.rules.working_time import (
    NINE_TO_FIVE,
    add_working_days,
    add_working_minutes,
    day_windows,
    next_window,
    parse_hours,
    to_utc,
    working_days_between,
    working_minutes_between,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = {day: ((time(22), time(0)),) for day in range(7)}


def test_working_days_skip_the_weekend():
    assert add_working_days(date(2026, 6, 11), 2) == date(2026, 6, 15)


def test_working_days_skip_public_holidays_of_the_country():
    assert add_working_days(date(2026, 4, 2), 1, "DE") == date(2026, 4, 7)


def test_zero_working_days_moves_a_saturday_to_monday():
    assert add_working_days(date(2026, 6, 13), 0) == date(2026, 6, 15)


def test_working_days_go_back_too():
    assert add_working_days(date(2026, 6, 15), -1) == date(2026, 6, 12)


def test_counting_working_days_undoes_adding_them():
    start = date(2026, 6, 11)
    assert all(working_days_between(start, add_working_days(start, n, "FR"), "FR") == n for n in range(1, 40))


def test_an_unknown_country_has_no_holidays():
    assert add_working_days(date(2026, 12, 24), 1, "XX") == date(2026, 12, 25)


def test_the_next_window_is_clipped_to_now():
    now = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)
    assert next_window(now, NINE_TO_FIVE, BERLIN) == (now, datetime(2026, 6, 11, 15, 0, tzinfo=UTC))


def test_the_next_window_after_friday_evening_is_monday_morning():
    opens, _ = next_window(datetime(2026, 6, 12, 16, 0, tzinfo=UTC), NINE_TO_FIVE, BERLIN)
    assert opens == datetime(2026, 6, 15, 7, 0, tzinfo=UTC)


def test_hours_that_end_at_midnight_are_worked_to_the_end_of_the_day():
    (window,) = day_windows(date(2026, 6, 11), NIGHTS, BERLIN)
    assert window == (datetime(2026, 6, 11, 20, 0, tzinfo=UTC), datetime(2026, 6, 11, 22, 0, tzinfo=UTC))


def test_no_hours_at_all_means_no_window():
    assert next_window(datetime(2026, 6, 12, tzinfo=UTC), {}, BERLIN) is None


def test_a_time_the_clock_skips_is_the_end_of_the_gap():
    assert to_utc(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_doubled_time_is_the_earlier_one():
    assert to_utc(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_five_minutes_before_closing_run_out_next_morning():
    asked = datetime(2026, 6, 11, 14, 58, tzinfo=UTC)
    assert add_working_minutes(asked, 5, NINE_TO_FIVE, BERLIN) == datetime(2026, 6, 12, 7, 3, tzinfo=UTC)


def test_time_away_does_not_count():
    asked = datetime(2026, 6, 11, 8, 0, tzinfo=UTC)
    away = [(datetime(2026, 6, 11, 8, 30, tzinfo=UTC), datetime(2026, 6, 11, 10, 0, tzinfo=UTC))]
    assert add_working_minutes(asked, 60, NINE_TO_FIVE, BERLIN, away=away) == datetime(2026, 6, 11, 10, 30, tzinfo=UTC)


def test_worked_minutes_between_two_moments_leave_out_the_night():
    start, end = datetime(2026, 6, 11, 14, 30, tzinfo=UTC), datetime(2026, 6, 12, 7, 30, tzinfo=UTC)
    assert working_minutes_between(start, end, NINE_TO_FIVE, BERLIN) == 60


def test_stored_hours_become_times():
    assert parse_hours({"0": [["09:00", "12:30"]]}) == {0: ((time(9), time(12, 30)),)}
