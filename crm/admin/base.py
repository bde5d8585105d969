"""What every noun's admin shares: read-only unless said otherwise, bounded counts, declared filters, its timeline."""

from copy import copy
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field, lookup_field, unquote
from django.contrib.admin.views.main import ALL_VAR, PAGE_VAR
from django.core.paginator import Paginator
from django.db.models import JSONField, Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.decorators import action
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextareaWidget

from crm import access, paging, words
from crm.errors import Refused
from crm.export_files import file_of
from crm.exports import Table, batches, exports, plain
from crm.filters import IdFilter, Listed
from crm.forms import StrictJsonField
from crm.models import Event

COUNTED = 10_000
NEWEST = 50


class Bounded(Paginator):
    """Counts no further than anyone turns pages; past that a filter is the way, and no count walks a table."""

    template_name = "admin/pages.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if rows.query.where:
            return rows.order_by().values("pk")[:COUNTED].count()
        self.expected, counted = paging.whole_table(rows.model, COUNTED)
        return counted

    @cached_property
    def expected(self) -> int:
        rows: Any = self.object_list
        return paging.estimate(rows)

    @cached_property
    def said(self) -> str:
        """How many there are: exact as far as they were counted, then about."""
        return paging.about(self.expected, COUNTED - 1) if self.count == COUNTED else f"{self.count:,}"


class Shared(admin.SimpleListFilter):
    """One filter of the noun's FilterSet at the side of the list: the same question as on the page and in the API."""

    listed: type[Listed]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.lookup_val = [self.value()]  # the form around the filters keeps what was chosen from a list of links
        self.lookup_kwarg = self.parameter_name

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = choices(self.listed, self.parameter_name)
        return found or ([(self.value(), str(self.value()))] if self.value() else [])

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return narrowed(self.listed, self.parameter_name, self.value(), rows) if self.value() else rows


class Sought(Shared):
    """A key into a noun that may have a million rows: found while one types, never listed."""

    template = "unfold/filters/filters_field.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.request, self.model_admin, self.key = request, model_admin, model._meta.get_field(str(self.parameter_name))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: Any) -> Any:
        given = {self.parameter_name: self.value() if str(self.value()).isdigit() else None}
        yield {
            "selected": False,
            "form": AutocompleteDropdownForm(
                self.request, self.parameter_name, self.title.capitalize(), (), self.key, self.model_admin, data=given
            ),
        }


def sought(listed: type[Listed], name: str) -> bool:
    """Whether a filter asks for the id of a row that its admin can search for."""
    fields = {field.name: field for field in listed._meta.model._meta.fields if field.is_relation}
    return isinstance(listed.base_filters[name], IdFilter) and name in fields and searchable(fields[name].related_model)


def searchable(model: Any) -> bool:
    own = admin.site._registry.get(model)
    return bool(own and own.search_fields)


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
            (Sought if sought(listed, name) else Shared,),
            {"listed": listed, "parameter_name": name, "title": str(listed.base_filters[name].label or name).lower()},
        )
        for name in names
    ]


class Listing(ChangeList):
    """Few rows are found first and sorted by themselves: no filter walks the whole index of the order."""

    @property
    def narrowed(self) -> bool:
        """Whether something was searched for or filtered: only then is there more to show."""
        return bool(self.query or self.has_active_filters)

    def get_results(self, request: HttpRequest) -> None:
        if self.queryset.query.where:
            few = self.queryset.order_by().values("pk")[: COUNTED + 1]
            if few.count() <= COUNTED:
                rows = self.apply_select_related(self.root_queryset.filter(pk__in=few))
                self.queryset = rows.order_by(*self.queryset.query.order_by)
        super().get_results(request)


class Few(BaseInlineFormSet):
    """The first rows of many: the rest is a list of its own."""

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_shown"):
            self._shown = super().get_queryset()[:NEWEST]
        return self._shown


class Rows(TabularInline):
    """Rows that belong to this one, for reading."""

    formset = Few
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    tab = True


@cache
def opened(inline: type[Any]) -> type[Any]:
    """The tab for everyone the site lets in, who writes there where it is for writing: nobody keeps Django's permissions."""

    def sees(self: Any, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.has_permission(request))

    def writes(self: Any, request: HttpRequest, obj: Any = None) -> bool:
        return inline.max_num != 0 and sees(self, request)

    answers = {"view": sees, "add": writes, "change": writes, "delete": writes}
    known = {f"has_{name}_permission": answer for name, answer in answers.items()}
    missing = {name: answer for name, answer in known.items() if getattr(inline, name) is getattr(TabularInline, name)}
    return type(inline.__name__, (inline,), missing)


EXPORTS = ("export_csv", "export_xlsx")


def asked_there(request: HttpRequest) -> QueryDict:
    """What the list one comes from was asked, but for the page one was on."""
    asked = QueryDict(urlsplit(request.headers.get("Referer", "")).query, mutable=True)
    for name in (PAGE_VAR, ALL_VAR):
        asked.pop(name, None)
    return asked


