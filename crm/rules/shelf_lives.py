"""How long a fact may be trusted, and whether one is stale."""

from datetime import date, timedelta

# noun, field, days. What nobody lists here never goes stale: a name does not.
SHELF_LIVES = [
    ("account", "employees", 365), ("account", "sites", 540), ("account", "industry", 1095), ("account", "phone", 365),
    ("account", "domain", 730), ("account", "street", 730), ("account", "city", 730), ("account", "regulated", 540),
    ("account", "renewal_on", 365), ("account", "fiscal_year_end", 1095), ("account", "custom", 365),
    ("contact", "email", 180), ("contact", "phone", 365), ("contact", "title", 180), ("contact", "role", 180),
    ("contact", "custom", 365),
]  # fmt: skip


def stale_since(checked: str, days: int | None) -> date | None:
    """The day from which a fact checked on a day (ISO 8601) is stale; None: it never is, or nobody knows when."""
    if not days:
        return None
    try:
        return date.fromisoformat(checked[:10]) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def is_stale(checked: str, days: int | None, today: date) -> bool:
    since = stale_since(checked, days)
    return since is not None and since <= today
