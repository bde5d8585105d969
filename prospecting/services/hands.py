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
_mine = threading.local()
_resting: dict[int, float] = {}


@contextmanager
def one() -> Iterator[None]:
    """One hand of this process has a message; the mailbox that it takes for it is given back at the end."""
    _mine.mailbox = None
    try:
        yield
    finally:
        if _mine.mailbox is not None:
            with _lock:
                _busy[_mine.mailbox] -= 1
        del _mine.mailbox


def take(mailbox: int) -> bool:
    """Take a mailbox for this hand; False where others have it as often as may be. Looked at and taken at once."""
    with _lock:
        if _busy[mailbox] >= MOST_AT_ONCE:
            return False
        if getattr(_mine, "mailbox", mailbox) is None:
            _busy[mailbox] += 1
            _mine.mailbox = mailbox
    return True


def full() -> list[int]:
    """Mailboxes that no further hand of this process may take now."""
    with _lock:
        return [mailbox for mailbox, hands in _busy.items() if hands >= MOST_AT_ONCE]


def rest(mailbox: int) -> None:
    """Its server is not to be had; the next message need not find that out again."""
    _resting[mailbox] = time.monotonic() + REST_SECONDS


def rests_for(mailbox: int) -> float:
    """Seconds that the mailbox is still left alone."""
    return max(0.0, _resting.get(mailbox, 0.0) - time.monotonic())


def wake(mailbox: int) -> None:
    """Its server answered."""
    _resting.pop(mailbox, None)
