"""Enrollments, stages, milestones, overrides and the politeness policies they keep to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm import clock
from crm.admin.actions import Why, each
from crm.admin.base import NounAdmin, shared
from crm.models import Event
from prospecting import access, filters
from prospecting.models import Enrollment, Milestone, Override, PolitenessPolicy, Reply, StageVisit, Touch
from prospecting.services import enrollment as walking
from prospecting.services import planner


class Visits(TabularInline):
    model = StageVisit
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("stage", "state", "why", "opened_at", "closed_at", "waits_until")
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("stage")


class Touches(TabularInline):
    model = Touch
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("contact", "step", "channel", "state", "due_on", "sent_at", "waits_because")
    ordering = ("-id",)
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contact", "step__role")


class RestUntil(Why):
    until = forms.DateField()


@admin.register(Enrollment)
class EnrollmentAdmin(NounAdmin):
    listed = filters.EnrollmentFilter
    list_display = ("account", "state", "prospector", "segment_version", "sequence_version", "started_at", "next_words")
    list_select_related = ("account", "prospector", "segment_version__segment", "sequence_version__sequence")
    list_filter = shared(filters.EnrollmentFilter, "state", "prospector", "segment", "in_conversation", "account")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Visits, Touches)
    actions = ("plan", "pause", "resume", "rest", "finish", "close")

    def happened(self, row: Enrollment) -> QuerySet[Event]:
        return Event.objects.filter(account=row.account_id, at__gte=row.started_at)

    @each("Plan now", write=access.enrollment_write)
    def plan(self, request: HttpRequest, row: Enrollment) -> None:
        planner.plan(row)

    @each("Pause", form=Why, write=access.enrollment_write)
    def pause(self, request: HttpRequest, row: Enrollment, why: str) -> None:
        walking.pause(row, why, by=request.user)

    @each("Resume", write=access.enrollment_write)
    def resume(self, request: HttpRequest, row: Enrollment) -> None:
        walking.resume(row, by=request.user)

    @each("Rest until a date", form=RestUntil, write=access.enrollment_write)
    def rest(self, request: HttpRequest, row: Enrollment, until: Any, why: str) -> None:
        walking.rest(row, until, why, by=request.user)

    @each("Finish", form=Why, write=access.enrollment_write)
    def finish(self, request: HttpRequest, row: Enrollment, why: str) -> None:
        walking.finish(row, by=request.user, why=why)

    @each("Close", form=Why, write=access.enrollment_write)
    def close(self, request: HttpRequest, row: Enrollment, why: str) -> None:
        walking.close(row, by=request.user, why=why)


@admin.register(StageVisit)
class StageVisitAdmin(NounAdmin):
    listed = filters.StageVisitFilter
    list_display = ("account", "stage", "state", "why", "opened_at", "closed_at")
    list_filter = shared(filters.StageVisitFilter, "state", "account", "enrollment")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("open", "shut")

    @each("Open by hand", form=Why, write=access.visit_write)
    def open(self, request: HttpRequest, visit: StageVisit, why: str) -> None:
        walking.open_stage(visit, why, by=request.user)

    @each("Close by hand", form=Why, write=access.visit_write)
    def shut(self, request: HttpRequest, visit: StageVisit, why: str) -> None:
        walking.close_stage(visit, why, by=request.user)


@admin.register(Milestone)
class MilestoneAdmin(NounAdmin):
    """What every rate is counted from; written with the fact, never by hand."""

    listed = filters.MilestoneFilter
    list_display = ("at", "account", "rung", "voids", "contact", "by")
    list_filter = shared(filters.MilestoneFilter, "rung", "voids", "account", "enrollment")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Override)
class OverrideAdmin(NounAdmin):
    listed = filters.OverrideFilter
    list_display = ("at", "account", "contact", "reason", "sentence", "by")
    list_filter = shared(filters.OverrideFilter, "account")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(PolitenessPolicy)
class PolitenessPolicyAdmin(NounAdmin):
    """Versioned: a new one is added, and holds for enrollments that start from then on."""

    list_display = ("number", "people_at_once", "touches_a_week", "days_between_people", "by", "created_at")
    editable = ("people_at_once", "touches_a_week", "days_between_people", "cool_off")
    addable = True
    ordering = ("-number",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, policy: PolitenessPolicy, form: Any, change: bool) -> None:
        newest = PolitenessPolicy.objects.order_by("-number").first()
        policy.number = newest.number + 1 if newest else 1
        policy.by, policy.created_at = request.user, clock.now()
        policy.save()


@admin.register(Reply)
class ReplyAdmin(NounAdmin):
    listed = filters.ReplyFilter
    list_display = ("at", "account", "contact", "label", "counts", "team")
    list_filter = shared(filters.ReplyFilter, "label", "counts", "account", "contact", "conversation")
    ordering = ("-id",)
    sortable_by = ()
