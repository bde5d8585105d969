"""The tables that steer the right half: the matrix with its preview, playbooks, benchmarks and costs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget

from appointments import filters
from appointments.models import AutoAnswerStop, Benchmark, Cost, MatrixRow, Playbook
from appointments.rules import auto_answer, matrix, matrix_settings
from appointments.services import auto_answers, matrix_edits, playbooks
from crm.admin.actions import each
from crm.admin.base import NounAdmin, shared
from crm.errors import Refused
from prospecting.rules import labels

CHOICES = {
    "label": labels.CHOICES,
    "contact_action": list(matrix.CONTACT_ACTIONS.items()),
    "account_action": list(matrix.ACCOUNT_ACTIONS.items()),
    "item_action": list(matrix.ITEM_ACTIONS.items()),
}


SEEN = "_seen"


class MatrixRowForm(forms.ModelForm):
    """Only what the product can carry out, said in words where it cannot."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            row = MatrixRow(**{name: said.get(name, getattr(self.instance, name)) for name in ROW_FIELDS})
            for column, sentence in matrix_edits.wrong(row).items():
                self.add_error(column if column in self.fields else None, sentence)
        if self.instance.pk is None and said.get("segment") is None and not self.errors:
            self.add_error("segment", "Name a segment: the seventeen rows for everyone are there already.")
        return said


ROW_FIELDS = ("label", "segment", "contact_action", "account_action", "item_action", "minutes", "settings")


@admin.register(MatrixRow)
class MatrixRowAdmin(NounAdmin):
    """A row per label holds for everyone; a segment may have a row of its own. A change shows first what it would do."""

    form = MatrixRowForm
    actions = ("put_back",)
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
            options["help_text"] = matrix_settings.help_for()
        if known is None:
            return super().formfield_for_dbfield(db_field, request, **options)
        return forms.ChoiceField(choices=known, widget=UnfoldAdminSelectWidget)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(["said", "of"] if obj else [])]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a row is for is said once, and then stands."""
        names = super().get_fields(request, obj)
        return ["said", "of", *(name for name in names if name not in ("label", "segment"))] if obj else names

    @admin.display(description="Segment")
    def of(self, row: MatrixRow) -> str:
        return str(row.segment or "Every segment without a row of its own")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What would change is looked at before it is kept."""
        if request.method == "POST" and SEEN not in request.POST and self.has_change_permission(request):
            found = self.previewed(request, object_id)
            if found is not None:
                return found
        return super().changeform_view(request, object_id, form_url, extra_context)

    def previewed(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """The page between; None where the form is wrong or changes nothing, and answers for itself."""
        row = self.get_object(request, object_id) if object_id else None
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        if not form.is_valid() or not form.has_changed():
            return None
        made = form.save(commit=False)
        context = {
            **self.admin_site.each_context(request),
            "title": f"What would change: {labels.words(made.label)}, {made.segment or 'every segment'}",
            "opts": self.opts,
            "preview": matrix_edits.preview(matrix_edits.as_row(made), made.segment),
            "posted": [
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name != "csrfmiddlewaretoken"
            ],
            "seen": SEEN,
        }
        return TemplateResponse(request, "admin/matrix_preview.html", context)

    def save_model(self, request: HttpRequest, row: MatrixRow, form: Any, change: bool) -> None:
        stored = MatrixRow.objects.filter(pk=row.pk).first() if change else None
        row.save()
        matrix_edits.record(row, matrix_edits.columns_of(stored) if stored else None, by=request.user)

    @each("Put back as in the beginning")
    def put_back(self, request: HttpRequest, row: MatrixRow) -> None:
        matrix_edits.put_back(row, by=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A segment's own row may go; the seventeen that hold for everyone stay."""
        return self.has_change_permission(request) and bool(obj and obj.segment_id)


class PlaybookAdminForm(forms.ModelForm):
    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        try:
            playbooks.check(body)
        except Refused as refused:
            raise ValidationError(refused.sentence) from refused
        return body

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("sends_itself") and said.get("label") not in auto_answer.LABELS:
            self.add_error("sends_itself", "What they say here is never answered without a person.")
        return said


@admin.register(Playbook)
class PlaybookAdmin(NounAdmin):
    form = PlaybookAdminForm
    listed = filters.PlaybookFilter
    list_display = ("name", "label", "also", "segment", "language", "books_itself", "sends_itself", "archived_at")
    list_filter = shared(filters.PlaybookFilter, "label", "language", "archived")
    editable = ("name", "label", "also", "segment", "language", "body", "meeting_type", "books_itself", "sends_itself", "least_confidence", "archived_at")  # fmt: skip
    addable = True
    ordering = ("label", "language")
    sortable_by = ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name not in ("label", "also"):
            return super().formfield_for_dbfield(db_field, request, **options)
        none = [("", "Nothing else")] if db_field.name == "also" else []
        return forms.ChoiceField(choices=[*none, *labels.CHOICES], widget=UnfoldAdminSelectWidget, required=not none)

    def save_model(self, request: HttpRequest, row: Playbook, form: Any, change: bool) -> None:
        playbooks.keep(row, by=request.user, changed=form.changed_data)


@admin.register(AutoAnswerStop)
class AutoAnswerStopAdmin(NounAdmin):
    """Teams in which no answer leaves without a person, whatever the playbooks allow."""

    list_display = ("team", "by", "at")
    editable = ("team",)
    addable = True
    deletable = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, row: AutoAnswerStop, form: Any, change: bool) -> None:
        auto_answers.stop_in(row.team, by=request.user)
        row.pk = AutoAnswerStop.objects.get(team=row.team).pk

    def delete_model(self, request: HttpRequest, row: AutoAnswerStop) -> None:
        auto_answers.allow_in(row.team, by=request.user)


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
