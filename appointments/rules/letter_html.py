"""A letter about a meeting as HTML: its words are the links, so that nobody reads an address of two hundred characters."""

import html
import re

from prospecting.rules import lean_html

_LINKED = re.compile(r"^(?P<mark>- )?(?P<words>.+?): (?P<url>https?://\S+)$")


def to_html(text: str, ours: str) -> str:
    """Paragraphs and lines as they stand; where a line ends in a link under `ours`, its words carry it."""
    paragraphs = [part for part in text.strip().split("\n\n") if part.strip()]
    return "\n".join(f"<p>{'<br>'.join(_line(line, ours) for line in part.splitlines())}</p>" for part in paragraphs)


def _line(line: str, ours: str) -> str:
    found = _LINKED.match(line)
    if found is None or not found["url"].startswith(f"{ours}/"):
        return lean_html.linked(line)
    mark = "• " if found["mark"] else ""
    return f'{mark}<a href="{html.escape(found["url"])}">{html.escape(found["words"])}</a>'
