"""Forms for comparing that only Python can make, made again for records whose phone, place or name was written by sets."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from crm.rules.companies import normal_name
from crm.rules.normal_forms import address_key, person_key, phone_key
from crm.services.import_sql import TABLES, run

FORMS = ("phone_norm", "address_norm", "name_norm")
_SLICE = 5000
_PLACE = ["phone", "country", "street", "postcode", "city"]
_READ = {"accounts": [*_PLACE, "name"], "contacts": [*_PLACE, "first_name", "last_name"]}


def renew(kind: str, ids: Sequence[int]) -> None:
    """Write them for these records."""
    for start in range(0, len(ids), _SLICE):
        compute(kind, "WHERE r.id = ANY(%s)", list(ids[start : start + _SLICE]))
        write(kind)


def _says(name: str) -> str:
    return f"r.{name}"


def compute(kind: str, which: str, *parameters: Any, read: Callable[[str], str] = _says) -> None:
    """Into the table `renewed`, for the records that `which` picks; `read` is the SQL for what a column says."""
    run(
        "CREATE TEMP TABLE renewed (target bigint PRIMARY KEY, phone_norm text, address_norm text, name_norm text) ON COMMIT DROP"
    )
    said = ", ".join(map(read, _READ[kind]))
    with connection.chunked_cursor() as found, connection.cursor() as cursor:
        found.execute(f"SELECT r.id, {said} FROM {TABLES[kind]} r {which}", parameters)
        while rows := found.fetchmany(_SLICE):
            with cursor.copy("COPY renewed FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(_forms(kind, row))


def _forms(kind: str, row: Sequence[Any]) -> tuple[Any, ...]:
    pk, phone, country, street, postcode, city, *name = row
    called = normal_name(*name) if kind == "accounts" else person_key(*name)
    return pk, phone_key(phone, country), address_key(street, postcode, city, country)[:160], called


def write(kind: str) -> None:
    sets = ", ".join(f"{n} = w.{n}" for n in FORMS)
    run(f"UPDATE {TABLES[kind]} r SET {sets} FROM renewed w WHERE r.id = w.target")
    run("DROP TABLE renewed")
