"""How the columns of a file were mapped the last time a file with the same header came, from the same source first."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from crm import clock
from crm.models import Import, ImportMapping
from crm.rules.tables import OURS


def header_hash(header: Sequence[str]) -> str:
    """The same for the same columns in any order and case, and for the rows of such a file that we gave back as wrong."""
    plain = sorted(name.casefold() for name in header if not name.startswith(OURS))
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def remember(row: Import, header: Sequence[str], columns: Mapping[str, str]) -> None:
    every = {name: columns.get(name, "") for name in header if not name.startswith(OURS)}
    ImportMapping.objects.update_or_create(
        kind=row.kind,
        source=row.source,
        header_hash=header_hash(header),
        defaults={"columns": every, "at": clock.now()},
    )


def recall(kind: str, source: str, header: Sequence[str]) -> dict[str, str] | None:
    """The mapping of this source, else the newest of any; None where no such file ever came."""
    known = ImportMapping.objects.filter(kind=kind, header_hash=header_hash(header)).order_by("-at")
    found = known.filter(source=source).first() or known.first()
    if found is None:
        return None
    return {name: field for name, field in found.columns.items() if name in header}


def sources() -> list[str]:
    """Who files have come from, the latest first."""
    rows = Import.objects.exclude(source="").order_by("-pk").values_list("source", flat=True)[:500]
    return list(dict.fromkeys(rows))[:30]
