"""After a no-show: two tries in five working days, then back to a person."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from crm.rules.working_time import add_working_days, to_utc

TRIES = 2
WORKING_DAYS = 5
SECOND_TRY_AFTER = 2
MORNING = time(9, 30)


def next_try(tries_made: int, started_at: datetime, zone: ZoneInfo, country: str = "") -> datetime | None:
    """When the next message is due; None when both were sent and only the end is left."""
    if tries_made == 0:
        return started_at
    if tries_made < TRIES:
        return to_utc(_working_day(started_at, SECOND_TRY_AFTER, zone, country), MORNING, zone)
    return None


def gives_up_at(started_at: datetime, zone: ZoneInfo, country: str = "") -> datetime:
    """The end of the fifth working day: from then on a person decides."""
    return to_utc(_working_day(started_at, WORKING_DAYS, zone, country), time(17), zone)


def _working_day(started_at: datetime, n: int, zone: ZoneInfo, country: str) -> date:
    return add_working_days(started_at.astimezone(zone).date(), n, country)


def starts_for(side: str) -> bool:
    """Every side is recovered; ours begins with an apology."""
    return side in ("guest", "host", "technical")
