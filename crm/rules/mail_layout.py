"""How a mail looks as its sender laid it out: cleaned, with its own pictures, and others only when somebody asks."""

import base64
from dataclasses import dataclass
from urllib.parse import unquote

from crm.rules import html, mime

# What a picture may be, and how it begins: SVG is a document, not a picture.
_BEGINS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",), "image/gif": (b"GIF87a", b"GIF89a"), "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",), "image/bmp": (b"BM",),
}  # fmt: skip
MOST_PICTURE = 5 * 1024 * 1024
MOST_PICTURES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Layout:
    """HTML that may stand in a sandboxed frame, and how many pictures from elsewhere its sender put in."""

    html: str
    elsewhere: int


def of(raw: bytes, *, elsewhere: bool = False) -> Layout:
    """A mail's own pictures stand inside it, so that showing them asks nobody; `elsewhere` leaves the others in too."""
    mail = mime.parse(raw)
    own, found = _pictures(mail), set()

    def picture(address: str) -> str | None:
        scheme, _, rest = address.strip().partition(":")
        if scheme.lower() == "cid":
            return own.get(unquote(rest).strip("<> "))
        if scheme.lower() not in ("http", "https"):
            return None
        found.add(address)
        return address if elsewhere else None

    return Layout(html.sanitise(mail.html, picture=picture), len(found))


def _pictures(mail: mime.ParsedMail) -> dict[str, str]:
    """Content-ID → the picture itself (RFC 2392, 2397); what is not what it says is left out."""
    found: dict[str, str] = {}
    left = MOST_PICTURES
    for part in mail.attachments:
        good = part.payload.startswith(_BEGINS.get(part.content_type.lower(), ()))
        if part.content_id and good and part.size <= min(left, MOST_PICTURE):
            left -= part.size
            encoded = base64.b64encode(part.payload).decode()
            found.setdefault(part.content_id, f"data:{part.content_type.lower()};base64,{encoded}")
    return found
