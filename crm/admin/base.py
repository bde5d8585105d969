"""What every noun's admin shares: read-only unless said otherwise, bounded counts, declared filters, its timeline."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from unfold.admin import ModelAdmin

from crm import access, words
from crm.errors import Refused
from crm.filters import Listed
from crm.models import Event

COUNTED = 10_000
NEWEST = 50


class Bounded(Paginator):
    """Counts no further than anyone turns pages; past that a filter is the way, and no count walks a table."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[:COUNTED].count() if isinstance(rows, QuerySet) else len(rows)


class Shared(admin.SimpleListFilter):
    """One filter of the noun's FilterSet at the side of the list: the same question as on the page and in the API."""

    listed: type[Listed]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = choices(self.listed, self.parameter_name)
        return found or ([(self.value(), str(self.value()))] if self.value() else [])

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return narrowed(self.listed, self.parameter_name, self.value(), rows) if self.value() else rows


def choices(listed: type[Listed], name: str) -> list[tuple[str, str]]:
    """What a filter lets one choose from; none for one that asks for a text or an id."""
    field = listed({}, queryset=listed._meta.model._default_manager.none()).filters[name].field
    if isinstance(field, forms.ModelChoiceField):
        return [(str(field.prepare_value(row)), str(row)) for row in field.queryset[:200]]
    return [(str(value), str(words)) for value, words in getattr(field, "choices", []) if value not in ("", None)]


def narrowed(listed: type[Listed], name: str, value: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    return listed(MultiValueDict({name: [value]}), queryset=rows).found()


def shared(listed: type[Listed], *names: str) -> list[type[Shared]]:
    """The named filters of a FilterSet, for `list_filter`."""
    return [
        type(
            f"{name.capitalize()}Filter",
            (Shared,),
            {"listed": listed, "parameter_name": name, "title": str(listed.base_filters[name].label or name).lower()},
        )
        for name in names
    ]


class NounAdmin(ModelAdmin):
    """`editable` are the columns a form may write; everything else belongs to a verb and is shown only."""

    listed: type[Listed] | None = None
    editable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    addable = False
    deletable = False
    paginator = Bounded
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    list_fullwidth = True
    compressed_fields = True
    actions_on_bottom = False
    show_facets = admin.ShowFacets.NEVER
    change_form_outer_before_template = "admin/verbs.html"
    change_form_outer_after_template = "admin/timeline.html"

    def __init_subclass__(cls, **options: Any) -> None:
        """A noun whose FilterSet knows `q` has a search box; the FilterSet says what it finds."""
        super().__init_subclass__(**options)
        cls.search_fields = ("q",) if cls.listed and "q" in cls.listed.base_filters else ()

    # Who: the site lets admins in and nobody else; what: each noun says so above.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.addable and self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable) and self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.admin_site.has_permission(request)

    # Which columns.

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return [*self.editable]
        many = [field.name for field in self.opts.many_to_many]
        own = [field.name for field in self.opts.concrete_fields if not field.primary_key] + many
        return [*self.editable, *(name for name in own if name not in self.editable and name not in self.hidden)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    # What happened.

    def happened(self, row: Any) -> QuerySet[Event] | None:
        """The timeline shown under the row, for nouns that have one."""
        return None

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **more: Any) -> Any:
        if obj:
            context["verbs"] = [(name, said) for _, name, said in self.get_actions(request).values()]
            context["verbs_url"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        events = self.happened(obj) if obj else None
        if events is not None:
            newest = (
                (access.visible_events(request.user) & events)
                .select_related("contact", "account")
                .order_by("-at", "-id")[:NEWEST]
            )
            context["timeline"] = [(event, told(event)) for event in newest]
        return super().render_change_form(request, context, *args, obj=obj, **more)

    # Which rows.

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only declared filters: `?password__startswith=` is refused for admins too."""
        return lookup in {getattr(one, "parameter_name", None) for one in self.list_filter}

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], term: str) -> tuple[QuerySet[Any], bool]:
        if not (term and self.listed):
            return rows, False
        try:
            return narrowed(self.listed, self.meant(term), term, rows), False
        except Refused as refused:
            messages.warning(request, refused.sentence)
            return rows.none(), False

    def meant(self, term: str) -> str:
        """Which filter a search term speaks to."""
        return "q"

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """What the noun says, else every key that the list shows: no row asks for itself."""
        shown = set(self.get_list_display(request))
        keys = [field.name for field in self.opts.fields if field.is_relation and field.name in shown]
        return self.list_select_related or keys or False


def told(event: Event) -> str:
    text = words.telling(event.kind).text
    return text if isinstance(text, str) else text(event)


def changed(form: Any) -> dict[str, Any]:
    """What a form would write."""
    return {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}


def become(row: Model, made: Model) -> None:
    """The admin's unsaved row takes the identity of the one the verb made."""
    row.__dict__.update(made.__dict__)
