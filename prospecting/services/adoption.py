"""A walk takes a newer version of its sequence: one, or all that can; and what that would change, before it is done."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from prospecting.models import Draft, Enrollment, SequenceVersion, Stage, Step, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import TOUCH, Flight
from prospecting.queries.sequences import facts_of
from prospecting.rules import adoption
from prospecting.services import planner
from prospecting.services.known import MADE
from prospecting.services.queueing import hold
from prospecting.services.sequences import current_version

BATCH = 100
MOST = 2_000
SHOWN = 40
WAITING = (Flight.PLANNED, Flight.PAUSED)


@dataclass
class Look:
    """One walk: why it cannot, or what would change."""

    enrollment: Enrollment
    refused: str = ""
    changes: list[adoption.Change] = field(default_factory=list)
    had: list[str] = field(default_factory=list)
    note: str = ""


@dataclass
class Adopted:
    """What came of it: the walks that took the version, and why others could not."""

    done: list[int] = field(default_factory=list)
    refused: dict[str, list[Enrollment]] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        cannot = sum(map(len, self.refused.values()))
        return f"{len(self.done)} took it over" + (f", {cannot} could not." if cannot else ".")


def candidates(version: SequenceVersion) -> QuerySet[Enrollment]:
    """Open walks of this sequence on an older version."""
    rows = Enrollment.objects.filter(state__in=OPEN, sequence_version__sequence=version.sequence_id)
    older = rows.filter(sequence_version__number__lt=version.number)
    return older.select_related("account", "prospector", "sequence_version", "route_version__route").order_by("pk")


def newer(walk: Enrollment) -> SequenceVersion | None:
    """The version in use of its sequence, where an open walk is on an older one."""
    version = current_version(walk.sequence_version.sequence) if walk.state in OPEN else None
    return version if version and version.number > walk.sequence_version.number else None


# Doing it ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def adopt(enrollment: Enrollment, version: SequenceVersion, *, by: User, why: str = "") -> Enrollment:
    """One walk goes on under the version; Refused with the reason. Nobody gets a step again that they had."""
    found = _adopt_batch([enrollment.pk], version, by=by, why=why)
    if found.refused:
        raise Refused(next(iter(found.refused)))
    enrollment.refresh_from_db()
    return enrollment


def adopt_many(enrollments: Iterable[int], version: SequenceVersion, *, by: User, why: str = "") -> Adopted:
    """All of these that can, a batch in a transaction; 2,000 at most."""
    wanted, whole = list(dict.fromkeys(enrollments))[:MOST], Adopted()
    for start in range(0, len(wanted), BATCH):
        with transaction.atomic():
            found = _adopt_batch(wanted[start : start + BATCH], version, by=by, why=why)
        whole.done += found.done
        for sentence, rows in found.refused.items():
            whole.refused.setdefault(sentence, []).extend(rows)
    return whole


def _adopt_batch(ids: Collection[int], version: SequenceVersion, *, by: User, why: str) -> Adopted:
    """Hold the accounts, judge each walk as it is now, carry over what is planned, and plan the rest."""
    hold(Enrollment.objects.filter(pk__in=ids).values_list("account_id", flat=True))
    rows = list(with_versions(ids))
    refusals, found = refused(rows, version), Adopted()
    for row in rows:
        if row.pk in refusals:
            found.refused.setdefault(refusals[row.pk], []).append(row)
    willing = [row for row in rows if row.pk not in refusals]
    if not willing:
        return found
    _carry_over([row.pk for row in willing], version, by=by)
    now = clock.now()
    walks = Enrollment.objects.filter(pk__in=[row.pk for row in willing])
    walks.update(sequence_version=version)
    walks.filter(state=Enrollment.State.ACTIVE).update(plan_at=now)
    Event.objects.bulk_create(_event(row, version, by, why) for row in willing)
    planner.plan_many([row.account_id for row in willing])
    found.done = [row.pk for row in willing]
    return found


def with_versions(ids: Collection[int]) -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(pk__in=ids).order_by("pk")
    return rows.select_related("account", "prospector", "sequence_version", "route_version__route")


def _event(row: Enrollment, version: SequenceVersion, by: User, why: str) -> Event:
    said = f"{version} instead of v{row.sequence_version.number}" + (f": {why}" if why else "")
    facts = {"from": row.sequence_version_id, "to": version.pk}
    return Event.about("enrollment.adopted", by=by, subject=row, account=row.account, why=said[:500], facts=facts)


def refused(rows: Collection[Enrollment], version: SequenceVersion) -> dict[int, str]:
    """Walk → why it cannot take this version; one query however many there are."""
    roles = set(version.steps.values_list("role_id", flat=True))
    routes = {row.route_version_id: row.route_version for row in rows}
    lacking: dict[int, str] = {}
    for pk, role, name in _roles_of(routes):
        if role not in roles:
            lacking[pk] = f"{lacking[pk]}, {name}" if pk in lacking else name
    return {row.pk: words for row in rows if (words := _refusal(row, version, lacking.get(row.route_version_id, "")))}


def _roles_of(routes: Collection[int]) -> Iterable[tuple[int, int, str]]:
    rows = Stage.objects.filter(version__in=routes).order_by("version", "order").distinct()
    return rows.values_list("version_id", "roles", "roles__name")


def _refusal(row: Enrollment, version: SequenceVersion, lacking: str) -> str:
    if version.state != SequenceVersion.State.PUBLISHED:
        return "A draft cannot be walked. Publish it first."
    if row.state not in OPEN:
        return "The walk is over."
    if row.sequence_version.sequence_id != version.sequence_id:
        return "It walks another sequence."
    if row.sequence_version_id == version.pk:
        return f"It walks v{version.number} already."
    if row.sequence_version.number > version.number:
        return f"It walks a newer version, v{row.sequence_version.number}."
    if lacking:
        return f"v{version.number} has no step for a role on its route: {lacking}."
    return ""


def _carry_over(walks: Collection[int], version: SequenceVersion, *, by: User) -> None:
    """What is planned stays where it is still this person's next step on the same day; the rest is taken back."""
    steps = list(version.steps.order_by("order"))
    waiting = Touch.objects.filter(enrollment__in=walks, state__in=WAITING).select_related("step")
    rows = list(waiting.select_for_update(of=("self",)))
    made = _made(rows, version)
    going: list[int] = []
    for touch in rows:
        new = _next(touch, steps, made.get((touch.contact_id, touch.step.role_id), set()))
        if new is None:
            going.append(touch.pk)
        else:
            touch.step = new
    if going:
        why = f"{version} goes on otherwise"
        TOUCH.move_many(Touch.objects.filter(pk__in=going), Flight.CANCELLED, by=by, why=why)
    Touch.objects.bulk_update([touch for touch in rows if touch.pk not in going], ["step"])


