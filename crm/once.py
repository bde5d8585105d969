"""A row that exists once: written where it isn't there yet, by one statement that nothing has to be undone after."""

from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def once(model: type[Row], *, also: dict[str, Any], **key: Any) -> tuple[Row, bool]:
    """The row with this unique `key`, and whether it is new; a new one has the columns of `also` too.

    As get_or_create, for rows that mostly are new and have no signals: no savepoint, and no look before.
    """
    row = model(**key, **also)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) "  # noqa: S608 - names come from model metadata
            f"VALUES ({', '.join(['%s'] * len(fields))}) ON CONFLICT DO NOTHING RETURNING id",
            values,
        )
        made = cursor.fetchone()
    if made is None:
        return model._base_manager.get(**key), False
    row.pk, row._state.adding, row._state.db = made[0], False, connection.alias
    return row, True
