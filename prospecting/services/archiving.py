"""A segment is put away and taken out again: its list stands still meanwhile, and whoever walks goes on."""

from dataclasses import dataclass

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.rules import saying
from prospecting.models import Enrollment, Intake, ListEntry, Segment
from prospecting.models.enrollment import OPEN
from prospecting.services import priorities


@dataclass(frozen=True)
class Consequences:
    """What putting a segment away means now."""

    members: int
    walking: int

    @property
    def sentence(self) -> str:
        stays = f"Its list stands still with {saying.count(self.members, 'account')}, and nobody is enrolled from it."
        if not self.walking:
            return f"{stays} Nobody is enrolled now."
        goes = saying.count(self.walking, "enrolled account goes on", "enrolled accounts go on")
        return f"{stays} {goes} to the end under the versions they began with."


def consequences(segment: Segment) -> Consequences:
    return Consequences(
        ListEntry.objects.filter(target_list__segment=segment, left_at=None).count(),
        Enrollment.objects.filter(segment_version__segment=segment, state__in=OPEN).count(),
    )


@transaction.atomic
def archive(segment: Segment, reason: str, *, by: User | None) -> Consequences:
    """Off every screen, its place in the order free for others; figures and history stay."""
    row = Segment.objects.select_for_update().get(pk=segment.pk)
    if row.archived_at:
        raise Refused(f"{row.name} is put away already.")
    if not reason.strip():
        raise Refused("Say why it is put away; it stands in its history.")
    intake = Intake.objects.filter(segment=row).exclude(state=Intake.State.STOPPED).first()
    if intake:
        raise Refused(f"The intake “{intake.name}” still takes accounts from this list. Stop it first.")
    if row.priority is not None:
        priorities.set_place(row, None, by=by)
    means = consequences(row)
    Segment.objects.filter(pk=row.pk).update(archived_at=clock.now())
    facts = {"members": means.members, "walking": means.walking}
    Event.record("segment.archived", by=by, subject=row, why=reason.strip()[:500], facts=facts)
    return means


@transaction.atomic
def restore(segment: Segment, *, by: User | None) -> None:
    """In use again as it was, without a place in the order; its list follows the rule from the next refresh on."""
    row = Segment.objects.select_for_update().get(pk=segment.pk)
    if row.archived_at is None:
        raise Refused(f"{row.name} is not put away.")
    Segment.objects.filter(pk=row.pk).update(archived_at=None)
    Event.record("segment.restored", by=by, subject=row)
