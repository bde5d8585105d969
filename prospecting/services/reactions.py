"""What a reply does to the account's walk: the verbs that the matrix and a finished work item call."""

from datetime import date, timedelta

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, User
from crm.services import accounts, contacts
from crm.services.accounts import queue_up
from crm.whole import whole
from prospecting.models import Enrollment, RouteVersion, StageVisit, Touch
from prospecting.models.enrollment import ENROLLMENT, OPEN
from prospecting.models.touch import TOUCH, Flight
from prospecting.services import attributing, planner, returning
from prospecting.services import enrollment as walks
from prospecting.services.queueing import look_again
from prospecting.services.stages import add_visits, cancel_planned, close, close_stage, open_stage

By = User | str
ROUTE_CHANGED = "the route changed"


def open_enrollment(account: Account) -> Enrollment | None:
    return Enrollment.objects.filter(account=account, state__in=OPEN).select_related("account").first()


@whole()
def pause_account(account: Account, why: str, *, by: By) -> list[int]:
    """Pause every planned touch because someone there wrote; those in flight are named, not recalled. The ids paused."""
    queue_up(account.pk)
    rows = Touch.objects.filter(account=account, state=Flight.PLANNED)
    paused = TOUCH.move_many(rows, Flight.PAUSED, by=by, why=why)
    enrollment = open_enrollment(account)
    if enrollment is None or enrollment.in_conversation:
        return paused
    _name_what_flies(account, by)
    if enrollment.state == Enrollment.State.PAUSED:
        Enrollment.objects.filter(pk=enrollment.pk).update(in_conversation=True)
    else:
        columns = {"in_conversation": True, "reason": why[:200], "plan_at": None}
        ENROLLMENT.move(enrollment, Enrollment.State.PAUSED, by=by, why=why, set=columns)
    return paused


def _name_what_flies(account: Account, by: By) -> None:
    flying = Touch.objects.filter(account=account, state=Flight.IN_FLIGHT).select_related("contact")
    if names := [touch.contact.name for touch in flying]:
        said = f"Already on its way when the message came: {', '.join(names)}."
        Event.record("touch.not_recalled", by=by, account=account, why=said)


@whole()
def resume_account(account: Account, *, by: By, why: str = "answered and done") -> None:
    """End the pause: the stage goes on where it stopped, after the rest that a colleague asked for meanwhile."""
    queue_up(account.pk)
    enrollment = open_enrollment(account)
    if enrollment is None or enrollment.state != Enrollment.State.PAUSED:
        return
    here = enrollment.account
    if here.rests_until and here.rests_until > clock.today():
        walks.rest(enrollment, here.rests_until, here.rest_reason or why, by=by)
        return
    if here.rests_until:  # over while they talked
        accounts.end_rest(here, by=by)
        returning.renew(enrollment, by=by)
    walks.go_on(enrollment, by=by, why=why)


@whole()
def stop_contact(contact: Contact, why: str, *, by: By, account: Account | None = None) -> None:
    """Nothing more goes out to this person; what was planned for them is taken back."""
    if contact.stopped_at is None:
        contacts.stop_contact(contact, why, by=by)
    rows = Touch.objects.filter(contact=contact, state__in=[Flight.PLANNED, Flight.PAUSED])
    look_again(TOUCH.move_many(rows.filter(account=account) if account else rows, Flight.CANCELLED, by=by, why=why))


@transaction.atomic
def unstop_contact(contact: Contact, *, by: By, account: Account | None = None) -> None:
    """They may be written to again; a walk that goes on looks at once what it has for them."""
    contacts.unstop_contact(contact, by=by)
    Enrollment.objects.filter(account=account, state=Enrollment.State.ACTIVE).update(plan_at=clock.now())


@transaction.atomic
def next_role(enrollment: Enrollment, why: str, *, by: By, waits: bool = False) -> StageVisit | None:
    """Open the next waiting stage and go on there, unless it `waits`: a pause is kept. The guard still keeps the cool-off."""
    queue_up(enrollment.account_id)
    waiting = enrollment.visits.filter(state=StageVisit.State.WAITING).select_related("stage")
    visit = waiting.order_by("stage__order").first()
    if visit:
        open_stage(visit, why, by=by)
    if not waits:
        _go_on(enrollment, by=by, why=why)
    return visit


