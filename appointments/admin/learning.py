"""What was learnt from corrections: versions, what is in use, and what the outside model said."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from appointments import filters
from appointments.models import ClassifierVersion, OutsideModel, OutsideOpinion
from appointments.services import learning
from crm.admin.actions import each
from crm.admin.base import NounAdmin, shared


@admin.register(ClassifierVersion)
class ClassifierVersionAdmin(NounAdmin):
    """Learnt in the background, judged on both golds; nothing here is written by hand."""

    listed = filters.ClassifierVersionFilter
    list_display = ("number", "state", "trained_at", "asked_by", "corrections", "project_rows", "reason")
    list_filter = shared(filters.ClassifierVersionFilter, "state")
    hidden = ("head", "learnt")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("judge_by_it_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassifierVersion]:
        return super().get_queryset(request).defer("head", "learnt")

    @admin.display(description="Version")
    def number(self, row: ClassifierVersion) -> str:
        return str(row)

    @each("Judge by it again")
    def judge_by_it_again(self, request: HttpRequest, row: ClassifierVersion) -> None:
        learning.roll_back(row.pk, by=request.user)


@admin.register(OutsideModel)
class OutsideModelAdmin(NounAdmin):
    """Changed on its own page, which says what leaves the house."""

    list_display = ("url", "on", "changed_by", "changed_at")
    hidden = ("key",)
    sortable_by = ()

    def own_page(self, row: Any) -> str:
        return reverse("appointments:learning_outside")


@admin.register(OutsideOpinion)
class OutsideOpinionAdmin(NounAdmin):
    listed = filters.OutsideOpinionFilter
    list_display = ("asked_at", "classification", "label", "confidence", "problem", "became")
    list_filter = shared(filters.OutsideOpinionFilter, "label", "counted")
    ordering = ("-id",)
    sortable_by = ()
