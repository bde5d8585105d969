"""The calendar: a week or its days of one host, and a week of the team."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments import access
from appointments.models import MeetingHost
from appointments.rules.week_page import grid
from appointments.services import weeks as service
from crm import clock
from crm.access import policy
from crm.models import User
from crm.rules import saying

VIEWS = {"week": "Week", "days": "Days", "team": "Team"}
MOST_HOSTS = 60


@require_safe
@policy("member")
def week(request: HttpRequest) -> HttpResponse:
    """`?host=` one person, `?from=` any day of the week, `?view=` week, days or team."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    today = clock.now().astimezone(zone).date()
    first = monday_of(request.GET.get("from", ""), today)
    view = request.GET.get("view", "week")
    view = view if view in VIEWS else "week"
    hosts = list(possible(request.user)[:MOST_HOSTS])
    host = chosen(request, hosts)
    shown = hosts if view == "team" else [host]
    found = service.weeks(shown, first, 7, reader=request.user, zone=zone)
    days = [first + dt.timedelta(days=n) for n in range(7)]
    keep = {"view": view} | ({} if view == "team" else {"host": host.pk})
    context = {
        "view": view,
        "views": [{"key": key, "name": name, "here": key == view} for key, name in VIEWS.items()],
        "host": host,
        "hosts": hosts,
        "own": host.pk == request.user.pk,
        "may_keep": access.kept_hosts(request.user).filter(pk=host.pk).exists(),
        "first": first,
        "last": days[-1],
        "days": days,
        "today": today,
        "keep": "&".join(f"{name}={value}" for name, value in keep.items()),
        "before": first - dt.timedelta(days=7),
        "after": first + dt.timedelta(days=7),
        "found": found,
        "one": found[0] if found else None,
        "rows": grid(found[0].days, zone) if view == "week" and found else [],
        "title": f"{saying.short_day(first, today)} to {saying.short_day(days[-1], today)}",
        "zone": str(zone).replace("_", " "),
    }
    return render(request, "appointments/calendar.html", context)


def monday_of(text: str, today: dt.date) -> dt.date:
    """The Monday of the week a day lies in; of this week for anything that is no day of these decades."""
    try:
        day = dt.date.fromisoformat(text[:10]) if text else today
    except ValueError:
        day = today
    day = day if abs((day - today).days) < 3660 else today
    return day - dt.timedelta(days=day.weekday())


def possible(user: User) -> Any:
    """Those who hold meetings, of the reader's team; and the reader."""
    holding = MeetingHost.objects.values("user")
    jobs = [User.Job.EXECUTIVE, User.Job.LEAD]
    return access.shown_hosts(user).filter(Q(pk__in=holding) | Q(job__in=jobs) | Q(pk=user.pk)).order_by("name", "pk")


def chosen(request: HttpRequest, hosts: list[User]) -> User:
    """The one asked for; else the reader where they hold meetings, else the first who does."""
    asked = request.GET.get("host", "")
    if asked:
        pk = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
        return get_object_or_404(access.shown_hosts(request.user), pk=pk)
    own = next((host for host in hosts if host.pk == request.user.pk), None)
    holds = own and own.job in (User.Job.EXECUTIVE, User.Job.LEAD)
    return own if own and holds else next((host for host in hosts if host.pk != request.user.pk), own or request.user)
