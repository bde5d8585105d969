"""What may be exported: each list with its FilterSet, who sees which rows, and its columns; upper apps enter theirs."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Func, QuerySet, TextField

from crm import access
from crm.errors import Refused
from crm.filters import AccountFilter, ContactFilter, ImportFilter, Listed, SuppressionFilter
from crm.rules.import_rows import FIELDS, OURS
from crm.rules.workbooks import MOST_ROWS

_CHUNK = 2000
_MOST_ATTRIBUTES = 100


@dataclass(frozen=True)
class Export:
    """One list as a file: the rows its screen shows to this person, narrowed as the screen is."""

    title: str
    listed: type[Listed]
    visible: Callable[[Any], QuerySet[Any]]
    columns: Mapping[str, Any]  # header -> a path from the row
    order: tuple[str, ...] = ("pk",)
    attributes: bool = False  # each attribute of the rows is a column too
    steering: frozenset[str] = field(default=frozenset())


exports: dict[str, Export] = {}


def rows_of(export: Export, user: Any, asked: Any) -> QuerySet[Any]:
    """The rows; a parameter that filters nothing on this list is refused by name, as on its page."""
    return export.listed(asked, queryset=export.visible(user)).found(ALSO | export.steering).order_by(*export.order)


ALSO = frozenset({"after", "cursor", "page", "o", "view", "look", "box", "when", "tab"})


def header_and_rows(export: Export, rows: QuerySet[Any]) -> tuple[list[str], Iterator[list[Any]]]:
    """Column names, and the cells of one row after another from a cursor on the server."""
    paths = {name: F(path) if isinstance(path, str) else path for name, path in export.columns.items()}
    names = [f"x{n}" for n in range(len(paths))]
    keys = attributes(rows) if export.attributes else []
    more = ["custom"] if export.attributes else []
    found = rows.annotate(**dict(zip(names, paths.values(), strict=True))).values_list(*names, *more)

    def cells() -> Iterator[list[Any]]:
        for row in found.iterator(chunk_size=_CHUNK):
            values = [plain(value) for value in row[: len(names)]]
            yield [*values, *(plain(row[-1].get(key)) for key in keys)] if keys else values

    taken = {name.casefold() for name in [*export.columns, *FIELDS["accounts"], *FIELDS["contacts"]]}
    return [*export.columns, *(f"{OURS}{key}" if key.casefold() in taken else key for key in keys)], cells()


def attributes(rows: QuerySet[Any]) -> list[str]:
    key = Func(F("custom"), function="jsonb_object_keys", output_field=TextField(), set_returning=True)
    found = rows.order_by().annotate(key_of_custom=key).values_list("key_of_custom", flat=True).distinct()
    return sorted(found[:_MOST_ATTRIBUTES])


def plain(value: Any) -> Any:
    """A value as a cell; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def refuse_too_many(rows: QuerySet[Any]) -> None:
    if rows.order_by()[:MOST_ROWS].count() >= MOST_ROWS:
        raise Refused(f"A workbook holds {MOST_ROWS - 1:,} rows at most. Take the CSV file.")


PLACE = {name: name for name in ("street", "city", "postcode")}
exports["accounts"] = Export(
    "Accounts",
    AccountFilter,
    access.visible_accounts,
    {
        "external_id": "external_id", "name": "name", "domain": "domain", "phone": "phone", **PLACE, "state": "state_name",
        "country": "country", "industry": "industry", "employees": "employees", "sites": "sites", "parent": "parent__name",
        "owner": "owner__email", f"{OURS}tags": "tags", f"{OURS}stands at": "rung", f"{OURS}since": "rung_at",
        f"{OURS}last touched": "last_touched_at", f"{OURS}closed": "closed_reason",
    },
    ("name", "pk"),
    attributes=True,
)  # fmt: skip
exports["people"] = Export(
    "People",
    ContactFilter,
    access.visible_contacts,
    {
        "external_id": "external_id", "first_name": "first_name", "last_name": "last_name", "email": "email", "phone": "phone",
        "title": "title", **PLACE, "state": "state_name", "country": "country", f"{OURS}source": "source",
        f"{OURS}stopped": "stopped_reason",
    },
    ("last_name", "first_name", "pk"),
    attributes=True,
)  # fmt: skip
exports["suppressions"] = Export(
    "Do not contact",
    SuppressionFilter,
    access.visible_suppressions,
    {
        "kind": "kind",
        "value": "value",
        "account": "account__name",
        "reason": "reason",
        "since": "at",
        "lifted": "lifted_at",
    },
)
exports["imports"] = Export(
    "Imports",
    ImportFilter,
    access.visible_imports,
    {
        "file": "file_name",
        "kind": "kind",
        "source": "source",
        "state": "state",
        "by": "by__name",
        "at": "at",
        "rows": "rows",
    },
)
