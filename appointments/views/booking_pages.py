"""Kinds of meeting, who holds them, and when these people can be booked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appointments import access
from appointments.models import Availability, MeetingHost, MeetingType, Vacation
from crm import clock
from crm.access import holds, policy
from crm.models import User, WorkingHours
from crm.rules import saying


@require_safe
@policy("member")
def booking_pages(request: HttpRequest) -> HttpResponse:
    context = {"types": kinds(request.user), "may_write": holds(request.user, "lead")}
    return render(request, "appointments/booking_pages.html", context)


def kinds(user: User) -> list[MeetingType]:
    """Every kind of their team and the common ones with its hosts, their hours and limits, in a constant number of queries."""
    types = list(access.visible_meeting_types(user).select_related("team").order_by("name"))
    hosts = list(MeetingHost.objects.select_related("user").order_by("user__name"))
    people = {host.user_id for host in hosts}
    limits = {row.host_id: row for row in Availability.objects.filter(host__in=people)}
    hours: dict[int, list[WorkingHours]] = {}
    for row in WorkingHours.objects.filter(user__in=people):
        hours.setdefault(row.user_id, []).append(row)
    away = {
        row.host_id: row
        for row in Vacation.objects.filter(host__in=people, last_day__gte=clock.today()).order_by("-first_day")
    }
    for kind in types:
        kind.shown_hosts = [  # type: ignore[attr-defined]
            {
                "user": host.user,
                "weight": host.weight,
                "availability": limits.get(host.user_id) or Availability(host=host.user),
                "hours": week(hours.get(host.user_id, [])),
                "away": away_words(away.get(host.user_id)),
            }
            for host in hosts
            if host.meeting_type_id == kind.pk
        ]
    return types


def week(rows: list[WorkingHours]) -> str:
    """`Mon to Fri, 09:00 to 17:30` where every day is alike; else how many days."""
    if not rows:
        return "No hours set"
    spans = {(row.start, row.end) for row in rows}
    days = sorted({row.weekday for row in rows})
    if len(spans) > 1:
        return saying.count(len(days), "day") + " a week"
    start, end = spans.pop()
    named = f"{saying.DAYS[days[0]]} to {saying.DAYS[days[-1]]}" if len(days) > 1 else saying.DAYS[days[0]]
    return f"{named}, {start:%H:%M} to {end:%H:%M}"


def away_words(vacation: Vacation | None) -> str:
    if vacation is None:
        return ""
    return (
        f"{saying.short_day(vacation.first_day, clock.today())} to {saying.short_day(vacation.last_day, clock.today())}"
    )
