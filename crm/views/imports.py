"""Import as a conversation: a file, its columns, what is wrong with it, and what came of it."""

import csv

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crm import access, tasks, toasts
from crm.access import policy
from crm.errors import Refused
from crm.forms import ImportForm
from crm.models import Import
from crm.services import imports, uploads

PREVIEWED_BYTES = 2_000_000
ATTRIBUTE = "attribute"


@policy("member")
def import_list(request: HttpRequest) -> HttpResponse:
    rows = access.visible_imports(request.user).defer("content", "errors").select_related("by").order_by("-at")[:100]
    return render(request, "crm/imports.html", {"rows": rows})


@policy("member")
def import_new(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = uploads.keep(form.cleaned_data["kind"], file.read(), file.name, by=request.user)
        except Refused as refused:
            form.add_error("file", refused.sentence)
        else:
            return redirect("crm:import_", row.pk)
    return render(request, "crm/import_new.html", {"form": form})


@policy("member")
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.import_read(request.user, pk)
    if row.state == Import.State.MAPPING:
        return mapping(request, row)
    if request.method == "POST":
        raise Refused("This file has been read already.")
    template = "crm/import_part.html" if request.htmx else "crm/import.html"  # type: ignore[attr-defined]
    return render(request, template, {"row": row, "errors": row.errors[:50], "counts": row.counts})


def mapping(request: HttpRequest, row: Import) -> HttpResponse:
    """Columns on the left, fields on the right; looking again costs nothing and writes nothing."""
    if request.method == "POST" and "cancel" in request.POST:
        uploads.cancel(row, by=request.user)
        toasts.say(request, "The file is put away; nothing was read from it.")
        return redirect("crm:imports")
    content, wrong = bytes(row.content)[:PREVIEWED_BYTES], ""
    seen = imports.preview(content, row.file_name, row.kind)
    chosen = said(request, seen.header) if request.method == "POST" else None
    if chosen is not None:
        try:
            seen = imports.preview(content, row.file_name, row.kind, chosen)
            if "run" in request.POST:
                return run(request, row, chosen, seen.header)
        except Refused as refused:
            wrong = refused.sentence
    shown = {
        "row": row,
        "seen": seen,
        "columns": columns(seen, chosen),
        "wrong": wrong,
        "cut": len(row.content) > len(content),
    }
    return render(request, "crm/import_mapping.html", shown, status=422 if wrong else 200)


def said(request: HttpRequest, header: list[str]) -> dict[str, str]:
    """Column -> field; an empty one for a column that becomes an attribute, whatever it is called."""
    every = {name: request.POST.get(f"column_{n}", ATTRIBUTE) for n, name in enumerate(header)}
    return {name: "" if field == ATTRIBUTE else field for name, field in every.items()}


def columns(seen: imports.Preview, chosen: dict[str, str] | None) -> list[dict]:
    mapped = chosen if chosen is not None else seen.mapping
    return [
        {
            "n": n,
            "name": name,
            "field": mapped.get(name) or ATTRIBUTE,
            "values": list(dict.fromkeys(cells[n] for cells in seen.sample if n < len(cells) and cells[n]))[:3],
        }
        for n, name in enumerate(seen.header)
    ]


@transaction.atomic
def run(request: HttpRequest, row: Import, chosen: dict[str, str], header: list[str]) -> HttpResponse:
    match_on = [name for n, name in enumerate(header) if f"match_{n}" in request.POST]
    uploads.start(row, chosen, match_on=match_on, by=request.user)
    tasks.run_import.delay_on_commit(row.pk)
    return redirect("crm:import_", row.pk)


@policy("member")
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    """Row, column and reason of everything that was not read, as a file."""
    row = access.import_read(request.user, pk)
    if not row.errors:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-of-import-{row.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["row", "column", "reason"])
    writer.writerows([safe(error.get(name, "")) for name in ("row", "column", "reason")] for error in row.errors)
    return response


def safe(value: object) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
