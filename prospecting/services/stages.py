"""Stages open and close with a reason, and a walk ends."""

from datetime import datetime

from django.db import transaction

from crm import clock
from crm.models import Contact, User
from prospecting.models import Enrollment, RouteVersion, StageVisit
from prospecting.models.enrollment import ENROLLMENT, STAGE
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.queueing import queue_up


def add_visits(enrollment: Enrollment, route: RouteVersion) -> None:
    StageVisit.objects.bulk_create(
        [
            StageVisit(enrollment=enrollment, account_id=enrollment.account_id, stage=stage)
            for stage in route.stages.order_by("order")
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def finish(enrollment: Enrollment, *, by: User | str, why: str = "") -> None:
    """The route was walked to its end."""
    queue_up(enrollment.account_id)
    cancel_planned(enrollment, why=why, by=by)
    _close_visits(enrollment, why=why, by=by)
    ENROLLMENT.move(enrollment, Enrollment.State.FINISHED, by=by, why=why, set=_ended(why))


@transaction.atomic
def close(enrollment: Enrollment, *, by: User | str, why: str = "") -> None:
    queue_up(enrollment.account_id)
    cancel_planned(enrollment, why=why, by=by)
    _close_visits(enrollment, why=why, by=by)
    ENROLLMENT.move(enrollment, Enrollment.State.CLOSED, by=by, why=why, set=_ended(why))


def _ended(why: str) -> dict[str, object]:
    return {"ended_at": clock.now(), "reason": why[:200], "in_conversation": False, "plan_at": None}


def _close_visits(enrollment: Enrollment, *, why: str, by: User | str) -> None:
    for visit in enrollment.visits.filter(state=StageVisit.State.OPEN):
        close_stage(visit, why or "the walk ended", by=by)


def cancel_planned(enrollment: Enrollment, *, why: str, by: User | str, contact: Contact | None = None) -> list[int]:
    """Take back what has not left yet, for everyone or for one person."""
    rows = enrollment.touches.filter(state__in=[Flight.PLANNED, Flight.PAUSED])
    return TOUCH.move_many(rows.filter(contact=contact) if contact else rows, Flight.CANCELLED, by=by, why=why)


@transaction.atomic
def open_stage(visit: StageVisit, why: str, *, by: User | str, since: datetime | None = None) -> None:
    """A stage opens with the reason on the timeline; its people may be written to from now on, or `since` before."""
    columns = {"opened_at": since or clock.now(), "closed_at": None, "why": why[:300]}
    STAGE.move(visit, StageVisit.State.OPEN, by=by, why=f"{visit.stage.name} opened: {why}", set=columns)
    Enrollment.objects.filter(pk=visit.enrollment_id).update(plan_at=clock.now())


@transaction.atomic
def close_stage(visit: StageVisit, why: str, *, by: User | str) -> None:
    columns = {"closed_at": clock.now(), "why": why[:300]}
    STAGE.move(visit, StageVisit.State.CLOSED, by=by, why=f"{visit.stage.name} closed: {why}", set=columns)
    waiting = visit.touches.filter(state__in=[Flight.PLANNED, Flight.PAUSED])
    TOUCH.move_many(waiting, Flight.CANCELLED, by=by, why=why)
