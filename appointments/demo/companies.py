"""The accounts of the demonstration world: sixty written by hand, the rest drawn with a fixed seed."""

import csv
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from appointments.demo.kinds import ELSEWHERE, KINDS, Kind
from appointments.demo.names import COUNTRIES, zone_of

HERE = Path(__file__).parent
SEED = 20260
HANDWRITTEN = 60
# How often each kind comes up among the drawn ones; the last one belongs nowhere.
MIX = {"cold": 33, "office": 22, "care": 22, "project": 16, "elsewhere": 7}
PROJECTS = (
    "refit of the east wing",
    "new cold room",
    "roof and plant room",
    "fit-out of two floors",
    "kitchen and spa",
)


@dataclass(frozen=True)
class Someone:
    first_name: str
    last_name: str
    title: str
    role: str
    department: str
    language: str
    confidence: str
    evidence: str
    email: str


@dataclass(frozen=True)
class Company:
    name: str
    kind: str
    owner: str
    fields: dict[str, Any]
    people: tuple[Someone, ...] = field(default=())

    @property
    def domain(self) -> str:
        return str(self.fields["domain"])


def companies(count: int, today: date) -> list[Company]:
    """The first `count` companies; always the same ones for a given day."""
    written = list(handwritten(today))
    return [*written[:count], *drawn(max(count - len(written), 0), today, {company.domain for company in written})]


# Written by hand ------------------------------------------------------------------------------------------------


def handwritten(today: date) -> Iterator[Company]:
    people: dict[str, list[Someone]] = {}
    for row in _rows("people.csv"):
        domain = row.pop("domain")
        row["email"] = address(row["first_name"], row["last_name"], domain)
        people.setdefault(domain, []).append(Someone(**row))
    for row in _rows("accounts.csv"):
        yield Company(
            name=row["name"],
            kind=_kind_of(row["industry"]),
            owner=row["owner"],
            fields=_fields(row, today),
            people=tuple(people.get(row["domain"], ())),
        )


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fields(row: dict[str, str], today: date) -> dict[str, Any]:
    custom = dict(part.split("=", 1) for part in row["custom"].split(";") if part)
    return {
        **{name: row[name] for name in ("domain", "street", "city", "postcode", "country", "industry")},
        "employees": int(row["employees"]),
        "sites": int(row["sites"]),
        "regulated": [part for part in row["regulated"].split(";") if part],
        "tags": [part for part in row["tags"].split(";") if part],
        "zone": zone_of(row["country"]),
        "custom": custom,
        **{
            name: today + timedelta(days=int(row[name]))
            for name in ("window_from", "window_until", "renewal_on")
            if row[name]
        },
    }


def _kind_of(industry: str) -> str:
    return next((kind.key for kind in KINDS if industry in kind.suffixes), ELSEWHERE.key)


# Drawn with a seed ----------------------------------------------------------------------------------------------


def drawn(count: int, today: date, taken: set[str]) -> Iterator[Company]:
    dice = random.Random(SEED)
    kinds = {kind.key: kind for kind in (*KINDS, ELSEWHERE)}
    for number in range(count):
        kind = kinds[dice.choices(list(MIX), weights=list(MIX.values()))[0]]
        country = dice.choices(list(COUNTRIES), weights=[30, 6, 14, 11, 5, 10, 6, 6, 4, 4, 4, 4])[0]
        name, domain, industry = _named(kind, country, dice, taken)
        taken.add(domain)
        owner = "isla" if kind.key == "care" else ("ada", "ben")[number % 2]
        company = Company(name, kind.key, owner, _drawn_fields(kind, country, domain, industry, today, dice))
        yield replace(company, people=tuple(_staff(kind, country, domain, dice)))


def _named(kind: Kind, country: str, dice: random.Random, taken: set[str]) -> tuple[str, str, str]:
    """A name whose domain nobody has yet; the place is added where the plain name is taken."""
    home = COUNTRIES[country]
    industry = dice.choice(list(kind.suffixes))
    stem, suffix = dice.choice(home.stems), dice.choice(kind.suffixes[industry])
    for name in (
        f"{stem} {suffix}",
        f"{stem} {suffix} {dice.choice(home.cities)}",
        f"{dice.choice(home.last)} {stem} {suffix}",
    ):
        if (domain := f"{slug(name)}.example") not in taken:
            return name, domain, industry
    number = next(n for n in range(2, 999) if f"{slug(name)}-{n}.example" not in taken)
    return f"{name} {number}", f"{slug(name)}-{number}.example", industry


def _drawn_fields(
    kind: Kind, country: str, domain: str, industry: str, today: date, dice: random.Random
) -> dict[str, Any]:
    home = COUNTRIES[country]
    custom: dict[str, str] = (
        {"source list": "Trade register"} if kind.key != "project" else {"project": dice.choice(PROJECTS)}
    )
    dates: dict[str, date] = {}
    if kind.key == "project":
        dates["window_from"] = today + timedelta(days=dice.randint(-300, 60))
        dates["window_until"] = dates["window_from"] + timedelta(days=dice.randint(150, 330))
    if dice.random() < 0.25:
        dates["renewal_on"] = today + timedelta(days=dice.randint(30, 400))
    return {
        "domain": domain,
        "street": f"{dice.choice(home.stems)} {dice.randint(1, 140)}",
        "city": dice.choice(home.cities),
        "country": country,
        "industry": industry,
        "employees": dice.randint(*kind.employees),
        "sites": dice.randint(*kind.sites),
        "regulated": list(kind.regulated),
        "tags": [kind.tag] if kind.tag else [],
        "zone": home.zone,
        "custom": custom,
        **dates,
    }


def _staff(kind: Kind, country: str, domain: str, dice: random.Random) -> Iterator[Someone]:
    home = COUNTRIES[country]
    used: set[str] = set()
    for role, title, department, often in kind.people:
        if dice.random() >= often:
            continue
        first, last = dice.choice(home.first), dice.choice(home.last)
        email = address(first, last, domain)
        if email in used:
            continue
        used.add(email)
        sure = "low" if role == "unknown" else dice.choice(("certain", "high", "high"))
        source = dice.choice(("Company website", "Trade directory", "Company register", "Switchboard"))
        yield Someone(first, last, title, role, department, home.language, sure, source, email)


def address(first: str, last: str, domain: str) -> str:
    return f"{slug(first)}.{slug(last)}@{domain}"


def slug(text: str) -> str:
    """Plain ASCII letters, digits and hyphens; what has no decomposition is spelled out."""
    spelled = text.translate(str.maketrans({"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "ß": "ss", "æ": "ae", "đ": "d"}))
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
