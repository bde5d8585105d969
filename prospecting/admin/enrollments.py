"""Enrollments, stages, milestones, overrides and the politeness policies they keep to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from crm.admin.actions import Asked, Why, each
from crm.admin.base import NounAdmin, Rows, become, shared
from crm.errors import Refused
from crm.models import Event
from prospecting import access, filters, work_filters
from prospecting.models import (
    Attribution,
    Call,
    Enrollment,
    EnrollOrder,
    Intake,
    Milestone,
    Override,
    PolitenessPolicy,
    Reply,
    Skip,
    StageVisit,
    Touch,
)
from prospecting.queries import checks
from prospecting.rules import attribution
from prospecting.services import (
    adoption,
    approving,
    attributing,
    calls,
    enrolling,
    intakes,
    planner,
    policies,
    sequences,
    skipping,
)
from prospecting.services import enrollment as walking


class Visits(Rows):
    model = StageVisit
    fields = readonly_fields = ("stage", "state", "why", "opened_at", "closed_at", "waits_until")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("stage")


class Touches(Rows):
    model = Touch
    fields = readonly_fields = ("contact", "step", "channel", "state", "due_on", "sent_at", "waits_because")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contact", "step__role")


class RestUntil(Why):
    until = forms.DateField()


class CauseForm(Asked):
    cause = forms.ChoiceField(choices=attribution.CHOICES, label="What it came down to")


@admin.register(Enrollment)
class EnrollmentAdmin(NounAdmin):
    listed = filters.EnrollmentFilter
    list_display = ("account", "state", "prospector", "segment_version", "sequence_version", "started_at", "next_words")
    list_select_related = ("account", "prospector", "segment_version__segment", "sequence_version__sequence")
    list_filter = shared(filters.EnrollmentFilter, "state", "prospector", "segment", "in_conversation", "account")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Visits, Touches)
    actions = ("plan", "pause", "resume", "rest", "ask_first", "do_not_ask", "newest_version", "finish", "close")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["why_now", *super().get_fields(request, obj)] if obj else super().get_fields(request, obj)

    @admin.display(description="What happens next, and why")
    def why_now(self, row: Enrollment) -> str:
        return checks.why_words(row.account)

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

    @each("A person looks at each mail", write=access.enrollment_write)
    def ask_first(self, request: HttpRequest, row: Enrollment) -> None:
        approving.look_first(row, True, by=request.user)

    @each("Mails leave by themselves", write=access.enrollment_write)
    def do_not_ask(self, request: HttpRequest, row: Enrollment) -> None:
        approving.look_first(row, False, by=request.user)

    @each("Take the newest version of its sequence", form=Why, write=access.enrollment_write)
    def newest_version(self, request: HttpRequest, row: Enrollment, why: str) -> None:
        version = sequences.current_version(row.sequence_version.sequence)
        if version is None:
            raise Refused("Its sequence has no version in use.")
        adoption.adopt(row, version, by=request.user, why=why)

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


@admin.register(Attribution)
class AttributionAdmin(NounAdmin):
    """Proposed when a walk ends; a person says so on the segment's page, or here."""

    listed = filters.AttributionFilter
    list_display = ("at", "account", "cause", "because", "by", "confirmed_at")
    list_filter = shared(filters.AttributionFilter, "cause", "confirmed", "account", "segment")
    list_select_related = ("account", "by")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("confirm",)

    @each("Say what it came down to", form=CauseForm, write=access.attribution_write)
    def confirm(self, request: HttpRequest, row: Attribution, cause: str) -> None:
        attributing.confirm(row.enrollment, cause, by=request.user, instead_of=row.cause)


@admin.register(Override)
class OverrideAdmin(NounAdmin):
    listed = filters.OverrideFilter
    list_display = ("at", "account", "contact", "reason", "sentence", "by")
    list_filter = shared(filters.OverrideFilter, "account")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(PolitenessPolicy)
