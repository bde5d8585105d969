"""Tables from files nobody controls: what kind of file, which columns, and every row of it accounted for."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from crm.rules import delimited, workbooks
from crm.rules.cells import plain_cell
from crm.rules.delimited import Chunks, Record
from crm.rules.normal_forms import fold

MOST_BYTES = 512 * 1024 * 1024
MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
OURS = "Baton: "  # so begin columns of our own files that no import writes
_BREAKS = re.compile(r"[\r\n\t]+")
_VALUE = re.compile(r"[+-]?\d[\d.,:/ -]*%?|[^@\s]+@[^@\s]+\.[^@\s]+|(?:https?://|www\.)\S+|\+?[\d ()/.-]{6,}")


class Unreadable(ValueError):
    """A file that is no table; the text says what to do."""


@dataclass(frozen=True)
class Reading:
    """How a file is read; what is left empty is guessed."""

    encoding: str = ""
    delimiter: str = ""
    header: bool | None = None


@dataclass(frozen=True)
class Table:
    """Columns of a file; its rows are read when they are asked for, again each time."""

    header: list[str]
    encoding: str
    delimiter: str
    has_header: bool
    records: Callable[[], Iterator[Record]] = field(repr=False)

    def rows(self, counted: dict[str, int] | None = None) -> Iterator[tuple[int, Record]]:
        """(number from 1, record) of every data row; a blank line is none, a row of blank cells is.

        The blank lines passed over are added to `blank` in what is `counted`.
        """
        told = _with_text(self.records(), {"blank": 0} if counted is None else counted)
        if self.has_header:
            next((one for one in told if one.broken or _says(one.cells)), None)
        return enumerate(told, start=1)


def read(content: bytes | Chunks, reading: Reading | None = None) -> Table:
    """The table in a file. Raises Unreadable when it is none."""
    reading = reading or Reading()
    chunks: Chunks = (lambda: [content]) if isinstance(content, bytes) else content
    first = next(iter(chunks()), b"")
    if first.startswith(workbooks.PACKED):
        return _table(lambda: _of_workbook(chunks), "workbook", "", reading.header)
    _refuse_others(first)
    encoding = reading.encoding or delimited.guess_encoding(chunks())
    delimiter = reading.delimiter or delimited.guess_delimiter(_beginning(chunks, encoding))
    return _table(lambda: _of_text(chunks, encoding, delimiter), encoding, delimiter, reading.header)


def _refuse_others(first: bytes) -> None:
    if not first.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("The file is empty.")
    if first.startswith(workbooks.OLD_OR_LOCKED):
        raise Unreadable("This is an old Excel file, or one with a password. Save it as XLSX or CSV without one.")
    if first.startswith((b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!")):
        raise Unreadable("This file is packed. Unpack it and import the table inside.")
    if first.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise Unreadable("This is no table. Save the sheet as XLSX or CSV and import that.")


def _beginning(chunks: Chunks, encoding: str) -> str:
    text = ""
    for part in delimited.text_of(chunks(), encoding):
        text += part
        if len(text) > 65536:
            break
    return text


def _of_text(chunks: Chunks, encoding: str, delimiter: str) -> Iterator[Record]:
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks():
            size += len(chunk)
            if size > MOST_BYTES:
                raise Unreadable("The file is larger than 512 MB. Split it and import the parts.")
            yield chunk

    return delimited.records(delimited.lines_of(delimited.text_of(counted(), encoding)), delimiter)


def _of_workbook(chunks: Chunks) -> Iterator[Record]:
    """A workbook is read in no order of its own, so it lies on the disk while it is."""
    with tempfile.TemporaryFile() as file:
        _copy(chunks, file)
        try:
            yield from map(Record, workbooks.rows_of(file))
        except workbooks.BadWorkbook as bad:
            raise Unreadable(str(bad)) from bad


def _copy(chunks: Chunks, file: IO[bytes]) -> None:
    for chunk in chunks():
        file.write(chunk)
        if file.tell() > MOST_BYTES:
            raise Unreadable("The file is larger than 512 MB. Split it and import the parts.")


def _table(records: Callable[[], Iterator[Record]], encoding: str, delimiter: str, header: bool | None) -> Table:
    top = list(islice((one for one in records() if one.broken or _says(one.cells)), 20))
    if not top:
        raise Unreadable("The file is empty.")
    first = top[0]
    if first.broken:
        raise Unreadable(f"The first line cannot be read: {first.broken}")
    if len(first.cells) > MOST_COLUMNS:
        raise Unreadable(f"The file has more than {MOST_COLUMNS} columns.")
    has_header = header if header is not None else not _is_data(first.cells, [one.cells for one in top[1:]])
    width = len(first.cells) if has_header else max(len(one.cells) for one in top)
    names = first.cells if has_header else [""] * min(width, MOST_COLUMNS)
    return Table(column_names(names), encoding, delimiter, has_header, records)


def _is_data(first: list[str], others: list[list[str]]) -> bool:
    """A first row is taken for data only where a cell of it is a value such as those below it, and none is a word for a column."""
    alike = 0
    for place, cell in enumerate(first):
        below = [cells[place] for cells in others if place < len(cells) and cells[place]]
        if re.sub(r"[^a-z0-9]+", "_", fold(cell)).strip("_") in KNOWN_WORDS:
            return False
        if below and _VALUE.fullmatch(cell.strip()) and all(_VALUE.fullmatch(one.strip()) for one in below):
            alike += 1
    return alike > 0 and bool(others)


# Words that stand over columns; import_rows enters its fields and their synonyms.
KNOWN_WORDS: set[str] = set()


def _with_text(records: Iterator[Record], counted: dict[str, int]) -> Iterator[Record]:
    for one in records:
        if one.cells[1:] or one.broken or (one.cells and one.cells[0].strip()):
            yield one
        else:
            counted["blank"] += 1


def _says(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def column_names(cells: Iterable[str]) -> list[str]:
    """Column names, each different: blank ones get their place, repeated ones a number."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = _BREAKS.sub(" ", plain_cell(cell.strip())).strip()[:100] or f"column {place}"
        taken, number = name, 2
        while name in names:
            name, number = f"{taken} {number}", number + 1
        names.append(name)
    return names


def guess_mapping(header: Iterable[str], fields: Iterable[str], synonyms: dict[str, str]) -> dict[str, str]:
    """Column → field for headers that are spelled as fields, or are usual words for them; each field once."""
    mapping: dict[str, str] = {}
    known = set(fields)
    for name in header:
        plain = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")
        found = plain if plain in known else synonyms.get(plain, "")
        if found in known and found not in mapping.values():
            mapping[name] = found
    return mapping


def with_reasons(table: Table, reasons: Iterable[tuple[int, str]]) -> Iterator[list[str]]:
    """The header and the rows that a reason is given for (ordered by row), as they stood in the file, the reason behind them."""
    width = len(table.header)
    yield [f"{OURS}row", *table.header, f"{OURS}reason"]
    rows = table.rows()
    for wanted, reason in reasons:
        record = next((record for number, record in rows if number == wanted), Record([]))
        cells = [*record.cells, *[""] * width][: max(width, len(record.cells))]
        yield [str(wanted), *cells, reason]
