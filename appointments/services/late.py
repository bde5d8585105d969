"""What health says of replies and reminders: how many, and since when; never whose or what."""

from django.db.models import Min

from appointments import queries
from appointments.models import WorkItem
from appointments.services import reminding
from crm import clock


def reasons() -> list[str]:
    """Why it is not all well with the replies and meetings of this installation; nothing where it is."""
    now, found = clock.now(), []
    late = queries.overdue(WorkItem.objects.all(), now)
    oldest = late.aggregate(oldest=Min("due_at"))["oldest"]
    if oldest:
        found.append(f"replies: {late.count()} overdue, the oldest promise ran out {oldest:%Y-%m-%d %H:%M} UTC")
    if nobodys := queries.unworked(WorkItem.objects.all(), now).count():
        found.append(f"replies: {nobodys} unworked, nobody has taken them")
    return found


def faults() -> list[str]:
    """An alarm: reminders that were due and that nobody sent."""
    waiting, since = reminding.overdue()
    return [f"reminders: {waiting} overdue, the oldest since {since:%Y-%m-%d %H:%M} UTC"] if since else []
