"""A mail as bytes: fixed headers and quoted-printable parts, put together by hand because that is forty times faster."""

import email.quoprimime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime

_BREAKERS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
_ADDRESS = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_SPECIALS = re.compile(r'[()<>@,:;."\[\]\\]')


class Unsendable(ValueError):
    """A mail that must not be put together: an address that is none, or a value that would add a header."""


@dataclass(frozen=True)
class Draft:
    from_address: str
    to_address: str
    subject: str
    text: str
    message_id: str  # without angle brackets
    date: datetime
    from_name: str = ""
    to_name: str = ""
    reply_to: str = ""
    html: str = ""
    calendar: str = ""
    calendar_method: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    unsubscribe_url: str = ""
    automatic: bool = False
    answers: bool = False  # an automatic one answers what somebody wrote
    extra: dict[str, str] = field(default_factory=dict)


def compose(draft: Draft) -> bytes:
    """The mail with CRLF line ends; its headers are read back and compared before it is returned."""
    headers = _headers(draft)
    parts = _parts(draft)
    if len(parts) == 1:
        kind, body = parts[0]
        names = [*headers, ("Content-Type", kind), ("Content-Transfer-Encoding", "quoted-printable")]
    else:
        boundary = "=_" + re.sub(r"[^A-Za-z0-9]", "", draft.message_id)[:40]
        body = _multipart(parts, boundary)
        names = [*headers, ("Content-Type", f'multipart/alternative; boundary="{boundary}"')]
    raw = "".join(f"{name}: {value}\r\n" for name, value in names).encode("ascii") + b"\r\n" + body
    _read_back(raw, [name for name, _ in names])
    return raw


def _headers(draft: Draft) -> list[tuple[str, str]]:
    found = [
        ("From", _mailbox(draft.from_name, draft.from_address)),
        ("To", _mailbox(draft.to_name, draft.to_address)),
        *([("Reply-To", _mailbox(draft.from_name, draft.reply_to))] if draft.reply_to else []),
        ("Subject", _encoded(draft.subject, "Subject")),
        ("Date", format_datetime(draft.date)),
        ("Message-ID", f"<{_token(draft.message_id)}>"),
    ]
    # Others made these: one that would break its header is left out, and the mail leaves all the same.
    if _is_token(draft.in_reply_to):
        found.append(("In-Reply-To", f"<{draft.in_reply_to}>"))
    if earlier := [ref for ref in draft.references if _is_token(ref)]:
        found.append(("References", "\r\n ".join(f"<{ref}>" for ref in _short(earlier))))
    if draft.unsubscribe_url:
        # RFC 8058 §3.1: one HTTPS link, and the fixed key and value that a provider posts to it.
        found.append(("List-Unsubscribe", f"<{_token(draft.unsubscribe_url)}>"))
        found.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if draft.automatic:
        found += [
            ("Auto-Submitted", "auto-replied" if draft.answers else "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ]
    found += [(name, _encoded(value, name)) for name, value in draft.extra.items()]
    return [*found, ("MIME-Version", "1.0")]


def _short(references: Sequence[str]) -> Sequence[str]:
    """The root and the latest: a thread of years does not make a header of kilobytes."""
    return references if len(references) <= 12 else [references[0], *references[-11:]]


def one_address(address: str) -> str:
    """The address itself, or Unsendable: one plain addr-spec, nothing quoted, no list, no comment."""
    if not _ADDRESS.match(address) or ".." in address or len(address) > 254:
        raise Unsendable("That is not one mail address.")
    return address


def _mailbox(name: str, address: str) -> str:
    one_address(address)
    name = " ".join(_BREAKERS.sub(" ", name).split())[:120]
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        shown = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if _SPECIALS.search(name) else name
        return f"{shown}\r\n <{address}>" if len(shown) + len(address) > 60 else f"{shown} <{address}>"
    return f"{_words(name, 'From')}\r\n <{address}>"


def _encoded(value: str, name: str) -> str:
    value = " ".join(_BREAKERS.sub(" ", value).split())[:900]
    if value.isascii() and "=?" not in value and len(value) + len(name) < 76:
        return value
    return _words(value, name)


def _words(value: str, name: str) -> str:
    """RFC 2047 words; forced for ASCII that could be taken for one."""
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return Header(clean, "utf-8", header_name=name, maxlinelen=74).encode(linesep="\r\n")


def _token(value: str) -> str:
    if not _is_token(value):
        raise Unsendable("A link or a message id would break its header.")
    return value


def _is_token(value: str) -> bool:
    return bool(value) and value.isascii() and not re.search(r"[\s<>\x00-\x1f\x7f]", value) and len(value) <= 900


def _parts(draft: Draft) -> list[tuple[str, bytes]]:
    parts = [("text/plain; charset=utf-8", _quoted(draft.text))]
    if draft.html:
        parts.append(("text/html; charset=utf-8", _quoted(draft.html)))
    if draft.calendar:
        method = re.sub(r"[^A-Z]", "", draft.calendar_method.upper()) or "REQUEST"
        parts.append((f"text/calendar; charset=utf-8; method={method}", _quoted(draft.calendar)))
    return parts


def _multipart(parts: Sequence[tuple[str, bytes]], boundary: str) -> bytes:
    chunks = [
        f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode("ascii")
        + body
        + b"\r\n"
        for kind, body in parts
    ]
    return b"".join(chunks) + f"--{boundary}--\r\n".encode("ascii")


def _quoted(text: str) -> bytes:
    """Quoted-printable with CRLF; a NUL or half a surrogate never gets through."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    lines = clean.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    latin = "\n".join(lines).encode("utf-8").decode("latin-1")
    return email.quoprimime.body_encode(latin, 76, "\r\n").encode("ascii") + b"\r\n"


def _read_back(raw: bytes, intended: Sequence[str]) -> None:
    """Refuse a mail whose headers are not exactly those that were meant (CVE-2024-6923)."""
    seen = BytesHeaderParser().parsebytes(raw, headersonly=True).keys()
    if list(seen) != list(intended):
        raise Unsendable("A value would have added a header to the mail.")
