"""Checklists, their questions, and what is known of an account's readiness."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from appointments import access, filters
from appointments.models import Answer, Checklist, Qualification, Question
from appointments.rules import sayings
from appointments.services import qualifying
from crm.admin.actions import Asked, Reason, each
from crm.admin.base import NounAdmin, shared
from crm.errors import Refused
from prospecting.queries.rule_language import compile_rule


class QuestionForm(forms.ModelForm):
    class Meta:
        model = Question
        fields = ("order", "text", "score", "required", "rule", "yes_words", "no_words", "archived_at")

    def clean_rule(self) -> str:
        """Refused with the sentence of the rule language where it cannot be read."""
        rule: str = self.cleaned_data["rule"]
        try:
            compile_rule(rule) if rule.strip() else None
        except Refused as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return rule

    def clean_yes_words(self) -> str:
        return self._phrases("yes_words")

    def clean_no_words(self) -> str:
        return self._phrases("no_words")

    def _phrases(self, name: str) -> str:
        """Refused with the line that cannot be read."""
        phrases: str = self.cleaned_data[name]
        try:
            sayings.check(phrases)
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return phrases


class Questions(TabularInline):
    model = Question
    form = QuestionForm
    extra = 0
    tab = True
    can_delete = False  # answers hang on it: it is put away instead


@admin.register(Checklist)
class ChecklistAdmin(NounAdmin):
    list_display = ("name", "segment")
    editable = ("name", "segment")
    addable = True
    ordering = ("name",)
    inlines = (Questions,)


class Answers(TabularInline):
    model = Answer
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("question", "value", "note", "quote", "sure", "field", "by", "at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("question", "by")


class Override(Asked):
    override = forms.CharField(max_length=300, required=False, help_text="The sentence, where the answers do not do.")


@admin.register(Qualification)
class QualificationAdmin(NounAdmin):
    listed = filters.QualificationFilter
    list_display = ("account", "team", "checklist", "qualified_at", "qualified_by", "accepted", "judged_by")
    list_filter = shared(filters.QualificationFilter, "qualified", "accepted", "account", "enrollment")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Answers,)
    actions = ("qualify", "accept", "refuse")

    @each("Qualified", form=Override, write=access.qualification_write)
    def qualify(self, request: HttpRequest, row: Qualification, override: str) -> None:
        qualifying.qualify(row, by=request.user, override=override)

    @each("Accept", write=access.qualification_write)
    def accept(self, request: HttpRequest, row: Qualification) -> None:
        qualifying.accept(row, by=request.user)

    @each("Refuse", form=Reason, write=access.qualification_write)
    def refuse(self, request: HttpRequest, row: Qualification, reason: str) -> None:
        qualifying.refuse(row, by=request.user, reason=reason)
