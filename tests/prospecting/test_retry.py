"""When a deferred message is tried again."""

from datetime import UTC, datetime, timedelta

from prospecting.rules import retry

FIRST = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)


def test_waits_grow_from_minutes_to_hours():
    waits = [retry.wait_before(n, seed="m1") for n in (1, 2, 3, 4)]
    assert waits == sorted(waits)
    assert timedelta(minutes=4) < waits[0] < timedelta(minutes=6)


def test_the_same_message_always_waits_the_same():
    assert retry.wait_before(2, seed="m1") == retry.wait_before(2, seed="m1") != retry.wait_before(2, seed="m2")


def test_after_48_hours_nobody_tries_any_more():
    assert retry.next_try(9, first=FIRST, now=FIRST + timedelta(hours=40), seed="m1") is None


def test_within_48_hours_there_is_a_next_try():
    assert retry.next_try(1, first=FIRST, now=FIRST, seed="m1") > FIRST
