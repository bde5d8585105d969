"""Cells that no spreadsheet takes for a formula, and their way back (OWASP ASVS 5.0, 1.2.10)."""

import csv
import io
from collections.abc import Iterable, Iterator

# What a spreadsheet may run: a formula's first sign, also in its full-width form, behind blanks, quotes or separators.
_ACTIVE = tuple("=+-@\t\r\n\x00|%\uff1d\uff0b\uff0d\uff20")
_BEFORE = " \"';,\u00a0\ufeff\u200b"


def safe_cell(value: object) -> str:
    """A cell that stays a text, also in a file that a spreadsheet opens; a number is a number."""
    text = "" if value is None else str(value)
    if text[:1].isalnum() or isinstance(value, int | float):
        return text
    return f"'{text}" if _runs(text) else text


def plain_cell(text: str) -> str:
    """The value that ``safe_cell`` made safe."""
    return text[1:] if text[:1] == "'" and _runs(text[1:]) else text


def _runs(text: str) -> bool:
    """Also true of what begins as a text that was made safe, or the way back would take away a sign too many."""
    return text.lstrip(_BEFORE).startswith(_ACTIVE)


def write_csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A CSV file, some rows at a time, every cell safe."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow([safe_cell(cell) for cell in header])
    for number, cells in enumerate(rows, start=1):
        writer.writerow([safe_cell(cell) for cell in cells])
        if number % 500 == 0:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()
