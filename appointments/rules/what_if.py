"""What a better step would bring, and what an extra held meeting would cost; plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

# Minutes of work one unit of a step takes; edited hours and prices come from the Cost rows.
MINUTES = {"contacted": 9, "engaged": 12, "qualified": 60, "booked": 40, "held": 45}
STEPS = ("contacted", "engaged", "qualified", "booked", "held")


@dataclass(frozen=True)
class Steps:
    """The accounts contacted and the share of each step in the one before, 0 to 1."""

    contacted: float
    reply: float
    qualified: float
    booked: float
    held: float


@dataclass(frozen=True)
class Walked:
    contacted: float
    engaged: float
    qualified: float
    booked: float
    held: float


@dataclass(frozen=True)
class Gain:
    before: int
    after: int
    cost: float
    each: float | None  # per extra held meeting; None where there is none

    @property
    def more(self) -> int:
        return self.after - self.before

    @property
    def share(self) -> float | None:
        return self.more / self.before if self.before else None


def walk(steps: Steps) -> Walked:
    engaged = steps.contacted * steps.reply
    qualified = engaged * steps.qualified
    booked = qualified * steps.booked
    return Walked(steps.contacted, engaged, qualified, booked, booked * steps.held)


def unit_costs(costs: Mapping[str, float]) -> dict[str, float]:
    """What one more account costs at each step: the list and the sending for a contacted one, hours for the rest."""
    hour = costs.get("working_hour", 0.0)
    work = {step: round(MINUTES[step] / 60 * hour, 2) for step in STEPS}
    list_and_sending = costs.get("account_on_list", 0.0) + costs.get("touch_sent", 0.0)
    return work | {"contacted": round(work["contacted"] + list_and_sending, 2)}


def gain(base: Steps, other: Steps, costs: Mapping[str, float]) -> Gain:
    """Held meetings before and after, the extra cost (never below nothing) and the cost of each extra one."""
    was, now, units = walk(base), walk(other), unit_costs(costs)
    cost = max(0.0, sum((getattr(now, step) - getattr(was, step)) * units[step] for step in STEPS))
    before, after = round(was.held), round(now.held)
    return Gain(before, after, cost, cost / (after - before) if after > before else None)


def twice_as_much(base: Steps) -> Steps:
    return replace(base, contacted=2 * base.contacted)


def answered_better(base: Steps, aim: float) -> Steps:
    """The same replies, with the reply-to-meeting rate brought to `aim` by equal effort on its three steps."""
    now = base.qualified * base.booked * base.held
    if now <= 0 or aim <= now:
        return base
    factor = (aim / now) ** (1 / 3)
    raised = {name: min(1.0, getattr(base, name) * factor) for name in ("qualified", "booked", "held")}
    return replace(base, **raised)
