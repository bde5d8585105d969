"""Rows of a file and records on file that may be the same: proposed with their evidence, nothing merged."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Sequence
from itertools import islice
from typing import Any

from crm.services.candidates import EXACT_ROWS, NEAR_ROWS, Search, Source, between, inside, stored, weighed
from crm.services.duplicates import propose
from crm.services.import_sql import NOUNS, ask, run

MOST_TOLD = 50_000


def find(kind: str, match_on: Sequence[str]) -> dict[str, Any]:
    """Before anything is on file: pairs among the rows of the transaction's stage, and of them with records; changes nothing."""
    old = stored(kind, "NOT EXISTS (SELECT 1 FROM stage o WHERE o.target = r.id)")
    return _search(kind, match_on, _staged(kind, "problem = ''"), _staged(kind, "created"), old)


def gather(kind: str, import_id: int | None) -> None:
    """`brought`: the records that an import made or changed, each with its row."""
    run(
        "CREATE TEMP TABLE brought ON COMMIT DROP AS SELECT g.id, w.row + (g.id - w.record_id)::integer AS row, w.created FROM crm_importrow w, "
        "generate_series(w.record_id, COALESCE(w.last_id, w.record_id)) g (id) WHERE w.of_id = %s AND w.noun = %s",
        import_id, NOUNS[kind],
    )  # fmt: skip
    run("ALTER TABLE brought ADD PRIMARY KEY (id)")
    run("ANALYZE brought")


def find_brought(kind: str, match_on: Sequence[str]) -> dict[str, Any]:
    """The same of what `brought` names, which is on file by now: proposed to a person, and told by the rows it came from."""
    every, new, old = (
        stored(kind, f"{word} (SELECT 1 FROM brought b WHERE b.id = r.id{more})")
        for word, more in (("EXISTS", ""), ("EXISTS", " AND b.created"), ("NOT EXISTS", ""))
    )
    some, made = ask("SELECT count(*), count(*) FILTER (WHERE created) FROM brought")[0]
    found = _search(kind, match_on, every._replace(about=some), new._replace(about=made), old)
    sides = [(pair, pair["row_a"], pair["row_b"]) for pair in found["row_pairs"]]
    sides += [(pair, pair["row"], pair["id"]) for pair in found["record_pairs"]]
    propose(kind, [(a, b, pair["band"], pair["score"], pair["evidence"]) for pair, a, b in sides])
    rows = dict(ask("SELECT id, row FROM brought WHERE id = ANY(%s)", list({pk for _, *both in sides for pk in both})))
    for pair in found["row_pairs"]:
        pair["row_a"], pair["row_b"] = sorted((rows[pair["row_a"]], rows[pair["row_b"]]))
    for pair in found["record_pairs"]:
        pair["row"] = rows[pair["row"]]
    return found


def _search(kind: str, match_on: Sequence[str], every: Source, new: Source, old: Source) -> dict[str, Any]:
    """`row_pairs`, `record_pairs` and, in words, what was left out."""
    rows, records = Search(kind, match_on), Search(kind, match_on)
    found = {"row_pairs": _rows(rows, every), "record_pairs": _records(records, new, old)}
    return {**found, "left_out": list(dict.fromkeys([*rows.left_out, *records.left_out]))}


def _rows(search: Search, source: Source) -> list[dict[str, Any]]:
    if _too_many(search, source):
        return []
    inside(search, source, near=_near(search, source))
    return _told(search, "row_a", "row_b", source)


def _records(search: Search, new: Source, old: Source) -> list[dict[str, Any]]:
    if _too_many(search, new) or not new.about or not ask(f"SELECT EXISTS (SELECT 1 FROM {old.sql} r)")[0][0]:
        return []
    between(search, new, old, near=_near(search, new))
    return _told(search, "row", "id", new, old)


def _told(search: Search, one: str, two: str, ones: Source, others: Source | None = None) -> list[dict[str, Any]]:
    pairs = weighed(search, ones, others)
    told = [
        {one: a, two: b, "band": found.band, "score": found.score, "evidence": found.evidence}
        for a, b, found in islice(pairs, MOST_TOLD)
    ]
    if next(pairs, None) is not None:
        search.left_out.append(f"Only the first {MOST_TOLD:,} pairs are listed.")
    return told


def _too_many(search: Search, source: Source) -> bool:
    """Nobody waits a minute longer for a file of a million rows: what it brings is compared once it is on file."""
    if source.about <= EXACT_ROWS:
        return False
    search.left_out.append(
        f"The file has more than {EXACT_ROWS:,} rows: which of them may be the same is left to the daily search for "
        "duplicates, or to Search again on the page Duplicates."
    )
    return True


def _near(search: Search, source: Source) -> bool:
    if source.about <= NEAR_ROWS:
        return True
    search.most = NEAR_ROWS
    search.left_out.append(
        f"The file has more than {NEAR_ROWS:,} rows: only what is spelled alike was compared; "
        "the daily search for duplicates looks at the rest."
    )
    return False


def _staged(kind: str, where: str) -> Source:
    """The rows of the file, in the columns that records have."""
    have = {
        name for (name,) in ask("SELECT attname FROM pg_attribute WHERE attrelid = 'stage'::regclass AND attnum > 0")
    }
    about = ask(f"SELECT count(*) FROM stage WHERE {where}")[0][0]
    more = [f"'' AS {name}" for name in ("name_norm", "phone_norm", "address_norm", "email_norm") if name not in have]
    if kind == "contacts":
        more += ["company_norm AS company", "account_domain AS domain"]
    return Source(f"(SELECT stage.*, row AS id{''.join(f', {name}' for name in more)} FROM stage WHERE {where})", about)
