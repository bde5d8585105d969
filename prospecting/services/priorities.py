"""Which segment goes first: an account stands on one list only of those that have a place in the order."""

from django.db import transaction

from crm.errors import Refused
from crm.models import Event, User
from prospecting.models import Segment, TargetList
from prospecting.services.lists import in_order, refresh


def ranked() -> list[Segment]:
    """The segments that share accounts by priority, the first one first."""
    return list(Segment.objects.filter(priority__isnull=False, archived_at=None).order_by("priority"))


@transaction.atomic
def set_place(segment: Segment, place: int | None, *, by: User | None) -> int:
    """Put a segment at a place of the order (1 goes first), or None to leave it; how many accounts moved for it.

    The others move up or down; then every list in the order is refreshed, so that each account stands on one.
    """
    Segment.objects.select_for_update().get(pk=segment.pk)
    others = [one for one in ranked() if one.pk != segment.pk]
    if place is not None:
        if not 1 <= place <= 1_000:
            raise Refused("A place is a whole number, 1 for the segment that goes first.")
        others.insert(place - 1, segment)
    was = segment.priority
    Segment.objects.filter(pk=segment.pk).update(priority=None)
    for number, one in enumerate(others, start=1):
        Segment.objects.filter(pk=one.pk).update(priority=number)
    segment.refresh_from_db(fields=["priority"])
    if was == segment.priority:
        return 0
    Event.record("segment.placed", by=by, subject=segment, facts={"from": was, "to": segment.priority})
    return settle_order(by)


def settle_order(by: User | None) -> int:
    targets = TargetList.objects.filter(segment__priority__isnull=False, segment__archived_at=None)
    runs = [refresh(target, by=by) for target in in_order(targets.select_related("segment"))]
    return sum(run.entered + run.left for run in runs)
