"""Stretches of time, each from its beginning to before its end; an open one has no end."""

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime | None]


def uncovered(whole: Span, by: Iterable[Span]) -> list[Span]:
    """What of a stretch no other one covers, in order; nothing where it is covered whole."""
    pieces = [whole]
    for begins, ends in by:
        pieces = [rest for piece in pieces for rest in _without(piece, begins, ends)]
    return sorted(pieces, key=lambda piece: piece[0])


def _without(piece: Span, begins: datetime, ends: datetime | None) -> list[Span]:
    start, end = piece
    if (end is not None and begins >= end) or (ends is not None and ends <= start) or begins == ends:
        return [piece]
    before = [(start, begins)] if begins > start else []
    after = [(ends, end)] if ends is not None and (end is None or ends < end) else []
    return [*before, *after]
