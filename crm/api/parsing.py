"""Reading JSON that a stranger wrote: bounded, without doubles, with nothing the database cannot keep."""

import codecs
import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 20


class StrictJSON(JSONParser):
    """Refuses a body over the installation's limit, doubled keys, NaN, NUL, lone surrogates and deep nesting."""

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2_621_440
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise ParseError("The body is too large.")
        try:
            text = codecs.decode(content, (parser_context or {}).get("encoding", "utf-8"))
            found = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
            check(found)
        except (ValueError, LookupError, RecursionError) as error:
            raise ParseError(f"This is not JSON we can read: {error}") from error
        return found


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def check(value: Any, depth: int = 0) -> None:
    """Raises ValueError for what PostgreSQL would refuse, and for nesting nobody needs."""
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text holds NUL")
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    elif isinstance(value, dict):
        for key, one in value.items():
            check(key, depth + 1)
            check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            check(one, depth + 1)
