"""One row of a file made into the values of an account or a contact; what is wrong with it said by column."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pycountry

from crm.rules.addresses import BadAddress, dedupe_key, domain_of, normal
from crm.rules.charsets import clean
from crm.rules.companies import normal_name, registrable_domain, says_company
from crm.rules.tables import plain_cell

ACCOUNT_FIELDS = (
    "external_id", "name", "domain", "phone", "street", "city", "postcode", "state", "country", "industry", "employees",
    "sites", "parent", "owner",
)  # fmt: skip
CONTACT_FIELDS = (
    "external_id", "first_name", "last_name", "email", "phone", "title", "company", "domain", "street", "city",
    "postcode", "state", "country",
)  # fmt: skip
FIELDS = {"accounts": ACCOUNT_FIELDS, "contacts": CONTACT_FIELDS}
_LONGEST = {
    "external_id": 120, "name": 200, "domain": 253, "phone": 40, "street": 200, "city": 120, "postcode": 20, "state": 80,
    "industry": 120, "parent": 200, "owner": 200, "first_name": 80, "last_name": 80, "email": 320, "title": 160, "company": 200,
}  # fmt: skip
_ACCOUNT_WORDS = {
    "company": "name", "company_name": "name", "account": "name", "account_name": "name", "organisation": "name",
    "organization": "name", "firm": "name", "website": "domain", "url": "domain", "web": "domain", "homepage": "domain",
    "id": "external_id", "account_id": "external_id", "telephone": "phone", "phone_number": "phone", "address": "street",
    "street_address": "street", "town": "city", "zip": "postcode", "zip_code": "postcode", "postal_code": "postcode",
    "post_code": "postcode", "region": "state", "province": "state", "country_code": "country", "sector": "industry",
    "employee_count": "employees", "headcount": "employees", "number_of_employees": "employees", "size": "employees",
    "number_of_sites": "sites", "locations": "sites", "parent_account": "parent", "parent_company": "parent",
    "account_owner": "owner",
}  # fmt: skip
_CONTACT_WORDS = {
    "id": "external_id", "contact_id": "external_id", "firstname": "first_name", "given_name": "first_name",
    "forename": "first_name", "lastname": "last_name", "surname": "last_name", "family_name": "last_name",
    "e_mail": "email", "email_address": "email", "mail": "email", "telephone": "phone", "phone_number": "phone",
    "mobile": "phone", "job_title": "title", "position": "title", "company_name": "company", "account": "company",
    "account_name": "company", "organisation": "company", "organization": "company", "website": "domain",
    "address": "street", "street_address": "street", "town": "city", "suburb": "city", "zip": "postcode",
    "zip_code": "postcode", "postal_code": "postcode", "post_code": "postcode", "region": "state", "country_code": "country",
}  # fmt: skip
SYNONYMS = {"accounts": _ACCOUNT_WORDS, "contacts": _CONTACT_WORDS}


@dataclass
class Row:
    """Values by field, further columns, problems by column; `lost` says why the whole row cannot be used."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    lost: str = ""

    @property
    def custom_json(self) -> str:
        return json.dumps(self.custom, ensure_ascii=False)


def read_row(number: int, cells: Sequence[str], header: Sequence[str], mapping: Mapping[str, str], kind: str) -> Row:
    """Cells made into values; nothing raises."""
    row = Row(number)
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        row.lost = f"The row has {len(cells)} cells, the header {len(header)}."
        return row
    for column, cell in zip(header, cells, strict=False):
        value = clean(plain_cell(" ".join(cell.split())))
        name = mapping.get(column, "")
        if name in FIELDS[kind]:
            row.values[name] = _fitting(row, column, name, value)
        elif value:
            row.custom[column] = value[:2000]
    return _account(row) if kind == "accounts" else _contact(row)


def _fitting(row: Row, column: str, name: str, value: str) -> str:
    longest = _LONGEST.get(name, 200)
    if len(value) > longest:
        row.problems.append((column, f"Longer than {longest} signs; cut."))
    return value[:longest]


def _account(row: Row) -> Row:
    if not row.values.get("name"):
        row.lost = "No name."
    _common(row)
    for name in ("employees", "sites"):
        row.values[name] = _count(row, name)
    return row


def _contact(row: Row) -> Row:
    values = row.values
    email = values.get("email", "")
    if email:
        try:
            values["email"], values["email_norm"] = normal(email), dedupe_key(email)
        except BadAddress as bad:
            row.problems.append(("email", str(bad)))
            values["email"] = ""
    named = values.get("first_name") or values.get("last_name")
    if not values.get("email") and not named:
        row.lost = "Neither a name nor a usable address."
    _common(row)
    if not values.get("domain") and values.get("email"):
        found = registrable_domain(domain_of(values["email"]))
        values["account_domain"] = found if says_company(found) else ""
    else:
        values["account_domain"] = values.get("domain", "")
    return row


def _common(row: Row) -> None:
    values = row.values
    if values.get("domain"):
        domain = registrable_domain(values["domain"])
        if not domain:
            row.problems.append(("domain", f"“{values['domain']}” is no domain; left out."))
        values["domain"] = domain if says_company(domain) else ""
    if values.get("country"):
        code = country_code(values["country"])
        if not code:
            row.problems.append(("country", f"“{values['country']}” is no country; left out."))
        values["country"] = code


def _count(row: Row, name: str) -> str:
    value = row.values.get(name, "")
    digits = re.sub(r"[,.\s'](?=\d{3}\b)", "", value)
    if not value or (digits.isascii() and digits.isdigit() and int(digits) < 2**31):
        return digits
    row.problems.append((name, f"“{value[:40]}” is no whole number; left out."))
    return ""


def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 of a code or a name; empty when unknown."""
    plain = text.strip()
    found = _COUNTRIES.get(plain.casefold().replace(".", ""))
    return found or ""


def _countries() -> dict[str, str]:
    known = {
        "uk": "GB",
        "england": "GB",
        "scotland": "GB",
        "wales": "GB",
        "great britain": "GB",
        "usa": "US",
        "america": "US",
    }
    for one in pycountry.countries:
        names = (one.alpha_2, one.alpha_3, one.name, getattr(one, "common_name", ""), getattr(one, "official_name", ""))
        known |= {name.casefold(): one.alpha_2 for name in names if name}
    return known


_COUNTRIES = _countries()


def company_key(name: str) -> str:
    """The company a contact's row names, for finding its account."""
    return normal_name(name) if name else ""
