"""A team's replies: who works them, and who of the team is there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from appointments import access
from appointments.services import presence, teams
from crm import clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Team, User
from crm.services import people


@require_safe
@policy("lead")
def team(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One's own; an admin's are all, the first where none is named."""
    mine = access.led_teams(request.user)
    one = get_object_or_404(mine, pk=pk) if pk else mine.order_by("pk").first()
    return render(request, "appointments/team.html", shown(one, list(mine.order_by("name"))) if one else {"teams": []})


def shown(one: Team, mine: list[Team]) -> dict[str, Any]:
    ways = [{"key": key, "name": name, "says": teams.WORDS[Team.Setters(key)]} for key, name in Team.Setters.choices]
    return {"team": one, "teams": mine, "ways": ways, "there": teams.who_is_there(one)}


@require_POST
@policy("lead")
def team_replies(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(access.led_teams(request.user), pk=pk)
    one = teams.work_replies(one, request.POST.get("way", ""), by=request.user)
    toasts.say(request, f"New replies: {one.get_setters_display().lower()}. What is open stays with whoever has it.")
    return redirect("appointments:team_of", pk)


@require_POST
@policy("lead")
def team_presence(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone fell ill, or is back: said by the lead where they cannot say it themselves."""
    user = get_object_or_404(User.objects.filter(team__in=access.led_teams(request.user), is_active=True), pk=pk)
    if "back" in request.POST:
        people.come_back(user)
        toasts.say(request, f"{user} is back. New replies come to them again.")
    elif presence.away_today(user, clock.now()):
        toasts.say(request, f"{user} is away until the end of their day. New replies go to the team.")
    else:
        raise Refused(f"{user} is not at work now.")
    return redirect(reverse("appointments:team_of", args=[user.team_id]))
