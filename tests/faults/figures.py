"""The figures that `make faults` measures, and how large the long run of each is."""

from collections.abc import Callable
from typing import Any

from tests.faults import r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, s6

# what is run, and with what in the long form
FIGURES: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, int]]] = {
    "R1": (r1.run, {"sends": 20_000, "kills": 1_000}),
    "R2": (r2.run, {"kills": 50}),
    "R3": (r3.run, {"sends": 10_000, "kills": 50, "flushes": 50, "restores": 5}),
    "R4": (r4.run, {"restarts": 50, "kill_seconds": 300, "sends": 10_000}),
    "R5": (r5.run, r5.LONG),
    "R6": (r6.run, {"mails": 200, "beside": 1_000}),
    "R7": (r7.run, r7.LONG),
    "R8": (r8.run, r8.LONG),
    "R9": (r9.run, r9.LONG),
    "R10": (r10.run, {"pairs": 50, "looks": 24}),
    "R11": (r11.run, {"races": 10_000, "answers": 1_000}),
    "S6": (s6.run, s6.LONG),
}
