"""Foreign HTML: cleaned for showing (allow-list), or reduced to the text it shows."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import nh3

_TAGS = set(
    """a abbr b blockquote br caption code col colgroup dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins li ol p pre
    q s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul font center""".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
    "*": {"dir", "lang"},
}
_BLOCKS = frozenset(
    "p div tr table ul ol dl h1 h2 h3 h4 h5 h6 pre section article header footer address form center dt dd".split()
)
_SILENT = frozenset("script style head title noscript template svg math object".split())
_VOID = frozenset("br hr img input meta link col area base embed source track wbr".split())
_ELSEWHERE = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_GAPS = re.compile(r"\n{3,}")
_MAX = 2 * 1024 * 1024
MAX_QUOTE = 20


def own_pictures_only(address: str) -> str | None:
    """Pictures of the mail itself, named as it names them (RFC 2392)."""
    return address if address.lower().startswith("cid:") else None


def sanitise(html: str, *, picture: Callable[[str], str | None] = own_pictures_only) -> str:
    """HTML with nothing left that can run, load from outside or leave the page.

    `picture` says where an image is to come from, or None for nowhere.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return picture(value)
        if name == "href" and not _ELSEWHERE.match(value):
            return None  # an address without a host would be one of ours
        return value

    return nh3.clean(
        html.replace("\x00", "")[:_MAX],
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )


def to_text(html: str) -> str:
    """The text of HTML; quoted blocks get ``> ``, block elements their own lines. Linear time, never raises."""
    reader = _Text()
    try:
        reader.feed(html[:_MAX])
        reader.close()
    except Exception:
        reader.flush()
    return reader.result()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.silent = 0
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self.newline()
        elif tag == "hr":
            self.flush()
            self.lines.append(self.prefix() + "-" * 32)
        elif tag == "blockquote":
            self.flush()
            self.quotes = min(self.quotes + 1, MAX_QUOTE)
        elif tag == "li":
            self.flush()
            self.line.append("- ")
        elif tag in _BLOCKS:
            self.flush()
            self.pre += tag == "pre"
            if tag == "p":
                self.gap()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "blockquote":
            self.flush()
            self.quotes = max(0, self.quotes - 1)
        elif tag in _BLOCKS:
            self.flush()
            self.pre -= tag == "pre" and self.pre > 0
            if tag == "p":
                self.gap()
        elif tag in {"td", "th"}:
            self.line.append(" ")

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if not self.pre:
            self.line.append(_SPACES.sub(" ", data))
            return
        first, *rest = data.split("\n")
        self.line.append(first)
        for piece in rest:
            self.newline()
            self.line.append(piece)

    def prefix(self) -> str:
        return "> " * self.quotes

    def newline(self) -> None:
        text = "".join(self.line)
        self.line = []
        self.lines.append(self.prefix() + (text.rstrip() if self.pre else _SPACES.sub(" ", text).strip()))

    def flush(self) -> None:
        if "".join(self.line).strip():
            self.newline()
        self.line = []

    def gap(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self.prefix().rstrip())

    def result(self) -> str:
        self.flush()
        return _GAPS.sub("\n\n", "\n".join(self.lines)).strip("\n")
