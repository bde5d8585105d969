"""The sets of an import: staged by COPY, matched, written and compared inside one transaction."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Iterable
from typing import Any

from django.db import connection

from crm.rules.companies import normal_name
from crm.rules.import_rows import Row, company_key

_TEXTS = {
    "accounts": ["external_id", "name", "domain", "phone", "street", "city", "postcode", "state_name", "country", "industry"],
    "contacts": ["external_id", "first_name", "last_name", "email", "email_norm", "phone", "title", "street", "city", "postcode",
                 "state_name", "country"],
}  # fmt: skip
_FURTHER = {
    "accounts": ["name_norm", "employees", "sites", "parent", "parent_norm", "owner"],
    "contacts": ["company_norm", "account_domain"],
}
_NUMBERS = {"employees", "sites"}
TABLES = {"accounts": "crm_account", "contacts": "crm_contact"}
# What two spellings of one record share, in the same words for staged rows and stored ones.
KEYS = {
    "accounts": "{t}.name_norm || '|' || {t}.domain || '|' || lower(regexp_replace({t}.postcode || {t}.city || {t}.street, '[^[:alnum:]]', '', 'g'))",
    "contacts": "lower({t}.first_name || '|' || {t}.last_name || '|' || {t}.email) || '|' || "
                "lower(regexp_replace({t}.postcode || {t}.city || {t}.street, '[^[:alnum:]]', '', 'g')) || '|' || regexp_replace({t}.phone, '[^0-9]', '', 'g')",
}  # fmt: skip


def stage(kind: str, rows: Iterable[Row]) -> None:
    """COPY the usable rows into a table that ends with the transaction."""
    texts, further = _TEXTS[kind], _FURTHER[kind]
    columns = [f"{name} text NOT NULL" for name in texts]
    columns += [f"{name} {'integer' if name in _NUMBERS else 'text NOT NULL'}" for name in further]
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE stage (row integer PRIMARY KEY, {', '.join(columns)}, custom jsonb NOT NULL, key text, "
            "target bigint, created boolean NOT NULL DEFAULT false, changes jsonb NOT NULL DEFAULT '{}', "
            "account bigint, owner_id bigint, problem text NOT NULL DEFAULT '') ON COMMIT DROP"
        )
        names = ["row", *texts, *further, "custom"]
        with cursor.copy(f"COPY stage ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(_staged(kind, row))
        cursor.execute(f"UPDATE stage SET key = {KEYS[kind].format(t='stage')}")
        cursor.execute("CREATE INDEX ON stage (key)")
        cursor.execute("CREATE INDEX ON stage (target)")
        cursor.execute("ANALYZE stage")


def _staged(kind: str, row: Row) -> list[Any]:
    values = row.values | {"state_name": row.values.get("state", "")}
    if kind == "accounts":
        further: list[Any] = [normal_name(values["name"]), _number(values, "employees"), _number(values, "sites"),
                              values.get("parent", ""), normal_name(values.get("parent", "")), values.get("owner", "")]  # fmt: skip
    else:
        further = [company_key(values.get("company", "")), values.get("account_domain", "")]
    return [row.number, *(values.get(name, "") for name in _TEXTS[kind]), *further, row.custom_json]


def _number(values: dict[str, str], name: str) -> int | None:
    return int(values[name]) if values.get(name) else None


def run(statement: str, *parameters: Any) -> int:
    """One statement over the sets; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def ask(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def drop_repeats(kind: str) -> None:
    """Two rows with one external number, or one mail address, cannot both be written: the first stays."""
    for column, what in (("external_id", "number"), *([("email_norm", "mail address")] if kind == "contacts" else [])):
        run(
            f"UPDATE stage s SET problem = 'The same {what} as row ' || f.first || '.' FROM "
            f"(SELECT {column}, min(row) AS first FROM stage WHERE {column} <> '' AND problem = '' GROUP BY 1 HAVING count(*) > 1) f "
            f"WHERE s.{column} = f.{column} AND s.row > f.first AND s.problem = ''"
        )


def match(kind: str) -> None:
    """Find the stored record of each row: by external number, by mail address, by everything it says."""
    table = TABLES[kind]
    run(
        f"UPDATE stage s SET target = r.id FROM {table} r WHERE s.problem = '' AND s.external_id <> '' AND r.external_id = s.external_id"
    )
    if kind == "contacts":
        run(
            "UPDATE stage s SET target = r.id FROM crm_contact r WHERE s.problem = '' AND s.target IS NULL AND s.email_norm <> '' "
            "AND r.email_norm = s.email_norm AND NOT EXISTS (SELECT 1 FROM stage o WHERE o.target = r.id)"
        )
    for mine, theirs in (("s.external_id = ''", "true"), ("s.external_id <> ''", "r.external_id = ''")):
        _match_by_key(kind, mine, theirs)
    if kind == "accounts":
        _match_by_name_and_domain()


def _match_by_key(kind: str, mine: str, theirs: str) -> None:
    """Rows that say the same as a stored record; several alike are paired in order, so that the same file again changes nothing."""
    table, key = TABLES[kind], KEYS[kind].format(t="r")
    near = "name_norm" if kind == "accounts" else "last_name"
    run(
        f"WITH a AS (SELECT s.row, s.key, row_number() OVER (PARTITION BY s.key ORDER BY s.row) AS n FROM stage s "
        f"WHERE s.target IS NULL AND s.problem = '' AND {mine}), "
        f"b AS (SELECT r.id, {key} AS key, row_number() OVER (PARTITION BY {key} ORDER BY r.id) AS n FROM {table} r "
        f"WHERE {theirs} AND r.{near} IN (SELECT {near} FROM stage) AND NOT EXISTS (SELECT 1 FROM stage o WHERE o.target = r.id)) "
        "UPDATE stage s SET target = b.id FROM a JOIN b ON a.key = b.key AND a.n = b.n WHERE s.row = a.row"
    )


def _match_by_name_and_domain() -> None:
    """One company on each side with this name and domain, and no word against it being the same place."""
    run(
        "WITH a AS (SELECT min(row) AS row, name_norm, domain FROM stage WHERE target IS NULL AND problem = '' AND domain <> '' "
        "GROUP BY 2, 3 HAVING count(*) = 1), "
        "b AS (SELECT min(r.id) AS id, r.name_norm, r.domain FROM crm_account r WHERE r.domain <> '' "
        "AND r.name_norm IN (SELECT name_norm FROM stage) GROUP BY 2, 3 HAVING count(*) = 1) "
        "UPDATE stage s SET target = b.id FROM a JOIN b USING (name_norm, domain) JOIN crm_account r ON r.id = b.id "
        "WHERE s.row = a.row AND (s.external_id = '' OR r.external_id = '') "
        "AND (s.city || s.postcode = '' OR r.city || r.postcode = '' OR lower(s.city) = lower(r.city)) "
        "AND NOT EXISTS (SELECT 1 FROM stage o WHERE o.target = r.id)"
    )


def find_changes(kind: str) -> None:
    """What a row says that its record does not; an empty cell says nothing."""
    names = [name for name in _TEXTS[kind] if name != "email_norm"] + (
        ["employees", "sites"] if kind == "accounts" else []
    )
    pairs = ", ".join(
        f"'{n}', CASE WHEN s.{n} IS NOT NULL AND s.{n}::text <> '' AND s.{n} IS DISTINCT FROM r.{n} THEN s.{n} END"
        for n in names
    )
    owner = (
        ", 'owner_id', CASE WHEN s.owner_id IS DISTINCT FROM r.owner_id THEN s.owner_id END"
        if kind == "accounts"
        else ""
    )
    run(
        f"UPDATE stage s SET changes = jsonb_strip_nulls(jsonb_build_object({pairs}{owner}, "
        "'custom', CASE WHEN NOT r.custom @> s.custom THEN s.custom END)) "
        f"FROM {TABLES[kind]} r WHERE r.id = s.target AND s.problem = ''"
    )


def write_changes(kind: str, source: str, today: str) -> None:
    names = list(_TEXTS[kind]) if kind == "accounts" else [n for n in _TEXTS[kind] if n != "email_norm"]
    sets = [f"{name} = COALESCE(s.changes->>'{name}', r.{name})" for name in names]
    facts: list[Any] = []
    if kind == "accounts":
        sets += [
            f"{name} = COALESCE((s.changes->>'{name}')::bigint, r.{name})"
            for name in ("employees", "sites", "owner_id")
        ]
        sets += ["name_norm = CASE WHEN s.changes ? 'name' THEN s.name_norm ELSE r.name_norm END"]
        sets += ["facts = r.facts || (SELECT jsonb_object_agg(k, jsonb_build_object('source', %s::text, 'at', %s::text)) "
                 "FROM jsonb_object_keys(s.changes) k)"]  # fmt: skip
        facts = [source, today]
    else:
        sets += ["email_norm = CASE WHEN s.changes ? 'email' THEN s.email_norm ELSE r.email_norm END"]
    run(
        f"UPDATE {TABLES[kind]} r SET {', '.join(sets)}, custom = r.custom || s.custom FROM stage s "
        "WHERE r.id = s.target AND s.problem = '' AND NOT s.created AND s.changes <> '{}'",
        *facts,
    )


def create_accounts(source: str, today: str, now: Any) -> None:
    run(
        "UPDATE stage SET target = nextval(pg_get_serial_sequence('crm_account', 'id')), created = true WHERE target IS NULL AND problem = ''"
    )
    names = [*_TEXTS["accounts"], "name_norm", "employees", "sites", "owner_id", "custom"]
    told = ", ".join(
        f"'{n}', CASE WHEN {n}::text <> '' THEN f.fact END" for n in [*_TEXTS["accounts"], "employees", "sites"]
    )
    run(
        f"INSERT INTO crm_account (id, {', '.join(names)}, facts, zone, regulated, tags, rung, rest_reason, closed_reason, "
        f"unhandled_mail, created_at) SELECT target, {', '.join(names)}, jsonb_strip_nulls(jsonb_build_object({told})), "
        "'', '{}', '{}', 'addressable', '', '', 0, %s FROM stage, "
        "(SELECT jsonb_build_object('source', %s::text, 'at', %s::text) AS fact) f WHERE created ORDER BY row",
        now, source, today,
    )  # fmt: skip


def create_contacts(source: str, now: Any) -> None:
    run(
        "UPDATE stage SET target = nextval(pg_get_serial_sequence('crm_contact', 'id')), created = true WHERE target IS NULL AND problem = ''"
    )
    names = [*_TEXTS["contacts"], "custom"]
    run(
        f"INSERT INTO crm_contact (id, {', '.join(names)}, language, zone, source, stopped_reason, created_at) "
        f"SELECT target, {', '.join(names)}, '', '', left(%s, 120), '', %s FROM stage WHERE created ORDER BY row",
        source, now,
    )  # fmt: skip


def find_owners() -> list[tuple[Any, ...]]:
    """Give rows their owner; returns (row, owner) of those nobody here is called."""
    run("UPDATE stage s SET owner_id = u.id FROM crm_user u WHERE s.owner <> '' AND lower(u.email) = lower(s.owner)")
    run(
        "UPDATE stage s SET owner_id = u.id FROM crm_user u WHERE s.owner <> '' AND s.owner_id IS NULL AND lower(u.name) = lower(s.owner)"
    )
    return ask("SELECT row, owner FROM stage WHERE owner <> '' AND owner_id IS NULL ORDER BY row")


def keep_owners() -> list[tuple[Any, ...]]:
    """Leave accounts that have an owner with them; returns (row, owner) of those the file gives to somebody else."""
    return ask(
        "UPDATE stage s SET owner_id = NULL FROM crm_account r WHERE r.id = s.target AND s.owner_id IS NOT NULL "
        "AND r.owner_id IS NOT NULL AND s.owner_id <> r.owner_id RETURNING s.row, s.owner"
    )


def find_parents() -> list[tuple[Any, ...]]:
    """Put sites below their company, in this file or on record; returns (row, parent) of those not found."""
    run(
        "UPDATE stage s SET account = COALESCE("
        "(SELECT r.id FROM crm_account r WHERE r.external_id = s.parent AND r.id <> s.target LIMIT 1), "
        "(SELECT min(r.id) FROM crm_account r WHERE r.name_norm = s.parent_norm AND r.id <> s.target HAVING count(*) = 1)) "
        "WHERE s.parent <> '' AND s.problem = ''"
    )
    run(
        "WITH moved AS (UPDATE crm_account r SET parent_id = s.account FROM stage s JOIN crm_account p ON p.id = s.account "
        "WHERE r.id = s.target AND r.parent_id IS DISTINCT FROM s.account AND p.parent_id IS DISTINCT FROM r.id RETURNING r.id) "
        "UPDATE stage s SET changes = s.changes || '{\"parent\": true}' FROM moved WHERE s.target = moved.id AND NOT s.created"
    )
    return ask("SELECT row, parent FROM stage WHERE parent <> '' AND account IS NULL AND problem = '' ORDER BY row")


def join_accounts(source: str, today: Any) -> None:
    """Give people the account their row points to: by domain, else by the company's name; where only one fits."""
    run(
        "UPDATE stage s SET account = f.id FROM (SELECT domain, min(id) AS id FROM crm_account WHERE domain <> '' "
        "GROUP BY 1 HAVING count(*) = 1) f WHERE s.account_domain = f.domain AND s.account_domain <> '' AND s.problem = ''"
    )
    run(
        "UPDATE stage s SET account = f.id FROM (SELECT name_norm, min(id) AS id FROM crm_account WHERE name_norm <> '' "
        "GROUP BY 1 HAVING count(*) = 1) f WHERE s.account IS NULL AND s.company_norm = f.name_norm AND s.company_norm <> '' AND s.problem = ''"
    )
    run(
        "WITH joined AS (INSERT INTO crm_membership (contact_id, account_id, role_id, title, department, main, confidence, source, "
        "evidence, since) SELECT s.target, s.account, (SELECT id FROM crm_role WHERE slug = 'unknown'), s.title, '', "
        "NOT EXISTS (SELECT 1 FROM crm_membership m WHERE m.contact_id = s.target AND m.until IS NULL AND m.main), "
        "'low', left(%s, 120), '', %s FROM stage s WHERE s.account IS NOT NULL AND s.problem = '' AND NOT EXISTS "
        "(SELECT 1 FROM crm_membership m WHERE m.contact_id = s.target AND m.account_id = s.account AND m.until IS NULL) "
        "RETURNING contact_id) UPDATE stage s SET changes = s.changes || '{\"account\": true}' FROM joined "
        "WHERE s.target = joined.contact_id AND NOT s.created",
        source, today,
    )  # fmt: skip


def tell_timeline(kind: str, by_id: int | None, by_name: str, source: str, now: Any) -> None:
    """One row for each record that is new or changed."""
    noun = kind.removesuffix("s")
    run(
        "INSERT INTO crm_event (at, kind, account_id, contact_id, actor_id, actor_name, why, facts, subject_type, subject_id) "
        f"SELECT %s, CASE WHEN created THEN '{noun}.{'created' if noun == 'account' else 'added'}' ELSE '{noun}.edited' END, "
        f"{'target' if noun == 'account' else 'account'}, {'NULL::bigint' if noun == 'account' else 'target'}, %s, %s, "
        f"left('Imported from ' || %s, 500), jsonb_build_object('import', %s), 'crm.{noun}', target "
        "FROM stage WHERE problem = '' AND (created OR changes <> '{}') ORDER BY row",
        now, by_id, by_name, source, source,
    )  # fmt: skip
