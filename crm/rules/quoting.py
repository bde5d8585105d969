"""Where a quotation stands in a text, however its lines are broken there."""

import re

LONGEST = 500


def around(text: str, quote: str) -> tuple[str, str, str] | None:
    """What stands before the quotation, itself, and after; None where it does not stand there whole."""
    words = quote[:LONGEST].split()
    if not words:
        return None
    found = re.search(r"\s+".join(re.escape(word) for word in words), text, re.IGNORECASE)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else None
