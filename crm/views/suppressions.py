"""Whom nobody writes to: the list, one more, a whole list of them, and lifting."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.export_files import as_file, csv_parts
from crm.rules import saying, suppression_rows
from crm.services import suppression, suppression_import

SHOWN = 20  # lines of a list that are shown before it is taken in


class OneForm(forms.Form):
    value = forms.CharField(label="Address or domain", max_length=320)
    reason = forms.CharField(label="Why", max_length=200)


class ListForm(forms.Form):
    """A file or pasted lines; what was looked at is what is taken in."""

    file = forms.FileField(
        label="File", required=False,
        help_text="CSV or Excel (XLSX): addresses or domains, with a reason where there is one. Up to 100,000 lines.",
    )  # fmt: skip
    text = forms.CharField(label="or paste it here", required=False, widget=forms.Textarea(attrs={"rows": 6}))
    reason = forms.CharField(label="Why, where a line does not say", max_length=200)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file, text = data.get("file"), (data.get("text") or "").strip()
        if not (file or text):
            raise forms.ValidationError("Choose a file, or paste the lines.")
        if (file.size if file else len(text)) > suppression_rows.MOST_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB. Split it and import the parts.")
        data["content"] = file.chunks if file else text.encode()
        if data.get("seen") and data["seen"] != suppression_import.mark(data["content"]):
            raise forms.ValidationError("This is not the list you looked at. Look at it before it is taken in.")
        return data


@policy("member")
def index(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:320]
    rows = access.visible_suppressions(request.user).filter(lifted_at=None).select_related("account", "contact", "by")
    if asked:
        rows = rows.filter(value__istartswith=asked)
    page = paging.page(rows, keys=("pk",), after=request.GET.get("after", ""), down=True)
    shown = {"page": page, "asked": asked, "form": OneForm(), "may_lift": access.holds(request.user, "lead")}
    return render(request, "crm/suppressions.html", shown)


@require_POST
@policy("member")
def add(request: HttpRequest) -> HttpResponse:
    form = OneForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, "Say who must not be written to, and why.")
        return redirect("crm:suppressions")
    value, reason = form.cleaned_data["value"], form.cleaned_data["reason"]
    try:
        stop = suppression.suppress_address if "@" in value.lstrip("@") else suppression.suppress_domain
        row = stop(value, reason=reason, by=request.user)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, f"Nobody writes to {row.value} any more.")
    return redirect("crm:suppressions")


@require_POST
@policy("lead")
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    row = suppression.lift(access.suppression_write(request.user, pk), by=request.user)
    toasts.say(request, f"Writing to {row.value or 'this address'} is allowed again.")
    return redirect("crm:suppressions")


@policy("lead")
def take_in(request: HttpRequest) -> HttpResponse:
    """First what it would do, then, with the same list, that; the lines that cannot be taken as a file."""
    form = ListForm(request.POST or None, request.FILES or None)
    if not form.is_bound or not form.is_valid():
        return _import_page(request, {"form": form}, status=422 if form.is_bound else 200)
    content, reason = form.cleaned_data["content"], form.cleaned_data["reason"]
    try:
        if request.POST.get("do") == "take":
            found = suppression_import.take_in(content, reason=reason, by=request.user)
            left_out = f" {saying.count(len(found.wrong), 'line was', 'lines were')} left out." if found.wrong else ""
            toasts.say(request, f"{len(found.new):,} more stand on the list.{left_out}")
            return redirect("crm:suppressions")
        look = suppression_import.look(content)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _import_page(request, {"form": form}, status=409)
    if request.POST.get("do") == "wrong":
        lines = ([str(line.number), line.value, line.wrong] for line in look.wrong)
        parts = csv_parts(["line", "value", "reason"], lines)
        return as_file(request, parts, "lines left out.csv", "text/csv; charset=utf-8")
    shown = {"look": look, "reason": reason, "new": look.new[:SHOWN], "wrong": look.wrong[:SHOWN]}
    return _import_page(request, {**shown, "form": form, "seen": suppression_import.mark(content)})


def _import_page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """Whole, or for a browser that keeps the chosen file only what was found in it."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "crm/suppressions_look.html", {**shown, "part": True})
    return render(request, "crm/suppressions_import.html", shown, status=status)
