"""Plain text as lean HTML: paragraphs, line breaks and links; nothing that a reader's program would fetch."""

import html
import re
from collections.abc import Iterator

URL = re.compile(r"https?://[^\s<>\"']{1,2000}")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_TRAILING = ".,;:!?"


def to_html(text: str) -> str:
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return "\n".join(_paragraph(part) for part in paragraphs if part.strip())


def _paragraph(text: str) -> str:
    direction = ' dir="auto"' if _RIGHT_TO_LEFT.search(text) else ""
    return f"<p{direction}>{''.join(_linked(text)).replace(chr(10), '<br>')}</p>"


def linked(text: str) -> str:
    """One line, escaped, with its links."""
    return "".join(_linked(text))


def _linked(text: str) -> Iterator[str]:
    at = 0
    for start, url in links(text):
        yield html.escape(text[at:start])
        yield f'<a href="{html.escape(url)}">{html.escape(url)}</a>'
        at = start + len(url)
    yield html.escape(text[at:])


def links(text: str) -> Iterator[tuple[int, str]]:
    """Each link with the place where it begins; a full stop or a bracket around it is not part of it."""
    for found in URL.finditer(text):
        yield found.start(), _without_ending(found.group())


def _without_ending(url: str) -> str:
    bare = url.rstrip(_TRAILING)
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1].rstrip(_TRAILING)
    return bare
