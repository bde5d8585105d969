"""The zones a guest may choose from; any other IANA name their device reports is welcome too."""

import datetime as dt
import zoneinfo
from functools import lru_cache

COMMON = (
    "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Paris", "Europe/Brussels", "Europe/Amsterdam",
    "Europe/Berlin", "Europe/Zurich", "Europe/Vienna", "Europe/Rome", "Europe/Madrid", "Europe/Copenhagen",
    "Europe/Oslo", "Europe/Stockholm", "Europe/Warsaw", "Europe/Prague", "Europe/Budapest", "Europe/Helsinki",
    "Europe/Athens", "Europe/Bucharest", "Europe/Istanbul", "Europe/Kyiv", "America/New_York", "America/Chicago",
    "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Toronto", "America/Vancouver",
    "America/Mexico_City", "America/Bogota", "America/Sao_Paulo", "America/Argentina/Buenos_Aires",
    "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore",
    "Asia/Hong_Kong", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "UTC",
)  # fmt: skip


def known(name: str) -> bool:
    """An IANA name this machine can read; never a path."""
    if not name or len(name) > 64 or ".." in name or name.startswith("/"):
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def first_known(*names: str) -> str:
    return next((name for name in names if known(name)), "UTC")


def city(name: str) -> str:
    """`New York` from `America/New_York`."""
    return name.rpartition("/")[2].replace("_", " ")


def choices(chosen: str, now: dt.datetime, words: str) -> list[tuple[str, str]]:
    """Every zone with its hour now, the chosen one first; `words` holds {zone} and {hour}."""
    minute = now.replace(second=0, microsecond=0)
    return [(chosen, _named(chosen, minute, words)), *(row for row in _common(minute, words) if row[0] != chosen)]


@lru_cache(maxsize=8)
def _common(minute: dt.datetime, words: str) -> list[tuple[str, str]]:
    return [(name, _named(name, minute, words)) for name in COMMON]


def _named(name: str, now: dt.datetime, words: str) -> str:
    return words.format(zone=city(name), hour=f"{now.astimezone(zoneinfo.ZoneInfo(name)):%H:%M}")
