"""When two raw mails are the same mail: transport may add headers, but not change what was written."""

import hashlib
import re
from collections.abc import Iterable

LONGEST = 500
_TRACE = re.compile(
    rb"(?im)^(?:received|return-path|delivered-to|x-original-to|envelope-to|x-envelope-[a-z]+|delivery-date|x-received|"
    rb"authentication-results|arc-[a-z\-]+|received-spf|x-spam-[a-z\-]+|x-google-[a-z\-]+|x-gm-[a-z\-]+|x-forwarded-[a-z]+|"
    rb"x-ms-exchange-[a-z\-]+|x-microsoft-[a-z\-]+|status|x-status|x-uid|x-mozilla-[a-z0-9\-]+|lines|content-length|x-keywords|"
    rb"dkim-signature|x-virus-[a-z\-]+):[^\n]*\n(?:[ \t][^\n]*\n)*"
)


def content_hash(raw: bytes) -> str:
    """SHA-256 of a mail without line-end style and without the headers that servers add on the way."""
    flat = raw.replace(b"\r\n", b"\n").lstrip(b"\n")
    end = flat.find(b"\n\n")
    head, gap = (flat, b"") if end < 0 else (flat[:end], b"\n\n")
    digest = hashlib.sha256(_TRACE.sub(b"", head + b"\n") + gap)
    if gap:
        digest.update(memoryview(flat)[end + 2 : _end_of_text(flat, end + 2)])  # no copy: a mail may have 60 MB
    return digest.hexdigest()


def _end_of_text(flat: bytes, start: int) -> int:
    """Where the line ends at the end of a mail begin."""
    stop = len(flat)
    while stop > start:
        piece = flat[max(start, stop - 65536) : stop]
        text = piece.rstrip(b"\n")
        stop -= len(piece) - len(text)
        if text:
            break
    return stop


def message_id_of(message_id: str, digest: str) -> str:
    """A mail's own Message-ID, or one made from its content where it has none."""
    return message_id[:LONGEST] or f"{digest[:40]}@no-message-id.invalid"


def shortened(ids: Iterable[str]) -> list[str]:
    """Message-IDs as they are stored."""
    return [one[:LONGEST] for one in ids]
