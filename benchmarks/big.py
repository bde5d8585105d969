"""A big installation from a seed: accounts, people and a timeline, with the skew of real lists, written by COPY."""

import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

from django.db import connection

from benchmarks import words
from benchmarks.copying import copy, filling
from crm import clock
from crm.models import Account, Contact, Event, Membership, Organisation, Role, Team, User
from crm.rules.companies import normal_name
from crm.rules.normal_forms import address_key, person_key
from crm.services import people

SEED = 7
BATCH = 10_000
PEOPLE = 40
ACCOUNT = """id name name_norm parent_id owner_id external_id domain phone phone_norm street city postcode state_name country address_norm
zone industry employees sites regulated tags custom facts fiscal_year_end renewal_on rung rung_at rests_until rest_reason
closed_at closed_reason last_touched_at unhandled_mail created_at"""
CONTACT = """id first_name last_name email email_norm name_norm phone title language country street city postcode state_name zone
external_id source stopped_reason created_at custom facts"""
MEMBERSHIP = "id contact_id account_id role_id title department main confidence source evidence since"
EVENT = "id at kind account_id actor_id actor_name why facts subject_type"


def fill(accounts: int = 1_000_000, events: int = 0, contacts: int | None = None, seed: int = SEED) -> None:
    """Empties the database and fills it. `contacts`: as many as accounts unless said; each with one membership."""
    empty()
    now = clock.now()  # and no other question while a COPY holds the connection
    owners = [user.pk for user in staff() if user.job != User.Job.ADMIN]
    with filling(Account) as table:
        copy(table, commas(ACCOUNT), account_lines(accounts, owners, random.Random(seed), now))
    number = accounts if contacts is None else contacts
    roles = dict(Role.objects.values_list("slug", "pk"))
    with filling(Contact) as table:
        copy(table, commas(CONTACT), contact_lines(number, random.Random(seed + 1), now))
    with filling(Membership) as table:
        copy(table, commas(MEMBERSHIP), membership_lines(number, accounts, roles, random.Random(seed + 1), now))
    with filling(Event) as table:
        copy(table, commas(EVENT), event_lines(events, accounts, owners, random.Random(seed + 2), now))


def commas(columns: str) -> str:
    return ", ".join(columns.split())


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_account, crm_contact, crm_event CASCADE")


def staff() -> list[User]:
    """Four teams, a lead each, and one admin: the same people for every size."""
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Bench", "postal_address": "1 Mill Road, Leeds"})
    if not User.objects.filter(email="admin@bench.example").exists():
        people.create_person("admin@bench.example", "Bench Admin", User.Job.ADMIN, None, by="the bench")
        for n in range(PEOPLE):
            team = Team.objects.get_or_create(name=f"Bench team {n % 4}")[0]
            job = User.Job.LEAD if n < 4 else User.Job.SDR
            people.create_person(f"person{n}@bench.example", f"{words.FIRST[n]} Bench", job, team, by="the bench")
    return list(User.objects.filter(email__endswith="@bench.example", is_active=True).order_by("pk"))


def falling(length: int, power: float = 1.0) -> list[float]:
    """Cumulative weights of a Zipf-like fall: the first is common, the last is rare."""
    total, found = 0.0, []
    for n in range(1, length + 1):
        total += n**-power
        found.append(total)
    return found


def batches(number: int) -> Iterator[range]:
    for start in range(1, number + 1, BATCH):
        yield range(start, min(start + BATCH, number + 1))


def spread(share: float, number: int) -> int:
    """Which account (or person) a share between 0 and 1 falls on: few get most, and they stand anywhere in the table."""
    return int(share * share * number) * 7_368_787 % number + 1


# Accounts ----------------------------------------------------------------------------------------------------------


def account_lines(number: int, owners: list[int], chance: random.Random, now: dt.datetime) -> Iterator[str]:
    heads: list[tuple[int, str, str]] = []  # groups whose sites come later: id, name, domain
    today = now.date()
    owning = falling(len(owners), 0.5)
    owning.append(owning[-1] * 1.5)  # a third belongs to nobody
    countries, weights = list(words.COUNTRIES), [row[0] for row in words.COUNTRIES.values()]
    for ids in batches(number):
        k = len(ids)
        drawn = zip(
            ids,
            chance.choices(words.SURNAMES, cum_weights=falling(len(words.SURNAMES), 0.6), k=k),
            chance.choices(words.TRADES, cum_weights=falling(len(words.TRADES), 0.5), k=k),
            chance.choices(countries, weights, k=k),
            chance.choices(words.INDUSTRIES, cum_weights=falling(len(words.INDUSTRIES), 0.7), k=k),
            chance.choices([*owners, None], cum_weights=owning, k=k),
            chance.choices(list(words.RUNGS), list(words.RUNGS.values()), k=k),
            strict=True,
        )
        for row in drawn:
            yield account_line(row, heads, chance.random(), chance.random(), today)


