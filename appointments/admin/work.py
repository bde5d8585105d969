"""What was judged of replies, and what must be done about them."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from appointments import access, filters
from appointments.models import Classification, Reaction, SetterTurn, WorkItem
from appointments.services import classifying, teams, work_items, workflow
from crm.admin.actions import Asked, each
from crm.admin.base import NounAdmin, Rows, shared
from crm.admin.organisation import TeamAdmin
from crm.errors import Refused
from crm.filters import people
from crm.models import Event, Team, User
from crm.rules.working_time import to_utc
from prospecting.admin.enrollments import ReplyAdmin
from prospecting.models import Reply
from prospecting.rules import labels


class To(Asked):
    to = forms.ModelChoiceField(User.objects.none(), label="Colleague")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people()  # type: ignore[attr-defined]


class Done(Asked):
    outcome = forms.ChoiceField(choices=WorkItem.Outcome.choices)
    next = forms.ChoiceField(choices=WorkItem.Next.choices, label="What the account does next")
    rest_until = forms.DateField(required=False, label="Rest until")
    reason = forms.ChoiceField(
        choices=[("", "Choose…"), *WorkItem.Reason.choices], required=False, label="Why they decline or wait"
    )
    note = forms.CharField(max_length=200, required=False, label="In their words")


class Until(Asked):
    day = forms.DateField(label="Back on top on")


class Label(Asked):
    label = forms.ChoiceField(choices=labels.CHOICES)


@admin.register(WorkItem)
class WorkItemAdmin(NounAdmin):
    listed = filters.WorkItemFilter
    """The queue: what is open and done, with the clock it runs under."""

    list_display = ("due_at", "what", "account", "contact", "setter", "state", "runs_out_at", "outcome", "team")
    list_filter = shared(
        filters.WorkItemFilter, "state", "label", "setter", "escalated", "overdue", "unworked", "account", "conversation"
    )  # fmt: skip
    ordering = ("-id",)
    sortable_by = ()
    page = "appointments:reply"
    actions = ("claim", "hand_over", "snooze", "done", "reopen")

    @each("Claim", write=access.item_write)
    def claim(self, request: HttpRequest, item: WorkItem) -> None:
        work_items.claim(item, by=request.user)

    @each("Hand over", form=To, write=access.item_write)
    def hand_over(self, request: HttpRequest, item: WorkItem, to: User) -> None:
        work_items.hand_over(item, to, by=request.user)

    @each("Done", form=Done, write=access.item_write)
    def done(self, request: HttpRequest, item: WorkItem, **said: Any) -> None:
        work_items.done(item, **said, by=request.user)

    @each("Put off", form=Until, write=access.item_write)
    def snooze(self, request: HttpRequest, item: WorkItem, day: date) -> None:
        work_items.snooze(item, morning_of(day, request.user), by=request.user)

    @each("Reopen", write=access.item_write)
    def reopen(self, request: HttpRequest, item: WorkItem) -> None:
        work_items.reopen(item, by=request.user)


def morning_of(day: date, user: User) -> datetime:
    """Nine o'clock of a day where the reader is."""
    return to_utc(day, time(9), ZoneInfo(user.zone))


class Reactions(TabularInline):
    model = Reaction
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("cell", "action", "facts", "fired_at", "undone_at")


@admin.register(Classification)
class ClassificationAdmin(NounAdmin):
    """Every judgement stays; a correction adds one, and undoing dates the old one."""

    listed = filters.ClassificationFilter
    list_display = ("at", "reply", "label", "decided_by", "confidence", "needs_person", "by", "undone_at")
    list_filter = shared(filters.ClassificationFilter, "label", "decided_by", "needs_person", "standing", "reply")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Reactions,)
    actions = ("undo",)

    @each("Undo, with what it set off", write=access.classification_write)
    def undo(self, request: HttpRequest, row: Classification) -> None:
        classifying.undo(row, by=request.user)


@admin.register(Reaction)
class ReactionAdmin(NounAdmin):
    listed = filters.ReactionFilter
    list_display = ("fired_at", "classification", "cell", "action", "undone_at")
    list_filter = shared(filters.ReactionFilter, "cell", "classification")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(SetterTurn)
class SetterTurnAdmin(NounAdmin):
    """Whose turn it is where replies go round."""

    list_display = ("user", "at", "count")
    ordering = ("at",)
    sortable_by = ()


class Judged(Rows):
    model = Classification
    fields = readonly_fields = ("at", "label", "confidence", "decided_by", "by", "undone_at")
    ordering = ("-id",)
    verbose_name_plural = "what was said"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("by")


class Asks(Rows):
    model = WorkItem
    fk_name = "reply"
    fields = readonly_fields = ("state", "what", "setter", "due_at", "runs_out_at", "answered_at", "outcome", "next")
    verbose_name_plural = "what must be done"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("setter")


admin.site.unregister(Reply)


@admin.register(Reply)
class WorkedReplyAdmin(ReplyAdmin):
    """A reply with all that came of it: judged, worked, qualified, booked, reminded; one history, and the verbs of each."""

    inlines = (Judged, Asks)
    actions = ("correct", "undo_label", "hand_over", "snooze", "done", "reopen")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_fields(request, obj), "qualified", "meetings"] if obj else super().get_fields(request, obj)

    @admin.display(description="Qualification")
    def qualified(self, reply: Reply) -> str:
        found = workflow.qualification_of(reply)
        return workflow.qualification_words(found) if found else "Not begun"

    @admin.display(description="Meetings and reminders")
    def meetings(self, reply: Reply) -> str:
        return "; ".join(workflow.meeting_words(one) for one in workflow.meetings_of(reply)) or "None"

    def happened(self, row: Reply) -> QuerySet[Event]:
        return workflow.happened(row)

    @each("Correct the label", form=Label, write=access.reply_write)
    def correct(self, request: HttpRequest, reply: Reply, label: str) -> None:
        classifying.correct(reply, label, by=request.user)

    @each("Undo the label, with what it set off", write=access.reply_write)
    def undo_label(self, request: HttpRequest, reply: Reply) -> None:
        standing = classifying.standing(reply)
        if standing is None:
            raise Refused("This reply has no label to undo.")
        classifying.undo(standing, by=request.user)

    @each("Hand over", form=To, write=access.reply_write)
    def hand_over(self, request: HttpRequest, reply: Reply, to: User) -> None:
        work_items.hand_over(workflow.item_of(reply), to, by=request.user)

    @each("Put off", form=Until, write=access.reply_write)
    def snooze(self, request: HttpRequest, reply: Reply, day: date) -> None:
        work_items.snooze(workflow.item_of(reply), morning_of(day, request.user), by=request.user)

    @each("Done", form=Done, write=access.reply_write)
    def done(self, request: HttpRequest, reply: Reply, **said: Any) -> None:
        work_items.done(workflow.item_of(reply), **said, by=request.user)

    @each("Reopen", write=access.reply_write)
    def reopen(self, request: HttpRequest, reply: Reply) -> None:
        work_items.reopen(workflow.item_of(reply), by=request.user)


class Way(Asked):
    way = forms.ChoiceField(choices=Team.Setters.choices, label="Replies go to")


@each("Who works replies", form=Way)
def who_works(self: Any, request: HttpRequest, team: Team, way: str) -> None:
    teams.work_replies(team, way, by=request.user)


# A team belongs to the shared record; who works its replies is decided here.
TeamAdmin.actions = (who_works,)
TeamAdmin.list_display = ("name", "setters")
