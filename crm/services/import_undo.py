"""Taking a whole import back: what nobody has touched since goes, what was overwritten says again what it said."""

# ruff: noqa: S608 - every name in these statements comes from the models; values are parameters

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey, Model

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Import, Membership, User
from crm.models.imports import IMPORT
from crm.services import import_norms, live, registries
from crm.services.import_sql import NOUNS, NUMBERS, TABLES, TEXTS, ask, one, run

_NAMED = 50
_SLICE = 20_000
_RESTORED = {
    "accounts": [*TEXTS["accounts"], "name_norm", "phone_norm", "address_norm"],
    "contacts": [*TEXTS["contacts"], "email_norm", "name_norm", "phone_norm", "address_norm"],
}
_WHOLE = {"accounts": [*NUMBERS["accounts"], "owner_id", "parent_id"], "contacts": []}
_BACK = (
    "(r.{c} - ARRAY(SELECT k FROM jsonb_each(COALESCE(w.before->'{c}', '{{}}')) e(k, v) WHERE r.{c}->k = v->1 AND v->0 = 'null')) || "
    "COALESCE((SELECT jsonb_object_agg(k, v->0) FROM jsonb_each(COALESCE(w.before->'{c}', '{{}}')) e(k, v) "
    "WHERE r.{c}->k = v->1 AND v->0 <> 'null'), '{{}}')"
)


@transaction.atomic
def ask_for(row: Import, *, by: User) -> Import:
    """Have a worker undo it; the wish waits in the database until one does."""
    row = Import.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state != Import.State.DONE:
        raise Refused("Only an import that is done can be undone.")
    row.options = {**row.options, "undo_by": by.pk}
    row.save(update_fields=["options"])
    return row


def undo_waiting(pk: int | None = None) -> None:
    """Undo what somebody asked to have undone."""
    asked = Import.objects.filter(state=Import.State.DONE, options__has_key="undo_by").order_by("pk")
    for row in asked.filter(pk=pk) if pk else asked[:10]:
        undo(row, by=User.objects.filter(pk=row.options["undo_by"]).first())


@transaction.atomic
def undo(row: Import, *, by: Any) -> Import:
    """All of it in one transaction; `counts["undo"]` says what went, what was put back, and what stays and why."""
    if not one("SELECT pg_try_advisory_xact_lock(hashtext('crm.import'), %s)", row.pk):
        return row
    row = Import.objects.select_related("by").get(pk=row.pk)
    if row.state != Import.State.DONE:
        raise Refused("Only an import that is done can be undone.")
    for noun in NOUNS.values():
        _mine(row, noun)
    _mine(row, "membership")
    for leave in registries.undo_import:
        leave(row)
    said: dict[str, Any] = {"restored": 0, "changed_since": [], "kept": []}
    for kind in ("accounts", "contacts"):
        _restore(row, kind, by, said)
    said["contacts"] = _delete_contacts(row, said)
    said["accounts"] = _delete_accounts(row, said)
    run("DROP TABLE mine_account, mine_contact, mine_membership")
    said["kept_in_all"], said["kept"] = len(said["kept"]), said["kept"][:_NAMED]
    said["changed_in_all"], said["changed_since"] = len(said["changed_since"]), said["changed_since"][:_NAMED]
    options = {name: value for name, value in row.options.items() if name != "undo_by"}
    IMPORT.move(row, Import.State.UNDONE, by=by, set={
        "undone_at": clock.now(), "counts": {**row.counts, "undo": said}, "options": options,
    })  # fmt: skip
    live.tell("import", user=row.by_id, id=row.pk)
    return row


def _mine(row: Import, noun: str) -> None:
    """The records of one kind that this import made."""
    run(
        f"CREATE TEMP TABLE mine_{noun} ON COMMIT DROP AS SELECT generate_series(record_id, COALESCE(last_id, record_id)) AS id "
        "FROM crm_importrow WHERE of_id = %s AND noun = %s AND created",
        row.pk, noun,
    )  # fmt: skip
    run(f"ALTER TABLE mine_{noun} ADD PRIMARY KEY (id)")
    run(f"ANALYZE mine_{noun}")


