"""Reading a list of addresses and domains that must not be written to: one a line, with a reason where there is one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm.rules.addresses import BadAddress, ascii_domain, dedupe_key
from crm.rules.cells import plain_cell
from crm.rules.delimited import Record

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 100_000
ADDRESS, DOMAIN = "address", "domain"
_VALUES = ("value", "address", "email", "e-mail", "mail", "domain", "adresse", "email address", "e-mail address")
_REASONS = ("reason", "grund", "why", "motif", "note")
_LIFTED = ("lifted", "lifted_at")


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says; `wrong` is why it cannot be taken. `key` is equal for what is the same."""

    number: int
    value: str
    kind: str = ""
    key: str = ""
    reason: str = ""
    wrong: str = ""


def read(records: Iterable[Record]) -> Iterator[Line]:
    """Every line that says something; the columns by their header, else the first and the second."""
    rows = enumerate(records, 1)
    where: dict[str, int] | None = None
    for number, record in rows:
        cells = [plain_cell(cell).strip() for cell in record.cells]
        if record.broken:
            yield Line(number, "", wrong=record.broken)
        elif not any(cells):
            continue
        elif where is None and (found := _columns(cells)):
            where = found
        else:
            where = where or {"value": 0, "reason": 1, "lifted": -1, "kind": -1}
            yield _line(number, cells, where)


def _columns(cells: list[str]) -> dict[str, int]:
    names = [cell.lower() for cell in cells]
    at = {
        "value": _at(names, _VALUES),
        "reason": _at(names, _REASONS),
        "lifted": _at(names, _LIFTED),
        "kind": _at(names, ("kind",)),
    }
    return at if at["value"] >= 0 else {}


def _at(names: list[str], known: Iterable[str]) -> int:
    return next((names.index(name) for name in known if name in names), -1)


def _line(number: int, cells: list[str], where: dict[str, int]) -> Line:
    value, reason, lifted, kind = (_cell(cells, where[name]) for name in ("value", "reason", "lifted", "kind"))
    if lifted:
        return Line(number, value, wrong="It was lifted; writing there is allowed again.")
    if kind.lower() == "account":
        return Line(number, value, wrong="A whole account is stopped on its own page.")
    if not value:
        return Line(number, "", wrong="There is no address and no domain in this line.")
    try:
        if "@" in value.lstrip("@"):
            return Line(number, value, ADDRESS, dedupe_key(value), reason[:200])
        name = ascii_domain(value.lstrip("@"))
        return Line(number, value, DOMAIN, name, reason[:200])
    except BadAddress:
        return Line(number, value[:120], wrong="This is neither an address nor a domain.")


def _cell(cells: list[str], at: int) -> str:
    return cells[at] if 0 <= at < len(cells) else ""
