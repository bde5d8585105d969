"""Taking in a list of whom not to write to: looked at first, then written, each line once."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from crm.errors import Refused
from crm.models import Suppression
from crm.rules import suppression_rows
from crm.rules.suppression_rows import DOMAIN, Line
from crm.services import suppression


@dataclass
class Look:
    """What a list would do: new lines, how many stand already, how many are said twice, and what is wrong."""

    new: list[Line] = field(default_factory=list)
    standing: int = 0
    twice: int = 0
    wrong: list[Line] = field(default_factory=list)


def look(text: str) -> Look:
    """Nothing is written. Raises Refused for a list that is too long."""
    lines = list(islice(suppression_rows.read(text), suppression_rows.MOST_ROWS + 1))
    if len(lines) > suppression_rows.MOST_ROWS:
        raise Refused(f"A list has {suppression_rows.MOST_ROWS:,} lines at most. Split it and import the parts.")
    hashes = {line.number: suppression.hashed(line.kind, line.key) for line in lines if not line.wrong}
    rows = Suppression.objects.filter(lifted_at=None, value_hash__in=set(hashes.values()))
    standing = set(rows.values_list("value_hash", flat=True))
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


@transaction.atomic
def take_in(text: str, *, reason: str, by: Any) -> int:
    """Write what is new; a line without a reason of its own gets the one given. How many were new."""
    found = look(text)
    for line in found.new:
        why = line.reason or reason
        if line.kind == DOMAIN:
            suppression.suppress_domain(line.key, reason=why, by=by, proof="from a list")
        else:
            suppression.suppress_address(line.value, reason=why, by=by, proof="from a list")
    return len(found.new)
