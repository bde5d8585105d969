"""Tables from files nobody controls: encoding, delimiter and header guessed, every row accounted for; cells that spreadsheets cannot run."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from crm.rules.charsets import decode

MOST_BYTES = 512 * 1024 * 1024
MOST_COLUMNS = 500
LONGEST_CELL = 1_000_000
Quoting = Literal[0, 1, 2, 3]
_DELIMITERS = ",;\t|"
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
_BREAKS = re.compile(r"[\r\n\t]+")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*$")


class Unreadable(ValueError):
    """A file that is no table; the text says what to do."""


@dataclass(frozen=True)
class Table:
    """Header and text of a delimited file; rows are read when they are asked for."""

    header: list[str]
    delimiter: str
    encoding: str
    text: str = field(repr=False)
    quoting: Quoting = csv.QUOTE_MINIMAL

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(number from 1, cells) of every data row that is not empty."""
        number = 0
        for cells in _reader(self.text, self.delimiter, self.quoting, skip=1):
            if any(cell.strip() for cell in cells):
                number += 1
                yield number, cells


def read(content: bytes) -> Table:
    """The table in a file. Raises Unreadable when it is none."""
    if content[:4] == b"PK\x03\x04":
        raise Unreadable("This is a workbook, not a CSV file. Save the sheet as CSV and import that.")
    if len(content) > MOST_BYTES:
        raise Unreadable("The file is larger than 512 MB. Split it and import the parts.")
    text, encoding = as_text(content)
    if not text.strip():
        raise Unreadable("The file is empty.")
    delimiter = guess_delimiter(text)
    quoting: Quoting = csv.QUOTE_NONE if _runaway_quote(text, delimiter) else csv.QUOTE_MINIMAL
    first = next((cells for cells in _reader(text, delimiter, quoting) if any(c.strip() for c in cells)), [])
    if len(first) > MOST_COLUMNS:
        raise Unreadable(f"The file has more than {MOST_COLUMNS} columns.")
    return Table(_header(first), delimiter, encoding, text, quoting)


def as_text(content: bytes) -> tuple[str, str]:
    """Text and the encoding it was read with; NULs are dropped."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace").replace("\x00", ""), name
    sample = content[:4000]
    if sample.count(b"\x00") > len(sample) // 4:
        name = "utf-16-le" if sample[1::2].count(b"\x00") > sample[::2].count(b"\x00") else "utf-16-be"
        return content.decode(name, "replace").replace("\x00", ""), name
    try:
        return content.decode("utf-8").replace("\x00", ""), "utf-8"
    except UnicodeDecodeError:
        return decode(content, "cp1252"), "cp1252"


def guess_delimiter(text: str) -> str:
    """The sign that splits the first lines into the same number of cells, above one."""
    lines = "\n".join(line for line in text[:65536].splitlines()[:30] if line.strip())
    best, most = ",", 0.0
    for sign in _DELIMITERS:
        widths = [len(cells) for cells in _reader(lines, sign, csv.QUOTE_MINIMAL)]
        if widths and widths[0] > 1:
            agree = sum(width == widths[0] for width in widths) / len(widths)
            score = agree * 10 + min(widths[0], 50) / 50
            best, most = (sign, score) if score > most else (best, most)
    return best


def _reader(text: str, delimiter: str, quoting: Quoting, skip: int = 0) -> Iterator[list[str]]:
    csv.field_size_limit(max(LONGEST_CELL * 20, 20_000_000))
    lines = io.StringIO(text, newline="")
    for cells in csv.reader(lines, delimiter=delimiter, quoting=quoting, skipinitialspace=True):
        if skip and any(cell.strip() for cell in cells):
            skip -= 1
        elif not skip or any(cell.strip() for cell in cells):
            yield cells


def _runaway_quote(text: str, delimiter: str) -> bool:
    """A quote that is never closed swallows every row after it."""
    if text.count('"') % 2 == 0:
        return False
    return any(
        "\n" in cell and cell.count("\n") > 25
        for cells in _reader(text, delimiter, csv.QUOTE_MINIMAL)
        for cell in cells
    )


def _header(cells: Iterable[str]) -> list[str]:
    """Column names, each different: blank ones get their place, repeated ones a number."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = _BREAKS.sub(" ", cell).strip()[:100] or f"column {place}"
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
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        found = plain if plain in known else synonyms.get(plain, "")
        if found in known and found not in mapping.values():
            mapping[name] = found
    return mapping


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet runs as a formula (OWASP ASVS 5.0, 1.2.10); plain numbers stay numbers."""
    text = "" if value is None else str(value)
    lead = text.lstrip(" \"'")
    if (text.startswith(_ACTIVE) or lead.startswith(_ACTIVE)) and not _NUMBER.match(text):
        return f"'{text}"
    return text


def plain_cell(text: str) -> str:
    """The value that ``safe_cell`` made safe."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def write(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A CSV file, line by line, every cell safe."""
    line = io.StringIO()
    writer = csv.writer(line)
    for cells in (header, *rows):
        writer.writerow([safe_cell(cell) for cell in cells])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
