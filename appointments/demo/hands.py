"""Several processes make the demonstration world together, as several workers of the product would."""

import gc
import traceback
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import Any

from django.db import connection, connections

Work = Callable[[], Any]
PATIENCE = 900  # seconds until a hand that waits for the other gives up


class BrokenHand(RuntimeError):
    """One of the processes failed; says what it said."""


def side_by_side(works: Sequence[Work]) -> list[Any]:
    """Do each in a process of its own and return what they return; one alone is done right here."""
    if len(works) == 1:
        return [works[0]()]
    connections.close_all()
    fork = get_context("fork")
    pipes = [fork.Pipe(duplex=False) for _ in works]
    hands = [fork.Process(target=_do, args=(work, end)) for work, (_, end) in zip(works, pipes, strict=True)]
    for hand in hands:
        hand.start()
    for _, end in pipes:
        end.close()
    answers = [_read(start) for start, _ in pipes]
    for hand in hands:
        hand.join()
    for fine, said in answers:
        if not fine:
            raise BrokenHand(said)
    return [said for _, said in answers]


def meeting_place(count: int) -> Callable[[], None]:
    """Where the hands wait for each other, so that none lives days ahead of the rest."""
    if count == 1:
        return lambda: None
    barrier = get_context("fork").Barrier(count, timeout=PATIENCE)
    return lambda: barrier.wait() and None


def hurry() -> None:
    """Commits need not reach the disk one by one: a machine that dies while loading starts the load anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        cursor.execute("SET jit TO off")


def _do(work: Work, end: Any) -> None:
    gc.disable()  # millions of short-lived objects and nothing to collect
    try:
        hurry()
        end.send((True, work()))
    except BaseException:
        end.send((False, traceback.format_exc(limit=-8)))
        raise
    finally:
        connections.close_all()


def _read(start: Any) -> tuple[bool, Any]:
    try:
        return start.recv()
    except EOFError:
        return False, "A process of the demonstration world ended without a word."
