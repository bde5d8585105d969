"""Every change of state: declared moves, one conditional update, one timeline row."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import connection, models

from crm import clock
from crm.errors import Refused
from crm.whole import whole

State = StrEnum | str


class Workflow:
    """A dict of allowed moves. `quiet` names states that are bookkeeping and get no timeline row."""

    def __init__(self, moves: Mapping[Any, set[Any]], *, quiet: Collection[Any] = ()) -> None:
        self.moves = {str(source): {str(to) for to in targets} for source, targets in moves.items()}
        self.quiet = {str(state) for state in quiet}

    def sources(self, to: State) -> list[str]:
        """The states from which `to` may be reached."""
        return [source for source, targets in self.moves.items() if str(to) in targets]

    @whole()
    def move(
        self, row: Any, to: State, *, by: Any = None, why: str = "", set: Mapping[str, Any] | None = None, **facts: Any
    ) -> Any:
        """Move one row from the state it was read in; refuse an undeclared or stale move.

        `set` names further columns of the row written by the same update; `facts` go into the timeline row.
        """
        source, extra = row.state, dict(set or {})
        if str(to) not in self.moves.get(source, ()):
            raise Refused(f"A {noun(row)} that is {words(source)} cannot become {words(to)}.")
        if not type(row)._base_manager.filter(pk=row.pk, state=source).update(state=str(to), **extra):
            raise Refused(f"This {noun(row)} was changed by someone else in the meantime.")
        for name, value in {"state": str(to), **extra}.items():
            setattr(row, name, value)
        if str(to) not in self.quiet:
            record(type(row), [row_keys(row)], to, by=by, why=why, facts={"from": source, **facts})
        return row

    @whole()
    def move_many(
        self,
        rows: models.QuerySet,
        to: State,
        *,
        by: Any = None,
        why: str = "",
        set: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> list[int]:
        """Move every row of the queryset that may go there; the ids returned are those that moved."""
        model, extra = rows.model, dict(set or {})
        allowed = rows.filter(state__in=self.sources(to)).order_by().values("pk")
        inner, params = allowed.query.sql_with_params()
        fields = [model._meta.get_field(name) for name in extra]
        sets = ["state = %s", *(f"{field.column} = %s" for field in fields)]
        values = [str(to), *(f.get_db_prep_save(extra[f.name], connection) for f in fields)]
        keys = [name for name in ("account_id", "contact_id", "team_id") if name in columns(model)]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET {', '.join(sets)} "  # noqa: S608 - names come from model metadata
                f"WHERE state = ANY(%s) AND id IN ({inner}) RETURNING {', '.join(['id', *keys])}",
                [*values, self.sources(to), *params],
            )
            moved = [dict(zip(["id", *keys], found, strict=True)) for found in cursor.fetchall()]
        if str(to) not in self.quiet:
            record(model, moved, to, by=by, why=why, facts=facts)
        return [keys["id"] for keys in moved]

    @whole()
    def move_each(
        self, rows: Sequence[Any], to: State, *, by: Any = None, why: str = "",
        set: Mapping[str, Sequence[Any]] | None = None, facts: Sequence[Mapping[str, Any]] = (),
    ) -> list[Any]:  # fmt: skip
        """Move rows of one kind by one statement, each with columns and facts of its own, in the order of `rows`.

        Those that moved, with their new columns; what is not where it may leave from stays as it is.
        """
        if not rows:
            return []
        model, extra = type(rows[0]), dict(set or {})
        fields = [model._meta.get_field(name) for name in extra]
        sets = ["state = %s", *(f"{field.column} = new.c{n}" for n, field in enumerate(fields))]
        lists = ["%s::bigint[]", *(f"%s::{field.db_type(connection)}[]" for field in fields)]
        names = ["id", *(f"c{n}" for n in range(len(fields)))]
        values = [[f.get_db_prep_save(getattr(one, "pk", one), connection) for one in extra[f.name]] for f in fields]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {model._meta.db_table} AS it SET {', '.join(sets)} "  # noqa: S608 - names come from model metadata
                f"FROM unnest({', '.join(lists)}) AS new({', '.join(names)}) "
                "WHERE it.id = new.id AND it.state = ANY(%s) RETURNING it.id",
                [str(to), [row.pk for row in rows], *values, self.sources(to)],
            )
            moved = {pk for (pk,) in cursor.fetchall()}
        found = [(n, row) for n, row in enumerate(rows) if row.pk in moved]
        for n, row in found:
            for name, value in {"state": str(to), **{name: column[n] for name, column in extra.items()}}.items():
                setattr(row, name, value)
        if str(to) not in self.quiet:
            told = [dict(facts[n]) if facts else {} for n, _ in found]
            record(model, [row_keys(row) for _, row in found], to, by=by, why=why, facts=told)
        return [row for _, row in found]


def record(
    model: type[models.Model], rows: list[dict], to: State, *, by: Any, why: str, facts: dict | list[dict]
) -> None:
    """One timeline row for each moved row, dated by the product's clock; `facts` of all, or of each."""
    event = apps.get_model("crm", "Event")
    actor = by if getattr(by, "pk", None) else None
    name = str(by or "")
    at, each = clock.now(), facts if isinstance(facts, list) else [facts] * len(rows)
    made = [
        event(
            at=at,
            kind=f"{model._meta.model_name}.{to}",
            actor=actor,
            actor_name=name,
            why=why,
            facts=mine,
            subject_type=model._meta.label_lower,
            subject_id=keys["id"],
            **{key: value for key, value in keys.items() if key != "id"},
        )
        for keys, mine in zip(rows, each, strict=True)
    ]
    if len(made) == 1:
        made[0].save(force_insert=True)
    elif made:
        event.objects.bulk_create(made)


def columns(model: type[models.Model]) -> set[str]:
    return {field.attname for field in model._meta.concrete_fields}


def row_keys(row: Any) -> dict[str, Any]:
    """What ties a row to the timeline: its id, and account, contact and team where it has them."""
    known = columns(type(row)) & {"account_id", "contact_id", "team_id"}
    return {"id": row.pk, **{name: getattr(row, name) for name in known}}


def noun(row: Any) -> str:
    return str(type(row)._meta.verbose_name)


def words(state: State) -> str:
    return str(state).replace("_", " ")
