"""The closed language of templates: fields, fallbacks, one conditional, shared paragraphs; nothing is ever evaluated.

{{first_name}}   {{company|fallback "your company"}}   {% if sites %}…{% end %}   {% snippet opening %}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

# Every alternative starts with its own literal and consumes what it matches, so a scan is linear.
_OPEN = re.compile(r"\{\{|\{%|\}\}|%\}")
_FIELD = re.compile(r'^([a-z][a-z0-9_]{0,63})(?:\|fallback "([^"\n{}]{0,500})")?$')
_IF = re.compile(r"^if ([a-z][a-z0-9_]{0,63})$")
_SNIPPET = re.compile(r"^snippet ([a-z0-9][a-z0-9_-]{0,39})$")
_SNIPPETS = re.compile(r"\{%[ \t]{0,50}snippet ([a-z0-9][a-z0-9_-]{0,39})[ \t]{0,50}%\}")
_LINE_BREAKERS = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Control characters, the marks that turn text around (a name that reads backwards), line ends that are none, half pairs.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffc\ud800-\udfff]")

MAX_TEMPLATE = 20_000
MAX_MARKS = 200
MAX_VALUE = 2_000
MAX_RENDERED = 50_000
_WINDOW = 700  # no field or tag is longer


class TemplateError(ValueError):
    """A template that cannot be saved; says where: line and character count from 1, position from 0."""

    def __init__(self, message: str, line: int, column: int = 1, position: int = 0):
        super().__init__(f"Line {line}, character {column}: {message}")
        self.message, self.line, self.column, self.position = message, line, column, position


class Missing(LookupError):
    """A field is empty and has no fallback; the message must not leave."""

    def __init__(self, fields: Iterable[str]):
        self.fields = tuple(dict.fromkeys(fields))
        super().__init__("Empty without a fallback: " + ", ".join(self.fields) + ".")


class TooLong(ValueError):
    """What a template becomes for this person is longer than any mail should be."""


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Field:
    name: str
    fallback: str | None = None


@dataclass(frozen=True)
class Insert:
    """A shared paragraph, by its name."""

    name: str


@dataclass(frozen=True)
class If:
    name: str
    body: tuple["Text | Field | Insert", ...]


Node = Text | Field | Insert | If
Nodes = tuple[Node, ...]


def parse(source: str, *, fields: Iterable[str], snippets: Iterable[str] | None = ()) -> Nodes:
    """Read a template; TemplateError for anything but known fields, known snippets and one level of `if`.

    `snippets=None` is for the text of a snippet, in which none may stand.
    """
    if len(source) > MAX_TEMPLATE:
        raise TemplateError(f"it has {len(source):,} characters; {MAX_TEMPLATE:,} is the most.", 1)
    if found := _UNFIT.search(source):
        raise _at(source, found.start(), f"an invisible character ({_code(found.group())}) stands here; take it out.")
    return _Parser(source, frozenset(fields), None if snippets is None else frozenset(snippets)).read()


def fields_used(nodes: Iterable[Node]) -> set[str]:
    """The fields a text asks for, those of its conditionals too."""
    used = {node.name for node in _flat(nodes) if isinstance(node, Field)}
    return used | {node.name for node in nodes if isinstance(node, If)}


def fields_needed(nodes: Iterable[Node]) -> set[str]:
    """Fields that stop the message where they are empty."""
    outside = [node for node in nodes if not isinstance(node, If)]
    inside = [(node.name, part) for node in nodes if isinstance(node, If) for part in node.body]
    needed = {node.name for node in outside if isinstance(node, Field) and not node.fallback}
    needed |= {
        part.name for name, part in inside if isinstance(part, Field) and not part.fallback and part.name != name
    }
    return needed


def snippets_used(nodes: Iterable[Node]) -> set[str]:
    return {node.name for node in _flat(nodes) if isinstance(node, Insert)}


def snippet_names(source: str) -> set[str]:
    """The snippets a text names, without reading the rest of it."""
    return set(_SNIPPETS.findall(source))


def is_snippet_name(name: str) -> bool:
    return _SNIPPET.match(f"snippet {name}") is not None


def _flat(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, If):
            yield from node.body
        else:
            yield node


def render(nodes: Iterable[Node], values: Mapping[str, object], snippets: Mapping[str, Nodes] | None = None) -> str:
    """Fill the fields in; raise Missing with every field that is empty and has no fallback."""
    missing: list[str] = []
    text = "".join(_rendered(nodes, values, snippets or {}, missing))
    if not missing and _OPEN.search(text):
        missing = [name for name in values if set("{}%") & set(_value(values, name))]
    if missing:
        raise Missing(missing)
    if len(text) > MAX_RENDERED:
        raise TooLong(f"it becomes {len(text):,} characters long; {MAX_RENDERED:,} is the most.")
    return text


def render_line(
    nodes: Iterable[Node], values: Mapping[str, object], snippets: Mapping[str, Nodes] | None = None
) -> str:
    """Render for a header: whatever breaks a line becomes a space, so no value can add a header."""
    return " ".join(_LINE_BREAKERS.sub(" ", render(nodes, values, snippets)).split())


def _rendered(
    nodes: Iterable[Node], values: Mapping[str, object], snippets: Mapping[str, Nodes], missing: list[str]
) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Text):
            yield node.text
        elif isinstance(node, Field):
            yield _filled(node, values, missing)
        elif isinstance(node, Insert):
            # A snippet holds none, so this goes one level down and no further.
            yield from _rendered(snippets.get(node.name, ()), values, {}, missing)
        elif _value(values, node.name):
            yield from _rendered(node.body, values, snippets, missing)


def _filled(node: Field, values: Mapping[str, object], missing: list[str]) -> str:
    value = _value(values, node.name) or (node.fallback or "")
    if not value:
        missing.append(node.name)
    return value


def _value(values: Mapping[str, object], name: str) -> str:
    """One line of plain text; what is itself an unfilled field (a list from another tool) is no value."""
    value = values.get(name)
    if value is None or value is False or value == 0:
        return ""
    text = " ".join(_UNFIT.sub(" ", str(value)[:MAX_VALUE]).split())
    return "" if _OPEN.search(text) else text


def tidy(source: str) -> str:
    """Line ends as one character, no blanks at the ends of lines, none of the lines around it."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip(" \t") for line in lines).strip("\n")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty when nothing is near."""
    plain = re.sub(r"[^a-z0-9]+", "_", word[:64].lower()).strip("_")
    found = get_close_matches(plain, sorted(known), n=1, cutoff=0.55)
    return found[0] if found else ""


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _at(source: str, position: int, message: str) -> TemplateError:
    line = source.count("\n", 0, position) + 1
    return TemplateError(message, line, position - source.rfind("\n", 0, position), position)


