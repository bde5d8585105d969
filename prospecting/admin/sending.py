"""What is sent: touches, other messages, and each hand-over to a server."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm.admin.actions import Asked, each
from crm.admin.base import NounAdmin, shared
from prospecting import access, filters
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import Flight
from prospecting.services import sending


class Logged(Asked):
    outcome = forms.CharField(max_length=60, label="What came of it")
    reached = forms.BooleanField(required=False, label="It reached the person")


class Settled(Asked):
    to = forms.ChoiceField(
        label="What became of it",
        choices=[
            ("sent", "It was sent"),
            ("bounced", "It bounced"),
            ("dropped", "Do not send it again"),
            ("planned", "Send it again"),
        ],
    )


class Attempts(TabularInline):
    """Each hand-over with its Message-ID and what the server said."""

    model = Attempt
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("started_at", "message_id", "recipient", "outcome", "response", "ended_at")
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("raw")


@admin.register(Touch)
class TouchAdmin(NounAdmin):
    listed = filters.TouchFilter
    list_display = ("account", "contact", "step", "channel", "state", "due_on", "sent_at", "waits_because")
    list_select_related = ("account", "contact", "step__role")
    list_filter = shared(filters.TouchFilter, "state", "channel", "role", "account", "contact", "enrollment")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Attempts,)
    actions = ("log", "settle")

    @each("Log a call or task", form=Logged, write=access.touch_write)
    def log(self, request: HttpRequest, touch: Touch, outcome: str, reached: bool) -> None:
        sending.log_touch(touch, outcome=outcome, reached=reached, by=request.user)

    @each("Settle an uncertain mail", form=Settled, write=access.touch_write)
    def settle(self, request: HttpRequest, touch: Touch, to: str) -> None:
        sending.settle_uncertain(touch, Flight(to), by=request.user)


@admin.register(Outgoing)
class OutgoingAdmin(NounAdmin):
    """Mail to users may carry a sign-in link: it is listed, its text is nobody's to read here."""

    listed = filters.OutgoingFilter
    list_display = ("created_at", "purpose", "state", "to_address", "account", "sent_at", "waits_because")
    list_filter = shared(filters.OutgoingFilter, "purpose", "state", "account")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Attempts,)
    actions = ("settle",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        private = ("body", "html", "calendar", "subject") if obj and obj.purpose == Outgoing.Purpose.INTERNAL else ()
        return [name for name in super().get_fields(request, obj) if name not in private]

    @each("Settle an uncertain mail", form=Settled, write=access.outgoing_write)
    def settle(self, request: HttpRequest, outgoing: Outgoing, to: str) -> None:
        sending.settle_uncertain(outgoing, Flight(to), by=request.user)


@admin.register(Attempt)
class AttemptAdmin(NounAdmin):
    list_display = ("started_at", "mailbox", "message_id", "recipient", "outcome", "response")
    hidden = ("raw",)
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("raw")
