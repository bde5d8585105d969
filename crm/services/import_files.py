"""The file of an import, kept in parts in the database: any worker reads it, and none holds it whole."""

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from crm.errors import Refused
from crm.models import Import, ImportPart
from crm.rules import tables
from crm.rules.delimited import Chunks
from crm.rules.tables import Reading, Table

PART_BYTES = 1024 * 1024


def store(row: Import, chunks: Iterable[bytes]) -> tuple[int, int]:
    """Keep the file; returns its bytes and its ends of line. Refuses one that is too large, whatever was said of its size."""
    size, ends = 0, 0
    for number, data in enumerate(_parts(chunks), start=1):
        size += len(data)
        ends += data.count(b"\n") or data.count(b"\r")
        if size > tables.MOST_BYTES:
            raise Refused("The file is larger than 512 MB. Split it and import the parts.")
        ImportPart.objects.create(of=row, number=number, data=data)
    return size, ends


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held, size = [], 0
    for chunk in chunks:
        for start in range(0, len(chunk), PART_BYTES):
            held.append(chunk[start : start + PART_BYTES])
            size += len(held[-1])
            if size >= PART_BYTES:
                yield b"".join(held)
                held, size = [], 0
    if held:
        yield b"".join(held)


def chunks_of(row: Import) -> Chunks:
    """The file again, from its beginning, each time it is asked for.

    From a copy on the disk: while rows go in by COPY, the connection answers no question for the next part.
    """
    kept: list[IO[bytes]] = []

    def read() -> Iterator[bytes]:
        if not kept:
            kept.append(_copied(row))
        place = 0
        while data := _from(kept[0], place):
            place += len(data)
            yield data

    return read


def _copied(row: Import) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with whoever reads it
    if row.content:
        file.write(bytes(row.content))
    for number in range(1, 1 + ImportPart.objects.filter(of=row).count()):
        file.write(bytes(ImportPart.objects.values_list("data", flat=True).get(of=row, number=number)))
    return file


def _from(file: IO[bytes], place: int) -> bytes:
    file.seek(place)
    return file.read(PART_BYTES // 4)


def reading_of(row: Import) -> Reading:
    """How the file is to be read: what a person chose, and what was found out when it came."""
    said = row.options.get("reading", {})
    return Reading(said.get("encoding", ""), said.get("delimiter", ""), said.get("header"))


def table_of(row: Import) -> Table:
    return table(chunks_of(row), reading_of(row))


def table(content: bytes | Chunks, reading: Reading | None = None) -> Table:
    """The table in a file; refused in a sentence where there is none."""
    try:
        return tables.read(content, reading)
    except tables.Unreadable as bad:
        raise Refused(str(bad)) from bad
