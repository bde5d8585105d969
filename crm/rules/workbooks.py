"""Workbooks (XLSX, ISO/IEC 29500) as rows of text: read as a stream, refused where they would unpack into a bomb."""

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

MOST_UNPACKED = 1024 * 1024 * 1024
MOST_STRINGS = 64 * 1024 * 1024  # of shared texts, which have to be held while the sheet is read
MOST_FILES = 2000
MOST_ROWS = 1_048_576
MOST_COLUMNS = 500
OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
PACKED = b"PK\x03\x04"


class BadWorkbook(ValueError):
    """A file that is no workbook we read; the text says what to do."""


def check(file: IO[bytes]) -> None:
    """Refuse what is no XLSX, and what unpacks into more than it may. Raises BadWorkbook."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadWorkbook("The workbook is damaged. Open it, save it again and try that file.") from None
    names = {part.filename: part.file_size for part in parts}
    if "xl/workbook.xml" not in names:
        raise BadWorkbook("This is a packed file, but no Excel workbook. Save the sheet as XLSX or CSV.")
    texts = sum(size for name, size in names.items() if name.lower().endswith("sharedstrings.xml"))
    if len(parts) > MOST_FILES or sum(names.values()) > MOST_UNPACKED or texts > MOST_STRINGS:
        raise BadWorkbook("The workbook unpacks into more than can be read. Save the sheet as CSV and import that.")
    if any(b"<!DOCTYPE" in _start(file, part.filename) for part in parts if part.filename.endswith((".xml", ".rels"))):
        raise BadWorkbook("The workbook declares entities, which no spreadsheet does.")


def _start(file: IO[bytes], name: str) -> bytes:
    try:
        with zipfile.ZipFile(file) as packed, packed.open(name) as part:
            return part.read(4096)
    except Exception:  # a part that cannot be read says so when it is needed
        return b""


def rows_of(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of the first sheet that has any, as a person sees them. Raises BadWorkbook."""
    check(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise BadWorkbook("The workbook is damaged. Open it, save it again and try that file.") from error
    try:
        for sheet in book.worksheets:
            found = _rows(sheet)
            first = next(found, None)
            if first is not None:
                yield first
                yield from found
                return
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[list[str]]:
    """Rows from the first one that says anything; what stands outside the used columns says nothing."""
    started = False
    try:
        # The size a file claims for itself may be wrong in either direction.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(values_only=True, max_row=MOST_ROWS):
            if len(cells) > MOST_COLUMNS:
                raise BadWorkbook(f"The sheet has more than {MOST_COLUMNS} columns.")
            row = [said(cell) for cell in cells]
            started = started or any(row)
            if started:
                yield row if any(row) else []
    except BadWorkbook:
        raise
    except Exception as error:
        raise BadWorkbook("The sheet is damaged. Open it, save it again and try that file.") from error


def said(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def write(header: Iterable[str], rows: Iterable[Iterable[str]]) -> IO[bytes]:
    """A workbook with one sheet, its cells texts and never formulas; in a file that goes when it is closed."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    for cells in chain([header], rows):
        sheet.append([_text(sheet, cell) for cell in cells])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller streams it and closes it
    book.save(file)
    file.seek(0)
    return file


def _text(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet)
    cell._value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", value), "s"
    return cell
