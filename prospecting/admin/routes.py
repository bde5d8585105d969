"""Routes, their versions, stages and variants."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm.admin.actions import each
from crm.admin.base import NounAdmin, become, shared
from prospecting import filters
from prospecting.admin.lists import the_draft
from prospecting.models import Route, RouteVariant, RouteVersion, Stage
from prospecting.services import routes


class Versions(TabularInline):
    model = RouteVersion
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("number", "state", "reason", "published_at")
    ordering = ("-number",)
    show_change_link = True
    tab = True


@admin.register(Route)
class RouteAdmin(NounAdmin):
    """Stages and gates are drawn on the route's page; here their versions are read and published."""

    listed = filters.RouteFilter
    list_display = ("name", "description", "created_at")
    editable = ("name", "description")
    addable = True
    ordering = ("name",)
    inlines = (Versions,)
    actions = ("publish",)

    def save_model(self, request: HttpRequest, route: Route, form: Any, change: bool) -> None:
        if change:
            route.save(update_fields=form.changed_data)
        else:
            become(route, routes.create_route(by=request.user, **form.cleaned_data))

    @each("Publish the draft")
    def publish(self, request: HttpRequest, route: Route) -> None:
        routes.publish(the_draft(route.versions, f"{route} has no draft."), by=request.user)


class Stages(TabularInline):
    model = Stage
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("order", "name", "who", "min_people", "max_people", "patience_days", "gate")
    tab = True

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

    @each("Publish the draft")
    def publish(self, request: HttpRequest, version: RouteVersion) -> None:
        routes.publish(version, by=request.user)

    @each("Discard the draft")
    def discard(self, request: HttpRequest, version: RouteVersion) -> None:
        routes.discard(version, by=request.user)


@admin.register(RouteVariant)
class RouteVariantAdmin(NounAdmin):
    list_display = ("segment", "order", "name", "condition", "route_version")
    list_select_related = ("segment", "route_version__route")
    editable = ("segment", "name", "condition", "route_version", "order")
    addable = True
    ordering = ("segment", "order")

    def save_model(self, request: HttpRequest, variant: RouteVariant, form: Any, change: bool) -> None:
        given = form.cleaned_data
        saved = routes.set_variant(
            given["segment"],
            given["name"],
            given["condition"],
            given["route_version"],
            by=request.user,
            order=given["order"],
        )
        become(variant, saved)
