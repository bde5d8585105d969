"""Routes: their stages as lanes with the gates between them, their versions, and putting a draft to use."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.views.numbers import whole as number
from prospecting.forms import NameForm
from prospecting.models import Route, RouteVersion, Segment
from prospecting.queries import routes as asked
from prospecting.queries import screens
from prospecting.route_forms import RoutePublishForm
from prospecting.services import routes, variants
from prospecting.views.drawn import drawn, whole


@policy("member")
def route_index(request: HttpRequest) -> HttpResponse:
    may_write = access.holds(request.user, "lead")
    return render(request, "prospecting/routes.html", {"routes": screens.routes_shown(), "may_write": may_write})


@policy("lead")
def route_new(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            route = routes.create_route(form.cleaned_data["name"], form.cleaned_data["description"], by=request.user)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            return redirect("prospecting:route_draft", route.pk)
    shown = {"form": form, "title": "New route", "back": "prospecting:routes", "called": "Routes",
             "says": "Who is written to, in which order, and what has to happen before the next one."}  # fmt: skip
    return render(request, "prospecting/name_new.html", shown)


@policy("lead")
def route_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Its name and what it is for."""
    route = get_object_or_404(Route, pk=pk)
    form = NameForm(request.POST or None, initial={"name": route.name, "description": route.description})
    if request.method == "POST" and form.is_valid():
        try:
            routes.edit_route(route, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            toasts.say(request, f"{route} is kept.")
            return redirect("prospecting:route", pk)
    shown = {"form": form, "title": route.name, "back": "prospecting:routes", "called": "Routes",
             "says": "What it is called, and when it is the right one."}  # fmt: skip
    return render(request, "prospecting/name_new.html", shown)


@policy("member")
def route_page(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "prospecting/route.html", shown(request, get_object_or_404(Route, pk=pk)))


def shown(request: HttpRequest, route: Route, form: RoutePublishForm | None = None) -> dict[str, Any]:
    """The page of one route, of the version asked for."""
    versions = list(route.versions.exclude(state="discarded").select_related("by"))
    chosen = chosen_version(versions, request.GET.get("version", ""))
    is_draft = chosen is not None and chosen.state == "draft"
    stops = asked.stops_of(chosen)
    found = routes.found_in(stops, route) if is_draft else []
    uses, flying = asked.uses_of(route), asked.in_flight(route)
    for version in versions:
        version.walking = flying.get(version.pk, 0)  # type: ignore[attr-defined]
    newest = next((one for one in versions if one.state == "published"), None)
    return {
        "route": route,
        "versions": versions,
        "version": chosen,
        "before": routes.in_use_before(chosen) if chosen else None,
        "changes": routes.changes(chosen) if chosen else [],
        "drawing": drawn(stops, found) if stops else None,
        "whole": whole(found),
        "blocked": any(one.blocks for one in found),
        "problems": found,
        "remarks": [one for one in found if not one.blocks],
        "effect": routes.effect(chosen) if chosen and is_draft else [],
        "publish_form": form or RoutePublishForm(initial={"lead_variants": True, "seen": routes.mark(route)}),
        "has_variants": any(use.variant for use in uses),
        "uses": uses,
        "newest": newest,
        "could_take": asked.could_take(route) if newest else [],
        "may_write": access.holds(request.user, "lead"),
    }


def chosen_version(versions: list[RouteVersion], number: str) -> RouteVersion | None:
    """The draft if there is one, else the newest in use, unless an older one is asked for."""
    return next((v for v in versions if str(v.number) == number), versions[0] if versions else None)


@require_POST
@policy("lead")
def route_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Needs a reason, and puts to use what was read: a draft that someone changed since is shown first."""
    route = get_object_or_404(Route, pk=pk)
    draft = get_object_or_404(RouteVersion, route=route, state=RouteVersion.State.DRAFT)
    if "discard" in request.POST:
        routes.discard(draft, by=request.user)
        toasts.say(request, "The draft is discarded.")
        return redirect("prospecting:route", pk)
    form = RoutePublishForm(request.POST)
    if not form.is_valid():
        return render(request, "prospecting/route.html", shown(request, route, form), status=422)
    try:
        given = form.cleaned_data
        routes.publish(
            draft, reason=given["reason"], seen=given["seen"] or None, lead_variants=given["lead_variants"],
            by=request.user,
        )  # fmt: skip
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, f"{draft} can be used. Accounts in flight stay on theirs.")
    return redirect("prospecting:route", pk)


@require_POST
@policy("lead")
def route_take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """A segment drafts its next version on the route as it is in use now; its dry run is shown next."""
    route = get_object_or_404(Route, pk=pk)
    segment = get_object_or_404(Segment, pk=number(request.POST.get("segment", "")), archived_at=None)
    version = routes.current_version(route)
    if version is None:
        toasts.refuse(request, f"{route} has no version in use yet.")
        return redirect("prospecting:route", pk)
    variants.take_up(segment, version, by=request.user)
    toasts.say(request, f"A draft of {segment} takes {version}. Nothing changes before you use it.")
    return redirect("prospecting:segment", segment.pk)
