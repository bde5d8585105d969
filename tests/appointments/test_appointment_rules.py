"""The matrix, clocks, reminders, recovery and figures as plain functions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appointments.rules import clocks, matrix, recovery, reminders
from appointments.rules.alike import Stratum, compare
from appointments.rules.statistics import Side, needed, verdict, wilson
from appointments.rules.whatif import an_account, what_if
from crm.rules.working_time import NINE_TO_FIVE
from prospecting.rules.labels import PRECEDENCE

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 6, 12, 14, 58, tzinfo=UTC)
SHARES = {"contacted": 1, "reply": 1, "qualified": 0.5, "booked": 0.8, "held": 0.5}
OFFICE = clocks.Hours(NINE_TO_FIVE, BERLIN)
COSTS = {"account_on_list": 6, "touch_sent": 1.5, "working_hour": 42}


def test_the_matrix_has_a_row_for_every_label():
    assert [row.label for row in matrix.ROWS] and {row.label for row in matrix.ROWS} == set(PRECEDENCE)


def test_every_cell_of_the_matrix_names_a_known_action():
    for row in matrix.ROWS:
        assert row.contact in matrix.CONTACT_ACTIONS and row.account in matrix.ACCOUNT_ACTIONS
        assert row.item in matrix.ITEM_ACTIONS


def test_a_meeting_request_must_be_answered_in_five_minutes():
    assert matrix.item_plan(matrix.BY_LABEL["meeting_request"], {}).minutes == 5


def test_a_legal_opt_out_goes_to_the_lead_within_the_hour():
    plan = matrix.item_plan(matrix.BY_LABEL["unsubscribe"], {"legal": True})
    assert (plan.minutes, plan.to_lead) == (60, True)


def test_a_named_department_asks_to_find_the_person():
    assert matrix.item_plan(matrix.BY_LABEL["referral"], {"referred": [{"title": "IT"}]}).what == "find_person"


@pytest.mark.parametrize(
    ("entities", "what"), [({"hard": True}, "refresh_data"), ({"reason": "blocked"}, "mailbox_alert")]
)
def test_a_bounce_asks_for_what_its_kind_needs(entities, what):
    assert matrix.item_plan(matrix.BY_LABEL["bounce"], entities).what == what


def test_a_soft_bounce_asks_for_nothing():
    assert matrix.item_plan(matrix.BY_LABEL["bounce"], {"hard": False}) is None


def test_a_dated_not_now_rests_until_the_date_less_the_lead_time():
    row = matrix.BY_LABEL["not_now"]
    until = matrix.rests_until(row, {"follow_up": {"day": "2026-09-15"}}, date(2026, 6, 11))
    assert until == (date(2026, 9, 1), True)


def test_an_undated_not_now_rests_ninety_days():
    assert matrix.rests_until(matrix.BY_LABEL["not_now"], {}, date(2026, 6, 11)) == (date(2026, 9, 9), False)


def test_an_absent_person_may_be_written_to_one_working_day_after_the_return():
    row = matrix.BY_LABEL["out_of_office"]
    assert matrix.away_until(row, {"return_date": {"date": "2026-06-19"}}, date(2026, 6, 11)) == date(2026, 6, 22)


def test_an_absence_without_a_date_waits_ten_working_days():
    assert matrix.away_until(matrix.BY_LABEL["out_of_office"], {}, date(2026, 6, 11)) == date(2026, 6, 25)


def test_a_promise_of_five_minutes_made_at_closing_time_runs_out_on_monday():
    assert clocks.runs_out(FRIDAY, 5, [OFFICE]) == datetime(2026, 6, 15, 7, 3, tzinfo=UTC)


def test_a_setter_without_hours_still_gets_a_deadline():
    assert clocks.runs_out(FRIDAY, 5, [clocks.Hours({}, BERLIN)]) > FRIDAY


def test_nobody_works_on_sunday():
    assert not clocks.works_now(datetime(2026, 6, 14, 9, tzinfo=UTC), OFFICE)


def test_a_meeting_far_ahead_gets_every_reminder():
    start = datetime(2026, 6, 25, 12, tzinfo=UTC)
    planned = reminders.plan(start, start + timedelta(minutes=30), FRIDAY, BERLIN)
    assert [kind for kind, _ in planned] == ["lead", "day", "task", "hour", "host", "outcome"]


def test_a_meeting_in_an_hour_gets_no_reminder_but_the_outcome_is_asked():
    start = FRIDAY + timedelta(hours=1)
    assert reminders.plan(start, start + timedelta(minutes=30), FRIDAY, BERLIN) == [
        ("outcome", start + timedelta(minutes=45))
    ]


def test_the_day_before_is_the_same_hour_across_a_change_of_the_clock():
    start = datetime(2026, 10, 25, 13, tzinfo=UTC)
    planned = dict(reminders.plan(start, start + timedelta(minutes=30), start - timedelta(days=5), BERLIN))
    assert planned["day"] == datetime(2026, 10, 24, 12, tzinfo=UTC)


def test_recovery_tries_at_once_and_after_two_working_days():
    assert recovery.next_try(0, FRIDAY, BERLIN) == FRIDAY
    assert recovery.next_try(1, FRIDAY, BERLIN) == datetime(2026, 6, 16, 7, 30, tzinfo=UTC)


def test_recovery_returns_to_a_person_after_five_working_days():
    assert recovery.next_try(2, FRIDAY, BERLIN) is None
    assert recovery.gives_up_at(FRIDAY, BERLIN) == datetime(2026, 6, 19, 15, 0, tzinfo=UTC)


def test_the_interval_of_twenty_in_a_hundred():
    low, high = wilson(20, 100)
    assert (round(low, 3), round(high, 3)) == (0.133, 0.289)


def test_about_sixty_replies_tell_a_third_less_than_thirty_one_per_cent():
    assert needed(0.31) == 60


@pytest.mark.parametrize(
    ("left", "right", "key"),
    [
        (Side(100, 812, 0.104), Side(20, 100, 0.31), "appointment_setting"),
        (Side(20, 812, 0.104), Side(9, 20, 0.31), "lead_generation"),
        (Side(60, 1200, 0.104), Side(5, 60, 0.31), "both"),
        (Side(100, 812, 0.104), Side(31, 100, 0.31), "neither"),
        (Side(14, 140, 0.104), Side(4, 14, 0.31), "too_few"),
    ],
)
def test_the_verdict_names_the_half_that_loses(left, right, key):
    assert verdict(left, right).key == key


def test_too_few_says_how_many_are_needed():
    assert verdict(Side(100, 812, 0.104), Side(4, 14, 0.31)).sentence == "Too few to say: 14, need about 60"


def test_answering_better_brings_fifteen_meetings_more():
    better = what_if(100, SHARES, SHARES | {"qualified": 0.875}, COSTS)
    assert (better.held_before, better.held_after, round(better.share, 2)) == (20, 35, 0.75)


def test_sending_twice_as_much_costs_the_list_twice():
    doubled = what_if(100, SHARES, SHARES, COSTS, times=2)
    assert (doubled.held_after, doubled.cost) == (40, 100 * (6 + 1.5 + 6.3))


def test_twice_the_sending_spends_list_and_risk_once_more():
    costs = COSTS | {"mailbox": 0.4, "risk": 0.8}
    first = an_account(costs, touches=3)
    doubled = what_if(100, SHARES, SHARES, costs, times=2, touches=3)
    assert (doubled.parts["list"], doubled.parts["risk"]) == (100 * first["list"], 100 * first["risk"])
    assert doubled.parts["sending"] == 100 * 3 * 1.5
    assert doubled.per_extra == doubled.cost / 20


def test_like_for_like_leaves_out_what_only_one_of_them_has_and_takes_the_same_mix():
    earlier = {"a": Stratum(10, 100), "b": Stratum(30, 100), "gone": Stratum(50, 50)}
    later = {"a": Stratum(30, 300), "b": Stratum(30, 100), "new": Stratum(0, 40)}
    found = compare(earlier, later)
    assert (found.earlier_alike, found.later_alike) == (pytest.approx(60 / 400), pytest.approx(60 / 400))
    assert (found.shared, found.left_out) == (400, 40)
    assert (found.earlier, found.later) == (90 / 250, pytest.approx(60 / 440))


def test_two_cohorts_that_share_nothing_have_no_rate_like_for_like():
    found = compare({"a": Stratum(1, 2)}, {"b": Stratum(1, 2)})
    assert (found.earlier_alike, found.later_alike, found.left_out) == (None, None, 2)
