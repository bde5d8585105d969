"""JSON in forms: what the database refuses or a page cannot show is refused in words, and what was typed stays."""

from typing import Any

import pytest
from django import forms
from django.contrib.admin import site
from django.test import RequestFactory

from crm.forms import StrictJsonField
from crm.models import User


class Told(forms.Form):
    told = StrictJsonField(required=False)


@pytest.mark.parametrize(
    "text",
    ['{"a": "\\ud800"}', '{"a": "\\u0000"}', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 5000, '{"a"', "{'a': 1}"],
    ids=["surrogate", "nul", "nan", "double", "deep", "cut", "quotes"],
)
def test_what_cannot_be_kept_is_refused_and_stays_in_the_field(text: str) -> None:
    form = Told({"told": text})

    assert not form.is_valid()
    assert form.errors["told"][0].startswith("This is not JSON we can read: ")
    assert form["told"].value() == text
    str(form).encode()


@pytest.mark.parametrize(("text", "value"), [('{"a": "é"}', {"a": "é"}), ("", None), ("[1]", [1]), ('"x"', "x")])
def test_what_can_be_kept_is_read(text: str, value: Any) -> None:
    form = Told({"told": text})

    assert form.is_valid()
    assert form.cleaned_data["told"] == value
    assert not form.fields["told"].has_changed(value, text)


def test_every_json_field_of_the_admin_reads_so(adm: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = adm
    fields = [
        field
        for noun in site._registry.values()
        for field in noun.get_form(request, change=True).base_fields.values()
        if isinstance(field, forms.JSONField)
    ]

    assert fields
    assert all(isinstance(field, StrictJsonField) for field in fields)
