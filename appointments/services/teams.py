"""Who works the replies of a team: a setting, what it does to what is open, and who is there."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from appointments import queries
from appointments.models import SetterTurn, WorkItem
from appointments.services import escalating, presence
from appointments.services.setters import next_of, setter_for
from appointments.services.work_items import locked
from crm import clock
from crm.errors import Refused
from crm.models import Event, Team, User

WORDS = {
    Team.Setters.PROSPECTOR: "Whoever wrote to them answers too. While they are away, a teammate with the fewest open items does.",
    Team.Setters.ROUND_ROBIN: "Replies go round those who are at work. Who was away has nothing to catch up on, and a conversation stays with whoever worked it.",
    Team.Setters.POOL: "A reply belongs to nobody until someone takes it. Its clock runs in the hours in which any of the team works; what nobody takes in time is given to someone who is there.",
}


@dataclass(frozen=True)
class Present:
    """Someone of the team, and what they have on their table."""

    user: User
    at_work: bool
    back: datetime | None
    open: int
    late: int
    turns: int


def work_replies(team: Team, way: str, *, by: User) -> Team:
    """Change who works new replies. What is open stays with whoever has it; what nobody has is given out where the pool ends."""
    if way not in Team.Setters.values:
        raise Refused("Choose who works the replies.")
    with transaction.atomic():
        team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        if team.setters == way:
            return team
        before, team.setters = team.get_setters_display(), way
        team.save(update_fields=["setters"])
        Event.record(
            "team.setters", by=by, subject=team, team=team, why=f"{team.get_setters_display()}; before: {before}."
        )  # fmt: skip
    if way != Team.Setters.POOL:
        give_out(team, by=by)
    return team


def give_out(team: Team, *, by: User) -> int:
    """Items that nobody has get somebody, each in its own transaction. How many."""
    waiting = escalating.open_items().filter(team=team, setter=None).order_by("due_at", "pk")
    return sum(_give(item, team, by) for item in list(waiting))


@transaction.atomic
def _give(item: WorkItem, team: Team, by: User) -> int:
    item, now = locked(item), clock.now()
    if item.setter or item.state == WorkItem.State.DONE:
        return 0
    to = setter_for(item.reply) if item.reply else next_of(team, now)
    if to is None:
        return 0
    escalating.give(item, to, by=by, now=now)
    return 1


def who_is_there(team: Team) -> list[Present]:
    """The people who work replies in a team; a constant number of queries."""
    now = clock.now()
    users = list(presence.setters_of(team).order_by("name", "pk"))
    here = {user.pk for user in presence.at_work(users, now)}
    rows = escalating.open_items().filter(setter__in=users).order_by().values("setter")
    late = Q(pk__in=queries.overdue(escalating.open_items().filter(team=team), now).values("pk"))
    each = rows.annotate(n=Count("pk"), late=Count("pk", filter=late)).values_list("setter", "n", "late")
    counted = {setter: (n, overdue) for setter, n, overdue in each}
    turns = dict(SetterTurn.objects.filter(user__in=users).values_list("user", "count"))
    return [
        Present(
            user, user.pk in here, user.away_until if user.is_away else None,
            *counted.get(user.pk, (0, 0)), turns.get(user.pk, 0),
        )
        for user in users
    ]  # fmt: skip
