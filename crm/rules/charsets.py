"""Bytes of unknown or wrongly named charset made into clean text."""

import codecs
import re

import charset_normalizer

_ALIASES = {
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "gb_2312-80": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "ascii", "ansi": "cp1252",
    "iso-8859-8-i": "iso-8859-8", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "x-gbk": "gb18030",
    "cp-850": "cp850", "x-mac-roman": "mac-roman", "x-unknown": "", "unknown-8bit": "", "unknown": "", "binary": "",
    "iso-2022-jp": "iso2022_jp_2",
}  # fmt: skip
# Codecs of Python that are no charsets: decoding with them would unpack, execute or escape.
_NOT_CHARSETS = {
    "base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "unicode_escape",
    "raw_unicode_escape", "undefined", "mbcs", "oem",
}  # fmt: skip
_SAMPLE = 4096
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that PostgreSQL takes: without NUL, lone surrogates replaced."""
    return _SURROGATE.sub("\ufffd", text.replace("\x00", "")) if text else ""


def known(charset: str) -> str:
    """The codec for a charset as mail names it; an empty string when there is none."""
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    plain = found.removesuffix("-codec").removesuffix("_codec").replace("-", "_")
    return "" if plain in _NOT_CHARSETS else found


def decode(data: bytes, charset: str = "") -> str:
    """Text of ``data``: the named charset if it fits, else UTF-8, else a guess; never raises."""
    codec = known(charset)
    for name in (codec, "utf-8"):
        text = _strictly(data, name)
        if text is not None:
            return clean(text)
    if codec and codec not in {"ascii", "utf-8", "utf-7"}:
        return clean(_replacing(data, codec))
    return clean(_replacing(data, guess(data)))


def guess(data: bytes) -> str:
    """The likeliest charset of bytes that are not UTF-8, judged on a short sample."""
    if b"\x1b$" in data or b"\x1b(" in data:
        return "iso2022_jp_2"
    high = data.translate(None, bytes(range(128)))
    if len(high) < 8:
        return "cp1252"
    start = next((i for i, byte in enumerate(data) if byte > 127), 0)
    best = charset_normalizer.from_bytes(data[max(0, start - 256) : start + _SAMPLE]).best()
    return best.encoding if best else "cp1252"


def _strictly(data: bytes, codec: str) -> str | None:
    if not codec:
        return None
    try:
        return data.decode(codec)
    except (ValueError, LookupError):
        return None


def _replacing(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, "replace")
    except (ValueError, LookupError):
        return data.decode("latin-1")
