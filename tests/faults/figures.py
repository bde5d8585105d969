"""The figures that `make faults` measures, and how large the long run of each is."""

from collections.abc import Callable
from typing import Any

from tests.faults import r1, r2, r6, r7, r8, r11

# what is run, and with what in the long form
FIGURES: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, int]]] = {
    "R1": (r1.run, {"sends": 20_000, "kills": 1_000}),
    "R2": (r2.run, {"kills": 50}),
    "R6": (r6.run, {"mails": 200}),
    "R7": (r7.run, r7.LONG),
    "R8": (r8.run, r8.LONG),
    "R11": (r11.run, {"races": 10_000}),
}
