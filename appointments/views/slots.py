"""How a slot is written into a form and read back: its start in UTC and, where it has one, its host."""

import datetime as dt

from crm.errors import Refused


def write(start: dt.datetime, host: int | None = None) -> str:
    moment = start.astimezone(dt.UTC).isoformat(timespec="minutes")
    return f"{moment}~{host}" if host else moment


def read(value: str) -> tuple[dt.datetime, int | None]:
    """Raises Refused for anything `write` did not make."""
    moment, _, host = value[:60].partition("~")
    try:
        start = dt.datetime.fromisoformat(moment)
    except ValueError as bad:
        raise Refused("This time could not be read. Choose one from the page.") from bad
    if start.tzinfo is None or (host and not (host.isdigit() and len(host) < 19)):
        raise Refused("This time could not be read. Choose one from the page.")
    return start.astimezone(dt.UTC), int(host) if host else None
