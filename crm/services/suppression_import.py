"""Taking in a list of whom not to write to: looked at first, then written, each line once."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction

from crm.errors import Refused
from crm.models import Suppression
from crm.rules import suppression_rows
from crm.rules.delimited import Chunks
from crm.rules.suppression_rows import Line
from crm.rules.tables import Reading
from crm.services import import_files, suppression

BATCH = 2000
One = TypeVar("One")


@dataclass
class Look:
    """What a list would do: new lines, how many stand already, how many are said twice, and what is wrong."""

    new: list[Line] = field(default_factory=list)
    standing: int = 0
    twice: int = 0
    wrong: list[Line] = field(default_factory=list)


def look(content: bytes | Chunks) -> Look:
    """A CSV or a workbook; nothing is written. Raises Refused for what is no list, or too long a one."""
    table = import_files.table(content, Reading(header=False))
    lines = list(islice(suppression_rows.read(table.records()), suppression_rows.MOST_ROWS + 1))
    if len(lines) > suppression_rows.MOST_ROWS:
        raise Refused(f"A list has {suppression_rows.MOST_ROWS:,} lines at most. Split it and import the parts.")
    hashes = {line.number: suppression.hashed(line.kind, line.key) for line in lines if not line.wrong}
    standing = _standing(hashes.values())
    found, seen = Look(), set()
    for line in lines:
        if line.wrong:
            found.wrong.append(line)
        elif (one := hashes[line.number]) in standing:
            found.standing += 1
        elif one in seen:
            found.twice += 1
        else:
            seen.add(one)
            found.new.append(line)
    return found


def mark(content: bytes | Chunks) -> str:
    """The same for the same list: what was looked at is what is taken in."""
    found = hashlib.sha256()
    for chunk in [content] if isinstance(content, bytes) else content():
        found.update(chunk)
    return found.hexdigest()


@transaction.atomic
def take_in(content: bytes | Chunks, *, reason: str, by: Any) -> Look:
    """Write what is new; a line without a reason of its own gets the one given."""
    found = look(content)
    for lines in batches(found.new, BATCH):
        wanted = [(line.kind, line.key, _shown(line), line.reason or reason) for line in lines]
        suppression.suppress_many(wanted, by=by, proof="from a list")
    return found


def _shown(line: Line) -> str:
    """A domain by its name, an address as it was written."""
    return line.key if line.kind == suppression_rows.DOMAIN else line.value


def _standing(hashes: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in batches(set(hashes), BATCH):
        rows = Suppression.objects.filter(lifted_at=None, value_hash__in=some)
        found.update(rows.values_list("value_hash", flat=True))
    return found


def batches(whole: Iterable[One], size: int) -> Iterator[list[One]]:
    rest = iter(whole)
    while some := list(islice(rest, size)):
        yield some
