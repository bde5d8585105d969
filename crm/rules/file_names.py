"""Names of files that strangers choose, made safe to save under on any system."""

import re

LONGEST = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%;]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def safe(name: str, otherwise: str) -> str:
    """The last part of a path, without signs that hide, turn or end it; never hidden, never a device (Windows)."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(sign for sign in last if sign.isprintable())
    plain = " ".join(_FORBIDDEN.sub("_", seen).split()).strip(". ")
    if not plain.strip("_"):
        return otherwise
    if _DEVICE.match(plain):
        plain = f"_{plain}"
    if len(plain) <= LONGEST:
        return plain
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else plain[:LONGEST]
