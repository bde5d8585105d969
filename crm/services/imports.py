"""Import as a conversation: map the columns, preview, run in one transaction; the same file again changes nothing."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q

from crm import clock
from crm.errors import Refused
from crm.models import Import, User
from crm.models.imports import IMPORT
from crm.rules import import_rows as rules
from crm.rules import tables
from crm.rules.delimited import Chunks
from crm.rules.tables import Reading, Table
from crm.services import import_files, import_mappings, import_run, live, registries
from crm.services.import_progress import Cancelled, Watch, quiet
from crm.services.import_run import Order
from crm.services.import_sql import one
from crm.services.import_stage import Tell

_SHOWN = 20
_LOOKED_AT = 2000
_MOST_TRIES = 3
_KEPT_ERRORS = 200
S = Import.State
TO_COMPARE = Q(state=S.DONE, options__has_key="compare")
_NOTHING: dict[str, Any] = {
    "duplicates": {
        "row_pairs": [], "record_pairs": [],
        "left_out": ["Looking for what may be the same did not come to its end; it is left to the daily search for duplicates."],
    }
}  # fmt: skip
log = logging.getLogger(__name__)


@dataclass
class Preview:
    """How a file is understood before anything is written."""

    header: list[str]
    mapping: dict[str, str]
    fields: tuple[str, ...]
    encoding: str
    delimiter: str
    has_header: bool
    rows: int = 0  # that were looked at
    more: bool = False
    sample: list[list[str]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    blank: int = 0  # lines passed over among those rows: no rows


def preview(
    content: bytes | Chunks, file_name: str, kind: str, mapping: Mapping[str, str] | None = None, *,
    reading: Reading | None = None,
) -> Preview:  # fmt: skip
    """What the file holds, how its columns are read, and what is wrong with its first rows."""
    table = import_files.table(content, reading)
    used = full_mapping(table, kind, mapping)
    shown = Preview(table.header, used, rules.FIELDS[kind], table.encoding, table.delimiter, table.has_header)
    parts = ["accounts", "contacts"] if kind == "both" else [kind]
    columns = [rules.columns_of(table.header, used, kind, part) for part in parts]
    counted = {"blank": 0}
    for number, record in islice(table.rows(counted), _LOOKED_AT + 1):
        if number > _LOOKED_AT:
            shown.more = True
            break
        shown.rows = number
        read = [rules.read_row(number, record, one_part) for one_part in columns]
        lost = all(row.lost for row in read)
        shown.lost += lost
        if len(shown.sample) < _SHOWN:
            shown.sample.append(list(record.cells))
        if len(shown.errors) < _KEPT_ERRORS:
            said = dict.fromkeys(one for row in read for one in row.problems)  # a company and a person share columns
            shown.errors += [_error(number, column, reason) for column, reason in said]
            shown.errors += [_error(number, "", read[-1].lost)] if lost else []
    shown.blank = counted["blank"]
    return shown


def full_mapping(table: Table, kind: str, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """Column → field: what was said, and headers that are spelled as fields. An unknown column or field is refused."""
    said = dict(mapping or {})
    for column, name in said.items():
        if column not in table.header:
            raise Refused(f"The file has no column “{column}”. It has: {', '.join(table.header[:20])}.", column=column)
        if name and name != rules.ELSEWHERE and name not in rules.FIELDS[kind]:
            raise Refused(f"There is no field “{name}”. The fields are: {', '.join(rules.FIELDS[kind])}.", field=name)
    named = [name for name in said.values() if name and name != rules.ELSEWHERE]
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise Refused(f"Two columns are mapped to “{twice[0]}”.")
    guessed = tables.guess_mapping([c for c in table.header if c not in said], rules.FIELDS[kind], rules.SYNONYMS[kind])
    ours = {column: rules.ELSEWHERE for column in table.header if column.startswith(rules.OURS)}
    return ours | {column: name for column, name in guessed.items() if name not in named} | said


def often_wrong(row: Import, most: int = 12) -> list[Any]:
    """What was wrong with several rows, each thing once with how many rows it is wrong in, the most frequent first."""
    found = row.faults.values("column", "reason").annotate(rows=Count("row", distinct=True)).filter(rows__gt=1)
    return list(found.order_by("-rows", "column", "reason")[:most])


@transaction.atomic
def start_import(
    *, kind: str, content: bytes, file_name: str, by: User, mapping: Mapping[str, str] | None = None,
    match_on: Sequence[str] = (), source: str = "", options: Mapping[str, Any] | None = None,
) -> Import:  # fmt: skip
    """Keep the file and say that it is to be run; a worker does."""
    row = keep(kind, [content], file_name, by=by, source=source, options=options)
    return start(row, mapping, match_on=match_on, by=by)


@transaction.atomic
def keep(
    kind: str,
    chunks: Any,
    file_name: str,
    *,
    by: User | None,
    source: str = "",
    options: Mapping[str, Any] | None = None,
) -> Import:
    """Store a file; refused when it is no table. Nothing of it is read into the record yet."""
    name = (rules.tidy(file_name) if file_name else "")[:255] or "a file"
    row = Import.objects.create(
        kind=kind, file_name=name, source=rules.tidy(source)[:120] if source else "", by=by, at=clock.now(),
        options=dict(options or {}),
    )  # fmt: skip
    row.size, ends = import_files.store(row, chunks)
    table = import_files.table_of(row)
    chosen = row.options.get("reading", {})
    row.options["about"] = max(1, ends - int(table.has_header))
    row.options["reading"] = {**chosen, "encoding": "" if table.encoding == "workbook" else table.encoding}
    row.save(update_fields=["size", "options"])
    return row


@transaction.atomic
def start(row: Import, mapping: Mapping[str, str] | None, *, match_on: Sequence[str] = (), by: Any) -> Import:
    """The columns are mapped and remembered for the next file of the same shape; a worker takes it from here."""
    table = import_files.table_of(row)
    used = full_mapping(table, row.kind, mapping)
    import_mappings.remember(row, table.header, used)
    said = {"columns": used, "match_on": list(match_on)}
    return IMPORT.move(row, S.RUNNING, by=by, set={"mapping": said, "rows_done": 0, "counts": {}, "ended_at": None})


@transaction.atomic
def again(row: Import, *, by: User) -> Import:
    """Try once more what failed."""
    row.options = {name: value for name, value in row.options.items() if name != "tries"}
    return IMPORT.move(
        row, S.RUNNING, by=by, set={"counts": {}, "ended_at": None, "options": row.options, "cancel_asked": False}
    )


def cancel(row: Import, *, by: Any) -> Import:
    """Stop it: at once where no worker has it, else the worker that has it does within a second; nothing of it stays."""
    if row.state == S.RUNNING:
        Import.objects.filter(pk=row.pk, state=S.RUNNING).update(cancel_asked=True)
        with transaction.atomic():
            if not _mine(row.pk):
                return row
            row.refresh_from_db(fields=["state"])
            return _end(row, S.CANCELLED, {}, by=by)
    return IMPORT.move(row, S.CANCELLED, by=by)


def run_import(pk: int) -> None:
    """Run one import that was started; a second worker leaves it alone."""
    row = Import.objects.filter(pk=pk, state=S.RUNNING).select_related("by").first()
    if row is None:
        return
    try:
        if not _begin(row):
            return
        with transaction.atomic():
            if _mine(pk):
                with Watch(row) as tell:
                    report = import_run.carry_out(order_of(row), tell)
                    _after(row)
                    _check_keys()
                    tell.stop()
                finish(row, report)
    except Cancelled:
        _stopped(pk, S.CANCELLED, {})
    except Refused as refused:
        _stopped(pk, S.FAILED, {"failed": refused.sentence})
    except Exception as error:
        log.exception("import %s failed", pk)
        _stopped(pk, S.FAILED, {"failed": f"It stopped with an error ({type(error).__name__}); nothing was written."})
    compare(pk)


def run_waiting() -> None:
    """Run what was started and not finished."""
    for pk in Import.objects.filter(state=S.RUNNING).order_by("pk").values_list("pk", flat=True)[:10]:
        run_import(pk)
    for pk in Import.objects.filter(TO_COMPARE).order_by("pk").values_list("pk", flat=True)[:10]:
        compare(pk)


def compare(pk: int) -> dict[str, Any]:
    """Look among the records of a finished import for what may be the same; the file did not wait for it. Returns the pairs."""
    try:
        if not _try_comparing(pk):
            return _NOTHING
        with transaction.atomic():
            if not _mine(pk):
                return _NOTHING
            found = import_run.compare(order_of(Import.objects.select_related("by").get(pk=pk)))
            _compared(pk, found)
    except Exception:
        log.exception("import %s was not compared", pk)  # a later try does it, or the daily search
        return _NOTHING
    return found


def _try_comparing(pk: int) -> bool:
    """Count the try where it outlives the worker, as with the import itself."""
    with transaction.atomic():
        row = _to_compare(pk) if _mine(pk) else None
        tries = row.options["compare"] if row else _MOST_TRIES
        if row and tries < _MOST_TRIES:
            row.options["compare"] = tries + 1
            row.save(update_fields=["options"])
            return True
    if row:
        _compared(pk, _NOTHING)
    return False


def _compared(pk: int, found: dict[str, Any]) -> None:
    with transaction.atomic():
        if row := _to_compare(pk):
            kept = {which: {name: some[:_KEPT_ERRORS] for name, some in told.items()} for which, told in found.items()}
            row.counts.update(kept)
            del row.options["compare"]
            row.save(update_fields=["counts", "options"])
            live.tell("import", user=row.by_id, id=row.pk)


def _to_compare(pk: int) -> Import | None:
    """Locked: somebody may ask for the undo meanwhile, which is noted beside."""
    return Import.objects.select_for_update().filter(TO_COMPARE, pk=pk).first()


def _begin(row: Import) -> bool:
    """Count the try where it outlives the worker: a file that kills its worker each time is not tried for ever."""
    if row.cancel_asked:
        _stopped(row.pk, S.CANCELLED, {})
        return False
    with transaction.atomic():
        if not _mine(row.pk):
            return False
        tries = row.options.get("tries", 0) + 1
        row.options = {**row.options, "tries": tries}
        Import.objects.filter(pk=row.pk, state=S.RUNNING).update(options=row.options)
    if tries > _MOST_TRIES:
        _stopped(
            row.pk,
            S.FAILED,
            {"failed": f"It was begun {_MOST_TRIES} times and never came to its end; nothing was written."},
        )
        return False
    return True


def _mine(pk: int) -> bool:
    """A lock that goes with its transaction: a worker that dies lets go of it."""
    return bool(one("SELECT pg_try_advisory_xact_lock(hashtext('crm.import'), %s)", pk))


def order_of(row: Import) -> Order:
    options, said = row.options, row.mapping
    table = import_files.table_of(row)
    return Order(
        table, row.kind, said.get("columns") or full_mapping(table, row.kind, None), said.get("match_on", ()), row.by,
        row.file_name, row.source, options.get("owner"), options.get("tags", ()), row.pk,
    )  # fmt: skip


def _after(row: Import) -> None:
    """What upper apps do with the accounts of the file: pins on a list."""
    if row.options.get("list"):
        ids = import_run.accounts_named()
        for act in registries.after_import:
            act(row, ids)


def _check_keys() -> None:
    """Here, where one may still stop it, and not in the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def finish(row: Import, report: dict[str, Any]) -> None:
    errors, rows = report["errors"][:_KEPT_ERRORS], report["rows"]
    counts = {name: value for name, value in report.items() if name != "errors"} | {"faults": len(report["errors"])}
    options = {**row.options, "compare": 0}
    _end(row, S.DONE, counts, by=row.by, errors=errors, rows=rows, rows_done=rows, options=options)


