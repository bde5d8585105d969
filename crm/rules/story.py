"""A long story made short: machine entries between what people said and did are told as one line that opens."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.rules import saying

LEAST = 2  # entries that make a run


@dataclass(frozen=True)
class Counted:
    """How entries of one kind are counted in a run: “6 mails to 3 people”."""

    one: str
    many: str
    to_people: bool = False
    by_hand: bool = False  # also where a person did it: what follows from one deed of theirs


@dataclass(frozen=True)
class Told:
    """One entry as the fold sees it; `counted` is None for what always stands by itself."""

    key: str
    day: dt.date
    counted: Counted | None
    person: int | None = None
    row: Any = None


@dataclass(frozen=True)
class Run:
    """One line of the story: a single entry, or several machine entries in a row, newest first."""

    entries: Sequence[Told]
    words: str = ""
    days: str = ""

    @property
    def folded(self) -> bool:
        return len(self.entries) > 1

    @property
    def day(self) -> dt.date:
        return self.entries[0].day


@dataclass(frozen=True)
class Beside:
    """Something that is no event of the account, and is part of its story all the same: a rule let it in."""

    key: str
    at: dt.datetime
    text: str
    account: str
    url: str
    link: str
    icon: str = "list"
    tone: str = "before"
    why: str = ""
    by: str = ""


@dataclass(frozen=True)
class Why:
    """Why something was sent, and why not sooner: sentences, and the checks it passed."""

    because: str
    not_sooner: str
    under: str
    checks: Sequence[Any] = ()


@dataclass
class _Tally:
    counted: Counted
    n: int = 0
    people: set[int] = field(default_factory=set)

    @property
    def words(self) -> str:
        said = saying.count(self.n, self.counted.one, self.counted.many)
        if not self.counted.to_people or not self.people:
            return said
        return f"{said} to {saying.count(len(self.people), 'person', 'people')}"


def told(entries: Iterable[Told], today: dt.date, keep: Callable[[Told], bool] = lambda entry: False) -> list[Run]:
    """The story line by line, in its order; a run ends where something stands by itself, with the month, or at what `keep` names."""
    runs: list[Run] = []
    open_run: list[Told] = []
    for entry in entries:
        joins = entry.counted is not None and not keep(entry)
        if open_run and (not joins or month(open_run[-1].day) != month(entry.day)):
            runs += closed(open_run, today)
            open_run = []
        if joins:
            open_run.append(entry)
        else:
            runs.append(Run([entry]))
    return runs + closed(open_run, today)


def month(day: dt.date) -> tuple[int, int]:
    return day.year, day.month


def closed(entries: list[Told], today: dt.date) -> list[Run]:
    """As one line where there are enough of them, else one by one."""
    if len(entries) < LEAST:
        return [Run([entry]) for entry in entries]
    return [Run(tuple(entries), summary(entries), span(entries[-1].day, entries[0].day, today))]


def summary(entries: Sequence[Told]) -> str:
    """“6 mails to 3 people, 2 stages opened”: most frequent first."""
    tallies: dict[Counted, _Tally] = {}
    for entry in entries:
        if entry.counted is None:
            continue
        tally = tallies.setdefault(entry.counted, _Tally(entry.counted))
        tally.n += 1
        if entry.person is not None:
            tally.people.add(entry.person)
    return ", ".join(
        tally.words for tally in sorted(tallies.values(), key=lambda one: (not one.counted.to_people, -one.n))
    )


def span(first: dt.date, last: dt.date, today: dt.date) -> str:
    """“3 to 17 June”, or nothing within a day."""
    if first == last:
        return ""
    end = saying.short_day(last, today)
    return f"{first.day} to {end}" if month(first) == month(last) else f"{saying.short_day(first, today)} to {end}"
