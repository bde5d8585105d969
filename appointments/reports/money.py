"""What better steps, or more sending, would bring and cost."""

from collections.abc import Mapping
from typing import Any

from appointments.models import Cost
from appointments.rules.whatif import STEPS, WhatIf
from appointments.rules.whatif import what_if as compute


def costs() -> dict[str, Any]:
    rows = list(Cost.objects.all())
    return {row.key: float(row.amount) for row in rows} | {"currency": rows[0].currency if rows else "EUR"}


def what_if(
    accounts: float, before: Mapping[str, float | None], after: Mapping[str, float], times: float = 1,
    prices: Mapping[str, Any] | None = None, touches: float = 1,
) -> WhatIf:  # fmt: skip
    """Held meetings and their cost if the steps were as in `after`, or `times` as many accounts were written to."""
    now = {step: before.get(step) or 0.0 for step in STEPS}
    each = {key: value for key, value in (prices or costs()).items() if key != "currency"}
    return compute(accounts, now, {step: after.get(step, now[step]) for step in STEPS}, each, times, touches)
