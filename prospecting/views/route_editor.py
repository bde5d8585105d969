"""The draft of a route in one form, drawn beside it as it is typed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.models import Route
from prospecting.queries import routes as asked
from prospecting.route_forms import (
    MOST_STAGES,
    RouteDraftForm,
    StageFormSet,
    as_typed,
    new_stage,
    rearranged,
    stage_initial,
)
from prospecting.rules.route_checks import Problem
from prospecting.services import routes
from prospecting.views.drawn import drawn, whole


@policy("lead")
def route_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Every stage of the next version in one form; the accounts in flight stay on theirs."""
    route = get_object_or_404(Route, pk=pk)
    if request.method != "POST":
        return editor(request, route, *as_kept(route))
    about, forms = RouteDraftForm(request.POST), StageFormSet(request.POST)
    if act := request.POST.get("act", ""):
        return arranged(request, route, about, forms, act)
    # Both are asked: whoever has mistakes in both reads of both.
    if all([about.is_valid(), forms.is_valid()]):
        try:
            stages = [form.stage() for form in forms]
            seen = about.cleaned_data["seen"] or None
            routes.draft(route, stages, departments_out=about.departments(), seen=seen, by=request.user)
        except Refused as refused:
            return editor(request, route, about, forms, status=409, refused=refused.sentence)
        toasts.say(request, "The draft is kept.")
        return redirect("prospecting:route", pk)
    return editor(request, route, about, forms, status=422)


def as_kept(route: Route) -> tuple[RouteDraftForm, Any]:
    """The draft, or what a first draft of the next version starts from."""
    newest = route.versions.exclude(state="discarded").order_by("-number").first()
    departments = ", ".join(newest.departments_out) if newest else ""
    about = RouteDraftForm(initial={"departments_out": departments, "seen": routes.mark(route)})
    stages = [stage_initial(stop) for stop in asked.stops_of(newest)] or [new_stage(first=True)]
    return about, StageFormSet(initial=stages)


def arranged(request: HttpRequest, route: Route, about: RouteDraftForm, forms: Any, act: str) -> HttpResponse:
    """A stage more, one less, or in another place; what was typed stays, nothing is kept yet."""
    stages, at = rearranged([as_typed(form) for form in forms], act)
    about = RouteDraftForm(initial={name: about[name].value() for name in about.fields})
    what, forms = act.partition("-")[0], StageFormSet(initial=stages)
    if what == "add":
        forms[-1].fields["name"].widget.attrs["autofocus"] = True
    return editor(request, route, about, forms, moved=at, act=what)


def editor(
    request: HttpRequest, route: Route, about: RouteDraftForm, forms: Any, *, status: int = 200, **more: Any
) -> HttpResponse:
    shown = {"route": route, "about": about, "forms": forms, "most": len(forms) >= MOST_STAGES, **more}
    shown |= {**read(route, forms), "first": not routes.current_version(route)}
    part = request.htmx and "act" in request.POST  # type: ignore[attr-defined]
    template = "prospecting/route_editor_part.html" if part else "prospecting/route_draft.html"
    return render(request, template, shown, status=status)


@require_POST
@policy("lead")
def route_drawing(request: HttpRequest, pk: int) -> HttpResponse:
    """What is typed now, drawn and checked. Reads only; a route may be long, so it is posted."""
    route, forms = get_object_or_404(Route, pk=pk), StageFormSet(request.POST)
    return render(request, "prospecting/route_redrawn.html", {"route": route, "forms": forms, **read(route, forms)})


def read(route: Route, forms: Any) -> dict[str, Any]:
    """The stages as far as they can be read, what is wrong at each, and the drawing of it."""
    if not forms.is_bound:
        forms = StageFormSet(as_sent(forms))
    forms.is_valid()
    stops = [form.stop(n) for n, form in enumerate(forms, start=1)]
    found = [Problem(n, line) for n, form in enumerate(forms, start=1) for line in form.said]
    unread = {one.stage for one in found}
    found += [one for one in routes.found_in(stops, route) if one.stage not in unread]
    says = [[one for one in found if one.stage == n] for n in range(1, len(stops) + 1)]
    return {
        "drawing": drawn(stops, found, anchor="stage"),
        "says": says,
        "whole": whole(found),
        "late": sum(one.blocks for one in found),
        "soon": sum(not one.blocks for one in found),
    }


def as_sent(forms: Any) -> dict[str, Any]:
    """A form that was only shown, as a browser would send it back: it is checked by the same eyes."""
    prefix = forms.prefix
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": 0}
    for form in forms:
        for bound in form:
            value = bound.value()
            data[bound.html_name] = bound.field.prepare_value(value) if isinstance(value, dict) else value
    return data
