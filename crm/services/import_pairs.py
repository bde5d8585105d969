"""Rows of a file and records on file that may be the same: proposed with their evidence, nothing merged."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Sequence
from itertools import islice
from typing import Any

from crm.services.candidates import EXACT_ROWS, NEAR_ROWS, Search, Source, between, inside, stored, weighed
from crm.services.import_sql import ask

MOST_TOLD = 50_000


def find(kind: str, match_on: Sequence[str]) -> dict[str, Any]:
    """`row_pairs`, `record_pairs` and, in words, what was left out; reads the transaction's stage, changes nothing."""
    search, records = Search(kind, match_on), Search(kind, match_on)
    found = {"row_pairs": _rows(search), "record_pairs": _records(records)}
    left_out = list(dict.fromkeys([*search.left_out, *records.left_out]))
    return {**found, "left_out": left_out}


def row_pairs(kind: str, match_on: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of rows of one file."""
    return _rows(Search(kind, match_on))


def record_pairs(kind: str, match_on: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of a new row and a record that was there before."""
    return _records(Search(kind, match_on))


def _rows(search: Search) -> list[dict[str, Any]]:
    source = _staged(search.kind, "problem = ''")
    if _too_many(search, source):
        return []
    near = _near(search, source)
    inside(search, source, near=near)
    return _told(search, "row_a", "row_b", source)


def _records(search: Search) -> list[dict[str, Any]]:
    new = _staged(search.kind, "created")
    old = stored(search.kind, "NOT EXISTS (SELECT 1 FROM stage o WHERE o.target = r.id)")
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
