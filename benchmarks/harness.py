"""Both sides of a case, alternating, at least five rounds, compared by their medians after they agreed."""

import ctypes
import gc
import re
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """`ours` and `floor` return what they found; the two must be equal. `reset` undoes what a round left behind."""

    name: str
    what: str
    goal: float  # the most that ours may cost, in multiples of the floor
    rows: int
    ours: Callable[[], Any]
    floor: Callable[[], Any]
    reset: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Measured:
    """Seconds per round (median), their ratio, the goal, and the process's peak memory in MiB."""

    case: str
    what: str
    rows: int
    ours: float
    floor: float
    ratio: float
    goal: float
    memory: int


def measure(case: Case, rounds: int = ROUNDS) -> Measured:
    """Raises AssertionError when the two sides did not find the same."""
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    forget_peak()
    for _ in range(rounds):
        found = {}
        for name, side in (("floor", case.floor), ("ours", case.ours)):
            case.reset()
            start = time.perf_counter()
            found[name] = side()
            times[name].append(time.perf_counter() - start)
        assert found["ours"] == found["floor"], f"{case.name}: {found['ours']!r} is not {found['floor']!r}"
    case.reset()
    ours, floor = median(times["ours"]), median(times["floor"])
    return Measured(case.name, case.what, case.rows, ours, floor, ours / floor, case.goal, memory_used())


def memory_used() -> int:
    """The peak of this process since `forget_peak`, in MiB; where that is not to be had, since it began."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) // 1024


def forget_peak() -> None:
    """What came before a case, above all its database being made, is no memory of the case (proc(5), clear_refs)."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")


def table(results: list[Measured]) -> str:
    """One line a case: who took how long, the ratio and whether the goal is met."""
    wide = max(10, *(len(one.case) + 1 for one in results))
    head = f"{'case':<{wide}}{'rows':>9}{'ours':>10}{'floor':>10}{'ratio':>8}{'goal':>7}{'MiB':>6}"
    lines = [
        f"{one.case:<{wide}}{one.rows:>9}{one.ours:>9.3f}s{one.floor:>9.3f}s{one.ratio:>8.2f}{one.goal:>7.2f}{one.memory:>6}"
        f"  {'met' if one.ratio <= one.goal else 'not met'}"
        for one in results
    ]
    return "\n".join([head, *lines])


def as_json(results: list[Measured]) -> list[dict[str, Any]]:
    return [asdict(one) for one in results]