class NounAdmin(ModelAdmin):
    """`editable` are the columns a form may write; everything else belongs to a verb and is shown only.

    `page` names the address of the row's own page in the product, where it has one.
    """

    listed: type[Listed] | None = None
    page = ""
    exported = ""
    editable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    addable = False
    deletable = False
    paginator = Bounded
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    list_fullwidth = True
    formfield_overrides = ModelAdmin.formfield_overrides | {
        JSONField: {"form_class": StrictJsonField, "widget": UnfoldAdminTextareaWidget}
    }
    compressed_fields = True
    actions_on_bottom = False
    list_filter_submit = True
    show_facets = admin.ShowFacets.NEVER
    change_form_outer_before_template = "admin/verbs.html"
    change_form_outer_after_template = "admin/timeline.html"

    def __init_subclass__(cls, **options: Any) -> None:
        """A noun whose FilterSet knows `q` has a search box; the FilterSet says what it finds."""
        super().__init_subclass__(**options)
        cls.search_fields = ("q",) if cls.listed and "q" in cls.listed.base_filters else ()
        cls.exported = next((name for name, one in exports.items() if cls.listed and one.listed is cls.listed), "")
        cls.actions_list = (*(one for one in cls.actions_list if one not in EXPORTS), *EXPORTS)

    @action(description="Export CSV", icon="download", url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows, as narrowed, on all its pages."""
        return self.taken_along(request, "csv")

    @action(description="Export Excel", icon="table", url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponseBase:
        return self.taken_along(request, "xlsx")

    def taken_along(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """By the export of the noun's own pages; where it has none, the columns of this list."""
        if self.exported:
            return redirect(f"{reverse('crm:export', args=(self.exported, form))}?{self.narrowing(request)}")
        return file_of(request, capfirst(self.opts.verbose_name_plural), self.columns_shown(request), form)

    def narrowing(self, request: HttpRequest) -> str:
        """The filters of the list one comes from, which carry the names of the FilterSet."""
        asked = asked_there(request)
        if term := asked.pop("q", [""])[-1]:
            asked[self.meant(term)] = term
        for name in set(asked) - set(self.listed.base_filters if self.listed else ()):
            del asked[name]
        return asked.urlencode()

    def columns_shown(self, request: HttpRequest) -> Table:
        there = copy(request)
        there.GET = asked_there(request)  # type: ignore[assignment]
        rows = self.get_changelist_instance(there).queryset
        names = list(self.get_list_display(request))
        cells = ([self.cell(name, row) for name in names] for batch in batches(rows) for row in batch)
        return [str(label_for_field(name, self.model, self)) for name in names], cells

    def cell(self, name: Any, row: Any) -> Any:
        value = lookup_field(name, row, self)[2]
        return strip_tags(value) if isinstance(value, SafeString) else plain(value)

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

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[Any]]:
        return [opened(inline) for inline in super().get_inlines(request, obj)]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return Listing

    # Which columns.

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return [*self.editable]
        many = [field.name for field in self.opts.many_to_many]
        own = [field.name for field in self.opts.concrete_fields if not field.primary_key] + many
        return [*self.editable, *(name for name in own if name not in self.editable and name not in self.hidden)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Whatever can be searched for is searched for, not picked from a box of all."""
        keys = [field for field in (*self.opts.fields, *self.opts.many_to_many) if field.is_relation]
        found = [field.name for field in keys if field.name in self.editable and searchable(field.related_model)]
        return [*found, *(name for name in self.autocomplete_fields if name not in found)]

    # What is written, where no verb is: one row of master data, and what happened to it.

    def save_model(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        super().save_model(request, row, form, change)
        done = "edited" if change else "created"
        Event.record(
            f"{self.opts.model_name}.{done}", by=request.user, subject=row, facts={"changed": form.changed_data}
        )

    def delete_model(self, request: HttpRequest, row: Any) -> None:
        Event.record(f"{self.opts.model_name}.deleted", by=request.user, subject=row, why=str(row)[:500])
        super().delete_model(request, row)

    # What happened.

    def happened(self, row: Any) -> QuerySet[Event]:
        """The timeline under the row: of an account or a person all of theirs, else what is about the row itself."""
        return Event.objects.filter(subject_type=self.opts.label_lower, subject_id=row.pk)

    def events(self, request: HttpRequest, row: Any) -> QuerySet[Event]:
        return (access.visible_events(request.user) & self.happened(row)).select_related("contact", "account")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """All of the timeline: the one history there is."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        page = paging.page(self.events(request, row), keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {row}",
            "opts": self.opts,
            "object": row,
            "page": page,
            "timeline": [(event, told(event)) for event in page.rows],
        }
        return TemplateResponse(request, "admin/history.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **more: Any) -> Any:
        if obj:
            context["own_page"] = self.own_page(obj)
            context["verbs"] = [
                (name, said) for _, name, said in self.get_actions(request).values() if name != "delete_selected"
            ]
            context["verbs_url"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if obj:
            newest = list(self.events(request, obj).order_by("-at", "-id")[:NEWEST])
            timed = newest or type(self).happened is not NounAdmin.happened
            context["timeline"] = [(event, told(event)) for event in newest] if timed else None
        return super().render_change_form(request, context, *args, obj=obj, **more)

    def own_page(self, row: Any) -> str:
        """Where people work with the row; empty where they do not."""
        return reverse(self.page, args=[row.pk]) if self.page else ""

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
