"""One row of a file made into the values of an account or a contact; what is wrong with it said by column."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from crm.rules import tables
from crm.rules.addresses import BadAddress, dedupe_key, domain_of, normal
from crm.rules.cells import plain_cell
from crm.rules.charsets import clean
from crm.rules.companies import normal_name, registrable_domain, says_company
from crm.rules.countries import code_of
from crm.rules.delimited import Record
from crm.rules.header_words import SYNONYMS
from crm.rules.normal_forms import address_key, person_key, phone_key

ACCOUNT_FIELDS = (
    "external_id", "name", "domain", "phone", "street", "city", "postcode", "state", "country", "industry", "employees",
    "sites", "parent", "owner",
)  # fmt: skip
CONTACT_FIELDS = (
    "external_id", "first_name", "last_name", "email", "phone", "title", "company", "domain", "street", "city",
    "postcode", "state", "country",
)  # fmt: skip
# A company and a person in each row: what the columns mean to the one, and to the other.
BOTH_AS_ACCOUNT = {
    "company": "name", "company_id": "external_id", "domain": "domain", "company_phone": "phone", "street": "street",
    "city": "city", "postcode": "postcode", "state": "state", "country": "country", "industry": "industry",
    "employees": "employees", "sites": "sites", "parent": "parent", "owner": "owner",
}  # fmt: skip
BOTH_AS_CONTACT = {
    "person_id": "external_id", "first_name": "first_name", "last_name": "last_name", "email": "email", "phone": "phone",
    "title": "title", "company": "company", "domain": "domain", "country": "country",
}  # fmt: skip
BOTH_FIELDS = tuple(dict.fromkeys([*BOTH_AS_ACCOUNT, *BOTH_AS_CONTACT]))
FIELDS = {"accounts": ACCOUNT_FIELDS, "contacts": CONTACT_FIELDS, "both": BOTH_FIELDS}
_LONGEST = {
    "external_id": 120, "name": 200, "domain": 253, "phone": 40, "street": 200, "city": 120, "postcode": 20, "state": 80,
    "industry": 120, "parent": 200, "owner": 200, "first_name": 80, "last_name": 80, "email": 320, "title": 160, "company": 200,
}  # fmt: skip
tables.KNOWN_WORDS.update(*SYNONYMS.values(), *FIELDS.values())
EMPTY = "The row is empty."
_PLACE = ("street", "postcode", "city", "country")


@dataclass(slots=True)
class Row:
    """Values by field, further columns, problems by column; `lost` says why the whole row cannot be used."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    lost: str = ""

    @property
    def custom_json(self) -> str:
        return json.dumps(self.custom, ensure_ascii=False) if self.custom else "{}"

    @property
    def problems_json(self) -> str:
        return json.dumps(self.problems, ensure_ascii=False) if self.problems else ""


@dataclass(frozen=True)
class Columns:
    """Which column is which field of one kind of record."""

    header: tuple[str, ...]
    fields: tuple[str | None, ...]  # by column: a field, None for an attribute, "" for one that is left out
    kind: str
    beside: bool = False  # the other kind of record stands in the same row

    @cached_property
    def longest(self) -> tuple[int, ...]:
        """Signs that each column's field takes."""
        return tuple(_LONGEST.get(name or "", 200) for name in self.fields)


ELSEWHERE = "-"
OURS = tables.OURS


def columns_of(header: Sequence[str], mapping: Mapping[str, str], kind: str, part: str = "") -> Columns:
    """`part` is accounts or contacts where a file holds both; a further column is an attribute of the person then."""
    if kind != "both":
        known = set(FIELDS[kind])
        fields = tuple(
            name if (name := mapping.get(column, "")) in known or name == ELSEWHERE else None for column in header
        )
        return Columns(tuple(header), fields, kind)
    meaning = BOTH_AS_ACCOUNT if part == "accounts" else BOTH_AS_CONTACT
    further = None if part == "contacts" else ELSEWHERE
    fields = tuple(meaning.get(name, ELSEWHERE) if (name := mapping.get(column, "")) else further for column in header)
    return Columns(tuple(header), fields, part, beside=True)


def read_row(number: int, record: Record, columns: Columns) -> Row:
    """Cells made into values; nothing raises."""
    row = Row(number)
    cells = record.cells
    if record.broken:
        row.lost = record.broken
        return row
    if len(cells) > len(columns.header) and any(cell.strip() for cell in cells[len(columns.header) :]):
        row.lost = f"The row has {len(cells)} cells, the header {len(columns.header)}."
        return row
    values = row.values
    for column, name, longest, cell in zip(
        columns.header, columns.fields, columns.longest, tidied(cells), strict=False
    ):
        if not cell or name == ELSEWHERE:
            continue
        if name is None:
            row.custom[column] = cell[:2000]
        elif len(cell) > longest:
            values[name] = _cut(row, column, longest, cell)
        else:
            values[name] = cell
    return _account(row, columns) if columns.kind == "accounts" else _contact(row, columns)


