"""Imports: their counts and their errors; a new one starts on the product's own page."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from crm.admin.base import NounAdmin, shared
from crm.filters import ImportFilter
from crm.models import Import


@admin.register(Import)
class ImportAdmin(NounAdmin):
    listed = ImportFilter
    page = "crm:import_"
    list_display = ("at", "kind", "file_name", "state", "by", "ended_at")
    list_filter = shared(ImportFilter, "kind", "state")
    hidden = ("content",)
    ordering = ("-id",)
    sortable_by = ()
    actions_list = ("import_file",)

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        return super().get_queryset(request).defer("content")

    @action(description="Import a file", icon="upload", url_path="import")
    def import_file(self, request: HttpRequest) -> HttpResponse:
        return redirect("crm:import_new")