def _restore(row: Import, kind: str, by: Any, said: dict[str, Any]) -> None:
    """Columns that still say what the import wrote say again what they said before."""
    table, noun = TABLES[kind], NOUNS[kind]
    sets = [
        f"{n} = CASE WHEN r.{n} = w.before->'{n}'->>1 THEN w.before->'{n}'->>0 ELSE r.{n} END" for n in _RESTORED[kind]
    ]
    sets += [
        f"{n} = CASE WHEN r.{n}::text = w.before->'{n}'->>1 THEN (w.before->'{n}'->>0)::bigint ELSE r.{n} END"
        for n in _WHOLE[kind]
    ]
    sets += [f"{n} = {_BACK.format(c=n)}" for n in ("custom", "facts")]
    if kind == "accounts":
        sets.append(
            "tags = ARRAY(SELECT t FROM unnest(r.tags) WITH ORDINALITY u(t, n) WHERE NOT COALESCE(w.before->'tags', '[]') ? t ORDER BY n)::varchar[]"
        )
    mine = "FROM crm_importrow w WHERE w.of_id = %s AND w.noun = %s AND NOT w.created AND r.id = w.record_id"
    said["restored"] += run(f"UPDATE {table} r SET {', '.join(sets)} {mine}", row.pk, noun)
    differs = (
        "EXISTS (SELECT 1 FROM jsonb_each(w.before) e(k, v) WHERE k = ANY(%s) AND to_jsonb(r)->k IS DISTINCT FROM v->0)"
    )
    plain = [n for n in (*_RESTORED[kind], *_WHOLE[kind]) if not n.endswith("_norm")]
    found = ask(
        f"SELECT r.id, {_shown(kind)} FROM {table} r, crm_importrow w WHERE {mine.split('WHERE ')[1]} AND {differs}",
        row.pk,
        noun,
        plain,
    )
    said["changed_since"] += [{"noun": noun, "id": pk, "name": name} for pk, name in found]
    import_norms.renew(kind, [pk for pk, _ in found])
    _tell_restored(row, kind, by, mine)


def _tell_restored(row: Import, kind: str, by: Any, mine: str) -> None:
    noun = NOUNS[kind]
    account, contact = ("r.id", "NULL::bigint") if kind == "accounts" else ("NULL::bigint", "r.id")
    user = by if isinstance(by, User) else None
    run(
        "INSERT INTO crm_event (at, kind, account_id, contact_id, actor_id, actor_name, why, facts, subject_type, subject_id) "
        f"SELECT %s, '{noun}.edited', {account}, {contact}, %s, %s, %s, jsonb_build_object('import_id', %s::bigint), 'crm.{noun}', r.id "
        f"FROM {TABLES[kind]} r, crm_importrow w WHERE {mine.split('WHERE ')[1]}",
        clock.now(), user.pk if user else None, str(by or "")[:120], f"Import of {row.file_name} undone"[:500], row.pk, row.pk, noun,
    )  # fmt: skip


def _shown(kind: str) -> str:
    if kind == "accounts":
        return "r.name"
    return "COALESCE(NULLIF(btrim(r.first_name || ' ' || r.last_name), ''), r.email)"


def _delete_contacts(row: Import, said: dict[str, Any]) -> int:
    """People nobody has dealt with since, and what tied people to accounts, unless a person confirmed it."""
    _untouched("gone_contact", "mine_contact", Contact, row, besides={Membership: _is_in("mine_membership")})
    _say_kept("contacts", "gone_contact", said)
    run(
        "CREATE TEMP TABLE gone_membership ON COMMIT DROP AS SELECT m.id FROM crm_membership m JOIN mine_membership USING (id) "
        "WHERE EXISTS (SELECT 1 FROM gone_contact g WHERE g.id = m.contact_id) "
        "OR (NOT EXISTS (SELECT 1 FROM mine_contact c WHERE c.id = m.contact_id) "
        "AND m.source NOT LIKE 'set by %%' AND m.source NOT LIKE 'by hand, %%')"
    )
    _remove("crm_membership", "gone_membership")
    count = _take_away("contact", "gone_contact", Contact, row)
    run("DROP TABLE gone_contact, gone_membership")
    return count


