"""What a route taught us: stage by stage, role by role, whom to begin with, and what overrides brought."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from crm import access, clock, paging
from crm.access import policy
from crm.models import Role
from crm.views.numbers import whole
from prospecting.models import Route, Segment
from prospecting.reports import learning
from prospecting.rules import guard
from prospecting.rules.learning import verdict


class Asked:
    """The cut that an address names; what it names wrongly is left out."""

    def __init__(self, request: HttpRequest, route: Route) -> None:
        self.version = whole(request.GET.get("version", "")) or None
        number = whole(request.GET.get("segment", ""))
        self.segment = Segment.objects.filter(pk=number).first() if number else None
        self.cut = learning.Cut(route, self.version, self.segment)
        self.kept = {"version": self.version, "segment": self.segment.pk if self.segment else None}

    def query(self, **more: Any) -> str:
        return urlencode({name: value for name, value in {**self.kept, **more}.items() if value is not None})


@policy("member")
def route_learning(request: HttpRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(Route, pk=pk)
    asked, now = Asked(request, route), clock.now()
    first, young = learning.by_first_role(asked.cut, now)
    behind = reverse("prospecting:learning_accounts", args=[pk])
    stages = learning.by_stage(asked.cut)
    overrides = learning.by_override(asked.cut)
    for row in stages:
        row["behind"] = f"{behind}?{asked.query(stage=row['stage'], role=row['role'])}"
    for row in first:
        row["behind"] = f"{behind}?{asked.query(first=row['role'])}"
    for row in overrides:
        row["behind"] = f"{behind}?{asked.query(reason=row['reason'])}"
    shown = {
        "route": route,
        "asked": asked,
        "verdict": verdict(learning.firsts(first)),
        "first": first,
        "young": young,
        "stages": stages,
        "overrides": overrides,
        "versions": route.versions.filter(state="published").order_by("-number"),
        "segments": Segment.objects.filter(versions__enrollments__route_version__route=route)
        .distinct()
        .order_by("name"),
    }
    return render(request, "prospecting/route_learning.html", shown)


@policy("member")
def learning_accounts(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts behind one figure, by name."""
    route = get_object_or_404(Route, pk=pk)
    asked, what = Asked(request, route), request.GET.get("what", "contacted")
    stage, reason = request.GET.get("stage", ""), request.GET.get("reason", "")
    first = whole(request.GET.get("first", "")) or None
    role = whole(request.GET.get("role", "")) or None
    rows = learning.accounts_behind(
        asked.cut, what, stage=stage.replace("\x00", ""), role=role, first=first, reason=reason.replace("\x00", ""),
        now=clock.now(), readable=access.visible_conversations(request.user),
    )  # fmt: skip
    shown = {
        "route": route,
        "asked": asked,
        "title": title(what, stage, role or first, reason, bool(first)),
        "narrowed": what == "wrong" and not access.holds(request.user, "admin"),
        "page": paging.page(rows, keys=("name", "pk"), after=request.GET.get("after", "")),
        "back": f"{reverse('prospecting:route_learning', args=[pk])}?{asked.query()}",
    }
    return render(request, "prospecting/learning_accounts.html", shown)


def title(what: str, stage: str, role: int | None, reason: str, first: bool) -> str:
    words = learning.WHAT.get(what, learning.WHAT["contacted"])
    name = Role.objects.filter(pk=role).values_list("name", flat=True).first() if role else ""
    if reason:
        return f"Gone against: {guard.WORDS.get(reason, 'a reason')}"
    if first:
        return f"{name or 'A role'} first: {words.lower()}"
    return f"{stage[:80]}, {name or 'any role'}: {words.lower()}"
