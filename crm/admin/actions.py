"""Verbs as admin actions: row by row through the access check, with a form where the verb asks something."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from crm.errors import Refused

MOST = 1000


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
    """

    def wrap(function: Callable[..., Any]) -> Any:
        @admin.action(description=words)
        @wraps(function)
        def run(self: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            answers = ask(self, request, rows, form, words) if form else {}
            if isinstance(answers, HttpResponse):
                return answers
            refused: Counter[str] = Counter()
            done = 0
            for row in rows[:MOST]:
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


def ask(
    self: Any, request: HttpRequest, rows: QuerySet[Any], form: type[Asked], words: str, extra: Any = None
) -> dict[str, Any] | HttpResponse:
    """The answers, or the page that asks for them; posting it comes back to the same action."""
    asked = form(request.POST if "answered" in request.POST else None)
    if "answered" in request.POST and asked.is_valid():
        return asked.cleaned_data
    context = {
        **self.admin_site.each_context(request),
        "title": words,
        "opts": self.opts,
        "form": asked,
        "rows": rows[:20],
        "ids": list(rows.values_list("pk", flat=True)[:MOST]),
        "action": request.POST.get("action"),
        "checkbox": ACTION_CHECKBOX_NAME,
        "extra": extra,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def tell(request: HttpRequest, words: str, done: int, refused: Iterable[tuple[str, int]] | Counter[str]) -> None:
    counted = Counter(dict(refused))
    if done:
        messages.success(request, f"{words}: {done} done.")
    for sentence, times in counted.most_common(5):
        messages.warning(request, f"{sentence} ({times})" if times > 1 else sentence)
    if not done and not counted:
        messages.info(request, "Nothing was selected.")