def _delete_accounts(row: Import, said: dict[str, Any]) -> int:
    _untouched("gone_account", "mine_account", Account, row, besides={Account: _is_in("mine_account")})
    while run(
        f"DELETE FROM gone_account g USING crm_account t WHERE t.parent_id = g.id AND NOT {_is_in('gone_account')}"
    ):
        pass
    _say_kept("accounts", "gone_account", said)
    count = _take_away("account", "gone_account", Account, row)
    run("DROP TABLE gone_account")
    return count


def _is_in(table: str) -> str:
    """As a join: a list of a million keys in `IN` is gone through for every row once it outgrows its memory."""
    return f"EXISTS (SELECT 1 FROM {table} i WHERE i.id = t.id)"


def _untouched(into: str, mine: str, model: type[Model], row: Import, besides: dict[type[Model], str]) -> None:
    """What the import made, without whatever anything but this import points to."""
    run(f"CREATE TEMP TABLE {into} ON COMMIT DROP AS SELECT id FROM {mine} JOIN {model._meta.db_table} USING (id)")
    run(f"ALTER TABLE {into} ADD PRIMARY KEY (id)")
    run(f"ANALYZE {into}")
    for key in keys_to(model):
        if key.model in registries.passing:
            continue
        own = besides.get(key.model, "false")
        if key.model is Event:
            own = f"(t.facts->>'import_id' IS NOT DISTINCT FROM '{row.pk}' OR t.kind IN (SELECT unnest(%s::text[])))"
        run(
            f"DELETE FROM {into} g USING {key.model._meta.db_table} t WHERE t.{key.column} = g.id AND NOT ({own})",
            *([sorted(registries.passing_events)] if key.model is Event else []),
        )
    run(f"ANALYZE {into}")


def keys_to(model: type[Model]) -> Iterator[ForeignKey]:
    """Every column of the product that points to such a record."""
    for other in apps.get_models(include_auto_created=True):
        for field in other._meta.local_fields:
            if isinstance(field, ForeignKey) and field.related_model is model:
                yield field


def _say_kept(kind: str, gone: str, said: dict[str, Any]) -> None:
    noun = NOUNS[kind]
    found = ask(
        f"SELECT r.id, {_shown(kind)} FROM {TABLES[kind]} r JOIN mine_{noun} m USING (id) "
        f"WHERE NOT EXISTS (SELECT 1 FROM {gone} g WHERE g.id = r.id) ORDER BY r.id"
    )
    said["kept"] += [{"noun": noun, "id": pk, "name": name} for pk, name in found]


def _take_away(noun: str, gone: str, model: type[Model], row: Import) -> int:
    """The records with their own lines on the timeline, which nobody would find any more."""
    run("SET LOCAL baton.maintenance = 'on'")
    run(f"DELETE FROM crm_event e USING {gone} g WHERE e.{noun}_id = g.id")
    run("SET LOCAL baton.maintenance = 'off'")
    for key in keys_to(model):
        if key.model in registries.passing:
            run(f"DELETE FROM {key.model._meta.db_table} t USING {gone} g WHERE t.{key.column} = g.id")
    run(f"DELETE FROM crm_duplicatepair p USING {gone} g WHERE p.kind = '{noun}s' AND g.id IN (p.low_id, p.high_id)")
    if model is Account:
        run(f"UPDATE crm_account r SET parent_id = NULL FROM {gone} g WHERE g.id = r.id AND r.parent_id IS NOT NULL")
    return _remove(model._meta.db_table, gone)


def _remove(table: str, gone: str) -> int:
    """A stretch at a time: what is checked at the end of each need not be remembered until the commit."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    removed = 0
    while True:
        count = run(
            f"WITH stretch AS (DELETE FROM {gone} WHERE id IN (SELECT id FROM {gone} ORDER BY id LIMIT {_SLICE}) RETURNING id) "
            f"DELETE FROM {table} t USING stretch WHERE t.id = stretch.id"
        )
        removed += count
        if not one(f"SELECT EXISTS (SELECT 1 FROM {gone})"):
            break
    run("SET CONSTRAINTS ALL DEFERRED")
    return removed