@transaction.atomic
def reopen_stage(
    enrollment: Enrollment, role: str | None = None, why: str = "", *, contact: Contact | None = None, by: By
) -> StageVisit | None:
    """Open the stage of a role (by slug), or of the part a contact plays; None where the route has no such stage."""
    slug = role or _role_of(contact, enrollment.account)
    visits = enrollment.visits.filter(stage__roles__slug=slug).select_related("stage").order_by("stage__order")
    visit = visits.exclude(state=StageVisit.State.OPEN).first() or visits.first()
    if visit and visit.state != StageVisit.State.OPEN:
        open_stage(visit, why, by=by)
    Enrollment.objects.filter(pk=enrollment.pk).update(plan_at=clock.now())
    return visit


def _role_of(contact: Contact | None, account: Account) -> str:
    if contact is None:
        raise Refused("Say which role or which person the stage is opened for.")
    here = Membership.objects.filter(contact=contact, account=account).select_related("role").order_by("-since", "-pk")
    membership = here.filter(until=None).first() or here.first()
    return membership.role.slug if membership else "unknown"


@transaction.atomic
def next_holder(enrollment: Enrollment, contact: Contact, role: str = "") -> Contact | None:
    """The next person who holds the same role and may be written to; None says that the role is missing now.

    `role` names the one that was just taken off them.
    """
    slug = role or _role_of(contact, enrollment.account)
    cancel_planned(enrollment, why=f"{contact.name} is out", by="the planner", contact=contact)
    held = Membership.objects.filter(account=enrollment.account_id, role__slug=slug, until=None)
    others = held.exclude(contact=contact).filter(contact__stopped_at=None).exclude(confidence="low")
    found = others.exclude(contact__email="").select_related("contact").order_by("confidence", "since").first()
    if found is None:
        facts = {"role": slug}
        Event.record(
            "role.missing", by="the planner", account=enrollment.account, why="Nobody else is known.", facts=facts
        )
    Enrollment.objects.filter(pk=enrollment.pk).update(plan_at=clock.now())
    return found.contact if found else None


@transaction.atomic
def hold_patience(enrollment: Enrollment, contact: Contact, until: date, *, by: By = "the matrix") -> dict[str, dict]:
    """Someone is away: their touches move behind `until`, and their stage's silence counts from then. Nobody else waits.

    What it changed, for `release_patience`: the days that stood there before.
    """
    slug = _role_of(contact, enrollment.account)
    visits = enrollment.visits.filter(stage__roles__slug=slug)
    rows = enrollment.touches.filter(contact=contact, state__in=[Flight.PLANNED, Flight.PAUSED], due_on__lt=until)
    before: dict[str, dict] = {
        "visits": {str(pk): day and day.isoformat() for pk, day in visits.values_list("pk", "waits_until")},
        "touches": {str(pk): day.isoformat() for pk, day in rows.values_list("pk", "due_on")},
    }
    visits.update(waits_until=until)
    rows.update(due_on=until, why=f"{contact.name} is away until then"[:300], not_before=None)
    Event.record(
        "stage.patience_held", by=by, account=enrollment.account, contact=contact,
        why=f"{contact.name} is away until {until:%a} {until.day} {until:%B}.",
    )  # fmt: skip
    return before


@transaction.atomic
def release_patience(enrollment: Enrollment, before: dict[str, dict], *, by: By, why: str) -> None:
    """They are not away after all: what `hold_patience` moved and has not left stands on its day again."""
    queue_up(enrollment.account_id)
    for pk, day in before["visits"].items():
        enrollment.visits.filter(pk=pk).update(waits_until=day and date.fromisoformat(day))
    waiting = enrollment.touches.filter(state__in=[Flight.PLANNED, Flight.PAUSED])
    for pk, day in before["touches"].items():
        waiting.filter(pk=pk).update(due_on=date.fromisoformat(day), why=why[:300], not_before=None)
    Event.record("stage.patience_released", by=by, account=enrollment.account, why=why)


