"""Segments, their immutable versions, and the lists they keep."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from crm.admin.actions import Asked, Reason, each
from crm.admin.base import NounAdmin, Rows, become, shared
from crm.errors import Refused
from prospecting import filters
from prospecting.models import (
    ListEntry,
    ListRefresh,
    Pin,
    RouteVariant,
    Segment,
    SegmentVersion,
    Snapshot,
    TargetList,
)
from prospecting.services import archiving, pins, priorities, segments, snapshots


class Versions(Rows):
    model = SegmentVersion
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


class Variants(Rows):
    model = RouteVariant
    fields = readonly_fields = ("order", "name", "condition", "route_version")


class SnapshotForm(Asked):
    name = forms.CharField(max_length=120)
    reason = forms.CharField(max_length=200, required=False, label="What for")


class PlaceForm(Asked):
    place = forms.IntegerField(min_value=1, max_value=1000, required=False, label="Place, 1 goes first; empty: none")


class ScheduleForm(Asked):
    every_hours = forms.IntegerField(min_value=0, max_value=2160, label="Every so many hours; 0: by hand only")


class PinForm(Asked):
    reason = forms.CharField(max_length=200)
    expires_on = forms.DateField(required=False, label="Until")


@admin.register(Segment)
class SegmentAdmin(NounAdmin):
    """Rules change on the segment's page, where the dry run stands beside them."""

    listed = filters.SegmentFilter
    page = "prospecting:segment"
    list_display = ("name", "statement", "priority", "created_at", "archived_at")
    list_filter = shared(filters.SegmentFilter, "archived")
    editable = ("name", "statement")
    ordering = ("name",)
    inlines = (Versions, Variants)
    actions = ("refresh_list", "take_snapshot", "set_place", "set_schedule", "put_away", "take_out")

    def save_model(self, request: HttpRequest, segment: Segment, form: Any, change: bool) -> None:
        fresh = Segment.objects.get(pk=segment.pk)
        become(segment, segments.edit_segment(fresh, by=request.user, **form.cleaned_data))

    @each("Take a snapshot of the list", form=SnapshotForm)
    def take_snapshot(self, request: HttpRequest, segment: Segment, name: str, reason: str) -> None:
        snapshots.take(segment, name=name, reason=reason, by=request.user)

    @each("Set its place among segments that share no account", form=PlaceForm)
    def set_place(self, request: HttpRequest, segment: Segment, place: int | None) -> None:
        priorities.set_place(segment, place, by=request.user)

    @each("Set how often the list is refreshed", form=ScheduleForm)
    def set_schedule(self, request: HttpRequest, segment: Segment, every_hours: int) -> None:
        segments.set_schedule(segment, every_hours, by=request.user)

    @each("Put away: the list stands still, whoever is enrolled goes on", form=Reason)
    def put_away(self, request: HttpRequest, segment: Segment, reason: str) -> None:
        archiving.archive(segment, reason, by=request.user)

    @each("Take out again")
    def take_out(self, request: HttpRequest, segment: Segment) -> None:
        archiving.restore(segment, by=request.user)

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
    list_display = ("segment", "number", "state", "compared", "overlaps", "members", "by", "published_at")
    list_filter = shared(filters.SegmentVersionFilter, "state", "compared", "segment")
    editable = ("rule", "when_rule", "route_version")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("publish", "discard")

    @admin.display(description="Overlap")
    def overlaps(self, row: SegmentVersion) -> str:
        return "" if row.overlap is None else f"{row.overlap:.3f}"

    def own_page(self, row: SegmentVersion) -> str:
        return reverse(
            "prospecting:segment_versions" if not is_draft(row) else "prospecting:segment", args=[row.segment_id]
        )

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
    list_display = ("segment", "refreshed_at", "every_hours")
    ordering = ("id",)
    sortable_by = ()
    actions = ("refresh",)

    def own_page(self, row: TargetList) -> str:
        return reverse("prospecting:segment_list", args=[row.segment_id])

    @each("Refresh")
    def refresh(self, request: HttpRequest, target: TargetList) -> None:
        segments.refresh_list(target.segment, by=request.user)


@admin.register(ListEntry)
class ListEntryAdmin(NounAdmin):
    """Dated intervals; only a refresh opens or closes one."""

    listed = filters.ListEntryFilter
    list_display = (
        "account", "target_list", "version_in", "entered_at", "entered_reason", "left_at", "left_reason", "window_open",
    )  # fmt: skip
    list_select_related = ("account", "target_list__segment", "version_in__segment")
    list_filter = shared(filters.ListEntryFilter, "on_list", "window_open", "look", "segment", "target_list", "account")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("pin_to_list", "keep_off")

    @each("Pin to the list", form=PinForm)
    def pin_to_list(self, request: HttpRequest, entry: ListEntry, reason: str, expires_on: date | None) -> None:
        self.keep(request, entry, Pin.Kind.INCLUDE, reason, expires_on)

    @each("Keep off the list", form=PinForm)
    def keep_off(self, request: HttpRequest, entry: ListEntry, reason: str, expires_on: date | None) -> None:
        self.keep(request, entry, Pin.Kind.EXCLUDE, reason, expires_on)

    def own_page(self, row: ListEntry) -> str:
        return f"{reverse('prospecting:segment_why', args=[row.target_list.segment_id])}?account={row.account_id}"

    def keep(self, request: HttpRequest, entry: ListEntry, kind: str, reason: str, expires_on: date | None) -> None:
        segment = entry.target_list.segment
        segments.pin(segment, entry.account, kind, reason, by=request.user, expires_on=expires_on)


@admin.register(Pin)
class PinAdmin(NounAdmin):
    listed = filters.PinFilter
    list_display = ("account", "target_list", "kind", "reason", "expires_on", "by", "at")
    list_select_related = ("account", "target_list__segment", "by")
    list_filter = shared(filters.PinFilter, "kind", "target_list", "account")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("unpin",)
    addable = True
    editable = ("target_list", "account", "kind", "reason", "expires_on")
    autocomplete_fields = ("account",)

    def own_page(self, row: Pin) -> str:
        return reverse("prospecting:segment_pins", args=[row.target_list.segment_id])

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, pin: Pin, form: Any, change: bool) -> None:
        target = form.cleaned_data.pop("target_list")
        given = dict(form.cleaned_data)
        become(pin, pins.pin(target, given.pop("account"), by=request.user, **given))

    @each("Let the rule decide again")
    def unpin(self, request: HttpRequest, pin: Pin) -> None:
        segments.unpin(pin, by=request.user)


@admin.register(ListRefresh)
class ListRefreshAdmin(NounAdmin):
    """Every run over a list; nobody edits what happened."""

    listed = filters.ListRefreshFilter
    list_display = (
        "target_list",
        "at",
        "asked_by",
        "version",
        "entered",
        "left",
        "members",
        "window_closed",
        "seconds",
    )
    list_select_related = ("target_list__segment", "version__segment")
    list_filter = shared(filters.ListRefreshFilter, "segment", "target_list")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Snapshot)
class SnapshotAdmin(NounAdmin):
    """Lists as they stood; what they hold is read on the segment's page."""

    listed = filters.SnapshotFilter
    list_display = ("name", "target_list", "members", "reason", "by", "at")
    list_select_related = ("target_list__segment", "by")
    list_filter = shared(filters.SnapshotFilter, "segment", "target_list")
    ordering = ("-id",)
    sortable_by = ()

    def own_page(self, row: Snapshot) -> str:
        return reverse("prospecting:segment_snapshot", args=[row.target_list.segment_id, row.pk])
