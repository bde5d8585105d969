"""Stages open and close with a reason, and a walk ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Contact, User
from crm.services import live
from crm.services.accounts import queue_up
from prospecting.models import Enrollment, RouteVersion, Stage, StageVisit, Touch
from prospecting.models.enrollment import ENROLLMENT, STAGE
from prospecting.models.touch import TOUCH, Flight
from prospecting.services import attributing


class Opening(NamedTuple):
    """A stage that opens or closes, and why."""

    visit: int
    stage: str
    why: str


def add_visits(enrollment: Enrollment, route: RouteVersion) -> None:
    StageVisit.objects.bulk_create(
        [
            StageVisit(enrollment=enrollment, account_id=enrollment.account_id, stage=stage)
            for stage in route.stages.order_by("order")
        ],
        ignore_conflicts=True,
    )


def add_first_visits(enrollments: Sequence[Enrollment]) -> None:
    """The stages of walks that begin, by two statements."""
    stages: dict[int, list[int]] = {}
    routes = {row.route_version_id for row in enrollments}
    for route, stage in Stage.objects.filter(version__in=routes).order_by("order").values_list("version_id", "pk"):
        stages.setdefault(route, []).append(stage)
    StageVisit.objects.bulk_create(
        StageVisit(enrollment=row, account_id=row.account_id, stage_id=stage)
        for row in enrollments
        for stage in stages.get(row.route_version_id, ())
    )


@transaction.atomic
def finish(enrollment: Enrollment, *, by: User | str, why: str = "") -> None:
    """The route was walked to its end."""
    queue_up(enrollment.account_id)
    cancel_planned(enrollment, why=why, by=by)
    _close_visits(enrollment, why=why, by=by)
    ENROLLMENT.move(enrollment, Enrollment.State.FINISHED, by=by, why=why, set=_ended(why))
    attributing.attribute([enrollment.pk])


@transaction.atomic
def close(enrollment: Enrollment, *, by: User | str, why: str = "") -> None:
    queue_up(enrollment.account_id)
    cancel_planned(enrollment, why=why, by=by)
    _close_visits(enrollment, why=why, by=by)
    ENROLLMENT.move(enrollment, Enrollment.State.CLOSED, by=by, why=why, set=_ended(why))
    attributing.attribute([enrollment.pk])


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
    live.tell("stage", account=visit.account_id)
    Enrollment.objects.filter(pk=visit.enrollment_id).update(plan_at=clock.now())


@transaction.atomic
def close_stage(visit: StageVisit, why: str, *, by: User | str) -> None:
    columns = {"closed_at": clock.now(), "why": why[:300]}
    STAGE.move(visit, StageVisit.State.CLOSED, by=by, why=f"{visit.stage.name} closed: {why}", set=columns)
    live.tell("stage", account=visit.account_id)
    Enrollment.objects.filter(pk=visit.enrollment_id).update(plan_at=clock.now())
    waiting = visit.touches.filter(state__in=[Flight.PLANNED, Flight.PAUSED])
    TOUCH.move_many(waiting, Flight.CANCELLED, by=by, why=why)


# Of many walks at once --------------------------------------------------------------------------------------------


def open_stages(openings: Sequence[Opening], *, by: User | str) -> None:
    """Waiting stages open, one update for each sentence; the accounts are held, and the planner looks at them anyway."""
    if openings:
        live.tell("stage")
    for (stage, why), visits in _grouped(openings).items():
        rows = StageVisit.objects.filter(pk__in=visits, state=StageVisit.State.WAITING)
        columns = {"opened_at": clock.now(), "closed_at": None, "why": why[:300]}
        said, facts = f"{stage} opened: {why}", {"from": str(StageVisit.State.WAITING)}
        if len(STAGE.move_many(rows, StageVisit.State.OPEN, by=by, why=said, set=columns, **facts)) < len(visits):
            raise Refused("A stage was changed by someone else in the meantime.")


def finish_walks(enrollments: Sequence[int], *, by: User | str, why: str) -> None:
    """The routes of active walks were walked to their end; the accounts are held."""
    if not enrollments:
        return
    planned = Touch.objects.filter(enrollment__in=enrollments, state__in=[Flight.PLANNED, Flight.PAUSED])
    TOUCH.move_many(planned, Flight.CANCELLED, by=by, why=why)
    opened = StageVisit.objects.filter(enrollment__in=enrollments, state=StageVisit.State.OPEN)
    found = [Opening(pk, stage, why) for pk, stage in opened.values_list("pk", "stage__name")]
    for (stage, said), visits in _grouped(found).items():
        rows = StageVisit.objects.filter(pk__in=visits)
        columns, facts = {"closed_at": clock.now(), "why": said[:300]}, {"from": str(StageVisit.State.OPEN)}
        STAGE.move_many(rows, StageVisit.State.CLOSED, by=by, why=f"{stage} closed: {said}", set=columns, **facts)
    walks = Enrollment.objects.filter(pk__in=enrollments)
    facts = {"from": str(Enrollment.State.ACTIVE)}
    ENROLLMENT.move_many(walks, Enrollment.State.FINISHED, by=by, why=why, set=_ended(why), **facts)
    attributing.attribute(enrollments)


def _grouped(openings: Sequence[Opening]) -> dict[tuple[str, str], list[int]]:
    """(stage, sentence) → visits: of many walks few say anything different."""
    found: dict[tuple[str, str], list[int]] = {}
    for opening in openings:
        found.setdefault((opening.stage, opening.why), []).append(opening.visit)
    return found
