"""Exactly one mail address: checked by two parsers that must agree, and its normal forms (RFC 5321, 5890)."""

import re
import unicodedata
from email.utils import parseaddr

import idna

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_PLAIN = re.compile(r"[A-Za-z0-9._+-]+")  # in such a part no parser sees anything but letters and dots
_SEALED = re.compile(r"\+[0-9a-f]{32}@", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?")
_FORBIDDEN = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]")
# Providers that ignore dots in the local part, or take everything after a sign as a tag.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
_HYPHEN_TAGS = frozenset({"yahoo.com", "yahoo.co.uk", "ymail.com", "rocketmail.com"})


class BadAddress(ValueError):
    """Not exactly one usable mail address; the text says why."""


def normal(address: str) -> str:
    """The address in the form it is stored: local part as given, domain in lower-case ASCII. Raises BadAddress."""
    text = unicodedata.normalize("NFC", address.strip())
    if not text:
        raise BadAddress("The address is empty.")
    if len(text) > 320 or _FORBIDDEN.search(text):
        raise BadAddress("The address has blanks or signs that no address has.")
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode()) > 64:
        raise BadAddress("This is not one mail address.")
    plain = f"{local}@{ascii_domain(domain)}"
    # CVE-2023-27043: where the stdlib reads another address than we do, one of us is being tricked.
    if not _PLAIN.fullmatch(local) and parseaddr(plain)[1] != plain:
        raise BadAddress("This is not one mail address.")
    return plain


def is_address(text: str) -> bool:
    """Whether the text is exactly one mail address."""
    try:
        return bool(normal(text))
    except BadAddress:
        return False


def dedupe_key(address: str) -> str:
    """What two spellings of one mailbox share: lower case, without tags and ignored dots. Raises BadAddress."""
    local, _, domain = normal(address).lower().rpartition("@")
    domain = "gmail.com" if domain == "googlemail.com" else domain
    sign = "-" if domain in _HYPHEN_TAGS else "+"
    local = local.split(sign, 1)[0] or local
    local = local.replace(".", "") if domain in _DOTLESS else local
    return f"{local}@{domain}"


def untagged(address: str) -> str:
    """An address of ours as people know it, without the sealed tag that finds its thread."""
    return _SEALED.sub("@", address)


def domain_of(address: str) -> str:
    """The domain in lower case; empty when there is none."""
    return address.rpartition("@")[2].strip(" <>.").lower() if "@" in address else ""


def ascii_domain(domain: str) -> str:
    """A domain name in lower-case ASCII (IDNA 2008, UTS 46). Raises BadAddress."""
    text = domain.strip().rstrip(".")
    try:
        plain = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise BadAddress("The part after the @ is no domain.") from error
    labels = plain.split(".")
    if len(plain) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("The part after the @ is no domain.")
    if labels[-1].isdigit():
        raise BadAddress("The part after the @ is no domain.")
    return plain
