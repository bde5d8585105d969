"""A moment as people agree on it: a wall-clock time in a zone whose rules may change until then."""

from datetime import datetime
from zoneinfo import ZoneInfo

from appointments.rules import zones
from appointments.rules.vtimezone import expressible
from crm.rules.working_time import to_utc


def wall(moment: datetime, zone: str) -> str:
    """The wall-clock time (ISO 8601, to the second) that says this moment in the zone; empty where none does: in UTC
    nothing changes, and the second of two equal hours is kept as the moment it is."""
    if not zones.known(zone) or not expressible(moment, ZoneInfo(zone)):
        return ""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()


def instant(said: str, zone: str) -> datetime | None:
    """The moment (UTC) of a wall-clock time under the rules of today; one that is skipped becomes the end of the gap,
    of two equal ones it is the first. None where it says nothing."""
    if not said or not zones.known(zone):
        return None
    naive = datetime.fromisoformat(said)
    return to_utc(naive.date(), naive.time(), ZoneInfo(zone))
