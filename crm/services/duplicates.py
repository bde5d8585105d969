"""Proposals that two records are one: found in the background, decided by a person, never merged by themselves."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, DuplicatePair, Event
from crm.models.duplicates import DUPLICATE_PAIR
from crm.rules.normal_forms import address_key, person_key, phone_key
from crm.services import registries
from crm.services.candidates import Search, alike, inside, stored, weighed
from crm.services.import_sql import ask, run

State = DuplicatePair.State
Proposal = tuple[int, int, str, float, list[str]]  # two records, band, score, evidence
MOST_IN_BACKGROUND = 500_000
_SAID = {
    "accounts": ["id", "phone", "country", "street", "postcode", "city"],
    "contacts": ["id", "phone", "country", "street", "postcode", "city", "first_name", "last_name"],
}


@transaction.atomic
def propose(kind: str, pairs: Iterable[Proposal]) -> int:
    """Put pairs before a person; what was decided stays decided, what waits says what is known now. Returns how many are new."""
    new, rest = 0, iter(pairs)
    while some := list(islice(rest, 1000)):
        told = {(min(a, b), max(a, b)): (band, score, evidence) for a, b, band, score, evidence in some if a != b}
        known = DuplicatePair.objects.filter(kind=kind, low_id__in=[low for low, _ in told])
        again = [(pair, said) for pair in known if (said := told.pop((pair.low_id, pair.high_id), None))]
        DuplicatePair.objects.bulk_update(_said_anew(again), ["band", "score", "evidence"])
        DuplicatePair.objects.bulk_create(_proposed(kind, told), ignore_conflicts=True)
        new += len(told)
    return new


@transaction.atomic
def find_duplicates(
    kind: str, *, match_on: Sequence[str] = (), by: Any = "the search for duplicates"
) -> dict[str, Any]:
    """Compare the records on file with each other and propose what may be one; says what it left out."""
    run("SET LOCAL work_mem = '64MB'")
    search = Search(kind, match_on, most=MOST_IN_BACKGROUND)
    source = stored(kind)
    inside(search, source)
    alike(search)
    counted = {"same": 0, "likely": 0}
    new = propose(kind, _counted(search, source, counted))
    report = {"kind": kind, "compared": search.found, **counted, "new": new, "left_out": search.left_out}
    Event.record("duplicates.searched", by=by, facts=report)
    return report


def fill_normal_forms(size: int = 5_000) -> int:
    """Write the normal forms of records that were on file before there were columns for them; a batch a transaction."""
    return sum(_fill(kind, size) for kind in ("accounts", "contacts"))


def _fill(kind: str, size: int) -> int:
    table, name = ("crm_account", "''") if kind == "accounts" else ("crm_contact", "first_name || last_name")
    empty = f"(phone <> '' AND phone_norm = '') OR (street <> '' AND address_norm = '') OR ({name} <> '' AND name_norm = '')"
    last, filled = 0, 0
    while True:
        rows = ask(
            f"SELECT {', '.join(_SAID[kind])} FROM {table} WHERE id > %s AND ({empty}) ORDER BY id LIMIT {size}", last
        )
        if not rows:
            return filled
        last, filled = rows[-1][0], filled + len(rows)
        ids, names, phones, places = zip(*(_forms(kind, row) for row in rows), strict=True)
        own = "" if kind == "accounts" else "name_norm = f.name, "
        run(
            f"UPDATE {table} r SET {own}phone_norm = f.phone, address_norm = f.place FROM unnest(%s::bigint[], %s::text[], "
            "%s::text[], %s::text[]) AS f (id, name, phone, place) WHERE r.id = f.id",
            list(ids), list(names), list(phones), list(places),
        )  # fmt: skip


def _forms(kind: str, row: Sequence[Any]) -> tuple[int, str, str, str]:
    pk, phone, country, street, postcode, city, *name = row
    known = person_key(*name) if kind == "contacts" else ""
    return pk, known, phone_key(phone, country), address_key(street, postcode, city, country)


@transaction.atomic
def keep_apart(pair: DuplicatePair, by: Any) -> DuplicatePair:
    """A person says that these are two; nobody proposes them again."""
    _refuse_decided(pair)
    who = by if getattr(by, "pk", None) else None
    return DUPLICATE_PAIR.move(pair, State.DIFFERENT, by=by, set={"decided_at": clock.now(), "decided_by": who})


@transaction.atomic
def propose_again(pair: DuplicatePair, by: Any) -> DuplicatePair:
    """Take back that two were kept apart."""
    if pair.state != State.DIFFERENT:
        raise Refused("These two were not kept apart.")
    return DUPLICATE_PAIR.move(pair, State.PROPOSED, by=by, set={"decided_at": None, "decided_by": None})


def waiting(pairs: QuerySet[DuplicatePair], kind: str) -> QuerySet[DuplicatePair]:
    """What a person may decide now: proposals of which both records are still on file."""
    records = {"accounts": Account, "contacts": Contact}[kind]._base_manager
    there = [Exists(records.filter(pk=OuterRef(side))) for side in ("low_id", "high_id")]
    return pairs.filter(*there, kind=kind, state=State.PROPOSED)


def on_list(pairs: QuerySet[DuplicatePair], list_id: int) -> QuerySet[DuplicatePair]:
    """Pairs of which one account or both stand on a list."""
    accounts = [rows for found in registries.on_list for rows in [found(list_id)]]
    here = [Q(low_id__in=rows) | Q(high_id__in=rows) for rows in accounts]
    return pairs.filter(reduce(or_, here)) if here else pairs.none()


def _refuse_decided(pair: DuplicatePair) -> None:
    if pair.state != State.PROPOSED:
        raise Refused(f"This pair is decided already: {pair.get_state_display().lower()}.")


def _counted(search: Search, source: Any, counted: dict[str, int]) -> Iterator[Proposal]:
    for a, b, verdict in weighed(search, source):
        counted[verdict.band] += 1
        yield a, b, verdict.band, verdict.score, verdict.evidence


def _said_anew(again: list[tuple[DuplicatePair, tuple[str, float, list[str]]]]) -> list[DuplicatePair]:
    changed = []
    for pair, said in again:
        if pair.state == State.PROPOSED and (pair.band, pair.score, pair.evidence) != said:
            pair.band, pair.score, pair.evidence = said
            changed.append(pair)
    return changed


def _proposed(kind: str, told: dict[tuple[int, int], tuple[str, float, list[str]]]) -> list[DuplicatePair]:
    now = clock.now()
    return [
        DuplicatePair(kind=kind, low_id=low, high_id=high, band=band, score=score, evidence=evidence, found_at=now)
        for (low, high), (band, score, evidence) in told.items()
    ]
