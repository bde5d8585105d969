"""Import as a conversation: map the columns, preview, run in one transaction; the same file again changes nothing."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Import, User
from crm.models.imports import IMPORT
from crm.rules import import_rows as rules
from crm.rules import tables
from crm.rules.import_rows import Row
from crm.rules.tables import Table
from crm.services import import_pairs, live
from crm.services import import_sql as sets

_SHOWN = 20
_MOST_ERRORS = 100_000
S = Import.State
log = logging.getLogger(__name__)


@dataclass
class Preview:
    """How a file is understood before anything is written."""

    header: list[str]
    mapping: dict[str, str]
    fields: tuple[str, ...]
    encoding: str
    delimiter: str
    rows: int
    sample: list[list[str]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0


def preview(content: bytes, file_name: str, kind: str, mapping: Mapping[str, str] | None = None) -> Preview:
    """What the file holds, how its columns are read, and what is wrong with its rows."""
    table = _table(content)
    used = full_mapping(table, kind, mapping)
    shown = Preview(table.header, used, rules.FIELDS[kind], table.encoding, table.delimiter, 0)
    for number, cells in table.rows():
        row = rules.read_row(number, cells, table.header, used, kind)
        shown.rows += 1
        shown.lost += bool(row.lost)
        if len(shown.sample) < _SHOWN:
            shown.sample.append(list(cells))
        if len(shown.errors) < 200:
            shown.errors += _errors_of(row)
    return shown


def full_mapping(table: Table, kind: str, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """Column → field: what was said, and headers that are spelled as fields. An unknown column or field is refused."""
    said = dict(mapping or {})
    for column, name in said.items():
        if column not in table.header:
            raise Refused(f"The file has no column “{column}”. It has: {', '.join(table.header[:20])}.", column=column)
        if name and name not in rules.FIELDS[kind]:
            raise Refused(f"There is no field “{name}”. The fields are: {', '.join(rules.FIELDS[kind])}.", field=name)
    twice = [name for name in said.values() if name and list(said.values()).count(name) > 1]
    if twice:
        raise Refused(f"Two columns are mapped to “{twice[0]}”.")
    guessed = tables.guess_mapping([c for c in table.header if c not in said], rules.FIELDS[kind], rules.SYNONYMS[kind])
    return {column: name for column, name in guessed.items() if name not in said.values()} | said


@transaction.atomic
def start_import(
    *,
    kind: str,
    content: bytes,
    file_name: str,
    by: User,
    mapping: Mapping[str, str] | None = None,
    match_on: Sequence[str] = (),
) -> Import:
    """Keep the file and say that it is to be run; a worker does."""
    used = full_mapping(_table(content), kind, mapping)
    row = Import.objects.create(
        kind=kind, content=content, file_name=file_name[:255], by=by, at=clock.now(),
        mapping={"columns": used, "match_on": list(match_on)},
    )  # fmt: skip
    return IMPORT.move(row, S.RUNNING, by=by)


def run_import(pk: int) -> None:
    """Run one import that was started; a second worker leaves it alone."""
    try:
        _run(pk)
    except Refused as refused:
        _failed(pk, refused.sentence)
    except Exception as error:
        log.exception("import %s failed", pk)
        _failed(pk, f"It stopped with an error ({type(error).__name__}); nothing was written.")


def run_waiting() -> None:
    """Run what was started and not finished."""
    for pk in Import.objects.filter(state=S.RUNNING).order_by("pk").values_list("pk", flat=True)[:10]:
        run_import(pk)


@transaction.atomic
def _run(pk: int) -> None:
    row = (
        Import.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, state=S.RUNNING)
        .select_related("by")
        .first()
    )
    if row is None:
        return
    said = row.mapping
    report = import_rows(
        bytes(row.content),
        row.kind,
        mapping=said.get("columns"),
        match_on=said.get("match_on", ()),
        by=row.by,
        file_name=row.file_name,
    )
    errors = report.pop("errors")
    IMPORT.move(row, S.DONE, by=row.by, set={"counts": report, "errors": errors, "ended_at": clock.now()})
    live.tell("import", user=row.by, id=row.pk)


def _failed(pk: int, why: str) -> None:
    row = Import.objects.filter(pk=pk, state=S.RUNNING).first()
    if row is not None:
        IMPORT.move(row, S.FAILED, by=row.by, why=why, set={"counts": {"failed": why}, "ended_at": clock.now()})
        live.tell("import", user=row.by, id=row.pk)


@transaction.atomic
def import_rows(
    content: bytes,
    kind: str,
    *,
    mapping: Mapping[str, str] | None = None,
    match_on: Sequence[str] = (),
    by: Any = None,
    file_name: str = "a file",
    dry_run: bool = False,
) -> dict[str, Any]:
    """Write the rows of a file, all or nothing; returns the counts, errors and possible duplicates (DESIGN section 9)."""
    table = _table(content)
    used = full_mapping(table, kind, mapping)
    unknown = [column for column in match_on if column not in table.header]
    if unknown:
        raise Refused(f"The file has no column “{unknown[0]}” to match on.")
    errors: list[dict[str, Any]] = []
    counted = {"rows": 0, "lost": 0}
    sets.stage(kind, _usable(table, used, kind, errors, counted))
    _write(kind, file_name, by, errors)
    report = _report(kind, match_on, counted, errors)
    sets.run("DROP TABLE stage")
    if dry_run:
        transaction.set_rollback(True)
    return report


def _usable(
    table: Table, used: dict[str, str], kind: str, errors: list[dict[str, Any]], counted: dict[str, int]
) -> Iterator[Row]:
    for number, cells in table.rows():
        row = rules.read_row(number, cells, table.header, used, kind)
        counted["rows"] += 1
        counted["lost"] += bool(row.lost)
        if len(errors) < _MOST_ERRORS:
            errors += _errors_of(row)
        if not row.lost:
            yield row


def _write(kind: str, file_name: str, by: Any, errors: list[dict[str, Any]]) -> None:
    now, today, source = clock.now(), clock.today(), f"import, {file_name}"[:200]
    sets.drop_repeats(kind)
    sets.match(kind)
    if kind == "accounts":
        errors += [
            _error(row, "owner", f"Nobody here is called “{owner}”; left out.") for row, owner in sets.find_owners()
        ]
        if isinstance(by, User) and not (by.is_lead or by.is_admin):
            errors += [
                _error(row, "owner", f"Only leads and admins reassign accounts; not given to “{owner}”.")
                for row, owner in sets.keep_owners()
            ]
    sets.find_changes(kind)
    sets.write_changes(kind, source, today.isoformat())
    if kind == "accounts":
        sets.create_accounts(source, today.isoformat(), now)
        errors += [
            _error(row, "parent", f"No single account is called “{name}”; left out.")
            for row, name in sets.find_parents()
        ]
    else:
        sets.create_contacts(source, now)
        sets.join_accounts(source, today)
    sets.tell_timeline(kind, getattr(by, "pk", None), str(by or ""), file_name, now)
    errors += [
        _error(row, "", problem)
        for row, problem in sets.ask("SELECT row, problem FROM stage WHERE problem <> '' ORDER BY row")
    ]


def _report(
    kind: str, match_on: Sequence[str], counted: dict[str, int], errors: list[dict[str, Any]]
) -> dict[str, Any]:
    found = sets.ask(
        "SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created AND problem = '' AND changes <> '{}'), "
        "count(*) FILTER (WHERE NOT created AND problem = '' AND changes = '{}'), count(*) FILTER (WHERE problem <> '') FROM stage"
    )[0]
    created, updated, unchanged, repeated = found
    pairs = {
        "row_pairs": import_pairs.row_pairs(kind, match_on),
        "record_pairs": import_pairs.record_pairs(kind, match_on),
    }
    return {
        "rows": counted["rows"],
        "created": created,
        "updated": updated,
        "unchanged": unchanged,
        "skipped": counted["lost"] + repeated,
        "errors": sorted(errors, key=lambda one: (one["row"], one["column"])),
        "duplicates": pairs,
    }


def _table(content: bytes) -> Table:
    try:
        return tables.read(content)
    except tables.Unreadable as bad:
        raise Refused(str(bad)) from bad


def _errors_of(row: Row) -> list[dict[str, Any]]:
    found = [_error(row.number, column, reason) for column, reason in row.problems]
    return [*found, _error(row.number, "", row.lost)] if row.lost else found


def _error(row: int, column: str, reason: str) -> dict[str, Any]:
    return {"row": row, "column": column, "reason": reason}
