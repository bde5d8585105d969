"""Who works a reply, and by when in their own hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count

from appointments.models import WorkItem
from appointments.rules import clocks
from crm import clock
from crm.models import User, WorkingHours
from crm.rules.working_time import Interval, WeeklyHours, holidays_of
from prospecting.models import Reply


def hours_of(user: User) -> WeeklyHours:
    """Weekly hours of someone, by weekday."""
    found: dict[int, list] = {}
    for row in WorkingHours.objects.filter(user=user):
        found.setdefault(row.weekday, []).append((row.start, row.end))
    return found


def deadline(minutes: float, setter: User | None, start: datetime) -> datetime:
    """When a promise of so many minutes runs out in the setter's hours; without a setter nine to five in UTC."""
    if setter is None:
        return clocks.deadline(start, minutes, zone=ZoneInfo("UTC"))
    away: list[Interval] = [(start, setter.away_until)] if is_away(setter, start) and setter.away_until else []
    return clocks.deadline(
        start,
        minutes,
        hours=hours_of(setter),
        zone=ZoneInfo(setter.zone),
        holidays=holidays_of(setter.country),
        away=away,
    )


def is_away(user: User, now: datetime) -> bool:
    return bool(user.away_until and user.away_until > now)


# Who -------------------------------------------------------------------------------------------------------------


def setter_for(reply: Reply, *, to_lead: bool = False) -> User | None:
    """The prospector, else the account's owner, else the mailbox's; someone present of the team where they are away."""
    team, now = reply.team_id, clock.now()
    candidates = [] if to_lead else _candidates(reply)
    for user in candidates:
        if user.team_id == team and user.is_active and not is_away(user, now):
            return user
    return least_busy(team, leads=to_lead) or least_busy(team, leads=True) or next(iter(candidates), None)


def _candidates(reply: Reply) -> list[User]:
    found = [
        reply.enrollment.prospector if reply.enrollment else None,
        reply.account.owner if reply.account else None,
        reply.conversation.mailbox.owner,
    ]
    return [user for user in found if user]


def least_busy(team_id: int, *, leads: bool = False, but: User | None = None) -> User | None:
    """Whoever of the team is present with the fewest open items."""
    jobs = [User.Job.LEAD] if leads else [User.Job.SDR]
    present = User.objects.filter(team=team_id, is_active=True, job__in=jobs).exclude(away_until__gt=clock.now())
    busy = WorkItem.objects.exclude(state=WorkItem.State.DONE)
    counts = dict(busy.filter(team=team_id).order_by().values_list("setter").annotate(n=Count("pk")))
    others = present.exclude(pk=but.pk) if but else present
    return min(others, key=lambda user: (counts.get(user.pk, 0), user.pk), default=None)
