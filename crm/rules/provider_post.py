"""What Mailgun posts: forms and JSON read as bytes, the signature proved, the post told apart from every other."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

LARGEST = 40 * 1024 * 1024  # bytes of a post; Mailgun takes in mails of up to 25 MB
_MOST_FIELDS = 1000
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([^"\r\n]{1,200})"')
_PLAIN = re.compile(r"[\x21-\x7e]+")


class BadPost(ValueError):
    """It is not in the form in which the provider posts."""


@dataclass(frozen=True)
class Stamp:
    """Mailgun signs the time and a token that is used once; its signature says nothing about the body."""

    timestamp: str
    token: str
    signature: str

    def is_genuine(self, key: str) -> bool:
        """Compared in constant time."""
        proper = hmac.new(key.encode(), f"{self.timestamp}{self.token}".encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(proper.encode(), self.signature.encode())

    def is_fresh(self, now: float, seconds: int) -> bool:
        """`now` in seconds since 1970."""
        return abs(now - int(self.timestamp)) <= seconds


def stamp_of(signed: Mapping[str, Any]) -> Stamp:
    """Raises BadPost where a part is missing or cannot be one."""
    timestamp, token, signature = (_text(signed.get(name)) for name in ("timestamp", "token", "signature"))
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise BadPost("the timestamp is no number")
    if not all(_PLAIN.fullmatch(one) and len(one) <= 100 for one in (token, signature)):
        raise BadPost("it is not signed")
    return Stamp(timestamp, token, signature)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value[:200].decode("latin-1")
    return str(value)[:200] if isinstance(value, str | int) else ""


# Mail -----------------------------------------------------------------------------------------------------------


def mail_key(found: Mapping[str, bytes], tag: str) -> str:
    """The same mail for the same mailbox and recipient is the same post, whenever and however often it comes."""
    parts = (tag.encode(), found.get("recipient", b"").lower(), raw_mail(found))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return f"mail:{digest.hexdigest()}"


def raw_mail(found: Mapping[str, bytes]) -> bytes:
    """The mail as it came, byte for byte. Raises BadPost where Mailgun took it apart instead."""
    raw = found.get("body-mime", b"")
    if not raw:
        raise BadPost("there is no body-mime: the route must forward to the address that ends in /mime")
    return raw


def fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """A form's fields in bytes, none decoded. Of several with one name the last counts, as Mailgun writes its own last."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(_urlencoded(body))
    boundary = _BOUNDARY.search(content_type)
    if kind == "multipart/form-data" and boundary:
        return dict(_multipart(body, boundary[1].encode("latin-1", "replace")))
    raise BadPost("it is no form")


def _urlencoded(body: bytes) -> Iterator[tuple[str, bytes]]:
    pairs = body.split(b"&", _MOST_FIELDS)
    if len(pairs) > _MOST_FIELDS:
        raise BadPost("it has too many fields")
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        plain = unquote_to_bytes(name[:600].replace(b"+", b" ")).decode("latin-1")
        yield plain, unquote_to_bytes(value.replace(b"+", b" "))


def _multipart(body: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    """RFC 7578: what stands between two boundaries is the value, whatever it holds."""
    limit, whole = b"\r\n--" + boundary, b"\r\n" + body
    end = whole.rfind(limit + b"--")
    if end < 0:
        raise BadPost("the form is cut off")
    parts = whole[:end].split(limit + b"\r\n", _MOST_FIELDS + 1)
    if len(parts) > _MOST_FIELDS + 1:
        raise BadPost("it has too many fields")
    for part in parts[1:]:
        head, blank, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head[:2000])
        if not blank or not name:
            raise BadPost("a field of the form has no name")
        yield name[1].decode("latin-1"), value


# Events ---------------------------------------------------------------------------------------------------------


def event(body: bytes) -> dict[str, Any]:
    """The JSON of an event: signature and event-data. Raises BadPost."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPost("it is no JSON") from error
    parts = [found.get(name) for name in ("signature", "event-data")] if isinstance(found, dict) else []
    if not parts or not all(isinstance(part, dict) for part in parts):
        raise BadPost("it has no signature or no event-data")
    return dict(found)


def event_key(found: Mapping[str, Any]) -> str:
    """Its id and its moment: Mailgun's ids are sure to be unique within a day only."""
    data = found["event-data"]
    name, at = data.get("id"), data.get("timestamp")
    if not isinstance(name, str) or not _PLAIN.fullmatch(name) or len(name) > 100:
        raise BadPost("the event has no id")
    if isinstance(at, bool) or not isinstance(at, int | float):
        raise BadPost("the event has no moment")
    return f"event:{name}:{at}"[:200]