def account_line(row: Any, heads: list[tuple[int, str, str]], share: float, other: float, today: dt.date) -> str:
    pk, surname, trade, country, industry, owner, rung = row
    _, zone, forms, cities = words.COUNTRIES[country]
    city, form = cities[int(other * other * len(cities))], forms[int(share * 997) % len(forms)]
    parent: int | str = "\\N"
    domain = ""
    if heads and share < 0.12:
        parent, name, domain = heads[int(other * other * len(heads))]
        name = f"{name}, {city}"
    else:
        name = f"{surname} {trade}" if other < 0.7 else f"{trade[:4]}{surname.lower()} {industry}".strip()
        if share < 0.92:
            domain = f"{surname.lower()}-{trade.lower()}{pk % 9973 if other > 0.2 else ''}.example"
        if pk % 20 == 1:
            heads.append((pk, name, domain))
        name = f"{name} {form}".strip()
    street = f"{int(share * 190) + 1} {words.STREETS[pk % len(words.STREETS)]} Street" if other < 0.8 else ""
    postcode = f"{int(other * 90_000) + 10_000}" if street else ""
    reached = rung != "addressable"
    touched = today - dt.timedelta(days=int(other * 400)) if reached else None
    closed = rung in ("contacted", "engaged") and share > 0.95
    facts = {"source": "import", "at": f"{today - dt.timedelta(days=int(share * 900))}"}
    values = [
        pk, name, normal_name(name), parent, owner or "\\N", f"C{pk:08}" if share < 0.8 else "", domain,
        f"+4411{pk:08}" if other < 0.5 else "", f"+4411{pk:08}" if other < 0.5 else "", street, city, postcode, "", country,
        address_key(street, postcode, city, country), zone, industry, "\\N" if other > 0.85 else int(3 / (share + 0.0001)),
        int(1 / (other + 0.01)) + 1, braces(words.REGULATED, share, 0.2), braces(words.TAGS, other, 0.35),
        json.dumps({"erp": "sap" if share < 0.5 else "other"}) if other < 0.3 else "{}",
        json.dumps({"name": facts, "domain": facts, "industry": facts}), pk % 12 + 1 if share < 0.3 else "\\N",
        today + dt.timedelta(days=int(share * 700)) if other < 0.1 else "\\N", rung, f"{touched} 09:30+00" if touched else "\\N",
        today + dt.timedelta(days=int(share * 180) + 1) if reached and other > 0.93 else "\\N", "", f"{touched} 10:00+00" if closed else "\\N",
        "Not a fit" if closed else "", f"{touched} 09:00+00" if touched else "\\N", 0, f"{today - dt.timedelta(days=pk % 1500)} 08:00+00",
    ]  # fmt: skip
    return "\t".join(map(str, values))


def braces(choices: list[str], share: float, how_many: float) -> str:
    """An array with one or two of the choices for a share of the rows, else an empty one."""
    if share > how_many:
        return "{}"
    at = int((share / how_many) ** 2 * len(choices))
    chosen = ",".join(f'"{choices[n % len(choices)]}"' for n in range(at, at + 1 + at % 2))
    return f"{{{chosen}}}"


# People ------------------------------------------------------------------------------------------------------------


def titled(ids: range, chance: random.Random) -> list[tuple[str, str]]:
    """The same draw for the person and for their membership."""
    return chance.choices(words.TITLES, cum_weights=falling(len(words.TITLES)), k=len(ids))


def contact_lines(number: int, chance: random.Random, now: dt.datetime) -> Iterator[str]:
    today = now.date()
    for ids in batches(number):
        names = random.Random(ids.start)
        firsts = names.choices(words.FIRST, cum_weights=falling(len(words.FIRST), 0.5), k=len(ids))
        lasts = names.choices(words.SURNAMES, cum_weights=falling(len(words.SURNAMES), 0.6), k=len(ids))
        for pk, (title, _), first, last in zip(ids, titled(ids, chance), firsts, lasts, strict=True):
            email = f"{first}.{last}{pk}@company-{pk % 99_991}.example".lower() if pk % 11 else ""
            values = [
                pk, first, last, email, email, person_key(first, last), "", title, "en", "GB", "", "", "", "", "", "", "import", "",
                f"{today - dt.timedelta(days=pk % 1500)} 08:00+00", "{}", "{}",
            ]  # fmt: skip
            yield "\t".join(map(str, values))


def membership_lines(
    number: int, accounts: int, roles: dict[str, int], chance: random.Random, now: dt.datetime
) -> Iterator[str]:
    today = now.date()
    for ids in batches(number):
        shares = random.Random(ids.start).choices(range(1_000_000), k=len(ids))
        for pk, (title, role), share in zip(ids, titled(ids, chance), shares, strict=True):
            known = role if pk % 5 else "unknown"
            values = [pk, pk, spread(share / 1e6, accounts), roles[known], title, "", "t", "high", "import", title,
                      today - dt.timedelta(days=share % 1500)]  # fmt: skip
            yield "\t".join(map(str, values))


# Timeline ----------------------------------------------------------------------------------------------------------


def event_lines(
    number: int, accounts: int, owners: list[int], chance: random.Random, now: dt.datetime
) -> Iterator[str]:
    """Two years in the order they happened; few accounts have thousands, most a handful."""
    kinds, weights = list(words.KINDS), list(words.KINDS.values())
    for ids in batches(number):
        drawn = zip(ids, chance.choices(kinds, weights, k=len(ids)), chance.choices(owners, k=len(ids)), strict=True)
        for pk, kind, owner in drawn:
            at = now - dt.timedelta(days=730 * (1 - pk / number))
            account = spread(chance.random(), accounts)
            yield f"{pk}\t{at}\t{kind}\t{account}\t{owner}\tBench\t\t{{}}\tcrm.account"
