"""The role template of a segment in its admin: who must be known at each account, and how many."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline

from prospecting.admin.lists import SegmentAdmin
from prospecting.models import SegmentRole
from prospecting.services import role_templates


class Needed(TabularInline):
    model = SegmentRole
    extra = 0
    tab = True
    verbose_name = "required role"
    verbose_name_plural = "Role template"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever the admin lets in, as for every noun."""
        return self.admin_site.has_permission(request)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


def save_formset(self: Any, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
    """The template as a whole, by its verb; it is told on the timeline once."""
    if formset.model is not SegmentRole:
        formset.save()
        return
    formset.save(commit=False)
    kept = [one.cleaned_data for one in formset.forms if one.cleaned_data and not one.cleaned_data.get("DELETE")]
    wanted = {row["role"].slug: row["required"] for row in kept if row.get("role")}
    role_templates.set_template(form.instance, wanted, by=request.user)
    formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


# The segment's admin stands with the lists; the template is a tab of it.
SegmentAdmin.inlines = (Needed, *SegmentAdmin.inlines)
SegmentAdmin.save_formset = save_formset  # type: ignore[method-assign]
