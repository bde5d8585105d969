"""Whom nobody writes to: the list, one more, a whole list of them, and lifting."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.rules import suppression_rows
from crm.services import suppression, suppression_import

SHOWN = 20  # lines of a list that are shown before it is taken in


class OneForm(forms.Form):
    value = forms.CharField(label="Address or domain", max_length=320)
    reason = forms.CharField(label="Why", max_length=200)


class ListForm(forms.Form):
    """A file or pasted lines; what was looked at is what is taken in."""

    file = forms.FileField(
        label="File", required=False, help_text="CSV: addresses or domains, with a reason where there is one."
    )
    text = forms.CharField(label="or paste it here", required=False, widget=forms.Textarea(attrs={"rows": 6}))
    reason = forms.CharField(label="Why, where a line does not say", max_length=200)

    def clean(self) -> dict:
        data = super().clean() or {}
        file, text = data.get("file"), data.get("text") or ""
        if (file.size if file else len(text)) > suppression_rows.MOST_BYTES:
            raise forms.ValidationError("A list has a megabyte at most. Split it and import the parts.")
        data["text"] = suppression_rows.text_of_file(file.read()) if file else text
        if not data["text"].strip():
            raise forms.ValidationError("Choose a file, or paste the lines.")
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
    """First what it would do, then, with the same lines, that."""
    form = ListForm(request.POST or None, request.FILES or None)
    if not form.is_bound or not form.is_valid():
        return render(request, "crm/suppressions_import.html", {"form": form}, status=422 if form.is_bound else 200)
    text, reason = form.cleaned_data["text"], form.cleaned_data["reason"]
    if request.POST.get("do") == "take":
        count = suppression_import.take_in(text, reason=reason, by=request.user)
        toasts.say(request, f"{count:,} more stand on the list.")
        return redirect("crm:suppressions")
    look = suppression_import.look(text)
    again = ListForm(initial={"text": text, "reason": reason})
    shown = {
        "form": again,
        "look": look,
        "text": text,
        "reason": reason,
        "new": look.new[:SHOWN],
        "wrong": look.wrong[:SHOWN],
    }
    return render(request, "crm/suppressions_import.html", shown)
