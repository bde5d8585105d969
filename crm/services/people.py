"""Who signs in: their team, their hours, and whether they are away."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Team, User, WorkingHours
from crm.rules.addresses import is_address
from crm.services import registries

Hours = tuple[int, time, time]


@transaction.atomic
def create_person(
    email: str, name: str, job: str, team: Team | None, *, by: Any, password: str | None = None, **fields: Any
) -> User:
    """Someone who may sign in, with ordinary office hours until they say otherwise."""
    if not is_address(email):
        raise Refused(f"“{email}” is not a mail address.")
    if User.objects.filter(email__iexact=email).exists():
        raise Refused("Someone with this address can already sign in.")
    if password and getattr(by, "pk", None):
        _check_password(password)
    staff = job == User.Job.ADMIN
    user = User.objects.create_user(
        email, password, name=name, job=job, team=team, is_staff=staff, date_joined=clock.now(), **fields
    )
    set_hours(user, default_hours(user))
    return user


def default_hours(user: User) -> list[Hours]:
    """Monday to Friday, nine to half past five."""
    return [(day, time(9), time(17, 30)) for day in range(5)]


@transaction.atomic
def set_hours(user: User, rows: Iterable[Hours]) -> None:
    """Replace someone's working hours; stretches of one day may not overlap."""
    hours = sorted(rows)
    for (day, start, end), following in zip(hours, [*hours[1:], None], strict=True):
        if end <= start:
            raise Refused("Working hours end after they start.")
        if following and following[0] == day and following[1] < end:
            raise Refused("Two stretches of one day overlap.")
    user.hours.all().delete()
    WorkingHours.objects.bulk_create(WorkingHours(user=user, weekday=d, start=s, end=e) for d, s, e in hours)


def left(user: User, *, by: Any) -> None:
    """They may not sign in any more, or work in another team from now on: what they held goes to others."""
    for pass_on in registries.person_left:
        pass_on(user, by=by)


def go_away(user: User, until: datetime, *, by_clock: bool = False) -> None:
    """New replies go to the team until then. What they said themselves, the clock does not change."""
    user.away_until, user.marked_away = until, by_clock
    user.save(update_fields=["away_until", "marked_away"])


def come_back(user: User) -> None:
    user.away_until, user.marked_away = None, False
    user.save(update_fields=["away_until", "marked_away"])


def _check_password(password: str) -> None:
    try:
        validate_password(password)
    except ValidationError as weak:
        raise Refused(" ".join(weak.messages)) from weak