class PolitenessPolicyAdmin(NounAdmin):
    """Versioned: adding one writes the draft; published, it holds for enrollments that start from then on."""

    list_display = ("number", "state", "people_at_once", "touches_a_week", "days_between_people", "reason", "by")
    editable = ("people_at_once", "touches_a_week", "days_between_people", "cool_off")
    addable = True
    ordering = ("-number",)
    actions = ("publish", "discard")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, policy: PolitenessPolicy, form: Any, change: bool) -> None:
        become(policy, policies.draft(by=request.user, **form.cleaned_data))

    @each("Publish the draft", form=Why)
    def publish(self, request: HttpRequest, policy: PolitenessPolicy, why: str) -> None:
        policies.publish(policy, why, by=request.user)

    @each("Discard the draft")
    def discard(self, request: HttpRequest, policy: PolitenessPolicy) -> None:
        policies.discard(policy, by=request.user)


@admin.register(Call)
class CallAdmin(NounAdmin):
    """Calls and tasks that people logged, with what came of them."""

    listed = work_filters.CallFilter
    list_display = ("at", "account", "contact", "channel", "outcome", "reached", "by", "settled_at", "undone_at")
    list_select_related = ("account", "contact", "by")
    list_filter = shared(work_filters.CallFilter, "channel", "outcome", "account", "contact")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("undo",)

    @each("Take back", write=access.call_write)
    def undo(self, request: HttpRequest, call: Call) -> None:
        calls.undo(call, by=request.user)


@admin.register(Skip)
class SkipAdmin(NounAdmin):
    """People left out of one walk."""

    listed = work_filters.SkipFilter
    list_display = ("at", "account", "contact", "why", "by", "undone_at")
    list_select_related = ("account", "contact", "by")
    list_filter = shared(work_filters.SkipFilter, "account", "contact")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("undo",)

    @each("Not left out any more", write=access.skip_write)
    def undo(self, request: HttpRequest, skip: Skip) -> None:
        skipping.undo_person(skip, by=request.user)


@admin.register(Intake)
class IntakeAdmin(NounAdmin):
    """Standing orders; they are set up on their own page."""

    listed = work_filters.IntakeFilter
    list_display = ("name", "segment", "sequence", "per_day", "state", "reason")
    list_select_related = ("segment", "sequence")
    list_filter = shared(work_filters.IntakeFilter, "state", "segment")
    ordering = ("name", "id")
    sortable_by = ()
    actions = ("pause", "resume", "stop")

    @each("Pause", form=Why)
    def pause(self, request: HttpRequest, intake: Intake, why: str) -> None:
        intakes.pause(intake, why, by=request.user)

    @each("Run again")
    def resume(self, request: HttpRequest, intake: Intake) -> None:
        intakes.resume(intake, by=request.user)

    @each("Stop for good", form=Why)
    def stop(self, request: HttpRequest, intake: Intake, why: str) -> None:
        intakes.stop(intake, why, by=request.user)


@admin.register(EnrollOrder)
class EnrollOrderAdmin(NounAdmin):
    """Everything a view showed, enrolled at once: how far each order is, and who was refused."""

    list_display = ("created_at", "by", "segment", "sequence_version", "state", "wanted", "started", "waiting")
    list_select_related = ("by", "segment", "sequence_version__sequence")
    hidden = ("picked",)
    ordering = ("-id",)
    sortable_by = ()
    actions = ("stop",)

    @each("Stop here")
    def stop(self, request: HttpRequest, order: EnrollOrder) -> None:
        enrolling.stop(order, by=request.user, why="stopped by hand")


@admin.register(Reply)
class ReplyAdmin(NounAdmin):
    listed = filters.ReplyFilter
    list_display = ("at", "account", "contact", "label", "counts", "team")
    list_filter = shared(filters.ReplyFilter, "label", "counts", "account", "contact", "conversation")
    ordering = ("-id",)
    sortable_by = ()
