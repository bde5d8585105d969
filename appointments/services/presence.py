"""Who is there: hours, holidays, days off and time away of the people of a team."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from appointments.models import Vacation
from appointments.rules import clocks
from crm.models import Team, User, WorkingHours
from crm.rules.working_time import Interval, holidays_of
from crm.services import notifications, people

LONG_AGO = timedelta(days=400)


def hours_of(users: Iterable[User], now: datetime) -> dict[int, clocks.Hours]:
    """When each of them works; two queries for however many."""
    found = {user.pk: user for user in users}
    weekly: dict[int, dict[int, list]] = {pk: {} for pk in found}
    for row in WorkingHours.objects.filter(user__in=found):
        weekly[row.user_id].setdefault(row.weekday, []).append((row.start, row.end))
    away = _away(found, now)
    return {
        pk: clocks.Hours(weekly[pk], ZoneInfo(user.zone), holidays_of(user.country), tuple(away[pk]))
        for pk, user in found.items()
    }


def _away(users: dict[int, User], now: datetime) -> dict[int, list[Interval]]:
    """Time away that was said, and days off that were entered."""
    away: dict[int, list[Interval]] = {pk: [] for pk in users}
    for pk, user in users.items():
        if user.away_until and user.away_until > now:
            away[pk].append((now - LONG_AGO, user.away_until))
    for row in Vacation.objects.filter(host__in=users, last_day__gte=now.date() - timedelta(days=1)):
        away[row.host_id].append(clocks.days_away(row.first_day, row.last_day, ZoneInfo(users[row.host_id].zone)))
    return away


def setters_of(team: Team | int) -> QuerySet[User]:
    """Who works replies in a team."""
    return User.objects.filter(team=team, is_active=True, job=User.Job.SDR)


def leads_of(team: Team | int) -> list[User]:
    """The leads of a team, else the admins: somebody hears of it."""
    leads = list(User.objects.filter(team=team, is_active=True, job=User.Job.LEAD))
    return leads or list(User.objects.filter(Q(job=User.Job.ADMIN) | Q(is_superuser=True), is_active=True))


def hours_for(setter: User | None, team: Team | int, now: datetime) -> list[clocks.Hours]:
    """In whose hours a clock runs: the setter's; while nobody holds it, in which any of the team works."""
    whose = [setter] if setter else list(setters_of(team))
    return list(hours_of(whose, now).values()) or [clocks.OFFICE]


def at_work(users: Sequence[User], now: datetime) -> list[User]:
    """Those of them who work at this moment."""
    hours = hours_of(users, now)
    return [user for user in users if clocks.works_now(now, hours[user.pk])]


def not_away(users: Sequence[User], now: datetime) -> list[User]:
    """Those who did not say that they are away, whatever the hour."""
    away = _away({user.pk: user for user in users}, now)
    return [user for user in users if not any(start <= now < end for start, end in away[user.pk])]


def comes_to_work(users: Sequence[User], now: datetime) -> datetime | None:
    """When the first of them is there again."""
    return clocks.opens(now, list(hours_of(users, now).values()))


def away_today(user: User, now: datetime, *, by_clock: bool = False) -> bool:
    """Away until the last stretch of their day is over; False where they are not at work now."""
    hours = hours_of([user], now)[user.pk]
    if not clocks.works_now(now, hours):
        return False
    today = now.astimezone(hours.zone).date()
    until = max(end for start, end in hours.windows(now, 2) if start.astimezone(hours.zone).date() == today)
    people.go_away(user, until, by_clock=by_clock)
    return True


def mark_away(silent: User, now: datetime) -> None:
    """Whoever lets a person wait gets no new replies for the rest of their day; whatever they do brings them back."""
    if away_today(silent, now, by_clock=True):
        words = "Someone waited too long, so you are marked away until the end of your day. Whatever you do here brings you back."
        notifications.notify(silent, "away", words)
