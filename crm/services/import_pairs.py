"""Rows and records that may be the same: exact normal forms only, each pair with its evidence, nothing merged."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from crm.services.import_sql import ask

# What counts, and how much; a name with one more thing in common is the same, less is likely.
_WEIGHTS = {
    "same domain": 0.5,
    "same name": 0.45,
    "same place": 0.3,
    "same phone": 0.4,
    "same street": 0.3,
    "same mail address": 0.9,
}
_OTHER = 0.35
_MOST_ALIKE = 20  # a larger group is a chain of sites or a placeholder, not a doublet
_MOST_PAIRS = 20_000
_DIGITS = "regexp_replace({t}.phone, '[^0-9]', '', 'g')"
_ACCOUNT_EVIDENCE = {
    "same domain": "{t}.domain",
    "same name": "{t}.name_norm",
    "same phone": f"CASE WHEN length({_DIGITS}) > 6 THEN {_DIGITS} ELSE '' END",
}
_CONTACT_EVIDENCE = {
    "same name": "CASE WHEN {t}.last_name <> '' THEN lower({t}.first_name || ' ' || {t}.last_name) ELSE '' END",
    "same phone": _ACCOUNT_EVIDENCE["same phone"],
    "same street": "CASE WHEN {t}.street <> '' THEN lower({t}.street || {t}.postcode) ELSE '' END",
}
_PLACE = "lower(regexp_replace({t}.postcode || {t}.city, '[^[:alnum:]]', '', 'g'))"


def row_pairs(kind: str, match_on: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of rows of one file."""
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for word, expression in _evidence(kind, match_on).items():
        one = expression.format(t="x")
        rows = ask(
            f"WITH k AS (SELECT x.row, {one} AS k FROM stage x), g AS (SELECT k FROM k WHERE k <> '' GROUP BY 1 "
            f"HAVING count(*) BETWEEN 2 AND {_MOST_ALIKE}) SELECT a.row, b.row FROM k a JOIN g USING (k) JOIN k b USING (k) "
            f"WHERE a.row < b.row ORDER BY 1, 2 LIMIT {_MOST_PAIRS}"
        )
        for pair in rows:
            found[(pair[0], pair[1])].append(word)
    _add_place(found, kind)
    return [{"row_a": a, "row_b": b, **_verdict(words)} for (a, b), words in sorted(found.items()) if _telling(words)]


def record_pairs(kind: str, match_on: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of a new row and a record that was there before."""
    table = {"accounts": "crm_account", "contacts": "crm_contact"}[kind]
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for word, expression in _evidence(kind, match_on).items():
        one, two = expression.format(t="s"), expression.format(t="r")
        rows = ask(
            f"SELECT s.row, r.id FROM stage s JOIN {table} r ON {one} = {two} WHERE s.created AND {one} <> '' "
            f"AND NOT EXISTS (SELECT 1 FROM stage o WHERE o.target = r.id) ORDER BY 1, 2 LIMIT {_MOST_PAIRS}"
        )
        for row, pk in rows:
            found[(row, pk)].append(word)
    if found:
        for (row, pk), words in found.items():
            words.extend(_same_place(kind, row, pk))
    return [{"row": row, "id": pk, **_verdict(words)} for (row, pk), words in sorted(found.items()) if _telling(words)]


def _evidence(kind: str, match_on: Sequence[str]) -> dict[str, str]:
    known = dict(_ACCOUNT_EVIDENCE if kind == "accounts" else _CONTACT_EVIDENCE)
    for column in match_on:
        quoted = column.replace("'", "''").replace("{", "{{").replace("}", "}}").replace("%", "%%")
        known[f"same {column}"] = "COALESCE(lower({t}.custom->>'" + quoted + "'), '')"
    return known


def _add_place(found: dict[tuple[int, int], list[str]], kind: str) -> None:
    if not found:
        return
    places = dict(ask(f"SELECT x.row, {_PLACE.format(t='x')} FROM stage x"))
    for (a, b), words in found.items():
        if places.get(a) and places.get(a) == places.get(b):
            words.append("same place")


def _same_place(kind: str, row: int, pk: int) -> list[str]:
    table = {"accounts": "crm_account", "contacts": "crm_contact"}[kind]
    one, two = _PLACE.format(t="s"), _PLACE.format(t="r")
    same = ask(
        f"SELECT 1 FROM stage s, {table} r WHERE s.row = %s AND r.id = %s AND {one} = {two} AND {one} <> ''", row, pk
    )
    return ["same place"] if same else []


def _telling(words: Sequence[str]) -> bool:
    return _score(words) >= 0.45


def _score(words: Sequence[str]) -> float:
    return min(0.99, sum(_WEIGHTS.get(word, _OTHER) for word in words))


def _verdict(words: Sequence[str]) -> dict[str, Any]:
    score = _score(words)
    return {"band": "same" if score >= 0.75 else "likely", "score": round(score, 2), "evidence": list(words)}