def _next(touch: Touch, steps: Collection[Step], made: set[int]) -> Step | None:
    """The new version's step in whose place the touch may stand: the same one, next in turn, due on the same day."""
    own = [step for step in steps if step.role_id == touch.step.role_id and step.key not in made]
    first = own[0] if own else None
    same = first and (first.key, first.channel, first.wait_days) == (
        touch.step.key, touch.step.channel, touch.step.wait_days,
    )  # fmt: skip
    return first if same else None


def _made(touches: Collection[Touch], version: SequenceVersion) -> dict[tuple[int, int], set[int]]:
    """(contact, role) → keys of the steps of this sequence they have had."""
    rows = Touch.objects.filter(contact__in={touch.contact_id for touch in touches}, state__in=MADE)
    ours = rows.filter(step__version__sequence=version.sequence_id)
    found: dict[tuple[int, int], set[int]] = {}
    for contact, role, key in ours.values_list("contact_id", "step__role_id", "step__key"):
        found.setdefault((contact, role), set()).add(key)
    return found


# Looking first -----------------------------------------------------------------------------------------------------


class _Undo(Exception):
    """Leaves the transaction of a look without a trace."""


def look(enrollments: Collection[Enrollment], version: SequenceVersion, *, by: User) -> list[Look]:
    """What taking the version would change for each: it is done and undone, so that it says what would happen."""
    rows = list(enrollments)[:SHOWN]
    refusals = refused(rows, version)
    willing = [row for row in rows if row.pk not in refusals]
    before = planned(willing)
    after: dict[int, list[adoption.Planned]] = {}
    try:
        with transaction.atomic():
            _adopt_batch([row.pk for row in willing], version, by=by, why="")
            after = planned(willing)
            raise _Undo
    except _Undo:
        pass
    behind = _had(willing, version)
    return [
        Look(row, refusals[row.pk]) if row.pk in refusals
        else Look(row, "", adoption.changes(before.get(row.pk, []), after.get(row.pk, [])), behind.get(row.pk, []), _note(row))
        for row in rows
    ]  # fmt: skip


def _note(row: Enrollment) -> str:
    if row.state == Enrollment.State.ACTIVE:
        return ""
    return f"It is {row.get_state_display().lower()}; what comes next is planned when it goes on."


def planned(walks: Collection[Enrollment]) -> dict[int, list[adoption.Planned]]:
    """Walk → what is planned or paused on it now."""
    rows = Touch.objects.filter(enrollment__in=walks, state__in=WAITING).order_by("due_on", "pk")
    rows = rows.select_related("contact", "step__role", "step__template__template")
    edited = set(Draft.objects.filter(touch__in=rows).values_list("touch_id", flat=True))
    found: dict[int, list[adoption.Planned]] = {}
    for touch in rows:
        one = adoption.Planned(
            touch.contact_id, touch.contact.name, facts_of(touch.step), touch.due_on, touch.pk in edited
        )
        found.setdefault(touch.enrollment_id, []).append(one)
    return found


def _had(walks: Collection[Enrollment], version: SequenceVersion) -> dict[int, list[str]]:
    steps = [facts_of(s) for s in version.steps.select_related("role", "template__template").order_by("order")]
    rows = Touch.objects.filter(
        account__in=[row.account_id for row in walks], state__in=MADE, step__version__sequence=version.sequence_id
    ).select_related("contact", "step__role")
    people: dict[tuple[int, int, str], tuple[str, set[int]]] = {}
    for touch in rows.order_by("sent_at", "pk"):
        made = people.setdefault(
            (touch.account_id, touch.contact_id, touch.step.role.name), (touch.contact.name, set())
        )
        made[1].add(touch.step.key)
    of_account = {row.account_id: row.pk for row in walks}
    found: dict[int, list[str]] = {}
    for (account, _, role), (name, keys) in people.items():
        if words := adoption.had(name, keys, role, steps):
            found.setdefault(of_account[account], []).append(words)
    return found
