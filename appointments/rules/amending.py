"""Putting right what was read from a reply: a day or a person, kept as a person said it; plain values."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from crm.rules.addresses import is_address

DAYS = {"return_date": "date", "follow_up": "day", "renewal": "day"}
PEOPLE = ("referred", "alternates")
BY_PERSON = "by_person"
MOST_AHEAD = dt.timedelta(days=5 * 366)


def put_right(entities: Mapping[str, Any]) -> list[str]:
    """The kinds of which a person said something."""
    return [kind for kind in (*DAYS, *PEOPLE) if _touched(entities.get(kind))]


def _touched(found: Any) -> bool:
    rows = found if isinstance(found, list) else [found]
    return any(isinstance(one, Mapping) and one.get(BY_PERSON) for one in rows)


def amended(entities: Mapping[str, Any], kind: str, place: int, said: Mapping[str, str]) -> dict[str, Any]:
    """Everything as it was but for one entity; ValueError in words where that cannot be. All of it empty takes it out."""
    if kind in DAYS:
        return {**entities, kind: _day(entities.get(kind) or {}, kind, said.get("day", ""))}
    if kind in PEOPLE:
        return {**entities, kind: _people(entities.get(kind) or [], place, said)}
    raise ValueError("This can be read, but not put right here.")


def _day(before: Mapping[str, Any], kind: str, typed: str) -> dict[str, Any]:
    if not typed.strip():
        return {**_bare(before, "date", "day"), BY_PERSON: True}
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise ValueError("Write the day as in 2026-08-24.") from None
    names = {"date", DAYS[kind]}
    return {**_bare(before, *names), **dict.fromkeys(names, day.isoformat()), BY_PERSON: True}


def _bare(before: Mapping[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in before.items() if name not in without}


def _people(before: Any, place: int, said: Mapping[str, str]) -> list[dict[str, Any]]:
    people = [dict(one) for one in before if isinstance(one, Mapping)]
    typed = {name: " ".join(said.get(name, "").split())[:120] for name in ("name", "email", "title")}
    if typed["email"] and not is_address(typed["email"]):
        raise ValueError(f"“{typed['email']}” is no mail address.")
    gone = not any(typed.values())
    if not 0 <= place <= len(people) or (gone and place == len(people)):
        raise ValueError("The one you speak of is not there any more. Load the page again.")
    put = [] if gone else [{**(people[place] if place < len(people) else {}), **typed, BY_PERSON: True}]
    left = [*people[:place], *put, *people[place + 1 :]]
    # An empty list says nothing of who emptied it; a bare mark does.
    return left or [{BY_PERSON: True}]
