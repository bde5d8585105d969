"""Facts past the age an admin gives them: which, on which account or person, how old."""

# ruff: noqa: S608 - the SQL is joined from pieces of ours, and every value is a parameter

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, FieldAge
from prospecting.models import TargetList
from prospecting.queries.bounded import Count, within

PAGE = 40
BATCH = 500  # of a file
PATIENCE = 4_000  # milliseconds a page of the queue may take
SAMPLED = 20  # one account in so many, when the whole list takes longer
NOUNS = ("account", "contact")
OLD = """left(fact.said ->> 'at', 10) <= to_char(%s::date - life.days::int, 'YYYY-MM-DD')
         AND fact.said ->> 'at' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}'"""
FACTS = """
    CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof({row}.facts) WHEN 'object' THEN {row}.facts ELSE '{{}}' END)
                    AS fact(name, said)
    JOIN crm_fieldage life ON life.noun = '{noun}'
     AND (life.field = fact.name OR life.field = 'custom' AND {row}.custom ? fact.name)
"""


class Place(NamedTuple):
    """Where a page ends: the age, the row, the field."""

    at: str
    pk: int
    name: str


@dataclass(frozen=True)
class StaleFact:
    noun: str
    account: Account
    contact: Contact | None
    field: str
    value: str
    checked: date | None
    source: str
    days: int

    @property
    def about(self) -> Any:
        return self.contact or self.account

    @property
    def editable(self) -> bool:
        return self.field in EDITABLE[self.noun]


EDITABLE = {
    "account": {
        "employees": "number", "sites": "number", "industry": "text", "phone": "tel", "domain": "text",
        "street": "text", "city": "text", "postcode": "text", "country": "text", "renewal_on": "date",
        "fiscal_year_end": "number",
    },
    "contact": {"email": "email", "phone": "tel", "title": "text"},
}  # fmt: skip


def stale_accounts_sql(today: date) -> tuple[str, list[Any]]:
    """The ids of accounts with a stale fact of their own."""
    return f"SELECT row.id FROM crm_account row {FACTS.format(row='row', noun='account')} WHERE {OLD}", [today]


def members(noun: str, sampled: bool) -> str:
    """Everything the facts of a list's members are read from; the parameter is the list."""
    part = f"AND entry.account_id %% {SAMPLED} = 0" if sampled else ""
    here = f"""(SELECT account_id FROM prospecting_listentry entry
                 WHERE entry.target_list_id = %s AND entry.left_at IS NULL {part}) AS mine"""
    if noun == "account":
        return f"{here} JOIN crm_account row ON row.id = mine.account_id {FACTS.format(row='row', noun=noun)}"
    return f"""{here} JOIN crm_membership membership ON membership.account_id = mine.account_id
                        AND membership.until IS NULL
                      JOIN crm_contact row ON row.id = membership.contact_id {FACTS.format(row="row", noun=noun)}"""


def queue(
    target: TargetList, noun: str, *, after: tuple[str, int, str] | None = None, field: str = ""
) -> tuple[list[StaleFact], Place | None, bool]:
    """A page of stale facts, oldest first, where the next one begins, and whether it is of a sample only."""
    try:
        with within(PATIENCE):
            rows, sampled = page(target, noun, after, field, sampled=False), False
    except OperationalError:
        rows, sampled = page(target, noun, after, field, sampled=True), True
    more = Place(*rows[PAGE - 1][:3]) if len(rows) > PAGE else None
    return facts(noun, rows[:PAGE]), more, sampled


def page(
    target: TargetList, noun: str, after: tuple[str, int, str] | None, field: str, *, sampled: bool
) -> list[tuple[Any, ...]]:
    sql, params = selection(target, noun, field, sampled, after)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {PAGE + 1}", params)
        return list(cursor.fetchall())


def everything(target: TargetList, noun: str, *, field: str = "") -> Iterator[StaleFact]:
    """All of the queue from a cursor on the server, some hundreds at a time."""
    with connection.chunked_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(*selection(target, noun, field, sampled=False))
        while rows := cursor.fetchmany(BATCH):
            yield from facts(noun, rows)


def selection(
    target: TargetList, noun: str, field: str, sampled: bool, after: tuple[str, int, str] | None = None
) -> tuple[str, list[Any]]:
    account = "row.id" if noun == "account" else "membership.account_id"
    params: list[Any] = [target.pk, clock.today()]
    where = OLD
    if field:
        where, params = f"{where} AND fact.name = %s", [*params, field]
    if after:
        where = f"{where} AND (left(fact.said ->> 'at', 10), row.id, fact.name) > (%s, %s, %s)"
        params = [*params, *after]
    sql = f"""SELECT left(fact.said ->> 'at', 10), row.id, fact.name, fact.said ->> 'source', life.days, {account}
                FROM {members(noun, sampled)} WHERE {where} ORDER BY 1, 2, 3"""
    return sql, params


def facts(noun: str, rows: list[tuple[Any, ...]]) -> list[StaleFact]:
    accounts = Account.objects.select_related("owner").in_bulk([row[5] for row in rows])
    people = Contact.objects.in_bulk([row[1] for row in rows]) if noun == "contact" else {}
    found = []
    for at, pk, name, source, days, account in rows:
        about: Any = people.get(pk) if noun == "contact" else accounts.get(pk)
        if about is not None and account in accounts:
            value = own(about, name)
            found.append(StaleFact(noun, accounts[account], people.get(pk), name, value, day(at), source or "", days))
    return found


def own(about: Any, name: str) -> str:
    value = about.custom.get(name, "") if name in about.custom else getattr(about, name, "")
    if value is None or callable(value):
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def count(target: TargetList, noun: str, *, sampled: bool = False) -> tuple[Count, Count]:
    """How many facts are stale, and on how many accounts or people."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(DISTINCT row.id) FROM {members(noun, sampled)} WHERE {OLD}",
            [target.pk, clock.today()],
        )
        of_facts, of_rows = cursor.fetchone()
    times = SAMPLED if sampled else 1
    return Count(of_facts * times, exact=not sampled), Count(of_rows * times, exact=not sampled)


def fields_with_age(noun: str) -> list[str]:
    return list(FieldAge.objects.filter(noun=noun).values_list("field", flat=True))


def read(about: Account | Contact, kind: str, name: str, value: str) -> Any:
    """What was typed, as the column keeps it; raises Refused."""
    found = plain(kind, name, value)
    column: Any = about._meta.get_field(name)
    try:
        return found if found in ("", None) else column.clean(found, about)
    except ValidationError as error:
        raise Refused(f"{name.replace('_', ' ').capitalize()}: {error.messages[0]}") from error


def plain(kind: str, name: str, value: str) -> Any:
    if "\x00" in value:
        raise Refused("This holds a character that is none.")
    called = name.replace("_", " ")
    if kind == "number":
        if value and not (value.isascii() and value.isdigit() and int(value) < 2**31):
            raise Refused(f"{called.capitalize()} is a whole number.")
        if name == "fiscal_year_end" and value and not 1 <= int(value) <= 12:
            raise Refused("The fiscal year ends in a month, 1 to 12.")
        return int(value) if value else None
    if kind == "date":
        found = day(value)
        if value and found is None:
            raise Refused(f"{called.capitalize()} is a day, as in 2026-12-01.")
        return found
    return value
