"""Everything the funnel page shows, in few questions to the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appointments.reports import cohorts, lost, money
from appointments.reports.halves import (
    BITS,
    LEFT,
    RIGHT,
    Counts,
    counted,
    counts,
    cut_of,
    five_steps,
    judged,
    people,
    rate,
    share,
    sides,
    steps,
    usual_rates,
    wrote_first,
)


def funnel(filters: Mapping[str, Any] | None = None, *, now: datetime | None = None) -> dict[str, Any]:
    """Rates and verdict are of cohorts old enough to judge; the steps show every walk of the cut."""
    wanted = dict(filters or {})
    asked = cut_of(wanted, now)
    setter = bool(asked.setter)
    found = counted(asked, cohorts.fortnight())
    left, right = counts(found[None]), counts(found[None], setter=setter)
    old = counts(found[None], settled=True)
    usual, (marks, prices) = usual_rates(asked), money.figures()
    left_side, right_side = sides(old, counts(found[None], settled=True, setter=setter), usual, marks)
    lists = {f"people {key}": lost.grouped_plain(rows) for key, rows in people(asked).items()}
    lists["wrote first"] = lost.grouped_plain(wrote_first(asked))
    told = lost.distinct({**lists, **lost.to_count(asked)})
    behind = {key.removeprefix("people "): one.get("", 0) for key, one in told.items() if key.startswith("people ")}
    answers = lost.timed(asked)
    return {
        "cuts": {"since": asked.cut.since, "until": asked.cut.until, **wanted},
        "left": steps(LEFT, left, behind, usual),
        "right": steps(RIGHT, right, behind, usual),
        "inbound": found[None].of(BITS["inbound"]) + told["wrote first"].get("", 0),
        "reply_rate": rate(left_side),
        "meeting_rate": rate(right_side),
        "beside": {key: share(right[key], right["engaged"]) for key in ("booked", "accepted")},
        "verdict": judged(left_side, right_side),
        "leak": lost.shown(asked, told),
        "bands": lost.bands(answers),
        "times": lost.times(answers),
        "labels": named(told["labels"], "label"),
        "reasons": named(told["reasons"], "reason"),
        "questions": named(told["questions"], "question"),
        "cohorts": cohorts.cohorts(asked, found),
        "young": left["targeted"] - old["targeted"],
        "what_if": asked_of(left, right, told["touches"].get("", 0), prices),
    }


def named(found: Mapping[str, int], name: str) -> list[dict[str, Any]]:
    """Most first."""
    return [{name: key, "count": n} for key, n in sorted(found.items(), key=lambda one: (-one[1], one[0]))]


def asked_of(left: Counts, right: Counts, touches: int, prices: dict[str, Any]) -> dict[str, Any]:
    """What the what-if starts from."""
    shares = five_steps(right | {name: left[name] for name in ("targeted", "contacted")}, left["engaged"])
    per_account = touches / left["contacted"] if left["contacted"] else 1.0
    return {"accounts": left["targeted"], **shares, "touches": per_account, "costs": prices}
