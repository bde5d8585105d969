"""The routes of a segment: its own, the variants in the order they are tried, and which one an account takes and why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.views.numbers import whole
from prospecting.models import RouteVariant, Segment
from prospecting.queries import account_search, screens
from prospecting.queries import routes as asked
from prospecting.queries.dry_runs import version_in_use
from prospecting.queries.rule_language import fields
from prospecting.route_forms import VariantForm
from prospecting.services import segments, variants
from prospecting.views.frame import framed, segment_or_404


@policy("member")
def segment_routes(request: HttpRequest, pk: int) -> HttpResponse:
    """How many members of the list each route takes; with an account, the way it is chosen for that one."""
    segment = segment_or_404(pk)
    number = whole(request.GET.get("account", ""))
    account = access.account_read(request.user, number) if number else None
    version = version_in_use(pk)
    find = request.GET.get("find", "")
    default = version.route_version if version else None
    rows = list(segment.variants.select_related("route_version__route").prefetch_related(in_order()))
    own = {
        "version": version,
        "default": default,
        "default_stages": list(default.stages.order_by("order")) if default else [],
        "variants": rows,
        "newer": newer_than(rows),
        "shares": asked.shares(segment),
        "account": account,
        "choices": asked.choices(segment, account, default) if account else [],
        "find": find,
        "found": account_search.found(find, segment) if not account else [],
        "two_ways": segments.health_sentence(segment) if version and rows else "",
    }
    template = "prospecting/route_found.html" if request.htmx else "prospecting/segment_routes.html"  # type: ignore[attr-defined]
    return render(request, template, framed(request, segment, "routes", **own))


def in_order() -> Any:
    return screens.stages_of("route_version__stages")


def newer_than(rows: list[RouteVariant]) -> dict[int, int]:
    """Id of a variant → the number of a newer version of its route, where there is one."""
    newest = asked.newest_numbers({row.route_version.route_id for row in rows})
    found = {row.pk: newest.get(row.route_version.route_id, 0) for row in rows}
    return {row.pk: found[row.pk] for row in rows if found[row.pk] > row.route_version.number}


@policy("lead")
def variant_new(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    form = VariantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            variant = variants.add_variant(segment, by=request.user, **form.said())
        except Refused as refused:
            form.add_error(wrong_field(refused), refused.sentence)
        else:
            toasts.say(request, f"{variant} is tried last. Accounts enrolled from now on may take it.")
            return redirect("prospecting:segment_routes", pk)
    return variant_page(request, segment, form, "A variant")


@policy("lead")
def variant_edit(request: HttpRequest, pk: int, variant: int) -> HttpResponse:
    segment, row = segment_or_404(pk), variant_or_404(pk, variant)
    kept = {"name": row.name, "rule": row.condition, "route_version": row.route_version_id}
    form = VariantForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            variants.change_variant(row, by=request.user, **form.said())
        except Refused as refused:
            form.add_error(wrong_field(refused), refused.sentence)
        else:
            toasts.say(request, f"{row} is kept. Accounts in flight stay on their route.")
            return redirect("prospecting:segment_routes", pk)
    return variant_page(request, segment, form, row.name)


def variant_page(request: HttpRequest, segment: Segment, form: VariantForm, title: str) -> HttpResponse:
    shown = {"segment": segment, "form": form, "title": title, "fields": fields()}
    return render(request, "prospecting/variant.html", shown, status=422 if form.errors else 200)


def wrong_field(refused: Refused) -> str:
    """A sentence with a place in it is about the condition."""
    if "at" in refused.details or "which accounts" in refused.sentence:
        return "rule"
    return "route_version" if "route first" in refused.sentence else "name"


@require_POST
@policy("lead")
def variant_move(request: HttpRequest, pk: int, variant: int) -> HttpResponse:
    """Up, down, away, or onto the newest version of its route."""
    row = variant_or_404(pk, variant)
    act = request.POST.get("act", "")
    if act in ("up", "down"):
        variants.move_variant(row, up=act == "up", by=request.user)
    elif act == "remove":
        variants.remove_variant(row, by=request.user)
        toasts.say(request, f"{row} is gone. Its accounts take the next route that fits.")
    elif act == "newest":
        version = asked.newest_version(row.route_version.route_id)
        variants.change_variant(
            row, name=row.name, condition=row.condition, route_version=version, by=request.user
        )  # fmt: skip
        toasts.say(request, f"{row} leads onto {version} from now on.")
    return redirect("prospecting:segment_routes", pk)


def variant_or_404(segment: int, pk: int) -> RouteVariant:
    rows = RouteVariant.objects.select_related("segment", "route_version__route")
    return get_object_or_404(rows, pk=pk, segment=segment, segment__archived_at=None)