def tidied(cells: list[str]) -> list[str]:
    """``tidy`` of each cell; most rows are tidy as they come, which is seen at one look."""
    line = "|".join(["", *cells, ""])
    if "| " in line or " |" in line or "|'" in line or "  " in line or not line.isprintable():
        return [tidy(cell) if cell else "" for cell in cells]
    return cells


def tidy(cell: str) -> str:
    """A cell as it is kept: single blanks, none at its ends, nothing that PostgreSQL refuses."""
    if cell.isprintable() and cell[0] not in " '" and cell[-1] != " " and "  " not in cell:
        return cell
    return clean(plain_cell(" ".join(cell.split())))


def _cut(row: Row, column: str, longest: int, value: str) -> str:
    row.problems.append((column, f"Longer than {longest} signs; cut."))
    return value[:longest].rstrip()


def _account(row: Row, columns: Columns) -> Row:
    values = row.values
    if columns.beside and not values.get("domain") and values.get("name"):
        values["domain"] = ""
    if not values.get("name"):
        row.lost = "No name." if values or row.custom else EMPTY
        return row
    _common(row)
    for name in ("employees", "sites"):
        if values.get(name):
            values[name] = _count(row, name)
    values["name_norm"] = normal_name(values["name"])
    if values.get("parent"):
        values["parent_norm"] = normal_name(values["parent"])
    return row


def _contact(row: Row, columns: Columns) -> Row:
    values = row.values
    if not values and not row.custom:
        row.lost = EMPTY
        return row
    email = values.get("email", "")
    if email:
        try:
            values["email"], values["email_norm"] = normal(email), dedupe_key(email)
        except BadAddress as bad:
            row.problems.append(("email", f"{str(bad).rstrip('.')}; the cell was left out."))
            values["email"] = ""
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if not (values.get("email") or first or last):
        row.lost = "Neither a name nor a usable address."
        return row
    _common(row)
    values["name_norm"] = person_key(first, last)
    values["named_domain"] = values.get("domain", "")
    values["account_domain"] = values["named_domain"] or _domain_behind(values.get("email", ""))
    values["company_said"] = values.get("company", "")
    values["company_norm"] = normal_name(values["company_said"]) if values["company_said"] else ""
    return row


def _domain_behind(email: str) -> str:
    found = domain(domain_of(email)) if email else ""
    return found if says_company(found) else ""


def _common(row: Row) -> None:
    values = row.values
    if values.get("domain"):
        found = domain(values["domain"])
        if not found:
            row.problems.append(("domain", f"“{values['domain']}” is no domain; the cell was left out."))
        values["domain"] = found if says_company(found) else ""
    if values.get("country"):
        code = country_code(values["country"])
        if not code:
            row.problems.append(("country", f"“{values['country']}” is no country; the cell was left out."))
        values["country"] = code
    country = values.get("country", "")
    if values.get("phone"):
        values["phone"] = _phone(row)
        values["phone_norm"] = phone_key(values["phone"], country)
    if values.get("street"):
        values["address_norm"] = address_key(*(values.get(name, "") for name in _PLACE))[:160]


def _phone(row: Row) -> str:
    """Kept as it is written, whatever stands around its digits; what has none is no number."""
    phone = row.values["phone"]
    if any(sign.isdigit() for sign in phone):
        return phone
    if phone.casefold().strip(".") not in _NOTHING:
        row.problems.append(("phone", f"“{phone}” is no phone number; the cell was left out."))
    return ""


_PLAIN_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.[a-z]{2,24}")


def domain(text: str) -> str:
    """``registrable_domain``; a name of two labels is one already."""
    return text if _PLAIN_DOMAIN.fullmatch(text) else registrable_domain(text)


# What people write where they know no number, and before one they know roughly.
_NOTHING = {
    "n/a",
    "n.a",
    "na",
    "-",
    "–",
    "—",
    "?",
    "k.a",
    "unknown",
    "unbekannt",
    "none",
    "null",
    "keine angabe",
    "inconnu",
}
_ABOUT = re.compile(r"^(?:circa|ca\.?|about|approx\.?|approximately|around|rund|etwa|environ|env\.?|~|≈|>)\s*")


def _count(row: Row, name: str) -> str:
    value = row.values.get(name, "")
    if value.isascii() and value.isdigit() and len(value) < 10:
        return value
    if value.casefold().strip(".") in _NOTHING:
        return ""
    plain = _ABOUT.sub("", value.casefold()).rstrip("+ ")
    digits = re.sub(r"[,.\s'](?=\d{3}\b)", "", plain)
    if digits.isascii() and digits.isdigit() and len(digits) < 11 and int(digits) < 2**31:
        return digits
    row.problems.append((name, f"“{value[:40]}” is no whole number; the cell was left out."))
    return ""


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 of a code or a name in any of the product's languages; empty when unknown."""
    return code_of(text)
