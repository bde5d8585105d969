"""What waits for a person before it leaves: drafts, and the tasks one does oneself."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from crm import clock
from crm.models import User
from prospecting.models import Call, Draft, Enrollment, Sequence, Touch
from prospecting.models.touch import Flight


def of_team(rows: QuerySet[Touch], user: User) -> QuerySet[Touch]:
    """An SDR's own, of a lead the team's, of an admin everyone's."""
    if user.is_admin:
        return rows
    if user.is_lead:
        return rows.filter(enrollment__prospector__team=user.team_id, enrollment__prospector__team__isnull=False)
    return rows.filter(enrollment__prospector=user)


def unreleased() -> QuerySet[Touch]:
    """Mails of walks that go on which nobody has released yet."""
    return Touch.objects.filter(
        state=Flight.PLANNED, released=False, channel="email", enrollment__state=Enrollment.State.ACTIVE
    )


def waiting(user: User) -> QuerySet[Touch]:
    """Those that wait for this person."""
    return of_team(unreleased(), user)


def shown(rows: QuerySet[Touch]) -> QuerySet[Touch]:
    beside = (
        "contact", "account", "step__role", "step__template__template", "visit__stage", "enrollment__prospector",
        "enrollment__sequence_version__sequence",
    )  # fmt: skip
    return rows.select_related(*beside).annotate(edited=Exists(Draft.objects.filter(touch=OuterRef("pk"))))


def counts(user: User) -> dict[str, int]:
    """In one query: how many wait, how many of them are due by now, at how many accounts."""
    due = Q(due_on__lte=clock.today())
    found = waiting(user).aggregate(
        all=Count("pk"), due=Count("pk", filter=due), accounts=Count("account", distinct=True)
    )
    return {name: n or 0 for name, n in found.items()}


def sequences() -> list[dict[str, Any]]:
    """Each sequence with whether its mails wait for a person."""
    rows = Sequence.objects.order_by("name").values("pk", "name", "approval")
    return [dict(row) for row in rows]


def just_logged() -> Exists:
    """A task somebody logged a moment ago: it counts in ten seconds, and is off the list already."""
    return Exists(Call.objects.filter(touch=OuterRef("pk"), settled_at=None, undone_at=None))


def tasks(rows: QuerySet[Touch]) -> QuerySet[Touch]:
    """Calls, notes and tasks that are open."""
    return rows.filter(state=Flight.PLANNED).exclude(channel="email").filter(~just_logged())
