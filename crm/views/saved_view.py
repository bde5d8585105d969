"""Keeping a list as it is narrowed, and dropping it again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.services import saved_views
from crm.views.back import back_to


@require_POST
@policy("member")
def keep(request: HttpRequest) -> HttpResponse:
    said = request.POST
    view = saved_views.keep(
        said.get("page", ""), said.get("name", ""), said.get("query", ""), by=request.user, shared="shared" in said
    )
    toasts.say(request, f"Kept as “{view.name}”{' for the team' if view.team_id else ''}.")
    return redirect(back_to(request, "/"))


@require_POST
@policy("member")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    view = access.view_write(request.user, pk)
    view.delete()
    toasts.say(request, f"“{view.name}” is dropped. What it listed stays.")
    return redirect(back_to(request, "/"))
