"""Delimited text as a stream: its encoding, its lines and its records, none held longer than it is looked at."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

Chunks = Callable[[], Iterable[bytes]]

LONGEST_LINE = 2_000_000
MOST_LINES = 200  # of one record: a quote that is open longer than this was never closed
DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "latin-1")
UNCLOSED = "A quotation mark is opened and never closed."
TOO_LONG = "The row is longer than 2,000,000 signs."
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Bytes to which Windows-1252 gives no sign: a file with one of them is Latin-1.
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_END = "\x00the end"
_BATCH = 2000


class TooLong(str):
    """The beginning of a line that was too long to be kept."""


class Record(NamedTuple):
    """The cells of one record; `broken` says why there are none."""

    cells: list[str]
    broken: str = ""


def guess_encoding(chunks: Iterable[bytes]) -> str:
    """By its mark, by its NULs, else UTF-8 where all of it is, else a Windows or Latin encoding; reads it once."""
    first, decoder, windows = True, codecs.getincrementaldecoder("utf-8")(), True
    utf8 = True
    for chunk in chunks:
        if first and (found := _by_first_bytes(chunk)):
            return found
        first = False
        if utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                utf8 = False
        windows = windows and not _NOT_WINDOWS.search(chunk)
    if utf8:
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            utf8 = False
    return "utf-8" if utf8 else "cp1252" if windows else "latin-1"


def _by_first_bytes(chunk: bytes) -> str:
    for mark, name in _MARKS:
        if chunk.startswith(mark):
            return name
    sample = chunk[:4000]
    if sample.count(b"\x00") <= len(sample) // 4:
        return ""
    return "utf-16-le" if sample[1::2].count(b"\x00") > sample[::2].count(b"\x00") else "utf-16-be"


def text_of(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Text without its mark and without NULs, which PostgreSQL has no place for."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    start = True
    for chunk in chunks:
        text = decoder.decode(chunk).replace("\x00", "")
        if start and text:
            text, start = text.removeprefix("\ufeff"), False
        yield text
    yield decoder.decode(b"", True).replace("\x00", "")


def lines_of(texts: Iterable[str]) -> Iterator[str]:
    """Lines with their ends (LF, CRLF or CR); of one that is too long only the beginning."""
    rest, cut = "", False
    for text in texts:
        lines = list(io.StringIO(rest + text, newline=""))
        # What has no end yet waits for it; a CR at the very end may be half of a CRLF.
        rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
        for line in lines:
            yield TooLong(line[:1000]) if cut or len(line) > LONGEST_LINE else line
            cut = False
        if len(rest) > LONGEST_LINE:
            rest, cut = rest[:1000], True
    if rest:
        yield TooLong(rest[:1000]) if cut else rest


def records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Every record. A quote that never closes costs its own line and none of those after it."""
    source = _Lines(lines)
    batch: list[str] = []
    for line in source:
        if isinstance(line, TooLong) or (line.count('"') & 1 if '"' in line else False):
            yield from _parsed(batch, delimiter)
            batch = []
            yield _long_one(line, source, delimiter)
            continue
        batch.append(line)
        if len(batch) >= _BATCH:
            yield from _parsed(batch, delimiter)
            batch = []
    yield from _parsed(batch, delimiter)


class _Lines:
    """Lines of which some may be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines, self.back = iter(lines), [""] * 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self.back.pop() if self.back else next(self.lines)


def _parsed(batch: list[str], delimiter: str) -> Iterator[Record]:
    """Lines that are a record each; where one of them is not, each is looked at by itself."""
    try:
        found = list(_reader(batch, delimiter))
    except csv.Error:
        found = []
    if len(found) == len(batch):
        yield from map(Record, found)
        return
    source = _Lines(batch)
    for line in source:
        yield _long_one(line, source, delimiter)


def _long_one(line: str, source: _Lines, delimiter: str) -> Record:
    """The record that begins in this line, with as many further lines as its quotes hold."""
    if isinstance(line, TooLong):
        return Record([], TOO_LONG)
    held, size = [line], len(line)
    while (cells := _closed(held, delimiter)) is None:
        more = _until_a_quote(source)
        held, size = held + more, size + sum(map(len, more))
        if not more or len(held) > MOST_LINES or size > LONGEST_LINE:
            source.back.extend(reversed(held[1:]))
            return Record([], UNCLOSED)
    return Record(cells)


def _until_a_quote(source: _Lines) -> list[str]:
    found: list[str] = []
    for line in source:
        found.append(line)
        if '"' in line or isinstance(line, TooLong) or len(found) > MOST_LINES:
            break
    return found


def _closed(held: list[str], delimiter: str) -> list[str] | None:
    """The cells, if the record ends with these lines: only then a line put behind them is a record of its own."""
    if isinstance(held[-1], TooLong):
        return None
    last = held[-1] if held[-1].endswith(("\n", "\r")) else held[-1] + "\n"
    try:
        # Over several lines a quote ends only before a separator, or two broken rows would pass for one.
        found = list(_reader([*held[:-1], last, _END], delimiter, strict=len(held) > 1))
    except csv.Error:
        return None
    return found[0] if len(found) == 2 and found[1] == [_END] else None


def _reader(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_LINE * MOST_LINES)
    return iter(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict))


def guess_delimiter(text: str) -> str:
    """The sign that splits the first records into the same number of cells, above one."""
    best, most = ",", 0.0
    lines = list(lines_of([text[:65536]]))
    if len(lines) > 1 and len(text) > 65536:
        lines = lines[:-1]
    for sign in DELIMITERS:
        widths = [len(one.cells) for one, _ in zip(records(lines, sign), range(40), strict=False) if any(one.cells)]
        if widths and widths[0] > 1:
            agree = sum(width == widths[0] for width in widths) / len(widths)
            score = agree * 10 + min(widths[0], 50) / 50
            best, most = (sign, score) if score > most else (best, most)
    return best
