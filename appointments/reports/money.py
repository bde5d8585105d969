"""What better steps, or more sending, would bring and cost."""

from collections.abc import Mapping
from typing import Any

from django.db.models import FloatField, Value
from django.db.models.functions import Cast

from appointments.models import Benchmark, Cost
from appointments.rules.whatif import STEPS, WhatIf
from appointments.rules.whatif import what_if as compute

SHARES = ("reply", "qualified", "booked", "held")
NAMES = {"contacted": "Contacted", "reply": "Reply", "qualified": "Qualified, of replies", "booked": "Booked too, of qualified", "held": "Held, of those booked"}  # fmt: skip
BETTER = 1.2


def figures() -> tuple[dict[str, float], dict[str, Any]]:
    """The benchmarks by key, 0 to 1, and the costs by key with their currency; one query."""
    marks = Benchmark.objects.order_by().values_list("key", "value", Value(""))
    prices = Cost.objects.order_by().values_list("key", Cast("amount", FloatField()), "currency")
    rows = list(marks.union(prices, all=True))
    known = {key: value for key, value, currency in rows if currency}
    currency: Any = next((one for *_, one in rows if one), "EUR")
    return {key: value for key, value, one in rows if not one}, {**known, "currency": currency}


def costs() -> dict[str, Any]:
    return figures()[1]


def what_if(
    accounts: float, before: Mapping[str, float | None], after: Mapping[str, float], times: float = 1,
    prices: Mapping[str, Any] | None = None, touches: float = 1,
) -> WhatIf:  # fmt: skip
    """Held meetings and their cost if the steps were as in `after`, or `times` as many accounts were written to."""
    now = {step: before.get(step) or 0.0 for step in STEPS}
    each = {key: value for key, value in (prices or costs()).items() if key != "currency"}
    return compute(accounts, now, {step: after.get(step, now[step]) for step in STEPS}, each, times, touches)


def base_of(inputs: dict[str, Any]) -> dict[str, float]:
    """As it is: accounts contacted, and the shares in percent."""
    contacted = round(inputs["accounts"] * (inputs["contacted"] or 0))
    return {"contacted": contacted, **{name: round(100 * (inputs[name] or 0), 1) for name in SHARES}}


def bettered(base: dict[str, float]) -> dict[str, float]:
    return {**base, **{name: round(min(98.0, base[name] * BETTER), 1) for name in ("qualified", "booked", "held")}}


def read(text: str, fallback: float, name: str) -> float:
    """A slider's value, kept inside its range."""
    try:
        value = float(text[:12])
    except ValueError:
        return fallback
    least, most, _ = bounds(name, fallback)
    return min(most, max(least, value)) if value == value else fallback


def bounds(name: str, base: float) -> tuple[float, float, float]:
    """Least, most and step of a slider; what is already beyond stays reachable."""
    if name == "contacted":
        return 0, max(20, 3 * base), 1
    return 0, 100 if name != "reply" else min(100.0, max(30.0, 3 * base)), 0.1


def ask(inputs: dict[str, Any], base: dict[str, float], at: dict[str, float]) -> WhatIf:
    times = at["contacted"] / base["contacted"] if base["contacted"] else 1
    before = {name: inputs[name] for name in STEPS}
    # an untouched slider is exactly as it is, not as it was rounded
    after = {name: at[name] / 100 for name in SHARES if at[name] != base[name]}
    return what_if(inputs["accounts"], before, after, times, inputs["costs"], inputs["touches"])