def _end(row: Import, state: Any, counts: dict[str, Any], *, by: Any, **more: Any) -> Import:
    moved = IMPORT.move(row, state, by=by, set={"counts": counts, "ended_at": clock.now(), **more})
    live.tell("import", user=row.by_id, id=row.pk)
    return moved


def _stopped(pk: int, state: Any, counts: dict[str, Any]) -> None:
    row = Import.objects.filter(pk=pk, state=S.RUNNING).select_related("by").first()
    if row is not None:
        with transaction.atomic():
            _end(row, state, counts, by=row.by, cancel_asked=False)


def import_rows(
    content: bytes | Chunks, kind: str, *, mapping: Mapping[str, str] | None = None, match_on: Sequence[str] = (), by: Any = None,
    file_name: str = "a file", dry_run: bool = False, source: str = "", tell: Tell = quiet,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the rows of a file, all or nothing, here and now; returns the counts, errors and possible duplicates."""
    if dry_run:
        with transaction.atomic():
            table = import_files.table(content)
            used = full_mapping(table, kind, mapping)
            report = import_run.carry_out(Order(table, kind, used, match_on, by, file_name, source), tell)
            transaction.set_rollback(True)
            return report
    pk, report = write_rows(
        content, kind, mapping=mapping, match_on=match_on, by=by, file_name=file_name, source=source, tell=tell, options=options
    )  # fmt: skip
    return {**report, **compare(pk)}


@transaction.atomic
def write_rows(
    content: bytes | Chunks, kind: str, *, mapping: Mapping[str, str] | None = None, match_on: Sequence[str] = (), by: Any = None,
    file_name: str = "a file", source: str = "", tell: Tell = quiet, options: Mapping[str, Any] | None = None,
) -> tuple[int, dict[str, Any]]:  # fmt: skip
    """The same as far as the file is on record, in one transaction; `compare` is what is left to do. Returns the import and its counts."""
    user = by if isinstance(by, User) else None
    chunks: Any = [content] if isinstance(content, bytes) else content()
    kept = keep(kind, chunks, file_name, by=user, source=source, options=options)
    row = start(kept, mapping, match_on=match_on, by=by)
    report = import_run.carry_out(order_of(row), tell)
    _after(row)
    finish(row, report)
    return row.pk, report


def _error(row: int, column: str, reason: str) -> dict[str, Any]:
    return {"row": row, "column": column, "reason": reason}
