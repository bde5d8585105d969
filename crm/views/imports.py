"""Import as a conversation: a file, its columns, what is wrong with it, what came of it, and the way back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, tasks, toasts
from crm.access import policy
from crm.errors import Refused
from crm.export_files import as_file, csv_parts
from crm.filters import people_of
from crm.forms import ImportForm
from crm.models import Import, User
from crm.rules import tables
from crm.rules.import_rows import ELSEWHERE
from crm.services import import_files, import_mappings, import_undo, imports, uploads

ATTRIBUTE = "attribute"
SEPARATORS = [("", "Guess"), (",", "Commas"), (";", "Semicolons"), ("\t", "Tabs"), ("|", "Bars")]
ENCODINGS = [
    ("", "Guess"), ("utf-8", "UTF-8"), ("cp1252", "Windows (1252)"), ("latin-1", "Latin-1"), ("utf-16-le", "UTF-16"),
    ("utf-16-be", "UTF-16, big-endian"),
]  # fmt: skip
PHASES = {"reading": "Reading the file", "comparing": "Comparing with what is on file", "writing": "Writing"}


@policy("member")
def import_list(request: HttpRequest) -> HttpResponse:
    rows = access.visible_imports(request.user).defer("content", "errors").select_related("by").order_by("-at")[:100]
    return render(request, "crm/imports.html", {"rows": rows})


@policy("member")
def import_new(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, said = form.cleaned_data["file"], form.cleaned_data
        try:
            row = imports.keep(said["kind"], file.chunks(), file.name, by=request.user, source=said["source"])
        except Refused as refused:
            form.add_error("file", refused.sentence)
        else:
            return redirect("crm:import_", row.pk)
    return render(request, "crm/import_new.html", {"form": form, "sources": import_mappings.sources()})


@policy("member")
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.import_read(request.user, pk)
    if row.state == Import.State.MAPPING:
        return mapping(request, row)
    if request.method == "POST":
        raise Refused("This file has been read already.")
    template = "crm/import_part.html" if request.htmx else "crm/import.html"  # type: ignore[attr-defined]
    return render(request, template, told(row))


def told(row: Import) -> dict[str, Any]:
    """What the page says of an import that was started."""
    rows = row.rows or about(row)
    phase = row.counts.get("phase", "")
    return {
        "row": row,
        "counts": row.counts,
        "wrote": bool(row.counts.get("created") or row.counts.get("updated")),
        "errors": as_in_file(row.errors[:50], mapped(row)),
        "faults": row.faults.count() if row.errors else 0,
        "often": as_in_file(imports.often_wrong(row), mapped(row)) if row.errors else [],
        "phase": PHASES.get(phase, "Waiting for a worker"),
        "of": max(rows, row.rows_done),
        "undo": row.counts.get("undo"),
        "comparing": "compare" in row.options and row.state == Import.State.DONE,
        "undoing": "undo_by" in row.options and row.state == Import.State.DONE,
    }


def as_in_file(errors: Iterable[dict[str, Any]], mapping: Mapping[str, str]) -> list[dict[str, Any]]:
    """Errors under the names that the columns have in the file, where they were found in a field of ours."""
    columns = named(mapping)
    return [{**error, "column": columns.get(error["column"], error["column"])} for error in errors]


def named(mapping: Mapping[str, str]) -> dict[str, str]:
    """Field -> the first column of the file that was read as it."""
    return {field: column for column, field in reversed(mapping.items()) if field}


def mapped(row: Import) -> dict[str, str]:
    return row.mapping.get("columns", {})


def about(row: Import) -> int:
    """How many rows a file of this size may have, until they are counted."""
    return row.options.get("about", 0)


def mapping(request: HttpRequest, row: Import) -> HttpResponse:
    """Columns on the left, fields on the right; looking again costs nothing and writes nothing."""
    if request.method == "POST" and "cancel" in request.POST:
        imports.cancel(row, by=request.user)
        toasts.say(request, "The file is put away; nothing was read from it.")
        return redirect("crm:imports")
    wrong, chosen, posted = "", None, request.method == "POST"
    try:
        if posted:
            chosen = look_again(request, row)
            if chosen is not None and "run" in request.POST:
                return run(request, row, chosen)
    except Refused as refused:
        wrong = refused.sentence
        row.refresh_from_db()
        chosen = said(request, import_files.table_of(row).header)
    return render(request, "crm/import_mapping.html", page(request, row, chosen, wrong), status=422 if wrong else 200)


def page(request: HttpRequest, row: Import, chosen: dict[str, str] | None, wrong: str) -> dict[str, Any]:
    chunks, reading = import_files.chunks_of(row), import_files.reading_of(row)
    seen = imports.preview(chunks, row.file_name, row.kind, reading=reading)
    known = import_mappings.recall(row.kind, row.source, seen.header) if chosen is None else None
    used = chosen if chosen is not None else known
    if used is not None and not wrong:
        seen = imports.preview(chunks, row.file_name, row.kind, used, reading=reading)
    return {
        "row": row, "seen": seen, "columns": columns(seen, chosen, request.POST), "wrong": wrong, "remembered": known is not None,
        "wrong_cells": as_in_file(seen.errors[:12], seen.mapping),
        "none_usable": next((error["reason"] for error in seen.errors if not error["column"]), "") if seen.lost == seen.rows else "",
        "separators": SEPARATORS, "encodings": ENCODINGS, "reading": row.options.get("reading", {}),
        "people": owners(request.user), "lists": uploads.lists(request.user), "options": row.options,
        "tags": ", ".join(row.options.get("tags", [])),
    }  # fmt: skip


def owners(user: User) -> list[User]:
    """Whom the accounts of a file may be given to by this person."""
    return list(people_of(user)) if user.is_admin or user.is_lead else [user]


def look_again(request: HttpRequest, row: Import) -> dict[str, str] | None:
    """Keep what was chosen; None where the file is now read in other columns, which were not chosen yet."""
    before = import_files.table_of(row).header
    reading = {name: request.POST.get(name, "") for name in ("encoding", "delimiter")}
    tags = dict.fromkeys(word.strip()[:60] for word in request.POST.get("tags", "").split(",") if word.strip())
    uploads.choose(
        row, by=request.user, reading={**reading, "header": {"yes": True, "no": False}.get(request.POST.get("header", ""))},
        owner=whole(request.POST.get("owner")), list=whole(request.POST.get("list")), tags=list(tags),
    )  # fmt: skip
    header = import_files.table_of(row).header
    return said(request, header) if header == before else None


def whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


def said(request: HttpRequest, header: list[str]) -> dict[str, str]:
    """Column -> field; an empty one for a column that becomes an attribute, whatever it is called."""
    every = {name: request.POST.get(f"column_{n}", ATTRIBUTE) for n, name in enumerate(header)}
    return {name: {ATTRIBUTE: "", "": ELSEWHERE}.get(field, field) for name, field in every.items()}


def columns(seen: imports.Preview, chosen: dict[str, str] | None, posted: Mapping[str, str]) -> list[dict]:
    mapped = chosen if chosen is not None else seen.mapping
    shown = {"": ATTRIBUTE, ELSEWHERE: ""}
    return [
        {
            "n": n,
            "name": name,
            "field": shown.get(mapped.get(name, ""), mapped.get(name)),
            "match": f"match_{n}" in posted,
            "values": list(dict.fromkeys(cells[n] for cells in seen.sample if n < len(cells) and cells[n]))[:3],
        }
        for n, name in enumerate(seen.header)
    ]


@transaction.atomic
def run(request: HttpRequest, row: Import, chosen: dict[str, str]) -> HttpResponse:
    header = import_files.table_of(row).header
    match_on = [name for n, name in enumerate(header) if f"match_{n}" in request.POST]
    imports.start(row, chosen, match_on=match_on, by=request.user)
    tasks.run_import.delay_on_commit(row.pk)
    return redirect("crm:import_", row.pk)


@require_POST
@policy("member")
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row = imports.cancel(access.import_read(request.user, pk), by=request.user)
    stopped = row.state == Import.State.CANCELLED
    toasts.say(
        request, "Stopped; nothing was written." if stopped else "It stops within a second; nothing of it stays."
    )
    return redirect("crm:import_", pk)


@require_POST
@policy("member")
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        row = imports.again(access.import_read(request.user, pk), by=request.user)
        tasks.run_import.delay_on_commit(row.pk)
    return redirect("crm:import_", pk)


@require_POST
@policy("member")
def import_undo_(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        row = import_undo.ask_for(access.import_read(request.user, pk), by=request.user)
        tasks.undo_import.delay_on_commit(row.pk)
    toasts.say(request, "The import is being undone.")
    return redirect("crm:import_", pk)


@policy("member")
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not read as they stand, as they stood in the file, each with its reasons, safe to open."""
    row = access.import_read(request.user, pk)
    if not row.faults.exists():
        raise Http404
    lines = tables.with_reasons(import_files.table_of(row), reasons(row))
    name = f"errors of {row.file_name.rsplit('.', 1)[0][:100]}.csv"
    return as_file(request, csv_parts(next(lines), lines), name, "text/csv; charset=utf-8")


def reasons(row: Import) -> Iterator[tuple[int, str]]:
    """(row, its reasons in one sentence each), in the order of the file."""
    number, found = 0, [""] * 0
    columns = named(mapped(row))
    for fault in row.faults.order_by("row", "pk").iterator(chunk_size=2000):
        if fault.row != number and found:
            yield number, " ".join(found)
            found = []
        number = fault.row
        column = columns.get(fault.column, fault.column)
        found.append(f"{column}: {fault.reason}" if column else fault.reason)
    if found:
        yield number, " ".join(found)