class _Parser:
    """One walk over the source, from mark to mark."""

    def __init__(self, source: str, fields: frozenset[str], snippets: frozenset[str] | None):
        self.source, self.fields, self.snippets = source, fields, snippets
        self.marks = 0
        self.nodes: list[Node] = []
        self.block: tuple[str, int, list[Text | Field | Insert]] | None = None

    def read(self) -> Nodes:
        at = 0
        while found := _OPEN.search(self.source, at):
            self._text(at, found.start())
            at = self._mark(found)
        self._text(at, len(self.source))
        if self.block:
            raise self._error(self.block[1], f"“if {self.block[0]}” has no {{% end %}}.")
        return tuple(self.nodes)

    def _mark(self, found: re.Match[str]) -> int:
        mark, start = found.group(), found.start()
        self._count(start)
        if mark in ("}}", "%}"):
            raise self._error(start, f"“{mark}” closes nothing.")
        close = "}}" if mark == "{{" else "%}"
        end = self.source.find(close, found.end(), found.end() + _WINDOW)
        inside = self.source[found.end() : max(end, 0)]
        if end < 0 or "\n" in inside:
            raise self._error(start, f"“{mark}” is not closed with “{close}”.")
        # The place of a wrong word is the word, not the brackets before it.
        word = found.end() + len(inside) - len(inside.lstrip())
        if mark == "{{":
            self._put(self._field(inside.strip(), word))
        else:
            self._tag(inside.strip(), word)
        return end + 2

    def _count(self, at: int) -> None:
        self.marks += 1
        if self.marks > MAX_MARKS:
            raise self._error(at, f"a text has at most {MAX_MARKS} fields and tags.")

    def _field(self, inside: str, at: int) -> Field:
        found = _FIELD.match(inside)
        if not found:
            meant = nearest(inside.partition("|")[0], self.fields) or "first_name"
            raise self._error(
                at, f'“{inside[:60]}” is not a field; write {{{{{meant}}}}} or {{{{{meant}|fallback "there"}}}}.'
            )
        return Field(self._known(found[1], at), found[2])

    def _tag(self, inside: str, at: int) -> None:
        if inside == "end":
            self._end(at)
        elif found := _IF.match(inside):
            self._if(found[1], at)
        elif found := _SNIPPET.match(inside):
            self._snippet(found[1], at)
        else:
            hint = " An “if” ends with {% end %}." if inside.startswith("end") else ""
            raise self._error(
                at, f"“{inside[:60]}” is not known here; only “if field”, “end” and “snippet name” are.{hint}"
            )

    def _end(self, at: int) -> None:
        if not self.block:
            raise self._error(at, "“end” without an “if”.")
        name, _, body = self.block
        self.block = None
        self.nodes.append(If(name, tuple(body)))

    def _if(self, name: str, at: int) -> None:
        if self.block:
            raise self._error(at, "an “if” cannot stand inside another.")
        self.block = (self._known(name, at + 3), at, [])

    def _snippet(self, name: str, at: int) -> None:
        if self.snippets is None:
            raise self._error(at, "a snippet cannot stand inside a snippet, nor inside itself.")
        if name not in self.snippets:
            meant = nearest(name, self.snippets)
            hint = f" Did you mean “{meant}”?" if meant else ""
            raise self._error(at + 8, f"there is no snippet “{name}”.{hint}")
        self._put(Insert(name))

    def _known(self, name: str, at: int) -> str:
        if name not in self.fields:
            meant = nearest(name, self.fields)
            hint = f"Did you mean “{meant}”?" if meant else f"Known: {', '.join(sorted(self.fields))}."
            raise self._error(at, f"there is no field “{name}”. {hint}")
        return name

    def _put(self, node: Text | Field | Insert) -> None:
        (self.block[2] if self.block else self.nodes).append(node)

    def _text(self, start: int, end: int) -> None:
        if end > start:
            self._put(Text(self.source[start:end]))

    def _error(self, position: int, message: str) -> TemplateError:
        return _at(self.source, position, message)
