"""Days that people or their browsers send."""

import datetime as dt


def day_of(text: str) -> dt.date | None:
    """The day a form names; nothing for anything else, or for one that no calendar of holidays reaches."""
    try:
        day = dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
