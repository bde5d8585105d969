"""A guard for input made to be slow: what runs away fails, instead of holding up the whole run."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GUARD = 60.0  # seconds of the processor, a hundred times what any of it takes: no measure of speed


@contextmanager
def guarded() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise AssertionError(f"It ran away: more than {GUARD:.0f} s of the processor.")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, GUARD)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
