"""Which record each row of a file is about: by its number, its address, by all it says; the rest are new."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Callable
from typing import Any

from crm.services.import_sql import NUMBERS, PLACE, TABLES, ask, columns, one, run

# Rows that have no record yet and may get one.
_TODO = (
    "s.lost = '' AND NOT EXISTS (SELECT 1 FROM hit h WHERE h.row = s.row) "
    "AND NOT EXISTS (SELECT 1 FROM repeat p WHERE p.row = s.row)"
)
_FREE = "NOT EXISTS (SELECT 1 FROM hit h WHERE h.target = r.id)"
_NAMED = "CASE WHEN {t}.name_norm = '' THEN lower({t}.name) ELSE {t}.name_norm END"
_CALLED = "CASE WHEN {t}.name_norm = '' THEN lower({t}.first_name || ' ' || {t}.last_name) ELSE {t}.name_norm END"


def match(kind: str, *, beside: bool = False) -> None:
    """Fill `repeat` (rows that cannot be written and why) and `hit` (row, target, created)."""
    run("CREATE TEMP TABLE repeat (row integer PRIMARY KEY, problem text NOT NULL) ON COMMIT DROP")
    run(
        "CREATE TEMP TABLE hit (row integer PRIMARY KEY, target bigint NOT NULL, created boolean NOT NULL) ON COMMIT DROP"
    )
    run("CREATE TEMP TABLE merged_away (row integer PRIMARY KEY, target bigint NOT NULL) ON COMMIT DROP")
    if kind == "accounts":
        _fold(beside)
    elif one("SELECT EXISTS (SELECT 1 FROM crm_contactaddress)"):
        _read_further_addresses()
    _repeats(kind)
    run("ANALYZE repeat")
    if one(f"SELECT EXISTS (SELECT 1 FROM {TABLES[kind]})"):
        _find(kind)
    _assign(kind)
    run("ANALYZE hit")


def _read_further_addresses() -> None:
    """A row under an address that somebody brought along in a merge is about them, and leaves their main one as it is."""
    run(
        "UPDATE incoming s SET email = r.email, email_norm = r.email_norm FROM crm_contactaddress d "
        "JOIN crm_contact r ON r.id = d.contact_id WHERE d.email_norm = s.email_norm AND r.email_norm <> ''"
    )


def _find(kind: str) -> None:
    _hit(
        f"SELECT s.row, r.id FROM incoming s JOIN {TABLES[kind]} r ON r.external_id = s.external_id "
        f"WHERE s.external_id <> '' AND r.external_id <> '' AND {_TODO}"
    )
    rows = one("SELECT EXISTS (SELECT 1 FROM incoming WHERE external_id = '' AND lost = '')")
    unnumbered = rows, one(f"SELECT EXISTS (SELECT 1 FROM {TABLES[kind]} WHERE external_id = '')")
    # What has a number on both sides is one only by that number.
    if kind == "accounts":
        _alike(_same_account, *unnumbered)
        if any(unnumbered):
            _same_name_and_domain()
            _same_name_and_town()
    else:
        _hit(
            "SELECT s.row, r.id FROM incoming s JOIN crm_contact r ON r.email_norm = s.email_norm "
            f"WHERE s.email_norm <> '' AND {_TODO} AND {_FREE}"
        )
        _alike(_same_person, *unnumbered)
    if one("SELECT EXISTS (SELECT 1 FROM crm_merge WHERE kind = %s AND undone_at IS NULL)", kind):
        _merged_away(kind)
    if kind == "contacts":
        _taken_addresses()


def _alike(same: Callable[[str, str], None], rows: bool, records: bool) -> None:
    if rows:
        same("s.external_id = ''", "true")
    if records:
        same("s.external_id <> ''", "r.external_id = ''")


def _hit(found: str) -> None:
    run(
        f"INSERT INTO hit SELECT DISTINCT ON (id) row, id, false FROM ({found}) f ORDER BY id, row ON CONFLICT DO NOTHING"
    )


def _fold(beside: bool) -> None:
    """Where people stand beside their company, many rows name one company: the first of them speaks for it."""
    run("CREATE TEMP TABLE follows (row integer PRIMARY KEY, first integer NOT NULL) ON COMMIT DROP")
    if beside:
        key = f"CASE WHEN s.external_id <> '' THEN '#' || s.external_id ELSE {_NAMED.format(t='s')} || '|' || s.domain || '|' || {PLACE.format(t='s')} END"
        run(
            f"INSERT INTO follows SELECT row, first FROM (SELECT s.row, min(s.row) OVER (PARTITION BY {key}) AS first "
            "FROM incoming s WHERE s.lost = '') f WHERE row > first"
        )
        run("ANALYZE follows")


def _repeats(kind: str) -> None:
    """Two rows with one external number, or one mail address, cannot both be written: the first stays."""
    alone = "AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.row = s.row)" if kind == "accounts" else ""
    for column, what in (("external_id", "number"), *([("email_norm", "mail address")] if kind == "contacts" else [])):
        run(
            f"INSERT INTO repeat SELECT row, 'The same {what} as row ' || first || '.' FROM (SELECT s.row, min(s.row) "
            f"OVER (PARTITION BY s.{column}) AS first FROM incoming s WHERE s.{column} <> '' AND {_TODO} {alone}) f WHERE row > first"
        )


def _same_account(mine: str, theirs: str) -> None:
    """Rows that say the same as a stored record; several alike are paired in order, so that the same file again changes nothing."""
    name, place = _NAMED.format(t="s"), PLACE.format(t="s")
    their_name, their_place = _NAMED.format(t="r"), PLACE.format(t="r")
    _pair(
        f"SELECT s.row, {name} AS a, s.domain AS b, {place} AS c FROM incoming s WHERE {_TODO} AND {mine} AND EXISTS "
        f"(SELECT 1 FROM crm_account r WHERE r.name_norm = s.name_norm AND r.domain = s.domain AND {theirs})",
        f"SELECT r.id, {their_name} AS a, r.domain AS b, {their_place} AS c FROM crm_account r WHERE {theirs} AND {_FREE} "
        "AND EXISTS (SELECT 1 FROM incoming s WHERE r.name_norm = s.name_norm AND r.domain = s.domain)",
        "a, b, c",
    )


def _pair(mine: str, theirs: str, key: str) -> None:
    _hit(
        f"SELECT a.row, b.id FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY row) AS n FROM ({mine}) m) a "
        f"JOIN (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY id) AS n FROM ({theirs}) t) b USING ({key}, n)"
    )


def _same_name_and_domain() -> None:
    """One company on each side with this name and domain (one pair in all), and no word against it being the same place."""
    _hit(
        "SELECT min(s.row) AS row, min(r.id) AS id FROM incoming s JOIN crm_account r USING (name_norm, domain) "
        f"WHERE s.domain <> '' AND s.name_norm <> '' AND {_TODO} AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.row = s.row) "
        f"GROUP BY name_norm, domain HAVING count(*) = 1 AND bool_and((s.external_id = '' OR r.external_id = '') "
        "AND (s.city || s.postcode = '' OR r.city || r.postcode = '' OR lower(s.city) = lower(r.city)) "
        f"AND {_FREE})"
    )


def _same_name_and_town() -> None:
    """The only company of this name on each side, written alike to the letter ("Frost GmbH" and "Frost KG" are two), in one
    town, where one of the two says no street: as a list taken along does."""
    _hit(
        f"WITH a AS (SELECT min(s.row) AS row, s.name_norm FROM incoming s WHERE s.name_norm <> '' AND s.city <> '' AND {_TODO} "
        "AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.row = s.row) GROUP BY 2 HAVING count(*) = 1), "
        "b AS (SELECT a.row, f.id FROM (SELECT * FROM a ORDER BY name_norm) a CROSS JOIN LATERAL (SELECT min(x.id) AS id FROM "
        "(SELECT r.id FROM crm_account r WHERE r.name_norm = a.name_norm LIMIT 2) x HAVING count(*) = 1) f) "
        "SELECT s.row, r.id FROM b JOIN crm_account r USING (id) JOIN incoming s ON s.row = b.row "
        "WHERE (s.external_id = '' OR r.external_id = '') AND (s.domain = '' OR r.domain = '' OR s.domain = r.domain) "
        "AND lower(s.name) = lower(r.name) AND lower(s.city) = lower(r.city) AND (s.country = '' OR r.country = '' OR s.country = r.country) "
        f"AND (s.street || s.postcode = '' OR r.street || r.postcode = '') AND {_FREE}"
    )


# What a row and a record that was merged away both say, where neither has a number.
_SAYS = {"accounts": ["name", "domain", "street", "city", "postcode"],
         "contacts": ["first_name", "last_name", "email", "phone", "street", "city", "postcode"]}  # fmt: skip


def _merged_away(kind: str) -> None:
    """A row that says what a record said that was merged into another is about that other, and says nothing new:
    the merge decided what stays. So the file that brought the doublet brings it no second time."""
    gone = " || chr(31) || ".join(f"lower(COALESCE(w.said->>'{name}', ''))" for name in _SAYS[kind])
    here = " || chr(31) || ".join(f"lower(s.{name})" for name in _SAYS[kind])
    table, works = TABLES[kind], "true"
    if kind == "contacts":
        works = (
            "NOT EXISTS (SELECT 1 FROM account_found f WHERE f.row = s.row AND NOT EXISTS "
            "(SELECT 1 FROM crm_membership m WHERE m.contact_id = r.id AND m.account_id = f.account))"
        )
    run(
        "INSERT INTO merged_away WITH RECURSIVE went AS ("
        "SELECT gone_row AS said, kept_id AS target FROM crm_merge WHERE kind = %s AND undone_at IS NULL UNION "
        "SELECT w.said, m.kept_id FROM went w JOIN crm_merge m ON m.kind = %s AND m.undone_at IS NULL AND m.gone_id = w.target) "
        f"SELECT DISTINCT ON (s.row) s.row, r.id FROM went w JOIN {table} r ON r.id = w.target CROSS JOIN LATERAL "
        f"(VALUES ('#' || NULLIF(w.said->>'external_id', '')), ({gone})) k (key) JOIN incoming s "
        f"ON k.key = CASE WHEN s.external_id <> '' THEN '#' || s.external_id ELSE {here} END WHERE {_TODO} AND {works} ORDER BY s.row, r.id",
        kind, kind,
    )  # fmt: skip
    run("INSERT INTO hit SELECT row, target, false FROM merged_away")
    run("ANALYZE merged_away")
    silent = [f"{name} = ''" for name in columns(kind)] + [f"{name} = NULL" for name in NUMBERS[kind]]
    run(f"UPDATE incoming s SET {', '.join(silent)}, custom = '{{}}' FROM merged_away w WHERE w.row = s.row")
    if kind == "contacts":
        run("DELETE FROM account_found f USING merged_away w WHERE w.row = f.row")


def _same_person(mine: str, theirs: str) -> None:
    """The same name, address, phone and place at the same account; a row that names no company fits any."""
    said = f"{_CALLED.format(t='{t}')} AS a, lower({{t}}.email) AS b, {PLACE} AS c, {{t}}.phone_norm AS d"
    works = "COALESCE((SELECT m.account_id FROM crm_membership m WHERE m.contact_id = r.id AND m.until IS NULL AND m.main), 0)"
    near = "r.last_name = s.last_name AND r.first_name = s.first_name"
    for more, account, their_account, key in (
        ("true", "COALESCE(f.account, 0)", works, "a, b, c, d, e"),
        ("s.company_norm = '' AND s.account_domain = ''", "0", "0", "a, b, c, d, e"),
    ):
        _pair(
            f"SELECT s.row, {said.format(t='s')}, {account} AS e FROM incoming s LEFT JOIN account_found f ON f.row = s.row "
            f"WHERE {_TODO} AND {mine} AND {more} AND EXISTS (SELECT 1 FROM crm_contact r WHERE {near})",
            f"SELECT r.id, {said.format(t='r')}, {their_account} AS e FROM crm_contact r WHERE {theirs} AND {_FREE} "
            f"AND EXISTS (SELECT 1 FROM incoming s WHERE {near})",
            key,
        )


def _taken_addresses() -> None:
    """An address belongs to one person: a row that gives it to another is left out, and says whose it is."""
    run(
        "INSERT INTO repeat SELECT s.row, left('This mail address belongs to ' || COALESCE(NULLIF(btrim(r.first_name || ' ' || "
        "r.last_name), ''), r.email) || '.', 300) FROM incoming s JOIN crm_contact r ON r.email_norm = s.email_norm "
        "LEFT JOIN hit h ON h.row = s.row WHERE s.email_norm <> '' AND s.lost = '' AND r.id IS DISTINCT FROM h.target "
        "ON CONFLICT DO NOTHING"
    )
    run("DELETE FROM hit h USING repeat p WHERE p.row = h.row")


def _assign(kind: str) -> None:
    """What was not found is new, and gets its number now."""
    alone = "AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.row = s.row)" if kind == "accounts" else ""
    numbers = one("SELECT pg_get_serial_sequence(%s, 'id')", TABLES[kind])  # once: it looks through the catalogue
    run(
        f"INSERT INTO hit SELECT row, nextval('{numbers}'), true FROM "
        f"(SELECT s.row FROM incoming s WHERE {_TODO} {alone} ORDER BY s.row) n"
    )


def find_accounts() -> list[tuple[Any, ...]]:
    """The account each person's row points to: the one beside it, else by the domain it names, else by the company's name,
    else by the domain of the mail address; where only one fits.

    Returns (row, company, account) of those whose company nobody knows and whose address belongs to one of another name.
    """
    run("CREATE TEMP TABLE account_found (row integer PRIMARY KEY, account bigint NOT NULL) ON COMMIT DROP")
    if one("SELECT to_regclass('pg_temp.row_account') IS NOT NULL"):
        run(
            "INSERT INTO account_found SELECT w.row, w.account FROM row_account w JOIN incoming s ON s.row = w.row WHERE s.lost = ''"
        )
    for mine, theirs in (("named_domain", "domain"), ("company_norm", "name_norm"), ("account_domain", "domain")):
        run(
            f"INSERT INTO account_found SELECT s.row, f.id FROM incoming s JOIN (SELECT r.{theirs} AS said, min(r.id) AS id "
            f"FROM crm_account r WHERE r.{theirs} <> '' AND r.{theirs} IN (SELECT {mine} FROM incoming) GROUP BY 1 "
            f"HAVING count(*) = 1) f ON f.said = s.{mine} WHERE s.lost = '' ON CONFLICT DO NOTHING"
        )
    run("ANALYZE account_found")
    return ask(
        "SELECT s.row, s.company_said, r.name FROM incoming s JOIN account_found f USING (row) JOIN crm_account r ON r.id = f.account "
        "WHERE s.company_norm <> '' AND s.named_domain = '' AND r.domain = s.account_domain "
        "AND greatest(similarity(s.company_norm, r.name_norm), word_similarity(split_part(r.domain, '.', 1), s.company_norm)) < 0.3 "
        "ORDER BY 1"
    )


def find_owners() -> list[tuple[int, str]]:
    """Whom the file means by its owners; returns (row, owner) of those nobody here is called."""
    run("CREATE TEMP TABLE owner_called (called text PRIMARY KEY, id bigint) ON COMMIT DROP")
    run(
        "INSERT INTO owner_called SELECT c.owner, COALESCE("
        "(SELECT u.id FROM crm_user u WHERE lower(u.email) = lower(c.owner)), "
        "(SELECT min(u.id) FROM crm_user u WHERE lower(u.name) = lower(c.owner) HAVING count(*) = 1)) "
        "FROM (SELECT DISTINCT owner FROM incoming WHERE owner <> '') c"
    )
    return ask(  # type: ignore[return-value]
        "SELECT s.row, s.owner FROM incoming s JOIN owner_called w ON w.called = s.owner WHERE w.id IS NULL AND s.lost = '' ORDER BY 1"
    )
