"""Lines of JSON from a file; one that cannot be read says so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError


def read_lines(path: str) -> Iterator[dict[str, Any]]:
    """Every line gets an answer: the object, or the line's number with what is wrong with it."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _object(line, number)


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"line": number, "defects": ["not JSON"]}
    return row if isinstance(row, dict) else {"line": number, "defects": ["not an object"]}
