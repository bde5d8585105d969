"""Routes, their versions, stages and variants."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from crm.admin.actions import Asked, each
from crm.admin.base import NounAdmin, Rows, become, shared
from crm.errors import Refused
from prospecting import filters
from prospecting.admin.lists import the_draft
from prospecting.models import Route, RouteVariant, RouteVersion, Stage
from prospecting.queries.rule_language import compile_rule
from prospecting.services import routes, variants


class PublishForm(Asked):
    reason = forms.CharField(max_length=300)
    lead_variants = forms.BooleanField(required=False, label="Lead variants on older versions onto it")


class PlaceForm(Asked):
    place = forms.IntegerField(min_value=1, max_value=variants.MOST_VARIANTS, label="Place, 1 is tried first")


class Versions(Rows):
    model = RouteVersion
    fields = readonly_fields = ("number", "state", "reason", "published_at")
    ordering = ("-number",)


@admin.register(Route)
class RouteAdmin(NounAdmin):
    """Stages and gates are drawn on the route's page; here their versions are read and published."""

    listed = filters.RouteFilter
    list_display = ("name", "description", "created_at")
    editable = ("name", "description")
    addable = True
    ordering = ("name",)
    inlines = (Versions,)
    actions = ("publish", "discard")

    def save_model(self, request: HttpRequest, route: Route, form: Any, change: bool) -> None:
        if change:
            become(route, routes.edit_route(Route.objects.get(pk=route.pk), by=request.user, **form.cleaned_data))
        else:
            become(route, routes.create_route(by=request.user, **form.cleaned_data))

    @each("Publish the draft", form=PublishForm)
    def publish(self, request: HttpRequest, route: Route, **said: Any) -> None:
        routes.publish(the_draft(route.versions, f"{route} has no draft."), by=request.user, **said)

    @each("Discard the draft")
    def discard(self, request: HttpRequest, route: Route) -> None:
        routes.discard(the_draft(route.versions, f"{route} has no draft."), by=request.user)


class Stages(Rows):
    model = Stage
    fields = readonly_fields = ("order", "name", "who", "min_people", "max_people", "patience_days", "gate")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("roles")

    @admin.display(description="Roles")
    def who(self, stage: Stage) -> str:
        return ", ".join(role.name for role in stage.roles.all())


@admin.register(RouteVersion)
class RouteVersionAdmin(NounAdmin):
    listed = filters.RouteVersionFilter
    list_display = ("route", "number", "state", "reason", "by", "published_at")
    list_filter = shared(filters.RouteVersionFilter, "state", "route")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Stages,)
    actions = ("publish", "discard")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_fields(request, obj), *(["wrong", "changed", "effect"] if obj else [])]

    @admin.display(description="What is wrong")
    def wrong(self, version: RouteVersion) -> str:
        return lines(routes.problems(version))

    @admin.display(description="What it changes")
    def changed(self, version: RouteVersion) -> str:
        return lines(routes.changes(version))

    @admin.display(description="What using it does")
    def effect(self, version: RouteVersion) -> str:
        return lines(routes.effect(version) if version.state == RouteVersion.State.DRAFT else [])

    @each("Publish the draft", form=PublishForm)
    def publish(self, request: HttpRequest, version: RouteVersion, **said: Any) -> None:
        routes.publish(version, by=request.user, **said)

    @each("Discard the draft")
    def discard(self, request: HttpRequest, version: RouteVersion) -> None:
        routes.discard(version, by=request.user)


def lines(found: list[str]) -> str:
    return format_html_join("", "<div>{}</div>", ((line,) for line in found)) or "Nothing"


class VariantForm(forms.ModelForm):
    """What the verb would refuse is said at its field."""

    def clean_condition(self) -> str:
        said: str = self.cleaned_data["condition"]
        try:
            compile_rule(said)
        except Refused as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return said

    def clean_route_version(self) -> RouteVersion:
        version: RouteVersion = self.cleaned_data["route_version"]
        if version.state != RouteVersion.State.PUBLISHED:
            raise forms.ValidationError("Publish the route first; a variant cannot lead onto a draft.")
        return version

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        segment, name = given.get("segment") or self.instance.segment_id, str(given.get("name") or "").strip()
        same = RouteVariant.objects.filter(segment=segment, name__iexact=name).exclude(pk=self.instance.pk)
        if segment and name and same.exists():
            self.add_error("name", f"This segment has a variant named “{name}” already.")
        return given


@admin.register(RouteVariant)
class RouteVariantAdmin(NounAdmin):
    """The segment's page says how many accounts each takes, and puts them in order by hand."""

    listed = filters.RouteVariantFilter
    list_display = ("segment", "order", "name", "condition", "route_version")
    list_filter = shared(filters.RouteVariantFilter, "segment", "route")
    list_select_related = ("segment", "route_version__route")
    editable = ("segment", "name", "condition", "route_version")
    addable = True
    ordering = ("segment", "order")
    form = VariantForm
    actions = ("place", "remove")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(["segment"] if obj else [])]

    def save_model(self, request: HttpRequest, variant: RouteVariant, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in ("name", "condition", "route_version")}
        if change:
            kept = RouteVariant.objects.get(pk=variant.pk)
            become(variant, variants.change_variant(kept, by=request.user, **given))
        else:
            become(variant, variants.add_variant(form.cleaned_data["segment"], by=request.user, **given))

    @each("Put it at a place", form=PlaceForm)
    def place(self, request: HttpRequest, variant: RouteVariant, place: int) -> None:
        variants.place_variant(variant, place, by=request.user)

    @each("Remove the variant")
    def remove(self, request: HttpRequest, variant: RouteVariant) -> None:
        variants.remove_variant(variant, by=request.user)
