"""One reply through all layers: the slowest twentieth, how many a second, and the memory of the process."""

import json
import time
from statistics import quantiles

from appointments.rules.classify import Incoming, classify
from appointments.rules.evaluation import read_row
from appointments.rules.model import SHIPPED, shipped
from benchmarks.harness import Measured, memory_used

SECONDS, A_SECOND, MEMORY = 0.010, 150, 320


def classifying(rows: int) -> list[Measured]:
    """Against fixed limits: 10 ms, 150 a second, 320 MiB. The replies are the project's own, every language."""
    replies = _examples(rows)
    model, times = shipped(), []
    for reply in [*replies[:20], *replies]:
        started = time.perf_counter()
        classify(reply, model)
        times.append(time.perf_counter() - started)
    times = times[20:]  # the first ones load the encoder and compile the phrases
    slow, whole, memory = quantiles(times, n=20)[-1], sum(times), memory_used()
    return [
        Measured("classify-p95", "one reply, all layers", rows, slow, SECONDS, slow / SECONDS, 1.0, memory),
        Measured("classify-rate", "one after another", rows, whole, rows / A_SECOND, whole * A_SECOND / rows, 1.0, memory),
        Measured("classify-memory", "MiB of the process, as thousandths", rows, memory / 1000, MEMORY / 1000,
                 memory / MEMORY, 1.0, memory),
    ]  # fmt: skip


def _examples(rows: int) -> list[Incoming]:
    """Spread evenly over all of them."""
    lines = [line for path in sorted(SHIPPED.parent.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [read_row(json.loads(line)) for line in lines[:: max(1, len(lines) // rows)]][:rows]
