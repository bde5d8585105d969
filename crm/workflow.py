"""Every change of state: declared moves, one conditional update, one timeline row."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from crm import clock
from crm.errors import Refused

State = StrEnum | str


class Workflow:
    """A dict of allowed moves. `quiet` names states that are bookkeeping and get no timeline row."""

    def __init__(self, moves: Mapping[Any, set[Any]], *, quiet: Collection[Any] = ()) -> None:
        self.moves = {str(source): {str(to) for to in targets} for source, targets in moves.items()}
        self.quiet = {str(state) for state in quiet}

    def sources(self, to: State) -> list[str]:
        """The states from which `to` may be reached."""
        return [source for source, targets in self.moves.items() if str(to) in targets]

    @transaction.atomic
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

    @transaction.atomic
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


def record(model: type[models.Model], rows: list[dict], to: State, *, by: Any, why: str, facts: dict) -> None:
    """One timeline row for each moved row, dated by the product's clock."""
    event = apps.get_model("crm", "Event")
    actor = by if getattr(by, "pk", None) else None
    name = str(by or "")
    event.objects.bulk_create(
        event(
            at=clock.now(),
            kind=f"{model._meta.model_name}.{to}",
            actor=actor,
            actor_name=name,
            why=why,
            facts=facts,
            subject_type=model._meta.label_lower,
            subject_id=keys["id"],
            **{key: value for key, value in keys.items() if key != "id"},
        )
        for keys in rows
    )


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
