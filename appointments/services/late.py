"""What health says of replies: how many, and since when; never whose or what."""

from django.db.models import Min

from appointments import queries
from appointments.models import WorkItem
from crm import clock


def reasons() -> list[str]:
    """Why it is not all well with the replies of this installation; nothing where it is."""
    now, found = clock.now(), []
    late = queries.overdue(WorkItem.objects.all(), now)
    oldest = late.aggregate(oldest=Min("due_at"))["oldest"]
    if oldest:
        found.append(f"replies: {late.count()} overdue, the oldest promise ran out {oldest:%Y-%m-%d %H:%M} UTC")
    if nobodys := queries.unworked(WorkItem.objects.all(), now).count():
        found.append(f"replies: {nobodys} unworked, nobody has taken them")
    return found
