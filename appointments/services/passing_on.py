"""Whoever leaves a team leaves no reply behind: what they hold goes to those who are there, at once."""

from typing import Any

from django.db import transaction

from appointments.services import claiming, escalating
from appointments.services.escalating import open_items
from appointments.services.setters import least_busy, next_of
from crm import clock
from crm.models import User
from crm.services import live


def pass_on(user: User, *, by: Any) -> int:
    """Open items of somebody who is gone, or works in another team now, in turn to the rest of theirs; how many.

    What is left of each promise goes on. Where nobody is left it is in the pool.
    """
    items = open_items().filter(setter=user).order_by("due_at", "pk")
    held = items.exclude(team=user.team_id) if user.is_active else items
    return sum(_pass_one(pk, user, by) for pk in list(held.values_list("pk", flat=True)))


@transaction.atomic
def _pass_one(pk: int, user: User, by: Any) -> int:
    item = open_items().filter(pk=pk, setter=user).first()
    if item is None:
        return 0
    item, now = claiming.lock(item), clock.now()
    if item.setter_id != user.pk or item.state not in escalating.OPEN_STATES:
        return 0
    to = next_of(item.team, now) or least_busy(item.team_id, leads=True)
    escalating.give(item, to, by=by, now=now, words=f"{user} does not work here any more.")
    live.tell("work_item", team=item.team_id, item=pk)
    return 1
