"""Header values made into text: raw 8-bit, encoded words (RFC 2047) whole or broken, and base64 as far as it goes."""

import base64
import binascii
import quopri
import re

from crm.rules.charsets import clean, decode

_MAX_VALUE = 64 * 1024
BREAKS = re.compile(r"[\r\n]+[ \t]*")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,30})?\?([bBqQ])\?([^?]{0,4000})\?=")
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/]")


def decode_words(value: str) -> str:
    """RFC 2047 text as one clean line, also where the encoded words are broken."""
    flat = BREAKS.sub(" ", text_of(value))
    if "=?" not in flat:
        return clean(flat).strip()
    pieces: list[str] = []
    held: tuple[str, bytes] | None = None
    end = 0
    for word in _WORD.finditer(flat):
        between = flat[end : word.start()]
        charset, data = word[1].lower(), _word_bytes(word[2], word[3])
        if held and not between.strip() and held[0] == charset:
            held = (charset, held[1] + data)
        else:
            pieces += [decode(held[1], held[0])] if held else []
            pieces.append("" if held and not between.strip() else between)
            held = (charset, data)
        end = word.end()
    pieces += [decode(held[1], held[0])] if held else []
    return " ".join(clean("".join(pieces) + flat[end:]).splitlines()).strip()


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return from_base64(data)
    return quopri.decodestring(data.replace(b" ", b"_"), header=True)


def from_base64(data: bytes) -> bytes:
    """Base64 as far as it goes: junk skipped, a cut tail dropped."""
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        kept = _BASE64_JUNK.sub(b"", data)
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
        try:
            return base64.b64decode(kept + b"=" * (-len(kept) % 4))
        except (binascii.Error, ValueError):
            return b""


def text_of(value: object) -> str:
    """A header value as text; raw 8-bit bytes (surrogates) decoded by detection."""
    text = str(value)[:_MAX_VALUE]
    if text.isascii():
        return text
    try:
        return decode(text.encode("ascii", "surrogateescape"))
    except UnicodeEncodeError:
        return clean(text)
