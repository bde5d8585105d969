"""One line per log record, without addresses, secrets or what people wrote (they are in the database, under access)."""

import logging
import re
import traceback
from datetime import UTC, datetime

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*")
SECRET = re.compile(
    r"(?i)\b(password|passwd|secret|token|authorization|api[_-]?key|cookie)(\W{1,4})(?:bearer )?[^\s&,;'\"]+"
)
# Signed links and keys: long, with a digit and a capital; names of functions have neither.
TOKEN = re.compile(r"(?=[\w:-]*\d)(?=[\w:-]*[A-Z])[\w:-]{24,}")
CREDENTIALS = re.compile(r"://[^/\s@]+@")
# A long quotation inside an error is what somebody wrote.
QUOTED = re.compile(r"(\"[^\"\n]{24,}\"|'[^'\n]{24,}')")
LONGEST = 2000


def redact(text: str) -> str:
    """The text with everything masked that may not be in a log."""
    text = CREDENTIALS.sub("://<credentials>@", text)
    text = ADDRESS.sub("<address>", text)
    text = SECRET.sub(r"\1\2<secret>", text)
    return TOKEN.sub("<token>", text)


class OneLine(logging.Formatter):
    """`2026-06-16T14:30:00Z ERROR django.request message | ValueError: … at file.py:12 in verb`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = redact(record.getMessage())
        if record.exc_info and record.exc_info[1]:
            # Celery and others repeat the error in their own message.
            text = f"{_without_quotations(text)} | {_error(record.exc_info[1])}"
        text = " ".join(text.split())[:LONGEST]
        return f"{moment} {record.levelname} {record.name} {text}"


def _without_quotations(text: str) -> str:
    return QUOTED.sub("'…'", text.partition("\n")[0])[:200]


def _error(error: BaseException) -> str:
    """What went wrong and where: class, first line with quotations cut, frames; never the values of variables."""
    said = _without_quotations(redact(str(error)))
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    path = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__}: {said} at {path}"
