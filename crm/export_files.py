"""A list as a file that a spreadsheet opens without running anything in it, streamed."""

from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import IO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from crm import clock
from crm.exports import Table, at_most
from crm.rules import cells, workbooks

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_of(request: HttpRequest, title: str, table: Table, form: str) -> StreamingHttpResponse:
    header, rows = table
    parts = csv_parts(header, rows) if form == "csv" else workbook_parts(header, rows)
    return as_file(request, parts, f"{title} {clock.today()}.{form}", TYPES[form])


def csv_parts(header: list[str], rows: Iterator[list]) -> Iterator[bytes]:
    """With a mark in front, without which Excel takes UTF-8 for something else."""
    return (part.encode() for part in chain(["\ufeff"], cells.write_csv(header, rows)))


def workbook_parts(header: list[str], rows: Iterator[list]) -> Iterator[bytes]:
    """Written before the first byte leaves, as a packed file must be: what is refused is still said in words."""
    safe = ([cells.safe_cell(cell) for cell in row] for row in at_most(rows))
    return pieces(workbooks.write([cells.safe_cell(name) for name in header], safe))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(64 * 1024):
            yield piece


def as_file(request: HttpRequest, parts: Iterator[bytes], name: str, kind: str) -> StreamingHttpResponse:
    """Under ASGI Django would gather a plain iterator whole before it sends the first byte."""
    content = one_by_one(parts) if isinstance(request, ASGIRequest) else parts
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


async def one_by_one(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each part is made on the thread that has the request's connection."""
    following = sync_to_async(lambda: next(parts, None), thread_sensitive=True)
    while (part := await following()) is not None:
        yield part
