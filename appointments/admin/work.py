"""What was judged of replies, and what must be done about them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from appointments import access, filters
from appointments.models import Classification, Reaction, WorkItem
from appointments.services import classifying, work_items
from crm.admin.actions import Asked, each
from crm.admin.base import NounAdmin, shared
from crm.filters import people
from crm.models import User
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


class Label(Asked):
    label = forms.ChoiceField(choices=labels.CHOICES)


@admin.register(WorkItem)
class WorkItemAdmin(NounAdmin):
    listed = filters.WorkItemFilter
    list_display = ("due_at", "what", "account", "contact", "setter", "state", "outcome", "team")
    list_filter = shared(filters.WorkItemFilter, "state", "label", "setter", "escalated", "account", "conversation")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("claim", "hand_over", "done", "reopen")

    @each("Claim", write=access.item_write)
    def claim(self, request: HttpRequest, item: WorkItem) -> None:
        work_items.claim(item, by=request.user)

    @each("Hand over", form=To, write=access.item_write)
    def hand_over(self, request: HttpRequest, item: WorkItem, to: User) -> None:
        work_items.hand_over(item, to, by=request.user)

    @each("Done", form=Done, write=access.item_write)
    def done(self, request: HttpRequest, item: WorkItem, outcome: str, next: str, rest_until: Any) -> None:
        work_items.done(item, outcome=outcome, next=next, rest_until=rest_until, by=request.user)

    @each("Reopen", write=access.item_write)
    def reopen(self, request: HttpRequest, item: WorkItem) -> None:
        work_items.reopen(item, by=request.user)


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


@each("Correct the label", form=Label, write=access.reply_write)
def correct(self: Any, request: HttpRequest, reply: Reply, label: str) -> None:
    classifying.correct(reply, label, by=request.user)


# The reply belongs to lead generation; what it sets off belongs here.
ReplyAdmin.actions = (correct,)
