"""What a better answer brings beside what more sending costs."""

import pytest

from appointments.rules.what_if import Steps, answered_better, gain, twice_as_much, unit_costs, walk

COSTS = {"account_on_list": 6.0, "touch_sent": 1.5, "working_hour": 42.0}
BASE = Steps(contacted=1000, reply=0.1, qualified=0.5, booked=0.8, held=0.5)


def test_a_hundred_replies_at_a_fifth_are_twenty_held_meetings():
    assert walk(BASE).engaged == 100
    assert walk(BASE).held == pytest.approx(20)


def test_answering_better_brings_twenty_to_thirty_five_with_the_same_list():
    found = gain(BASE, answered_better(BASE, 0.35), COSTS)
    assert (found.before, found.after) == (20, 35)
    assert found.share == pytest.approx(0.75)


def test_sending_twice_as_much_brings_forty_and_costs_more_for_each():
    double = gain(BASE, twice_as_much(BASE), COSTS)
    better = gain(BASE, answered_better(BASE, 0.35), COSTS)
    assert double.after == 40
    assert double.each > better.each


def test_a_contacted_account_costs_the_list_the_sending_and_the_minutes():
    assert unit_costs(COSTS)["contacted"] == 13.8


def test_nothing_gained_has_no_price():
    assert gain(BASE, BASE, COSTS).each is None
