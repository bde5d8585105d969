"""Which minute and which mailbox."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from prospecting.rules import sender
from prospecting.rules.sender import Box, Limits, Used, Window

NINE = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)  # a Thursday
AMSTERDAM = Window(zone="Europe/Amsterdam", country="NL")
COLD = Limits(daily=40, ramp_start=10, ramp_step=5, ramp_from=date(2026, 6, 8))


WARM, UNUSED = Limits(), Used()


def next_minute(window=AMSTERDAM, limits=WARM, used=UNUSED, at=NINE):
    return sender.next_minute(window, limits, used, not_before=at, mailbox_zone="Europe/London", seed="t1")


def test_inside_the_window_with_room_it_leaves_now():
    assert next_minute() == NINE


def test_the_window_is_on_the_wall_of_the_recipient():
    moment = next_minute(Window(zone="America/Chicago", country="US"))
    assert moment.astimezone(UTC).hour == 13


def test_nothing_leaves_on_a_weekend():
    assert next_minute(at=datetime(2026, 6, 13, 9, 0, tzinfo=UTC)).weekday() == 0


def test_nothing_leaves_on_their_public_holiday():
    kings_day = datetime(2026, 4, 27, 9, 0, tzinfo=UTC)
    assert next_minute(at=kings_day).date() == date(2026, 4, 28)


def test_two_mails_keep_a_gap_with_jitter():
    moment = next_minute(used=Used(1, 1, NINE))
    assert timedelta(seconds=90) <= moment - NINE <= timedelta(seconds=135)


def test_a_full_day_goes_on_tomorrow():
    assert next_minute(used=Used(today=40, week=40)).date() == date(2026, 6, 12)


def test_a_full_week_goes_on_next_week():
    assert next_minute(used=Used(today=1, week=160)).date() == date(2026, 6, 15)


def test_a_new_mailbox_grows_day_by_day():
    caps = [sender.cap_today(COLD, date(2026, 6, day)) for day in (8, 9, 11, 15)]
    assert caps == [10, 15, 25, 35]


def test_a_mailbox_never_grows_past_its_cap():
    assert sender.cap_today(COLD, date(2026, 12, 1)) == 40


def test_a_long_sleep_is_followed_by_no_burst():
    evening = datetime(2026, 6, 11, 20, 0, tzinfo=UTC)
    moments = {
        sender.next_minute(AMSTERDAM, Limits(), Used(), not_before=evening, mailbox_zone="UTC", seed=str(n))
        for n in range(5)
    }
    assert len(moments) == 5


def test_a_thread_stays_on_its_mailbox_even_when_that_is_paused():
    own = Box(1, own=True, shared=False, paused=False, limits=Limits(), used=Used())
    thread = replace(own, id=2, own=False, paused=True)
    assert sender.choose([own, thread], thread=2, today=NINE.date()) == thread


def test_the_prospectors_own_mailbox_is_used_unless_shared_ones_are_named():
    own = Box(1, own=True, shared=False, paused=False, limits=Limits(), used=Used())
    busy = replace(own, id=2, own=False, shared=True, used=Used(today=30))
    free = replace(busy, id=3, used=Used(today=2))
    assert sender.choose([own], thread=None, today=NINE.date()) == own
    assert sender.choose([own, busy, free], thread=None, today=NINE.date()) == free
