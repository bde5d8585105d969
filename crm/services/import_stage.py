"""The rows of a file, by COPY, in a table that ends with the transaction."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from crm.rules.import_rows import Row
from crm.services.import_sql import LED_BY, NUMBERS, TEXTS, columns, run

_EVERY = 2000
Tell = Callable[[str, int], Any]


def facts_of(kind: str) -> list[str]:
    """What a record notes the source and age of."""
    return [*TEXTS[kind], *NUMBERS[kind]]


def take_in(kind: str, rows: Iterable[Row], tell: Tell) -> None:
    """Every row of the file becomes one of `incoming`, also those that cannot be used; `lost` says why."""
    texts, numbers = columns(kind), NUMBERS[kind]
    shape = [f"{name} text NOT NULL" for name in texts] + [f"{name} integer" for name in numbers]
    run(
        f"CREATE TEMP TABLE incoming (row integer NOT NULL, {', '.join(shape)}, custom jsonb NOT NULL, "
        "lost text NOT NULL, problems text NOT NULL) ON COMMIT DROP"
    )
    names = ", ".join(["row", *texts, *numbers, "custom", "lost", "problems"])
    with connection.cursor() as cursor, cursor.copy(f"COPY incoming ({names}) FROM STDIN WITH (NULL '{NULL}')") as copy:
        batch: list[str] = []
        last = 0
        for row in rows:
            batch.append(_line(row, texts, numbers))
            last = row.number
            if len(batch) >= _EVERY:
                copy.write("".join(batch))
                batch.clear()
                tell("reading", last)
        copy.write("".join(batch))
        tell("reading", last)
    run("ANALYZE incoming")


def _line(row: Row, texts: list[str], numbers: list[str]) -> str:
    """One line of PostgreSQL's text format; no value holds a tab or a line's end, and only an absent number is a blank."""
    values = {} if row.lost else row.values
    if "state" in values:
        values["state_name"] = values["state"]
    say = values.get
    line = "\t".join(
        [str(row.number), *[say(name, "") for name in texts], *[say(name) or NULL for name in numbers],
         row.custom_json, row.lost, row.problems_json]
    )  # fmt: skip
    return (line.replace("\\", "\\\\") if "\\" in line else line) + "\n"


NULL = " "  # no value of a file is a blank alone


def make_stage(kind: str, owner: int | None = None) -> None:
    """`stage`: the usable rows with the record that each will be written to; `place` is their order by name."""
    number = ", ".join(NUMBERS[kind])
    names = ", ".join(f"s.{name}" for name in ["row", *columns(kind), *filter(None, number.split(", ")), "custom"])
    owners = "LEFT JOIN owner_called w ON w.called = s.owner " if kind == "accounts" else ""
    owner_id = "COALESCE(w.id, CASE WHEN s.owner = '' THEN %s::bigint END)" if kind == "accounts" else "NULL::bigint"
    account = "NULL::bigint" if kind == "accounts" else "f.account"
    found = "" if kind == "accounts" else "LEFT JOIN account_found f ON f.row = s.row "
    follows = "AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.row = s.row)" if kind == "accounts" else ""
    told = " | ".join(f"((COALESCE(s.{n}::text, '') <> '')::int << {bit})" for bit, n in enumerate(facts_of(kind)))
    run(
        f"CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT row_number() OVER (ORDER BY s.{LED_BY[kind]}) AS place, {names}, {told} AS told, h.target, COALESCE(h.created, false) AS created, "
        f"{owner_id} AS owner_id, {account} AS account, COALESCE(p.problem, '') AS problem FROM incoming s "
        f"LEFT JOIN hit h ON h.row = s.row LEFT JOIN repeat p ON p.row = s.row {owners}{found}"
        f"WHERE s.lost = '' {follows}",
        *([owner] if kind == "accounts" else []),
    )
    run("ALTER TABLE stage ADD PRIMARY KEY (row)")
    run("CREATE INDEX ON stage (place)")
    run("ANALYZE stage")


def drop() -> None:
    """Room for the other kind of record of the same file."""
    run("DROP TABLE IF EXISTS incoming, repeat, hit, stage, follows, owner_called, account_found, change, merged_away")
