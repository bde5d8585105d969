"""What an import writes: changed records with what they said before, new ones, their timeline, and the row each came from."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.services import import_norms, import_stage
from crm.services.import_sql import NORMS, NOUNS, NUMBERS, TABLES, TEXTS, ask, one, run

_SLICE = 50_000
_PLACE_FIELDS = ("street", "postcode", "city", "country", "phone")


@dataclass(frozen=True)
class Origin:
    """Where the rows come from, for provenance and timeline."""

    import_id: int | None
    file_name: str
    source: str
    by_id: int | None
    by_name: str
    now: Any
    today: str
    tags: Sequence[str] = ()


def keep_owners() -> list[tuple[Any, ...]]:
    """Leave accounts that have an owner with them; returns (row, owner) of those the file gives to somebody else."""
    return ask(
        "UPDATE stage s SET owner_id = NULL FROM crm_account r WHERE r.id = s.target AND NOT s.created AND s.owner_id IS NOT NULL "
        "AND r.owner_id IS NOT NULL AND s.owner_id <> r.owner_id RETURNING s.row, s.owner"
    )


def find_changes(kind: str, origin: Origin) -> None:
    """`change`: what a row says that its record does not, as [before, after] by column; an empty cell says nothing."""
    differs = [f"(s.{n} <> '' AND s.{n} <> r.{n})" for n in TEXTS[kind]]
    differs += [f"(s.{n} IS NOT NULL AND s.{n} IS DISTINCT FROM r.{n})" for n in NUMBERS[kind]]
    names = [*TEXTS[kind], *NUMBERS[kind]]
    pairs = [
        f"'{n}', CASE WHEN {d} THEN jsonb_build_array(r.{n}, s.{n}) END" for n, d in zip(names, differs, strict=True)
    ]
    custom = "NOT r.custom @> s.custom"
    pairs.append(
        f"'custom', CASE WHEN {custom} THEN (SELECT jsonb_object_agg(k, jsonb_build_array(r.custom->k, v)) "
        "FROM jsonb_each(s.custom) e(k, v) WHERE r.custom->k IS DISTINCT FROM v) END"
    )
    own, tags = "false", "false"
    if kind == "accounts":
        own, tags = "(s.owner_id IS NOT NULL AND s.owner_id IS DISTINCT FROM r.owner_id)", "NOT r.tags @> %s::varchar[]"
        pairs.append(f"'owner_id', CASE WHEN {own} THEN jsonb_build_array(r.owner_id, s.owner_id) END")
        pairs.append(
            "'tags', (SELECT jsonb_agg(t) FROM unnest(%s::varchar[]) t WHERE t <> ALL (r.tags))"
        )  # fmt: skip
    given = [list(origin.tags)] * 2 if kind == "accounts" else []
    run(
        f"CREATE TEMP TABLE change ON COMMIT DROP AS SELECT s.row, s.target, jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)})) "
        f"AS before FROM stage s JOIN {TABLES[kind]} r ON r.id = s.target WHERE NOT s.created AND s.problem = '' "
        f"AND ({' OR '.join([*differs, custom, own, tags])}) AND NOT EXISTS (SELECT 1 FROM merged_away g WHERE g.row = s.row)",
        *given,
    )
    run("ALTER TABLE change ADD PRIMARY KEY (target)")


def write_changes(kind: str, origin: Origin) -> None:
    """Write what changed, and keep beside it the forms for comparing and the provenance of before."""
    if not one("SELECT EXISTS (SELECT 1 FROM change)"):
        return
    asked = ", ".join(f"'{n}'" for n in [*_PLACE_FIELDS, "name", "first_name", "last_name"])
    import_norms.compute(kind, f"JOIN change c ON c.target = r.id WHERE c.before ?| ARRAY[{asked}]", read=_will_say)
    table = TABLES[kind]
    pairs = [f"'{n}', CASE WHEN w.{n} <> r.{n} THEN jsonb_build_array(r.{n}, w.{n}) END" for n in import_norms.FORMS]
    if kind == "contacts":
        pairs.append("'email_norm', CASE WHEN c.before ? 'email' AND s.email_norm <> r.email_norm THEN jsonb_build_array(r.email_norm, s.email_norm) END")  # fmt: skip
    run(
        f"UPDATE change c SET before = c.before || jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)}, 'facts', "
        "(SELECT jsonb_object_agg(k, jsonb_build_array(r.facts->k, jsonb_build_object('source', %s::text, 'at', %s::text))) "
        "FROM (SELECT jsonb_object_keys(c.before) AS k UNION SELECT jsonb_object_keys(c.before->'custom')) n "
        f"WHERE k NOT IN ('tags', 'custom')))) FROM stage s JOIN {table} r ON r.id = s.target "
        "LEFT JOIN renewed w ON w.target = r.id WHERE s.row = c.row",
        origin.source, origin.today,
    )  # fmt: skip
    sets = [f"{n} = COALESCE(c.before->'{n}'->>1, r.{n})" for n in [*TEXTS[kind], *NORMS[kind]]]
    sets += [f"{n} = COALESCE((c.before->'{n}'->>1)::integer, r.{n})" for n in NUMBERS[kind]]
    if kind == "accounts":
        sets += ["owner_id = COALESCE((c.before->'owner_id'->>1)::bigint, r.owner_id)",
                 "tags = r.tags || ARRAY(SELECT jsonb_array_elements_text(COALESCE(c.before->'tags', '[]')))::varchar[]"]  # fmt: skip
    run(
        f"UPDATE {table} r SET {', '.join(sets)}, custom = r.custom || s.custom, "
        "facts = r.facts || COALESCE((SELECT jsonb_object_agg(k, v->1) FROM jsonb_each(c.before->'facts') e(k, v)), '{}') "
        "FROM change c JOIN stage s ON s.row = c.row WHERE r.id = c.target"
    )
    run("DROP TABLE renewed")


def _will_say(name: str) -> str:
    return f"COALESCE(c.before->'{name}'->>1, r.{name})"


def create(kind: str, origin: Origin, tell: Callable[[str, int], Any]) -> None:
    """The new records, a stretch of the alphabet at a time: one can watch, and stop, in between, and each page of an index is written once."""
    _shapes(kind, origin)
    last = one("SELECT COALESCE(max(place), 0) FROM stage")
    for start in range(0, last, _SLICE):
        within = f"s.created AND s.place > {start} AND s.place <= {start + _SLICE} ORDER BY s.place"
        _create_accounts(within, origin) if kind == "accounts" else _create_contacts(within, origin)
        tell("writing", min(start + _SLICE, last))
    run("DROP TABLE shape")
    _tell_created(kind, origin, tell)
    note_created("SELECT row, target AS id FROM hit WHERE created", NOUNS[kind], origin)


def _shapes(kind: str, origin: Origin) -> None:
    """Source and age of what a row says, once for all rows that fill the same columns."""
    bits = ", ".join(f"('{name}', {1 << bit})" for bit, name in enumerate(import_stage.facts_of(kind)))
    run(
        "CREATE TEMP TABLE shape ON COMMIT DROP AS SELECT d.told, m.said, (SELECT COALESCE(jsonb_object_agg(n.name, m.said), '{}') "
        f"FROM (VALUES {bits}) n (name, bit) WHERE d.told & n.bit > 0) AS facts FROM (SELECT DISTINCT told FROM stage WHERE created) d, "
        "(SELECT jsonb_build_object('source', %s::text, 'at', %s::text) AS said) m",
        origin.source, origin.today,
    )  # fmt: skip
    run("ANALYZE shape")


# A column of their own is a fact like any other.
_FACTS = (
    "CASE WHEN s.custom = '{}' THEN f.facts "
    "ELSE f.facts || (SELECT jsonb_object_agg(k, f.said) FROM jsonb_object_keys(s.custom) k) END"
)


def _create_accounts(within: str, origin: Origin) -> None:
    names = [*TEXTS["accounts"], *NORMS["accounts"], *NUMBERS["accounts"], "owner_id", "custom"]
    run(
        f"INSERT INTO crm_account (id, {', '.join(names)}, facts, zone, regulated, tags, rung, rest_reason, closed_reason, "
        f"unhandled_mail, created_at) SELECT s.target, {', '.join(f's.{n}' for n in names)}, {_FACTS}, '', '{{}}', %s, "
        f"'addressable', '', '', 0, %s FROM stage s JOIN shape f USING (told) WHERE {within}",
        list(origin.tags), origin.now,
    )  # fmt: skip


def _create_contacts(within: str, origin: Origin) -> None:
    names = [*TEXTS["contacts"], *NORMS["contacts"], "custom"]
    run(
        f"INSERT INTO crm_contact (id, {', '.join(names)}, facts, language, zone, source, stopped_reason, created_at) "
        f"SELECT s.target, {', '.join(f's.{n}' for n in names)}, {_FACTS}, '', '', %s, '', %s FROM stage s JOIN shape f USING (told) "
        f"WHERE {within}",
        origin.source[:120], origin.now,
    )  # fmt: skip


def _tell_created(kind: str, origin: Origin, tell: Callable[[str, int], Any]) -> None:
    """One row on the timeline of each new record, in the order of the file; what a statement tells the webhooks fits into memory."""
    noun = NOUNS[kind]
    made = "created" if noun == "account" else "added"
    account = (
        "NULL::bigint AS account FROM hit h"
        if noun == "account"
        else "f.account FROM hit h LEFT JOIN account_found f USING (row)"
    )
    last = one("SELECT COALESCE(max(row), 0) FROM hit")
    for start in range(0, last, _SLICE):
        within = f"h.created AND h.row > {start} AND h.row <= {start + _SLICE}"
        _tell(
            noun, f"{noun}.{made}", origin, f"FROM (SELECT h.row, h.target, {account} WHERE {within} ORDER BY h.row) s"
        )
        tell("writing", last)


def note_created(made: str, noun: str, origin: Origin) -> None:
    """What an undo takes away (`made`: row, id): numbers that follow each other in one line.

    The rows of accounts and people follow each other too, so that it is known of each record from which row it is.
    """
    if origin.import_id is not None:
        run(
            "INSERT INTO crm_importrow (of_id, row, noun, record_id, last_id, created, before) "
            "SELECT %s, min(row), %s, min(id), max(id), true, '{}' FROM (SELECT row, id, id - n AS ids, row - n AS rows "
            f"FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM ({made}) m) c) g GROUP BY ids{'' if noun == 'membership' else ', rows'}",
            origin.import_id, noun,
        )  # fmt: skip


def tell_changes(kind: str, origin: Origin) -> None:
    noun = NOUNS[kind]
    _tell(noun, f"{noun}.edited", origin, "FROM stage s JOIN change c ON c.row = s.row ORDER BY s.row")
    if origin.import_id is not None:
        run(
            "INSERT INTO crm_importrow (of_id, row, noun, record_id, created, before) "
            "SELECT %s, c.row, %s, c.target, false, c.before FROM change c ORDER BY c.row",
            origin.import_id, noun,
        )  # fmt: skip


def _tell(noun: str, kind: str, origin: Origin, rows: str) -> None:
    account, contact = ("s.target", "NULL::bigint") if noun == "account" else ("s.account", "s.target")
    run(
        "INSERT INTO crm_event (at, kind, account_id, contact_id, actor_id, actor_name, why, facts, subject_type, subject_id) "
        f"SELECT %s, %s, {account}, {contact}, %s, %s, %s, jsonb_build_object('import', %s::text, 'import_id', %s::bigint), "
        f"'crm.{noun}', s.target {rows}",
        origin.now, kind, origin.by_id, origin.by_name[:120], f"Imported from {origin.file_name}"[:500], origin.file_name,
        origin.import_id,
    )  # fmt: skip


def find_parents() -> list[tuple[Any, ...]]:
    """Put sites below their company, in this file or on record; returns (row, parent) of those that got none."""
    if not one("SELECT EXISTS (SELECT 1 FROM stage WHERE parent <> '')"):
        return []
    run(
        "CREATE TEMP TABLE parent_found ON COMMIT DROP AS SELECT s.row, s.target, COALESCE("
        "(SELECT r.id FROM crm_account r WHERE r.external_id = s.parent AND r.id <> s.target), "
        "(SELECT min(r.id) FROM crm_account r WHERE r.name_norm = s.parent_norm AND s.parent_norm <> '' AND r.id <> s.target "
        "HAVING count(*) = 1)) AS parent FROM stage s WHERE s.parent <> '' AND s.problem = ''"
    )
    run("DELETE FROM parent_found f USING crm_account r WHERE r.id = f.target AND r.parent_id = f.parent")
    _refuse_circles()
    lost = ask("SELECT s.row, s.parent FROM parent_found f JOIN stage s USING (row) WHERE f.parent IS NULL ORDER BY 1")
    run(
        "INSERT INTO change SELECT f.row, f.target, jsonb_build_object('parent_id', jsonb_build_array(r.parent_id, f.parent)) "
        "FROM parent_found f JOIN stage s USING (row) JOIN crm_account r ON r.id = f.target WHERE f.parent IS NOT NULL AND NOT s.created "
        "ON CONFLICT (target) DO UPDATE SET before = change.before || EXCLUDED.before"
    )
    run(
        "UPDATE crm_account r SET parent_id = f.parent FROM parent_found f WHERE r.id = f.target AND f.parent IS NOT NULL"
    )
    run("DROP TABLE parent_found")
    return lost


def _refuse_circles() -> None:
    """No company may come to stand below itself, over however many steps."""
    run(
        "UPDATE parent_found f SET parent = NULL WHERE EXISTS (WITH RECURSIVE above AS (SELECT f.parent AS id "
        "UNION SELECT COALESCE(n.parent, r.parent_id) FROM above a JOIN crm_account r ON r.id = a.id "
        "LEFT JOIN parent_found n ON n.target = r.id WHERE COALESCE(n.parent, r.parent_id) IS NOT NULL) "
        "SELECT 1 FROM above WHERE id = f.target)"
    )


def join_accounts(origin: Origin) -> list[tuple[Any, ...]]:
    """Give people the account their row points to; the membership is the row's too, and goes when it is undone.

    Who left an account is not brought back by a file, whose date nobody knows; returns (row, account) of those.
    """
    left = ask(
        "SELECT s.row, a.name FROM stage s JOIN crm_account a ON a.id = s.account WHERE s.problem = '' AND NOT s.created AND EXISTS "
        "(SELECT 1 FROM crm_membership m WHERE m.contact_id = s.target AND m.account_id = s.account) AND NOT EXISTS "
        "(SELECT 1 FROM crm_membership m WHERE m.contact_id = s.target AND m.account_id = s.account AND m.until IS NULL) ORDER BY 1"
    )
    run(
        "CREATE TEMP TABLE joined ON COMMIT DROP AS WITH made AS (INSERT INTO crm_membership (contact_id, account_id, role_id, title, "
        "department, main, confidence, source, evidence, since) SELECT s.target, s.account, (SELECT id FROM crm_role WHERE slug = 'unknown'), "
        "s.title, '', NOT EXISTS (SELECT 1 FROM crm_membership m WHERE m.contact_id = s.target AND m.until IS NULL AND m.main), "
        "'low', %s, '', %s::date FROM stage s WHERE s.account IS NOT NULL AND s.problem = '' AND NOT EXISTS "
        "(SELECT 1 FROM crm_membership m WHERE m.contact_id = s.target AND m.account_id = s.account) "
        "ORDER BY s.row RETURNING id, contact_id) SELECT s.row, m.id, s.created, s.target, s.account FROM made m "
        "JOIN stage s ON s.target = m.contact_id",
        origin.source[:120], origin.today,
    )  # fmt: skip
    run(
        "INSERT INTO change SELECT row, target, jsonb_build_object('account', jsonb_build_array(NULL, account)) FROM joined "
        "WHERE NOT created ON CONFLICT (target) DO UPDATE SET before = change.before || EXCLUDED.before"
    )
    note_created("SELECT row, id FROM joined", "membership", origin)
    run("DROP TABLE joined")
    return left
