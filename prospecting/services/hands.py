"""Which mailboxes this process is handing over for, and which do not answer: one slow server may not take every hand."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

MOST_AT_ONCE = 2  # hand-overs of one mailbox by one process
REST_SECONDS = 60.0  # a mailbox whose server is not to be had is left alone for so long

_lock = threading.Lock()
_busy: Counter[int] = Counter()
_resting: dict[int, float] = {}


@contextmanager
def at_work(mailbox: int) -> Iterator[None]:
    """One hand of this process is taken by a mailbox."""
    with _lock:
        _busy[mailbox] += 1
    try:
        yield
    finally:
        with _lock:
            _busy[mailbox] -= 1


def are_full(mailbox: int) -> bool:
    return _busy[mailbox] >= MOST_AT_ONCE


def rest(mailbox: int) -> None:
    """Its server is not to be had; the next message need not find that out again."""
    _resting[mailbox] = time.monotonic() + REST_SECONDS


def rests_for(mailbox: int) -> float:
    """Seconds that the mailbox is still left alone."""
    return max(0.0, _resting.get(mailbox, 0.0) - time.monotonic())


def wake(mailbox: int) -> None:
    """Its server answered."""
    _resting.pop(mailbox, None)
