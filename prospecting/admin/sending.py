"""What is sent: touches, other messages, and each hand-over to a server."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from crm.admin.actions import Asked, Why, each
from crm.admin.base import NounAdmin, Rows, shared
from crm.errors import Refused
from prospecting import access, filters
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import Flight
from prospecting.queries import checks
from prospecting.rules import outcomes
from prospecting.services import approving, calls, sending, skipping


class Logged(Asked):
    outcome = forms.ChoiceField(choices=outcomes.CHOICES, label="What came of it")
    words = forms.CharField(max_length=500, required=False, label="What was said")


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


class Attempts(Rows):
    """Each hand-over with its Message-ID and what the server said."""

    model = Attempt
    fields = readonly_fields = ("started_at", "message_id", "recipient", "outcome", "response", "ended_at")

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
    actions = ("log", "release", "hold_back", "skip_step", "skip_person", "settle")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_fields(request, obj), "checks_passed"] if obj else super().get_fields(request, obj)

    @admin.display(description="The checks it passed")
    def checks_passed(self, touch: Touch) -> str:
        rows = [f"{one.words}: planning {one.planned}; sending {one.sent}" for one in checks.of_touch(touch)]
        return format_html_join("", "<div>{}</div>", ((row,) for row in rows))

    @each("Log a call or task", form=Logged, write=access.touch_write)
    def log(self, request: HttpRequest, touch: Touch, outcome: str, words: str) -> None:
        calls.log(touch.account, touch.contact, outcome, by=request.user, touch=touch, words=words)

    @each("Release the mail", write=access.touch_write)
    def release(self, request: HttpRequest, touch: Touch) -> None:
        found = approving.release([touch], by=request.user)
        if sentence := found.refused.get(touch.pk):
            raise Refused(sentence)

    @each("Hold the mail back", write=access.touch_write)
    def hold_back(self, request: HttpRequest, touch: Touch) -> None:
        if not approving.take_back([touch], by=request.user):
            raise Refused("It has left already, or nobody is asked to look at it.")

    @each("Leave the step out", form=Why, write=access.touch_write)
    def skip_step(self, request: HttpRequest, touch: Touch, why: str) -> None:
        skipping.skip_steps([touch], why, by=request.user)

    @each("Leave the person out", form=Why, write=access.touch_write)
    def skip_person(self, request: HttpRequest, touch: Touch, why: str) -> None:
        skipping.skip_person(touch.enrollment, touch.contact, why, by=request.user)

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
