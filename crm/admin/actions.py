"""Verbs as admin actions: row by row through the access check, with a form where the verb asks something."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from crm.errors import Refused

MOST = 900  # a form may carry a thousand fields


class Asked(forms.Form):
    """What a verb wants to know besides the rows; in the look of the admin."""

    dress = {
        forms.CharField: UnfoldAdminTextInputWidget,
        forms.ModelChoiceField: UnfoldAdminSelectWidget,
        forms.ChoiceField: UnfoldAdminSelectWidget,
        forms.DateField: UnfoldAdminDateWidget,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if widget := self.dress.get(type(field)):
                choices = getattr(field, "choices", None)
                field.widget = widget()
                if choices is not None:
                    field.widget.choices = choices


def searched(model: Any, key: str, **options: Any) -> forms.ModelChoiceField:
    """A row of a noun that may have a million, found while one types; `key` is a key to it that `model` has."""
    field = model._meta.get_field(key)
    widget = AutocompleteSelect(field, admin.site)
    return Searched(field.related_model._default_manager.all(), widget=widget, **options)


class Searched(forms.ModelChoiceField):
    """Its box stays as it is: it lists nothing by itself."""


class Reason(Asked):
    reason = forms.CharField(max_length=200)


class Why(Asked):
    why = forms.CharField(max_length=200, label="Why")


class Rest(Reason):
    until = forms.DateField()


class Proof(Reason):
    proof = forms.CharField(required=False, help_text="What shows that they asked for it.")


def each(words: str, *, form: type[Asked] | None = None, write: Callable[[Any, int], Any] | None = None) -> Any:
    """An action that calls a verb for every selected row: `function(admin, request, row, **answers)`.

    `write` is the access function that hands out the row; refusals are counted by their sentence, none stops the rest.
    More than one row, or a verb that asks something, is confirmed first on a page that says how many.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        @admin.action(description=words)
        @wraps(function)
        def run(self: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            found = rows.order_by().values("pk")[: MOST + 1].count()
            if found > MOST:
                many = rows.order_by().count()
                messages.warning(request, f"{words}: {many:,} are selected, {MOST} at a time can be. Narrow the list.")
                return None
            answers = ask(self, request, rows, form or Asked, words) if form or found > 1 else {}
            if isinstance(answers, HttpResponse):
                return answers
            refused: Counter[str] = Counter()
            done = 0
            for row in rows:
                try:
                    function(self, request, write(request.user, row.pk) if write else row, **answers)
                    done += 1
                except Http404:
                    refused["This is not yours to change."] += 1
                except Refused as error:
                    refused[error.sentence] += 1
            return tell(request, words, done, refused)

        return run

    return wrap


def every(words: str, *, form: type[Asked] = Asked) -> Any:
    """An action that calls one verb for all selected rows at once, however many: `function(admin, request, rows, **answers)`.

    It answers how many were changed. What is confirmed is a number: when the rows are another number by then, it asks again.
    """

    def wrap(function: Callable[..., int]) -> Any:
        @admin.action(description=words)
        @wraps(function)
        def run(self: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            many = rows.order_by().count()
            answers = ask(self, request, rows, form, words, many=many)
            if isinstance(answers, HttpResponse):
                return answers
            try:
                done = function(self, request, rows, **answers)
            except Refused as error:
                messages.warning(request, error.sentence)
                return None
            return tell(request, words, done, [("They were so already.", many - done)] if done < many else [])

        return run

    return wrap


def ask(
    self: Any,
    request: HttpRequest,
    rows: QuerySet[Any],
    form: type[Asked],
    words: str,
    extra: Any = None,
    many: int | None = None,
) -> dict[str, Any] | HttpResponse:
    """The answers, or the page that asks for them and says how many; posting it comes back to the same action."""
    across = many is not None and request.POST.get("select_across") == "1"
    confirmed = "answered" in request.POST and (not across or request.POST.get("many") == str(many))
    asked = form(request.POST if "answered" in request.POST else None)
    if confirmed and asked.is_valid():
        return asked.cleaned_data
    ids = list(rows.values_list("pk", flat=True)[: 1 if across else MOST])
    context = {
        **self.admin_site.each_context(request),
        "title": words,
        "opts": self.opts,
        "form": asked,
        "rows": rows[:20],
        "ids": ids,
        "many": many if many is not None else len(ids),
        "across": across,
        "action": request.POST.get("action"),
        "checkbox": ACTION_CHECKBOX_NAME,
        "extra": extra,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def asked_once(self: Any, request: HttpRequest, words: str, *lines: str) -> HttpResponse:
    """The page that asks before something is done that is about no row; posting it comes back to the same address."""
    context = {
        **self.admin_site.each_context(request),
        "title": words,
        "opts": self.opts,
        "form": Asked(),
        "extra": lines,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def tell(request: HttpRequest, words: str, done: int, refused: Iterable[tuple[str, int]] | Counter[str]) -> None:
    counted = Counter(dict(refused))
    if done:
        messages.success(request, f"{words}: {done:,} done.")
    for sentence, times in counted.most_common(5):
        messages.warning(request, f"{sentence} ({times:,})" if times > 1 else sentence)
    if not done and not counted:
        messages.info(request, "Nothing was selected.")
