"""The tables that steer the right half: the matrix, playbooks, benchmarks and costs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from appointments import filters
from appointments.models import Benchmark, Cost, MatrixRow, Playbook
from appointments.rules import matrix
from crm.admin.base import NounAdmin, shared
from prospecting.rules import labels

CHOICES = {
    "label": labels.CHOICES,
    "contact_action": list(matrix.CONTACT_ACTIONS.items()),
    "account_action": list(matrix.ACCOUNT_ACTIONS.items()),
    "item_action": list(matrix.ITEM_ACTIONS.items()),
}


SETTINGS = (
    "Days and minutes of this row, as in {“rest_days”: 180}. Of a referral: “cite_referrer”: true lets a text to the person "
    "named say who sent us."
)


@admin.register(MatrixRow)
class MatrixRowAdmin(NounAdmin):
    """A row per label holds for everyone; a segment may have a row of its own."""

    listed = filters.MatrixRowFilter
    list_display = ("said", "segment", "contact", "account", "item", "minutes")
    list_filter = shared(filters.MatrixRowFilter, "label", "segment")
    editable = ("label", "segment", "contact_action", "account_action", "item_action", "minutes", "settings")
    addable = True
    ordering = ("label", "segment")
    sortable_by = ()
    list_per_page = 100

    @admin.display(description="Label")
    def said(self, row: MatrixRow) -> str:
        return labels.words(row.label)

    @admin.display(description="Contact")
    def contact(self, row: MatrixRow) -> str:
        return matrix.CONTACT_ACTIONS.get(row.contact_action, row.contact_action)

    @admin.display(description="Account and stage")
    def account(self, row: MatrixRow) -> str:
        return matrix.ACCOUNT_ACTIONS.get(row.account_action, row.account_action)

    @admin.display(description="Work item")
    def item(self, row: MatrixRow) -> str:
        return matrix.ITEM_ACTIONS.get(row.item_action, row.item_action)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only what the product can carry out."""
        known = CHOICES.get(db_field.name)
        if db_field.name == "settings":
            options["help_text"] = SETTINGS
        if known is None:
            return super().formfield_for_dbfield(db_field, request, **options)
        return forms.ChoiceField(choices=known, widget=UnfoldAdminSelectWidget)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A segment's own row may go; the seventeen that hold for everyone stay."""
        return self.has_change_permission(request) and bool(obj and obj.segment_id)


@admin.register(Playbook)
class PlaybookAdmin(NounAdmin):
    listed = filters.PlaybookFilter
    list_display = ("name", "label", "segment", "language", "books_itself", "archived_at")
    list_filter = shared(filters.PlaybookFilter, "label", "language", "archived")
    editable = ("name", "label", "segment", "language", "body", "books_itself", "archived_at")
    addable = True
    ordering = ("label", "language")
    sortable_by = ()


@admin.register(Benchmark)
class BenchmarkAdmin(NounAdmin):
    list_display = ("key", "value")
    editable = ("key", "value")
    addable = True


@admin.register(Cost)
class CostAdmin(NounAdmin):
    list_display = ("key", "amount", "currency")
    editable = ("key", "amount", "currency")
    addable = True
