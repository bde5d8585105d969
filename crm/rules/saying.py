"""Dates, durations and counts as the product says them; plain values in, words out."""

import datetime as dt

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(date: dt.date, today: dt.date) -> str:
    """`today`, `yesterday`, `tomorrow`, `Tue 16 June`; the year only when it differs."""
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((date - today).days)
    return near or dated(date, today)


def dated(date: dt.date, today: dt.date, *, long: bool = False) -> str:
    """`Tue 16 June`, or `Tuesday 16 June`; the year only when it differs."""
    names = LONG_DAYS if long else DAYS
    year = f" {date.year}" if date.year != today.year else ""
    return f"{names[date.weekday()]} {date.day} {MONTHS[date.month - 1]}{year}"


def short_day(date: dt.date, today: dt.date) -> str:
    """`18 May`; the year only when it differs. For ladders and charts."""
    year = f" {date.year}" if date.year != today.year else ""
    return f"{date.day} {MONTHS[date.month - 1][:3]}{year}"


def moment(local: dt.datetime, today: dt.date) -> str:
    """`Tue 16 June, 14:30`, in the zone the moment carries."""
    return f"{day(local.date(), today)}, {local:%H:%M}"


def duration(span: dt.timedelta) -> str:
    """`12 min`, `1 h 24 min`, `2 days 3 h`: two units at most, never negative."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return " ".join(filter(None, [count(days, "day"), f"{hours} h" if hours and days < 10 else ""]))
    if hours:
        return " ".join(filter(None, [f"{hours} h", f"{rest} min" if rest else ""]))
    return f"{rest} min"


def percent(share: float) -> str:
    """`12 %`, `12.3 %`, `47 %` of a share of one: a decimal only under twenty percent, and only where there is one."""
    value = 100 * share
    return f"{value:.1f} %".replace(".0 %", " %") if value < 20 else f"{value:.0f} %"


def count(n: int, one: str, many: str = "") -> str:
    """`1 account`, `1,204 accounts`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def initials(name: str) -> str:
    parts = name.replace("@", " ").replace(".", " ").split()
    return "".join(part[0] for part in parts[:1] + parts[1:][-1:]).upper()


def left(due: dt.datetime, since: dt.datetime | None, now: dt.datetime) -> tuple[str, str, int]:
    """What a clock shows: words, tone (late, soon or none) and the share left in percent."""
    if due <= now:
        return f"{duration(now - due)} late", "late", 0
    whole = (due - since).total_seconds() if since and since < due else 4 * 3600.0
    share = min(100, max(3, round(100 * (due - now).total_seconds() / whole)))
    soon = due - now <= dt.timedelta(minutes=30)
    words = "1 min left" if due - now < dt.timedelta(minutes=1) else f"{duration(due - now)} left"
    return words, "soon" if soon else "", share
