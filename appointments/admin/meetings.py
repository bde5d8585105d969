"""Meetings, what protects them, and the kinds there are."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from appointments import access, filters
from appointments.models import (
    Availability,
    CounterProposal,
    Credit,
    Meeting,
    MeetingGuest,
    MeetingHost,
    MeetingQuestion,
    MeetingType,
    Offer,
    Recovery,
    Reminder,
    ReminderRule,
    Rsvp,
    Vacation,
)
from appointments.services import booking, outcomes, reminder_plans
from crm.admin.actions import Asked, Reason, each
from crm.admin.base import NounAdmin, shared
from crm.models import Event


class Why(Asked):
    why = forms.CharField(max_length=300, required=False, help_text="Needed where it corrects an outcome.")


class NoShow(Why):
    side = forms.ChoiceField(choices=Meeting.Side.choices)


class Reminders(TabularInline):
    model = Reminder
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("kind", "state", "due_at", "sent_at", "for_sequence")
    ordering = ("due_at",)
    tab = True


class Further(TabularInline):
    model = MeetingGuest
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("name", "email", "contact", "added_by", "at")
    tab = True


@admin.register(Meeting)
class MeetingAdmin(NounAdmin):
    listed = filters.MeetingFilter
    list_display = ("starts_at", "account", "guest_name", "host", "state", "side", "confirmed_at", "setter")
    list_filter = shared(filters.MeetingFilter, "state", "host", "setter", "account", "meeting_type")
    hidden = ("idempotency_key",)
    ordering = ("-starts_at", "-id")
    sortable_by = ("starts_at",)
    inlines = (Reminders, Further)
    actions = ("held", "no_show", "cancel", "confirm")

    def happened(self, row: Meeting) -> QuerySet[Event]:
        return Event.objects.filter(account=row.account_id, at__gte=row.created_at)

    @each("It was held", form=Why, write=access.meeting_write)
    def held(self, request: HttpRequest, meeting: Meeting, why: str) -> None:
        outcomes.mark_held(meeting, by=request.user, why=why)

    @each("No-show", form=NoShow, write=access.meeting_write)
    def no_show(self, request: HttpRequest, meeting: Meeting, side: str, why: str) -> None:
        outcomes.mark_no_show(meeting, side=side, by=request.user, why=why)

    @each("Cancel", form=Reason, write=access.meeting_write)
    def cancel(self, request: HttpRequest, meeting: Meeting, reason: str) -> None:
        booking.cancel(meeting, reason=reason, by=request.user)

    @each("The guest confirmed", write=access.meeting_write)
    def confirm(self, request: HttpRequest, meeting: Meeting) -> None:
        booking.confirm(meeting, by=request.user)


@admin.register(Rsvp)
class RsvpAdmin(NounAdmin):
    listed = filters.RsvpFilter
    list_display = ("at", "meeting", "address", "answer", "sequence", "delegated_to")
    list_select_related = ("meeting__meeting_type", "meeting__account")
    list_filter = shared(filters.RsvpFilter, "answer", "meeting")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(CounterProposal)
class CounterProposalAdmin(NounAdmin):
    listed = filters.CounterProposalFilter
    list_display = ("at", "meeting", "address", "starts_at", "state", "decided_by")
    list_select_related = ("meeting__meeting_type", "meeting__account", "decided_by")
    list_filter = shared(filters.CounterProposalFilter, "state", "meeting")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Offer)
class OfferAdmin(NounAdmin):
    listed = filters.OfferFilter
    list_display = ("created_at", "account", "contact", "meeting_type", "by", "expires_at")
    list_filter = shared(filters.OfferFilter, "account", "work_item")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Reminder)
class ReminderAdmin(NounAdmin):
    listed = filters.ReminderFilter
    list_display = ("due_at", "kind", "meeting", "state", "sent_at")
    list_select_related = ("meeting__meeting_type", "meeting__account")
    list_filter = shared(filters.ReminderFilter, "state", "kind", "meeting")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Recovery)
class RecoveryAdmin(NounAdmin):
    listed = filters.RecoveryFilter
    list_display = ("started_at", "account", "meeting", "state", "tries", "next_at", "new_meeting")
    list_select_related = (
        "account", "meeting__meeting_type", "meeting__account", "new_meeting__meeting_type", "new_meeting__account",
    )  # fmt: skip
    list_filter = shared(filters.RecoveryFilter, "state", "account", "meeting")
    ordering = ("-id",)
    sortable_by = ()


class Hosts(TabularInline):
    model = MeetingHost
    extra = 0
    tab = True


class ReminderRules(TabularInline):
    """Where a kind of meeting differs from the standard; its page plans what is booked already anew."""

    model = ReminderRule
    extra = 0
    tab = True
    fields = ("kind", "minutes_before", "minutes_ahead", "active")


class Asks(TabularInline):
    model = MeetingQuestion
    extra = 0
    tab = True
    fields = ("order", "text", "in_languages", "required")


@admin.register(MeetingType)
class MeetingTypeAdmin(NounAdmin):
    list_display = ("name", "slug", "team", "minutes", "hosting", "buffer_before", "buffer_after", "archived_at")
    editable = (
        "name", "slug", "team", "minutes", "buffer_before", "buffer_after", "place", "description", "hosting",
        "owner_first", "most_guests",
    )  # fmt: skip
    addable = True
    ordering = ("name",)
    inlines = (Hosts, Asks, ReminderRules)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """A changed plan counts for what is booked already, as on the product's own page."""
        before = reminder_plans.current(form.instance)
        super().save_related(request, form, formsets, change)
        if before != reminder_plans.current(form.instance):
            reminder_plans.plan_anew(form.instance, by=request.user)


@admin.register(Credit)
class CreditAdmin(NounAdmin):
    """The ledger of round robin: read here, written by what happens, put right on the page of its kind of meeting."""

    listed = filters.CreditFilter
    exported = "turns"
    list_display = ("at", "meeting_type", "host", "amount", "why", "meeting", "by")
    list_select_related = ("meeting_type", "host", "meeting__meeting_type", "meeting__account", "by")
    list_filter = shared(filters.CreditFilter, "meeting_type", "host")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Availability)
class AvailabilityAdmin(NounAdmin):
    list_display = ("host", "notice_hours", "horizon_days", "daily_maximum")
    editable = ("host", "notice_hours", "horizon_days", "daily_maximum")
    addable = True


@admin.register(Vacation)
class VacationAdmin(NounAdmin):
    list_display = ("host", "first_day", "last_day", "reason")
    editable = ("host", "first_day", "last_day", "reason")
    addable = deletable = True
    ordering = ("-first_day",)
