"""What a better step, or more sending, would bring and cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

STEPS = ("contacted", "reply", "qualified", "booked", "held")
BEFORE_THE_REPLY = STEPS[:2]
MINUTES_AN_ACCOUNT = 9  # work on one account until the reply
MINUTES_A_REPLY = 35  # what answering a reply better takes


@dataclass(frozen=True)
class WhatIf:
    held_before: float
    held_after: float
    cost: float
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def extra(self) -> float:
        return self.held_after - self.held_before

    @property
    def share(self) -> float | None:
        return self.extra / self.held_before if self.held_before else None

    @property
    def per_extra(self) -> float | None:
        """Cost of one more held meeting; None where there are none."""
        return self.cost / self.extra if self.extra > 0 else None


def what_if(
    accounts: float,
    before: Mapping[str, float],
    after: Mapping[str, float],
    costs: Mapping[str, float],
    times: float = 1,
    touches: float = 1,
) -> WhatIf:
    """Held meetings of so many accounts by five shares, before and after; `times` multiplies the accounts sent to.

    Costs are in one currency: account_on_list, touch_sent (of which an account takes `touches`), mailbox and risk an
    account, working_hour. More accounts cost all of them; better steps after the reply cost work on each reply.
    """
    held_before = accounts * prod(before[step] for step in STEPS)
    held_after = accounts * times * prod(after[step] for step in STEPS)
    hour, more = costs.get("working_hour", 0), accounts * max(times - 1, 0)
    parts = {name: more * each for name, each in an_account(costs, touches).items()}
    replies = accounts * times * after["contacted"] * after["reply"]
    if any(after[step] > before[step] for step in STEPS if step not in BEFORE_THE_REPLY):
        parts["work"] += replies * hour * MINUTES_A_REPLY / 60
    if any(after[step] > before[step] for step in BEFORE_THE_REPLY):
        parts["work"] += accounts * times * hour * MINUTES_AN_ACCOUNT / 60
    return WhatIf(held_before, held_after, sum(parts.values()), parts)


def an_account(costs: Mapping[str, float], touches: float = 1) -> dict[str, float]:
    """What one account costs until the reply, part by part."""
    return {
        "list": costs.get("account_on_list", 0),
        "sending": costs.get("touch_sent", 0) * touches,
        "mailbox": costs.get("mailbox", 0),
        "risk": costs.get("risk", 0),
        "work": costs.get("working_hour", 0) * MINUTES_AN_ACCOUNT / 60,
    }
