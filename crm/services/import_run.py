"""One import from its file to its records, inside the caller's transaction; every row is accounted for or it all fails."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm import clock
from crm.errors import Refused
from crm.models import ImportRow, Membership, User
from crm.rules import import_rows as rules
from crm.rules import tables
from crm.rules.import_rows import EMPTY, Row
from crm.rules.tables import Table
from crm.services import import_match, import_pairs, import_stage, import_write, titles
from crm.services.import_progress import quiet
from crm.services.import_sql import ask, run
from crm.services.import_stage import Tell
from crm.services.import_write import Origin

MOST_ERRORS = 100_000
_SLICE = 20_000
_BY_ADDRESS = "No account is called “{}”; they were put at {}, to which their mail address belongs."
ONLY_COMPANY = "Neither a name nor a usable address; only the company was taken."


class RowsLost(AssertionError):
    """Rows went in and were not accounted for: a mistake of ours, and nothing of the import may stand."""


@dataclass(frozen=True)
class Order:
    """What is to be imported, and how."""

    table: Table
    kind: str
    mapping: Mapping[str, str]
    match_on: Sequence[str] = ()
    by: Any = None
    file_name: str = "a file"
    source: str = ""
    owner_id: int | None = None
    tags: Sequence[str] = ()
    import_id: int | None = None


def carry_out(order: Order, tell: Tell = quiet) -> dict[str, Any]:
    """Write the rows; returns the counts, the first errors and the possible duplicates (DESIGN section 9)."""
    unknown = [column for column in order.match_on if column not in order.table.header]
    if unknown:
        raise Refused(f"The file has no column “{unknown[0]}” to match on.")
    run("SET LOCAL work_mem = '64MB'")
    run("SET LOCAL gin_pending_list_limit = '64MB'")
    run("SET LOCAL default_statistics_target = 20")  # for the tables of this transaction, read a handful of times
    run(
        "SET LOCAL enable_memoize = off"
    )  # it takes a million names for few, and asks an index for each instead of joining once
    run("CREATE TEMP TABLE fault (row integer, said text, reason text) ON COMMIT DROP")
    run("CREATE TEMP TABLE outcome (row integer, noun text, did smallint) ON COMMIT DROP")
    run("DROP TABLE IF EXISTS named")
    run("CREATE TEMP TABLE named (account bigint) ON COMMIT DROP")
    counted: dict[str, int] = {}
    pairs = [_one_kind(order, part, tell, counted) for part in parts_of(order.kind)]
    run("CREATE INDEX ON outcome (row)")
    report = {**_report(order, counted["rows"]), "blank_lines": counted["blank"]}
    run("DROP TABLE fault, outcome")
    return {**report, **_called(pairs)} if order.import_id is None else report


def compare(order: Order) -> dict[str, Any]:
    """Propose what may be the same as the records that the file brought, once they are on file; returns the pairs."""
    run("SET LOCAL work_mem = '64MB'")
    found = []
    for kind in parts_of(order.kind):
        import_pairs.gather(kind, order.import_id)
        found.append(import_pairs.find_brought(kind, order.match_on))
        run("DROP TABLE brought")
    return _called(found)


def parts_of(kind: str) -> list[str]:
    """The kinds of records in a file."""
    return ["accounts", "contacts"] if kind == "both" else [kind]


def _called(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"duplicates": pairs[-1], **({"company_duplicates": pairs[0]} if len(pairs) > 1 else {})}


def _one_kind(order: Order, kind: str, tell: Tell, counted: dict[str, int]) -> dict[str, Any]:
    both, origin = order.kind == "both", _origin(order)
    import_stage.take_in(kind, _rows(order, kind, counted), tell)
    if counted["rows"] > tables.MOST_ROWS:
        raise Refused(f"The file has more than {tables.MOST_ROWS:,} rows. Split it and import the parts.")
    tell("comparing", counted["rows"])
    if kind == "accounts":
        _faults(import_match.find_owners(), "owner", "Nobody here is called “{}”; the cell was left out.")
    else:
        _faults(import_match.find_accounts(), "company", _BY_ADDRESS)
    import_match.match(kind, beside=both)
    import_stage.make_stage(kind, order.owner_id)
    if kind == "accounts" and isinstance(order.by, User) and not (order.by.is_lead or order.by.is_admin):
        _faults(import_write.keep_owners(), "owner", "Only leads and admins reassign accounts; not given to “{}”.")
    tell("comparing", counted["rows"])
    _write(kind, origin, tell)
    _outcomes(kind)
    pairs = {} if order.import_id else import_pairs.find(kind, order.match_on)
    named = "target" if kind == "accounts" else "account"
    run(f"INSERT INTO named SELECT DISTINCT {named} FROM stage WHERE problem = '' AND {named} IS NOT NULL")
    if both and kind == "accounts":
        _remember_accounts()
    import_stage.drop()
    return pairs


def accounts_named() -> list[int]:
    """The accounts of the file just imported, also those that stay as they were."""
    return [pk for (pk,) in ask("SELECT DISTINCT account FROM named ORDER BY 1")]


def _origin(order: Order) -> Origin:
    by = order.by if isinstance(order.by, User) else None
    return Origin(
        order.import_id, order.file_name, f"import, {order.source or order.file_name}"[:200], by.pk if by else None,
        str(order.by or ""), clock.now(), clock.today().isoformat(), tuple(order.tags),
    )  # fmt: skip


def _rows(order: Order, kind: str, counted: dict[str, int]) -> Iterator[Row]:
    columns = rules.columns_of(order.table.header, order.mapping, order.kind, kind)
    counted["rows"] = counted["blank"] = 0
    for number, record in order.table.rows(counted):
        counted["rows"] = number
        yield rules.read_row(number, record, columns)


def _write(kind: str, origin: Origin, tell: Tell) -> None:
    import_write.find_changes(kind, origin)
    import_write.write_changes(kind, origin)
    import_write.create(kind, origin, tell)
    if kind == "accounts":
        _faults(
            import_write.find_parents(),
            "parent",
            "No single account is called “{}”, or it stands below this one; the cell was left out.",
        )
    else:
        _faults(
            import_write.join_accounts(origin),
            "company",
            "They left {}, and a file brings nobody back. If they work there again, say so on their page.",
        )
        _map_roles(origin)
    import_write.tell_changes(kind, origin)


def _map_roles(origin: Origin) -> None:
    """What the titles say of the roles of whoever is new at an account."""
    if origin.import_id is None:
        return
    made = ImportRow.objects.filter(of=origin.import_id, noun=ImportRow.Noun.MEMBERSHIP).order_by("record_id")
    for first, last_id in list(made.values_list("record_id", "last_id")):
        last = last_id or first
        for start in range(first, last + 1, _SLICE):
            titles.map_roles(Membership.objects.filter(pk__range=(start, min(last, start + _SLICE - 1))), tell=False)


def _faults(found: list[tuple[Any, ...]], column: str, words: str) -> None:
    rows = [(row, column, words.format(*said)[:300]) for row, *said in found]
    for start in range(0, len(rows), 1000):
        some = rows[start : start + 1000]
        run(
            f"INSERT INTO fault VALUES {', '.join(['(%s, %s, %s)'] * len(some))}",
            *(value for one_row in some for value in one_row),
        )


def _outcomes(kind: str) -> None:
    """What became of each row, as far as this kind of record goes: 0 left out, 1 as before, 2 changed, 3 new."""
    run(
        "INSERT INTO outcome SELECT s.row, %s, CASE WHEN s.problem <> '' THEN 0 WHEN s.created THEN 3 WHEN c.row IS NOT NULL THEN 2 ELSE 1 END "
        "FROM stage s LEFT JOIN change c ON c.row = s.row",
        kind,
    )
    if kind == "accounts":
        run("INSERT INTO outcome SELECT row, 'accounts', 1 FROM follows")
    run("INSERT INTO outcome SELECT row, %s, 0 FROM incoming WHERE lost <> ''", kind)
    run("INSERT INTO fault SELECT row, '', problem FROM stage WHERE problem <> ''")
    run("INSERT INTO fault SELECT row, %s, lost FROM incoming WHERE lost <> ''", f"={kind}")
    run(
        "INSERT INTO fault SELECT i.row, p->>0, p->>1 FROM incoming i, jsonb_array_elements(i.problems::jsonb) p WHERE i.problems <> ''"
    )


def _remember_accounts() -> None:
    """The account of each row, for the person beside it."""
    run(
        "CREATE TEMP TABLE row_account ON COMMIT DROP AS SELECT row, target AS account FROM stage WHERE problem = '' "
        "UNION ALL SELECT f.row, s.target FROM follows f JOIN stage s ON s.row = f.first WHERE s.problem = ''"
    )


def _report(order: Order, rows: int) -> dict[str, Any]:
    """Counts of rows by what became of them. Raises RowsLost when they are not the rows that went in."""
    _settle_faults(order)
    found = dict(ask("SELECT did, count(*) FROM (SELECT max(did) AS did FROM outcome GROUP BY row) o GROUP BY 1"))
    skipped, unchanged, updated, created = (found.get(did, 0) for did in range(4))
    if rows != created + updated + unchanged + skipped or sum(found.values()) != rows:
        raise RowsLost(f"{rows} rows in, {created} + {updated} + {unchanged} + {skipped} accounted for")
    if order.import_id is not None:
        run(
            'INSERT INTO crm_importfault (of_id, row, "column", reason) SELECT %s, row, left(said, 100), left(reason, 300) FROM fault '
            "ORDER BY row, said",
            order.import_id,
        )
    errors = ask(f"SELECT row, said, reason FROM fault ORDER BY row, said LIMIT {MOST_ERRORS}")
    return {
        "rows": rows,
        "created": created,
        "updated": updated,
        "unchanged": unchanged,
        "skipped": skipped,
        "errors": [{"row": row, "column": column, "reason": reason} for row, column, reason in errors],
    }


def _settle_faults(order: Order) -> None:
    """Why a row was left out is said once; where a company and a person stand side by side, one of them may be missing."""
    if order.kind == "both":
        run("CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT row, max(did) AS did FROM outcome GROUP BY row")
        run("DELETE FROM fault f USING taken t WHERE t.row = f.row AND t.did > 0 AND f.said = '=accounts'")
        run(
            "DELETE FROM fault f USING taken t WHERE t.row = f.row AND t.did > 0 AND f.said = '=contacts' AND f.reason = %s",
            EMPTY,
        )
        run(
            "UPDATE fault f SET reason = %s FROM taken t WHERE t.row = f.row AND t.did > 0 AND f.said = '=contacts'",
            ONLY_COMPANY,
        )
        run("DELETE FROM fault f USING fault g WHERE f.row = g.row AND f.said = '=accounts' AND g.said = '=contacts'")
        run(
            "DELETE FROM fault f USING fault g WHERE f.ctid > g.ctid AND f.row = g.row AND f.said = g.said AND f.reason = g.reason"
        )
        run("DROP TABLE taken, row_account")
    run("UPDATE fault SET said = '' WHERE said LIKE '=%%'")
