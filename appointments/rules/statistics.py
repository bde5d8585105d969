"""What a proportion can say: its likely range, how many are needed, and which half of the funnel leaks."""

from dataclasses import dataclass

from crm.rules.proportions import needed, wilson

__all__ = ["Side", "Verdict", "needed", "verdict", "wilson"]

LEAD_GENERATION, APPOINTMENT_SETTING, BOTH, NEITHER, TOO_FEW = (
    "lead_generation",
    "appointment_setting",
    "both",
    "neither",
    "too_few",
)


@dataclass(frozen=True)
class Side:
    """One half: so many of so many, against the team's usual rate or, without one, a benchmark."""

    count: int
    of: int
    usual: float | None = None
    benchmark: float | None = None

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def reference(self) -> float | None:
        return self.usual if self.usual is not None else self.benchmark

    @property
    def needed(self) -> int:
        return needed(self.reference or 0)

    @property
    def low(self) -> bool:
        """Below its reference, and not by chance."""
        return self.reference is not None and self.of > 0 and wilson(self.count, self.of)[1] < self.reference

    @property
    def too_few(self) -> bool:
        return not self.low and (self.reference is None or self.of < self.needed)


@dataclass(frozen=True)
class Verdict:
    key: str
    sentence: str
    text: str
    needed: int = 0


def verdict(left: Side, right: Side) -> Verdict:
    """Which half loses, in words: lead generation, appointment setting, both, neither, or too few to say."""
    if left.low and right.low:
        return Verdict(BOTH, "Both halves are below what you usually have.", f"{_left(left)} {_right(right)}")
    if right.low:
        also = (
            "Lead generation is fine." if not left.too_few else f"Lead generation: {_few(left, 'contacted accounts')}"
        )
        return Verdict(
            APPOINTMENT_SETTING, "Appointment setting is where meetings are lost.", f"{_right(right)} {also}"
        )
    if left.low:
        also = "Appointment setting is fine." if not right.too_few else f"Appointment setting: {_few(right, 'replies')}"
        return Verdict(LEAD_GENERATION, "Lead generation is where meetings are lost.", f"{_left(left)} {also}")
    if left.too_few or right.too_few:
        side, noun = (right, "replies") if right.too_few else (left, "contacted accounts")
        return Verdict(
            TOO_FEW, f"Too few to say: {side.of}, need about {side.needed}", _few(side, noun).capitalize(), side.needed
        )
    return Verdict(NEITHER, "Neither half is below what you usually have.", f"{_left(left)} {_right(right)}")


def _few(side: Side, noun: str) -> str:
    return f"too few to say, {side.of} {noun} of about {side.needed}."


def _left(side: Side) -> str:
    return f"Of {side.of} contacted accounts, {side.count} replied.{_compared(side)}"


def _right(side: Side) -> str:
    return f"Of {side.of} replies, {side.count} became held meetings.{_compared(side)}"


def _compared(side: Side) -> str:
    if side.usual is not None:
        return f" Your team usually has {side.usual:.0%}."
    return f" The benchmark is {side.benchmark:.0%}." if side.benchmark is not None else ""