@transaction.atomic
def rest_account(account: Account, until: date, why: str, *, by: By, waits: bool = False) -> None:
    """The whole account is left in peace until a day, then goes on at the same stage. A walk that `waits` rests when it resumes."""
    queue_up(account.pk)
    accounts.write_rest(account, until, why, by=by)
    enrollment = open_enrollment(account)
    if enrollment is None or waits:
        return
    if enrollment.state == Enrollment.State.RESTING:
        Enrollment.objects.filter(pk=enrollment.pk).update(rests_until=until, reason=why[:200])
        Event.record(
            "enrollment.rest_moved", by=by, subject=enrollment, account=account, why=why, facts={"until": str(until)}
        )
        return
    walks.rest(enrollment, until, why, by=by)


def rest_days(account: Account, days: int, why: str, *, by: By, waits: bool = False) -> date:
    until = clock.today() + timedelta(days=days)
    rest_account(account, until, why, by=by, waits=waits)
    return until


@transaction.atomic
def close_account(account: Account, why: str, *, cause: str = "", by: By) -> None:
    """The door is shut: the walk ends and nothing goes out any more. `cause`: what it came down to, where a person says so."""
    queue_up(account.pk)
    account.refresh_from_db(fields=["closed_at"])
    if cause and isinstance(by, User) and (walk := attributing.latest_walk(account)):
        attributing.confirm(walk, cause, by=by)
    enrollment = open_enrollment(account)
    if enrollment:
        close(enrollment, by=by, why=why)
    accounts.close_account(account, why, by=by)


@transaction.atomic
def switch_variant(enrollment: Enrollment, name: str, why: str, *, by: By) -> None:
    """Walk another route of the segment from here on; what was opened on the old one is closed with the reason."""
    segment = enrollment.segment_version.segment
    variant = segment.variants.filter(name=name).select_related("route_version__route").first()
    if variant is None:
        raise Refused(f"{segment} has no variant named “{name}”.")
    _change_route(enrollment, variant.route_version, f"{ROUTE_CHANGED} to {name}", why, by=by)


@transaction.atomic
def switch_back(enrollment: Enrollment, *, to: int, away_from: int, why: str, by: By) -> bool:
    """Walk the route of before again, where it stopped; False where the walk is over or was switched once more."""
    queue_up(enrollment.account_id)
    enrollment.refresh_from_db()
    before = RouteVersion.objects.filter(pk=to).select_related("route").first()
    if enrollment.state not in OPEN or enrollment.route_version_id != away_from or before is None:
        return False
    _change_route(enrollment, before, f"{ROUTE_CHANGED} back to {before}", why, by=by)
    return True


def _change_route(enrollment: Enrollment, version: RouteVersion, closing: str, why: str, *, by: By) -> None:
    queue_up(enrollment.account_id)
    if version.pk == enrollment.route_version_id:
        return
    for visit in enrollment.visits.exclude(state=StageVisit.State.CLOSED).select_related("stage"):
        close_stage(visit, closing, by=by)
    before = str(enrollment.route_version)
    enrollment.route_version = version
    Enrollment.objects.filter(pk=enrollment.pk).update(route_version=version, plan_at=clock.now())
    _walk_again(enrollment, version, why, by=by)
    facts = {"from": before, "to": str(version)}
    Event.record(
        "enrollment.variant_switched", by=by, subject=enrollment, account=enrollment.account, why=why, facts=facts
    )


def _walk_again(enrollment: Enrollment, version: RouteVersion, why: str, *, by: By) -> None:
    """Stages that only an earlier change of route had closed stand as they did: open since then, or waiting."""
    left = enrollment.visits.filter(
        stage__version=version, state=StageVisit.State.CLOSED, why__startswith=ROUTE_CHANGED
    )
    left.filter(opened_at=None, touches=None).delete()
    add_visits(enrollment, version)
    for visit in left.exclude(opened_at=None).select_related("stage"):
        open_stage(visit, why, by=by, since=visit.opened_at)


def _go_on(enrollment: Enrollment, *, by: By, why: str) -> None:
    enrollment.refresh_from_db()
    if enrollment.state in (Enrollment.State.PAUSED, Enrollment.State.RESTING):
        walks.go_on(enrollment, by=by, why=why)
    else:
        planner.plan(enrollment)
