"""Which messages protect a booked meeting, and when each is due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LEAD, DAY, HOUR, TASK, OUTCOME = "lead", "day", "hour", "task", "outcome"
MAILED = (LEAD, DAY, HOUR)
OUTCOME_AFTER = timedelta(minutes=15)

# kind, how long before the start, how far ahead it must have been booked to make sense
PLAN = (
    (LEAD, timedelta(days=3), timedelta(days=7)),
    (DAY, timedelta(days=1), timedelta(hours=36)),
    (TASK, timedelta(hours=3), timedelta(hours=6)),
    (HOUR, timedelta(hours=1), timedelta(hours=2)),
)


def plan(
    starts_at: datetime, ends_at: datetime, booked_at: datetime, guest_zone: ZoneInfo
) -> list[tuple[str, datetime]]:
    """Kind and moment (UTC) of each; days are days on the guest's wall clock."""
    ahead = starts_at - booked_at
    planned = [(kind, _before(starts_at, gap, guest_zone)) for kind, gap, needs in PLAN if ahead >= needs]
    return [*planned, (OUTCOME, ends_at + OUTCOME_AFTER)]


def _before(moment: datetime, gap: timedelta, zone: ZoneInfo) -> datetime:
    if gap < timedelta(days=1):
        return moment - gap
    return (moment.astimezone(zone) - gap).astimezone(UTC)


def still_useful(kind: str, starts_at: datetime, now: datetime) -> bool:
    """After a long silence of ours a reminder of a meeting that has begun is dropped, not sent."""
    return kind == OUTCOME or now < starts_at


def needs_confirmation(kind: str) -> bool:
    return kind == DAY


def useless_when_confirmed(kind: str) -> bool:
    return kind == TASK
