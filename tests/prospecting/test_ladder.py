"""The ladder of an account."""

from prospecting.rules import ladder


def test_the_furthest_rung_is_shown():
    assert ladder.furthest([ladder.BOOKED, ladder.ENGAGED, ladder.TARGETED]) == ladder.BOOKED


def test_an_account_without_a_milestone_is_addressable():
    assert ladder.furthest([]) == ladder.ADDRESSABLE


def test_the_reply_is_the_border():
    assert ladder.order(ladder.ENGAGED) == max(map(ladder.order, ladder.BEFORE_THE_REPLY)) + 1
