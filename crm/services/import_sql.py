"""The words that the parts of an import share: its columns, and one statement run or asked."""

from typing import Any

from django.db import connection

TEXTS = {
    "accounts": ["external_id", "name", "domain", "phone", "street", "city", "postcode", "state_name", "country", "industry"],
    "contacts": ["external_id", "first_name", "last_name", "email", "phone", "title", "street", "city", "postcode",
                 "state_name", "country"],
}  # fmt: skip
# Forms for comparing: they stand in columns of the record and are never said by a file.
NORMS = {
    "accounts": ["name_norm", "phone_norm", "address_norm"],
    "contacts": ["email_norm", "name_norm", "phone_norm", "address_norm"],
}
NUMBERS = {"accounts": ["employees", "sites"], "contacts": []}
FURTHER = {
    "accounts": ["parent", "parent_norm", "owner"],
    "contacts": ["company_said", "company_norm", "named_domain", "account_domain"],
}
LED_BY = {"accounts": "name", "contacts": "last_name"}  # the column that leads most indexes of the table
TABLES = {"accounts": "crm_account", "contacts": "crm_contact"}
NOUNS = {"accounts": "account", "contacts": "contact"}
# What a row says against being the same place, where neither has a street.
PLACE = (
    "CASE WHEN {t}.address_norm <> '' THEN {t}.address_norm "
    "WHEN {t}.postcode <> '' OR {t}.city <> '' OR {t}.street <> '' "
    "THEN lower(regexp_replace({t}.postcode || {t}.city || {t}.street, '[^[:alnum:]]', '', 'g')) ELSE '' END"
)


def columns(kind: str) -> list[str]:
    """The columns a file fills, in the order of the table."""
    return [*TEXTS[kind], *NORMS[kind], *FURTHER[kind]]


def run(statement: str, *parameters: Any) -> int:
    """One statement over the sets; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def ask(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def one(statement: str, *parameters: Any) -> Any:
    """The first column of the first row."""
    return ask(statement, *parameters)[0][0]
