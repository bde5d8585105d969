"""One slow server may not take every hand of a sender."""

import threading
from concurrent.futures import ThreadPoolExecutor

from prospecting.services import hands


def test_hands_that_begin_at_once_take_a_mailbox_no_more_often_than_may_be():
    together, done = threading.Barrier(8), threading.Barrier(8)

    def one_hand(_: int) -> bool:
        with hands.one():
            together.wait()
            got = hands.take(-1)
            done.wait()
            return got

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(one_hand, range(8)))

    assert sum(got) == hands.MOST_AT_ONCE


def test_a_mailbox_is_given_back_when_its_message_is_done():
    for _ in range(hands.MOST_AT_ONCE + 1):
        with hands.one():
            assert hands.take(-2)


def test_a_mailbox_that_every_hand_has_is_said_so_until_one_is_free():
    assert hands.full() == []
    with hands.one():
        hands.take(-3)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(hold_and_ask).result()
        assert hands.full() == []


def hold_and_ask() -> None:
    with hands.one():
        hands.take(-3)
        assert hands.full() == [-3]
