"""A step, a person or a whole account is left out, with the reason; what can be taken back is."""

from collections.abc import Collection

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Contact, Event, User
from crm.services.accounts import queue_up
from prospecting.models import Enrollment, Skip, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.approving import tell
from prospecting.services.known import SKIPPED
from prospecting.services.queueing import hold, look_again
from prospecting.services.stages import cancel_planned, close

OPEN = (Flight.PLANNED, Flight.PAUSED)


def _said(why: str) -> str:
    if not why.strip():
        raise Refused("Say why; it stands on the timeline.")
    return why.strip()[:200]


@transaction.atomic
def skip_steps(touches: Collection[Touch], why: str, *, by: User) -> list[int]:
    """These steps are left out; each person gets the next one on its day. The ids left out."""
    why = _said(why)
    hold({touch.account_id for touch in touches})
    rows = Touch.objects.filter(pk__in=[touch.pk for touch in touches], state__in=OPEN)
    columns = {"outcome": SKIPPED, "waits_because": why}
    gone = TOUCH.move_many(rows, Flight.SKIPPED, by=by, why=why, set=columns)
    look_again(gone)
    tell(list(touches))
    return gone


@transaction.atomic
def undo_steps(touches: Collection[Touch], *, by: User) -> int:
    """The planner may plan these steps again; those whose person was written to since stay left out."""
    hold({touch.account_id for touch in touches})
    rows = Touch.objects.filter(pk__in=[touch.pk for touch in touches], state=Flight.SKIPPED, outcome=SKIPPED)
    back = list(rows.select_related("account", "contact"))
    for touch in back:
        later = Touch.objects.filter(enrollment=touch.enrollment_id, contact=touch.contact_id, pk__gt=touch.pk)
        TOUCH.move_many(later.filter(state__in=OPEN), Flight.CANCELLED, by=by, why="the step before is not left out")
    Touch.objects.filter(pk__in=[touch.pk for touch in back]).update(outcome="", waits_because="")
    Event.objects.bulk_create(
        Event.about("touch.skip_undone", by=by, subject=row, account=row.account, contact=row.contact) for row in back
    )
    look_again([touch.pk for touch in back])
    return len(back)


@transaction.atomic
def skip_person(walk: Enrollment, contact: Contact, why: str, *, by: User) -> Skip:
    """Nothing of this walk goes to them any more; the planner goes on with the next who holds the role."""
    why = _said(why)
    queue_up(walk.account_id)
    if Skip.objects.filter(enrollment=walk, contact=contact, undone_at=None).exists():
        raise Refused(f"{contact.name} is left out already.")
    row = Skip.objects.create(
        enrollment=walk, account_id=walk.account_id, contact=contact, why=why, by=by, at=clock.now()
    )
    cancel_planned(walk, why=why, by=by, contact=contact)
    Event.record("person.skipped", by=by, subject=row, account=walk.account, contact=contact, why=why)
    Enrollment.objects.filter(pk=walk.pk, state=Enrollment.State.ACTIVE).update(plan_at=clock.now())
    return row


@transaction.atomic
def undo_person(skip: Skip, *, by: User) -> None:
    queue_up(skip.account_id)
    if not Skip.objects.filter(pk=skip.pk, undone_at=None).update(undone_at=clock.now()):
        raise Refused("They are not left out any more.")
    Event.record("person.skip_undone", by=by, subject=skip, account=skip.account, contact=skip.contact)
    walk = Enrollment.objects.filter(pk=skip.enrollment_id, state=Enrollment.State.ACTIVE)
    walk.update(plan_at=clock.now())


def skip_account(walk: Enrollment, why: str, *, by: User) -> None:
    """The walk ends here; the account may be enrolled anew, and gets no step twice."""
    close(walk, by=by, why=_said(why))
