"""What a merge does to rows, written down while it is done, so that it can be undone to the letter."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import QuerySet

Row = dict[str, Any]


class Journal:
    """Rows moved to another record, dropped, changed or made; everything in it is plain JSON."""

    def __init__(self) -> None:
        self.moved: dict[str, list[int]] = {}
        self.dropped: dict[str, list[Row]] = {}
        self.changed: dict[str, dict[str, dict[str, list[Any]]]] = {}
        self.made: dict[str, list[int]] = {}
        self._watched: dict[str, dict[int, Row]] = {}

    def move(self, rows: QuerySet, **to: models.Model) -> None:
        """Let rows point to another record: `journal.move(notes, account=kept)`."""
        for column, target in to.items():
            ids = list(rows.order_by("pk").values_list("pk", flat=True))
            if ids:
                self.moved.setdefault(f"{rows.model._meta.label}.{column}", []).extend(ids)
                rows.model._base_manager.filter(pk__in=ids).update(**{column: target})

    def drop(self, rows: QuerySet) -> None:
        """Take rows away that cannot stand beside those of the kept record; they are kept whole."""
        found = list(rows.order_by("pk"))
        if found:
            self.dropped.setdefault(rows.model._meta.label, []).extend(as_row(one) for one in found)
            everything = rows.model._base_manager.filter(pk__in=[one.pk for one in found])
            everything._raw_delete(everything.db)

    def change(self, rows: QuerySet, **values: Any) -> None:
        """Write values into rows."""
        self.watch(rows)
        rows.model._base_manager.filter(pk__in=list(rows.values_list("pk", flat=True))).update(**values)

    def watch(self, rows: QuerySet) -> None:
        """Remember rows as they are, before other verbs change them."""
        seen = self._watched.setdefault(rows.model._meta.label, {})
        for one in rows.model._base_manager.filter(pk__in=rows.values("pk")):
            seen.setdefault(one.pk, as_row(one))

    def make(self, row: models.Model) -> None:
        """A row that the merge itself made."""
        self.made.setdefault(row._meta.label, []).append(row.pk)

    def settle(self) -> None:
        """Compare what was watched with what became of it; a move is no change."""
        for label, before in self._watched.items():
            model = apps.get_model(label)
            for one in model._base_manager.filter(pk__in=before):
                after = as_row(one)
                moved = {
                    f.attname for f in model._meta.concrete_fields if one.pk in self.moved.get(f"{label}.{f.name}", ())
                }
                told = {k: [was, after[k]] for k, was in before[one.pk].items() if was != after[k] and k not in moved}
                if told:
                    self.changed.setdefault(label, {})[str(one.pk)] = told


def as_row(one: models.Model) -> Row:
    """Every column of a row as plain JSON."""
    return {field.attname: plain(getattr(one, field.attname)) for field in one._meta.concrete_fields}


def plain(value: Any) -> Any:
    """A column's value as JSON keeps it; microseconds too."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Decimal):
        return str(value)
    return value


def restored(field: models.Field, value: Any) -> Any:
    """The value of a column that `plain` made plain."""
    if isinstance(field, models.BinaryField) and value is not None:
        return base64.b64decode(value)
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return value if value is None or isinstance(value, (list, dict)) else target.to_python(value)


def put_back(label: str, rows: Iterable[Row]) -> None:
    """Insert rows again with all their columns."""
    model = apps.get_model(label)
    fields = list(model._meta.concrete_fields)
    model._base_manager.bulk_create(
        model(**{f.attname: restored(f, row[f.attname]) for f in fields if f.attname in row}) for row in rows
    )


def write_back(label: str, changed: dict[str, dict[str, list[Any]]]) -> None:
    """What rows said before, in the columns that nobody has changed since."""
    model = apps.get_model(label)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    for pk, told in changed.items():
        one = model._base_manager.filter(pk=pk).first()
        if one is None:
            continue
        now = as_row(one)
        values = {k: restored(fields[k], was) for k, (was, became) in told.items() if now[k] == became}
        if values:
            model._base_manager.filter(pk=pk).update(**values)


def relations_to(model: type[models.Model]) -> Iterator[Any]:
    """Every column of another row that points to rows of this model, hidden ones too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            yield relation.field


@contextmanager
def timeline_open() -> Iterator[None]:
    """The timeline may be rewritten only for this: a row's account or person became another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('baton.maintenance', 'on', true)")
        yield
        cursor.execute("SELECT set_config('baton.maintenance', 'off', true)")
