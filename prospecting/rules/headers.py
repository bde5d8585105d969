"""The last look at the headers of a mail before it leaves: plain bytes, read by nothing that put them together."""

import re

from prospecting.rules.compose import Unsendable

ONES_WE_WRITE = {
    b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"list-unsubscribe",
    b"list-unsubscribe-post", b"auto-submitted", b"x-auto-response-suppress", b"mime-version", b"content-type",
    b"content-transfer-encoding",
}  # fmt: skip
ALWAYS = {b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"}
_LONGEST = 998  # RFC 5322 §2.1.1
_FIELD = re.compile(rb"([A-Za-z-]+): ?(.*)", re.DOTALL)
_STRAY = re.compile(rb"[^\t\x20-\x7e]")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_ONE = re.compile(
    rb'(?:[^<>@,;:"()\[\]\\]* )?<([^<>@\s,;:"()\[\]\\]+@[^<>@\s,;:"()\[\]\\]+)>|([^<>@\s,;:"()\[\]\\]+@[^<>@\s,;:"()\[\]\\]+)'
)


def check(raw: bytes, *, mail_from: str, recipient: str) -> None:
    """Raises Unsendable unless every header is one that we write, once, and sender and recipient are those meant."""
    found = fields(raw)
    if ALWAYS - found.keys():
        raise Unsendable("A header of the mail is missing.")
    if address_in(found[b"from"]) != mail_from.lower() or address_in(found[b"to"]) != recipient.lower():
        raise Unsendable("The mail names another sender or recipient than was meant.")
    if b"reply-to" in found:
        address_in(found[b"reply-to"])


def fields(raw: bytes) -> dict[bytes, bytes]:
    """Names (lower case) and unfolded values; refuses what is no header of ours, comes twice, or hides a line end."""
    head, end, _ = raw.partition(b"\r\n\r\n")
    found: dict[bytes, bytes] = {}
    for line in re.split(rb"\r\n(?![ \t])", head) if end else []:
        named = _FIELD.fullmatch(line)
        parts = line.split(b"\r\n")
        if not named or any(_STRAY.search(part) or not part.strip() or len(part) > _LONGEST for part in parts):
            raise Unsendable("A header of the mail is broken.")
        name = named[1].lower()
        if name not in ONES_WE_WRITE or name in found:
            raise Unsendable("A value would have added a header to the mail.")
        found[name] = b"".join(parts)[len(named[1]) + 1 :].strip()
    return found


def address_in(value: bytes) -> str:
    """The one address of a From, To or Reply-To; a name may stand before it, a second address may not."""
    one = _ONE.fullmatch(_QUOTED.sub(b"", value).strip())
    if one is None:
        raise Unsendable("The mail names more than one address where one was meant.")
    return (one[1] or one[2]).decode("ascii").lower()
