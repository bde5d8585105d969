"""The rules for titles in the admin: the list of them, and the page where they are tried."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from crm.admin.actions import each
from crm.admin.base import NounAdmin, become, shared
from crm.filters import TitleRuleFilter
from crm.models import Event, TitleRule
from crm.services import titles


@admin.register(TitleRule)
class TitleRuleAdmin(NounAdmin):
    """Asked from the top, by order; what a rule gives holds at once for whoever is added."""

    listed = TitleRuleFilter
    page = "crm:title_rule"
    list_display = (
        "order",
        "__str__",
        "language",
        "if_function",
        "if_level",
        "function",
        "level",
        "role",
        "confidence",
        "active",
    )
    list_display_links = ("order", "__str__")
    list_filter = shared(TitleRuleFilter, "language", "function", "level", "role", "confidence", "active")
    editable = (
        "order",
        "phrases",
        "if_function",
        "if_level",
        "function",
        "level",
        "role",
        "confidence",
        "language",
        "active",
        "note",
    )
    addable = True
    deletable = True
    ordering = ("order", "id")
    sortable_by = ("order",)
    actions = ("use", "put_aside")
    actions_list = ("try_titles",)

    def happened(self, row: TitleRule) -> QuerySet[Event]:
        return Event.objects.filter(subject_type="crm.titlerule", subject_id=row.pk)

    def save_model(self, request: HttpRequest, rule: TitleRule, form: Any, change: bool) -> None:
        known = TitleRule.objects.get(pk=rule.pk) if change else None
        become(rule, titles.save_rule(known, by=request.user, **form.cleaned_data))

    def delete_model(self, request: HttpRequest, rule: TitleRule) -> None:
        titles.drop_rule(rule, by=request.user)

    @action(description="Try titles, and apply the rules", icon="play_arrow", url_path="try")
    def try_titles(self, request: HttpRequest) -> HttpResponse:
        return redirect("crm:titles")

    @each("Use")
    def use(self, request: HttpRequest, rule: TitleRule) -> None:
        titles.save_rule(rule, by=request.user, active=True)

    @each("Put out of use")
    def put_aside(self, request: HttpRequest, rule: TitleRule) -> None:
        titles.save_rule(rule, by=request.user, active=False)
