"""Named places where a test may have the process killed, to see what a death there leaves behind; nothing otherwise."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

_armed, _left = "", 0
_here = threading.local()


def arm(wanted: str) -> None:
    """`name#n` kills this process outright when it comes to the place for the n-th time; empty disarms."""
    global _armed, _left
    _armed, _, times = wanted.partition("#")
    _left = int(times or 1)


def reach(name: str) -> None:
    """This process is at that place."""
    global _left
    if name != _armed:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def commit(name: str) -> Iterator[None]:
    """A transaction with a place just before its end and one just after; also a decorator."""
    _here.depth = depth() + 1
    try:
        with transaction.atomic():
            yield
            reach(f"{name}: before the commit")
    finally:
        _here.depth -= 1
    reach(f"{name}: after the commit")


def depth() -> int:
    """How many named transactions this thread is in."""
    return getattr(_here, "depth", 0)


arm(os.environ.get("FAILPOINT", ""))
