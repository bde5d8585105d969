"""The closed language of templates: fields, fallbacks and one conditional; nothing is ever evaluated.

{{first_name}}   {{company|fallback "your company"}}   {% if sites %}…{% end %}
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Every alternative starts with its own literal and consumes what it matches, so a scan is linear.
_OPEN = re.compile(r"\{\{|\{%|\}\}|%\}")
_FIELD = re.compile(r'^([a-z][a-z0-9_]{0,63})(?:\|fallback "([^"\n{}]{0,500})")?$')
_IF = re.compile(r"^if ([a-z][a-z0-9_]{0,63})$")
_URL = re.compile(r"https?://[^\s<>\"']{1,2000}")
_LINE_BREAKERS = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

MAX_TEMPLATE = 20_000
MAX_VALUE = 2_000


class TemplateError(ValueError):
    """A template that cannot be saved; says where."""

    def __init__(self, message: str, line: int):
        super().__init__(f"Line {line}: {message}")
        self.line = line


class Missing(LookupError):
    """A field is empty and has no fallback; the message must not leave."""

    def __init__(self, fields: Iterable[str]):
        self.fields = tuple(dict.fromkeys(fields))
        super().__init__("Empty without a fallback: " + ", ".join(self.fields) + ".")


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Field:
    name: str
    fallback: str | None = None


@dataclass(frozen=True)
class If:
    name: str
    body: tuple["Text | Field", ...]


Node = Text | Field | If


def parse(source: str, *, fields: Iterable[str]) -> tuple[Node, ...]:
    """Read a template; raise TemplateError for anything but known fields and one level of `if`."""
    if len(source) > MAX_TEMPLATE:
        raise TemplateError(f"a template has at most {MAX_TEMPLATE} characters.", 1)
    return _Parser(source, frozenset(fields)).read()


def fields_used(nodes: Iterable[Node]) -> set[str]:
    used: set[str] = set()
    for node in nodes:
        if isinstance(node, Field):
            used.add(node.name)
        elif isinstance(node, If):
            used |= {node.name} | fields_used(node.body)
    return used


def render(nodes: Iterable[Node], values: Mapping[str, object]) -> str:
    """Fill the fields in; raise Missing with every field that is empty and has no fallback."""
    missing: list[str] = []
    text = _render(nodes, values, missing)
    if missing:
        raise Missing(missing)
    return text


def render_line(nodes: Iterable[Node], values: Mapping[str, object]) -> str:
    """Render for a header: whatever breaks a line becomes a space, so no value can add a header."""
    return " ".join(_LINE_BREAKERS.sub(" ", render(nodes, values)).split())


def to_html(text: str) -> str:
    """Plain text as lean HTML: paragraphs, line breaks and links, nothing else."""
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return "\n".join(f"<p>{_linked(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part.strip())


def _linked(text: str) -> str:
    out, at = [], 0
    for found in _URL.finditer(text):
        url = found.group().rstrip(".,;:!?)")
        out += [html.escape(text[at : found.start()]), f'<a href="{html.escape(url)}">{html.escape(url)}</a>']
        at = found.start() + len(url)
    return "".join(out) + html.escape(text[at:])


def _value(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value).strip()[:MAX_VALUE]


def _render(nodes: Iterable[Node], values: Mapping[str, object], missing: list[str]) -> str:
    out = []
    for node in nodes:
        if isinstance(node, Text):
            out.append(node.text)
        elif isinstance(node, If):
            out.append(_render(node.body, values, missing) if _value(values, node.name) else "")
        else:
            out.append(_filled(node, values, missing))
    return "".join(out)


def _filled(node: Field, values: Mapping[str, object], missing: list[str]) -> str:
    value = _value(values, node.name) or (node.fallback or "")
    if not value:
        missing.append(node.name)
    return value


class _Parser:
    def __init__(self, source: str, fields: frozenset[str]):
        self.source, self.fields = source, fields
        self.line, self.counted = 1, 0
        self.nodes: list[Node] = []
        self.block: tuple[str, int, list[Text | Field]] | None = None

    def read(self) -> tuple[Node, ...]:
        at = 0
        while found := _OPEN.search(self.source, at):
            self._text(at, found.start())
            at = self._mark(found)
        self._text(at, len(self.source))
        if self.block:
            raise TemplateError(f"“if {self.block[0]}” has no {{% end %}}.", self.block[1])
        return tuple(self.nodes)

    def _mark(self, found: re.Match[str]) -> int:
        mark, line = found.group(), self._line_at(found.start())
        if mark in ("}}", "%}"):
            raise TemplateError(f"“{mark}” closes nothing.", line)
        close = "}}" if mark == "{{" else "%}"
        end = self.source.find(close, found.end(), found.end() + 700)
        inside = self.source[found.end() : max(end, 0)]
        if end < 0 or "\n" in inside:
            raise TemplateError(f"“{mark}” is not closed with “{close}”.", line)
        if mark == "{{":
            self._put(self._field(inside.strip(), line))
        else:
            self._tag(inside.strip(), line)
        return end + 2

    def _field(self, inside: str, line: int) -> Field:
        found = _FIELD.match(inside)
        if not found:
            raise TemplateError(
                f'“{inside[:60]}” is not a field; write {{{{first_name}}}} or {{{{first_name|fallback "there"}}}}.',
                line,
            )
        return Field(self._known(found[1], line), found[2])

    def _tag(self, inside: str, line: int) -> None:
        if inside == "end":
            if not self.block:
                raise TemplateError("“end” without an “if”.", line)
            name, _, body = self.block
            self.block = None
            self.nodes.append(If(name, tuple(body)))
            return
        found = _IF.match(inside)
        if not found:
            raise TemplateError(f"“{inside[:60]}” is not known here; only “if field” and “end” are.", line)
        if self.block:
            raise TemplateError("an “if” cannot stand inside another.", line)
        self.block = (self._known(found[1], line), line, [])

    def _known(self, name: str, line: int) -> str:
        if name not in self.fields:
            raise TemplateError(f"there is no field “{name}”. Known: {', '.join(sorted(self.fields))}.", line)
        return name

    def _put(self, node: Text | Field) -> None:
        (self.block[2] if self.block else self.nodes).append(node)

    def _text(self, start: int, end: int) -> None:
        if end > start:
            self._put(Text(self.source[start:end]))

    def _line_at(self, position: int) -> int:
        self.line += self.source.count("\n", self.counted, position)
        self.counted = position
        return self.line
