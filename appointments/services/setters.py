"""Who works a reply: whoever wrote to them, those who are there in turn, or nobody until someone takes it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max

from appointments.models import SetterTurn, WorkItem
from appointments.services import presence
from crm import clock
from crm.models import Conversation, Team, User
from prospecting.models import Reply
from prospecting.services import milestones

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
A_TICK = timedelta(microseconds=1)  # two turns within one moment are still one after the other


def setter_for(reply: Reply, *, to_lead: bool = False) -> User | None:
    """By the team's setting. The way to the lead is the same everywhere."""
    team, now = reply.team, clock.now()
    if to_lead:
        return least_busy(team.pk, leads=True) or least_busy(team.pk)
    if team.setters == Team.Setters.POOL:
        return None
    if team.setters == Team.Setters.ROUND_ROBIN:
        return next_of(team, now, first=last_setter(reply.conversation)) or least_busy(team.pk, leads=True)
    known = [user for user in _candidates(reply) if user.team_id == team.pk and user.is_active]
    here = presence.not_away(known, now)
    return next(iter(here), None) or least_busy(team.pk) or least_busy(team.pk, leads=True) or next(iter(known), None)


def _candidates(reply: Reply) -> list[User]:
    """The prospector, else the account's owner, else the mailbox's."""
    found = [
        reply.enrollment.prospector_id if reply.enrollment else None,
        reply.account.owner_id if reply.account else None,
        reply.conversation.mailbox.owner_id,
    ]
    users = User.objects.in_bulk({pk for pk in found if pk})
    return [users[pk] for pk in found if pk]


def last_setter(conversation: Conversation) -> User | None:
    """Who worked this conversation before: they know what was said."""
    before = WorkItem.objects.filter(conversation=conversation).exclude(setter=None)
    found = before.select_related("setter").order_by("-pk").first()
    return found.setter if found else None


def next_of(team: Team, now: datetime, first: User | None = None) -> User | None:
    """Whose turn it is among those at work, else among those who are not away; `first` where they are there."""
    everybody = list(presence.setters_of(team))
    here = presence.at_work(everybody, now) or presence.not_away(everybody, now)
    return first if first in here else in_turn(here, now)


def in_turn(users: Sequence[User], now: datetime) -> User | None:
    """Round robin: whoever waited longest for one. Two at once never wait for each other and never take one turn twice."""
    if not users:
        return None
    SetterTurn.objects.bulk_create([SetterTurn(user=user, at=NEVER) for user in users], ignore_conflicts=True)
    rows = SetterTurn.objects.filter(user__in=users).order_by("at", "user")
    turn = rows.select_for_update(skip_locked=True).first()
    if turn is None:  # more at once than there are people
        return users[0]
    last = rows.aggregate(at=Max("at"))["at"]
    SetterTurn.objects.filter(pk=turn.pk).update(at=max(now, last + A_TICK), count=F("count") + 1)
    return next(user for user in users if user.pk == turn.user_id)


def has_it(item: WorkItem, setter: User | None, *, by: Any, reply: Reply | None = None) -> None:
    """The first to have a reply that counts is the setter of its walk, in figures for good."""
    said = reply or item.reply
    if setter and said and said.counts and said.enrollment:
        milestones.give_to(setter, enrollment=said.enrollment, contact=said.contact, by=by)


def least_busy(team_id: int, *, leads: bool = False, but: User | None = None) -> User | None:
    """Whoever of the team is not away, with the fewest open items."""
    everybody = presence.setters_of(team_id) if not leads else User.objects.filter(
        team=team_id, is_active=True, job=User.Job.LEAD
    )  # fmt: skip
    here = presence.not_away([user for user in everybody if user != but], clock.now())
    busy = WorkItem.objects.filter(setter__in=here).exclude(state=WorkItem.State.DONE)
    counts = dict(busy.order_by().values_list("setter").annotate(n=Count("pk")))
    return min(here, key=lambda user: (counts.get(user.pk, 0), user.pk), default=None)
