"""Segments, their immutable versions, and the lists they keep."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm.admin.actions import Asked, each
from crm.admin.base import NounAdmin, shared
from crm.errors import Refused
from prospecting import filters
from prospecting.models import ListEntry, Pin, RouteVariant, Segment, SegmentVersion, TargetList
from prospecting.services import segments


class Versions(TabularInline):
    model = SegmentVersion
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = (
        "number",
        "state",
        "rule",
        "when_rule",
        "compared",
        "overlap",
        "members",
        "published_at",
    )
    ordering = ("-number",)
    show_change_link = True
    tab = True


class Variants(TabularInline):
    model = RouteVariant
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("order", "name", "condition", "route_version")
    tab = True


@admin.register(Segment)
class SegmentAdmin(NounAdmin):
    """Rules change on the segment's page, where the dry run stands beside them."""

    listed = filters.SegmentFilter
    list_display = ("name", "statement", "created_at", "archived_at")
    list_filter = shared(filters.SegmentFilter, "archived")
    editable = ("name", "statement")
    ordering = ("name",)
    inlines = (Versions, Variants)
    actions = ("refresh_list",)

    @each("Refresh the list")
    def refresh_list(self, request: HttpRequest, segment: Segment) -> None:
        segments.refresh_list(segment, by=request.user)


class PublishForm(Asked):
    reason = forms.CharField(max_length=300)
    expected = forms.CharField(max_length=300, required=False, label="Expected effect")


@admin.register(SegmentVersion)
class SegmentVersionAdmin(NounAdmin):
    """A draft's rules may be written; a published version is read-only, and a trigger in the database agrees."""

    listed = filters.SegmentVersionFilter
    list_display = ("segment", "number", "state", "compared", "overlap", "members", "by", "published_at")
    list_filter = shared(filters.SegmentVersionFilter, "state", "compared", "segment")
    editable = ("rule", "when_rule", "route_version")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("publish", "discard")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or is_draft(obj))

    def save_model(self, request: HttpRequest, version: SegmentVersion, form: Any, change: bool) -> None:
        segments.draft(version.segment, by=request.user, **form.cleaned_data)

    @each("Publish the draft", form=PublishForm)
    def publish(self, request: HttpRequest, version: SegmentVersion, reason: str, expected: str) -> None:
        segments.publish(version, reason=reason, expected=expected, by=request.user)

    @each("Discard the draft")
    def discard(self, request: HttpRequest, version: SegmentVersion) -> None:
        segments.discard(version, by=request.user)


def is_draft(version: Any) -> bool:
    return bool(version.state == type(version).State.DRAFT)


def the_draft(versions: Any, sentence: str) -> Any:
    found = next((version for version in versions.all() if is_draft(version)), None)
    if found is None:
        raise Refused(sentence)
    return found


@admin.register(TargetList)
class TargetListAdmin(NounAdmin):
    listed = filters.TargetListFilter
    list_display = ("segment", "refreshed_at")
    ordering = ("id",)
    sortable_by = ()
    actions = ("refresh",)

    @each("Refresh")
    def refresh(self, request: HttpRequest, target: TargetList) -> None:
        segments.refresh_list(target.segment, by=request.user)


@admin.register(ListEntry)
class ListEntryAdmin(NounAdmin):
    """Dated intervals; only a refresh opens or closes one."""

    listed = filters.ListEntryFilter
    list_display = ("account", "target_list", "version_in", "entered_at", "left_at", "left_reason", "window_open")
    list_select_related = ("account", "target_list__segment", "version_in__segment")
    list_filter = shared(filters.ListEntryFilter, "on_list", "window_open", "segment", "target_list", "account")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Pin)
class PinAdmin(NounAdmin):
    listed = filters.PinFilter
    list_display = ("account", "target_list", "kind", "reason", "by", "at")
    list_select_related = ("account", "target_list__segment", "by")
    list_filter = shared(filters.PinFilter, "kind", "target_list", "account")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("unpin",)

    @each("Let the rule decide again")
    def unpin(self, request: HttpRequest, pin: Pin) -> None:
        segments.unpin(pin, by=request.user)
