"""The left half of the funnel, as the funnel itself counts it, for tests of what writes it."""

from datetime import datetime, timedelta
from typing import Any

from appointments.reports import halves
from crm import clock


def left_half(*, now: datetime | None = None, **where: Any) -> dict[str, Any]:
    """Accounts on each step, of all walks and (`mature`) of those old enough to judge at `now`."""
    asked = halves.cut_of({"since": clock.now() - timedelta(days=3650), **where}, now)
    found = halves.counted(asked)[None]
    every, mature = halves.counts(found), halves.counts(found, settled=True)
    return {
        **{name: every[name] for name in ("targeted", "contacted", "engaged")},
        "inbound": every["inbound"] + halves.wrote_first(asked).count(), "mature": mature,
        "rate": halves.share(every["engaged"], every["contacted"]),
        "accounts": sorted(asked.rows().values_list("account", flat=True)),
    }  # fmt: skip
