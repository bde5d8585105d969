"""Which messages protect a booked meeting, and when each is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LEAD, DAY, HOUR, TASK, HOST, OUTCOME = "lead", "day", "hour", "task", "host", "outcome"
MAILED = (LEAD, DAY, HOUR)
OUTCOME_AFTER = timedelta(minutes=15)
WHOLE_DAY = 1440
MOST_BEFORE = 30 * WHOLE_DAY


@dataclass(frozen=True)
class Rule:
    """One reminder: so many minutes before the start, where the meeting was booked at least so many minutes ahead."""

    kind: str
    before: int
    ahead: int
    active: bool = True


# What a kind of meeting has that says nothing else.
STANDARD = (
    Rule(LEAD, 3 * WHOLE_DAY, 7 * WHOLE_DAY),
    Rule(DAY, WHOLE_DAY, 36 * 60),
    Rule(TASK, 3 * 60, 6 * 60),
    Rule(HOUR, 60, 2 * 60),
    Rule(HOST, 60, 2 * 60),
)


def rules_of(own: Iterable[Rule]) -> list[Rule]:
    """The standard, with what a kind of meeting says of its own in its place."""
    said = {rule.kind: rule for rule in own}
    return [said.get(rule.kind, rule) for rule in STANDARD]


def plan(
    starts_at: datetime, ends_at: datetime, booked_at: datetime, guest_zone: ZoneInfo, rules: Iterable[Rule] = STANDARD
) -> list[tuple[str, datetime]]:
    """Kind and moment (UTC) of each; days are days on the guest's wall clock. The outcome is always asked."""
    ahead = (starts_at - booked_at) / timedelta(minutes=1)
    planned = [
        (rule.kind, _before(starts_at, timedelta(minutes=rule.before), guest_zone))
        for rule in rules
        if rule.active and ahead >= rule.ahead
    ]
    return [*planned, (OUTCOME, ends_at + OUTCOME_AFTER)]


def _before(moment: datetime, gap: timedelta, zone: ZoneInfo) -> datetime:
    if gap < timedelta(days=1) or gap % timedelta(days=1):
        return moment - gap
    return (moment.astimezone(zone) - gap).astimezone(UTC)


def still_useful(kind: str, starts_at: datetime, now: datetime) -> bool:
    """After a long silence of ours a reminder of a meeting that has begun is dropped, not sent."""
    return kind == OUTCOME or now < starts_at


def useless_when_confirmed(kind: str) -> bool:
    return kind == TASK
