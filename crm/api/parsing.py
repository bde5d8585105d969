"""Reading JSON that a stranger wrote: bounded, without doubles, with nothing the database cannot keep."""

import codecs
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from crm.rules.strict_json import read_json


class StrictJSON(JSONParser):
    """Refuses a body over the installation's limit, doubled keys, NaN, NUL, lone surrogates and deep nesting."""

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2_621_440
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise ParseError("The body is too large.")
        try:
            text = codecs.decode(content, (parser_context or {}).get("encoding", "utf-8"))
            return read_json(text)
        except (ValueError, LookupError) as error:
            raise ParseError(f"This is not JSON we can read: {error}") from error
