"""Routes: their stages as lanes, the gates between them, and the draft of the next version."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.forms import NameForm, StageFormSet, stage_initial
from prospecting.models import Enrollment, Route, RouteVersion
from prospecting.models.enrollment import OPEN
from prospecting.queries import screens
from prospecting.rules import gates
from prospecting.services import routes


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


@policy("member")
def route_page(request: HttpRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(Route, pk=pk)
    versions = list(
        route.versions.exclude(state="discarded").select_related("by").prefetch_related(screens.stages_with_roles())
    )
    chosen = chosen_version(versions, request.GET.get("version", ""))
    shown = {
        "route": route,
        "versions": versions,
        "version": chosen,
        "lanes": lanes(chosen) if chosen else [],
        "problems": routes.problems(chosen) if chosen and chosen.state == "draft" else [],
        "may_write": access.holds(request.user, "lead"),
        "walking": Enrollment.objects.filter(route_version__route=route, state__in=OPEN).count(),
        "used_by": chosen.segment_versions.filter(state="published").select_related("segment") if chosen else [],
        "variants": chosen.variants.select_related("segment") if chosen else [],
    }
    return render(request, "prospecting/route.html", shown)


def chosen_version(versions: list[RouteVersion], number: str) -> RouteVersion | None:
    """The draft if there is one, else the newest in use, unless an older one is asked for."""
    return next((v for v in versions if str(v.number) == number), versions[0] if versions else None)


def lanes(version: RouteVersion) -> list[dict]:
    return [
        {"stage": stage, "opens": openings(stage.gate), "roles": list(stage.roles.all())}
        for stage in version.stages.all()
    ]


def openings(gate: dict) -> list[str]:
    """Each outcome of a gate is an arrow of its own; those that must come together share one."""
    kind, terms = gates.one_kind(gate)
    parts = [gates.words(inner) for inner in terms] if kind == "any" else [gates.words(gate)]
    return [part[:1].upper() + part[1:] for part in parts]


@policy("lead")
def route_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Every stage of the next version in one form; the accounts in flight stay on theirs."""
    route = get_object_or_404(Route, pk=pk)
    if request.method == "POST":
        forms = StageFormSet(request.POST)
        if forms.is_valid():
            try:
                ordered = sorted((f for f in forms if f.is_filled), key=lambda f: f.cleaned_data["ORDER"] or 99)
                routes.draft(route, [form.stage() for form in ordered], by=request.user)
            except Refused as refused:
                toasts.refuse(request, refused.sentence)
            else:
                toasts.say(request, "The draft is kept.")
                return redirect("prospecting:route", pk)
    else:
        forms = StageFormSet(initial=[stage_initial(stage) for stage in stages_to_edit(route)])
    return render(request, "prospecting/route_draft.html", {"route": route, "forms": forms})


def stages_to_edit(route: Route) -> list:
    newest = route.versions.exclude(state="discarded").order_by("-number").first()
    return list(newest.stages.order_by("order").prefetch_related("roles")) if newest else []


@require_POST
@policy("lead")
def route_publish(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(RouteVersion, route=pk, state=RouteVersion.State.DRAFT)
    if "discard" in request.POST:
        routes.discard(draft, by=request.user)
        toasts.say(request, "The draft is discarded.")
        return redirect("prospecting:route", pk)
    routes.publish(draft, reason=request.POST.get("reason", "")[:300], by=request.user)
    toasts.say(request, f"{draft} can be used. It starts with the next enrollment.")
    return redirect("prospecting:route", pk)
