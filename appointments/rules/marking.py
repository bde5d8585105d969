"""Which words of a reply carry what was understood, and how that reads; plain values."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appointments.rules import zones
from appointments.rules.amending import BY_PERSON
from crm.rules import saying

TONES = {
    "proposed_times": "after",
    "phone": "after",
    "referred": "before",
    "alternates": "before",
    "new_email": "before",
}
NAMES = {
    "proposed_times": "Times",
    "phone": "Phone",
    "referred": "Person",
    "alternates": "Stand-in",
    "return_date": "First day back",
    "follow_up": "Write again",
    "renewal": "Renewal",
    "competitor": "Supplier",
    "price": "Price",
    "new_email": "New address",
    "date": "Date",
}
FLAGS = {
    "hostile": "Hostile words",
    "legal": "Legal words",
    "complaint": "A complaint",
    "company": "For the whole company",
}


@dataclass(frozen=True)
class Span:
    """A stretch of the text that an entity came from; `number` ties it to the line that explains it."""

    start: int
    end: int
    tone: str
    number: int


@dataclass(frozen=True)
class Understood:
    """`kind` and `place` say which entity it is: the third of the people named."""

    number: int
    name: str
    says: str
    kind: str = ""
    place: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    text: str
    span: Span | None = None


def _each(kind: str, found: Any) -> Iterator[Any]:
    if isinstance(found, list | tuple):
        yield from found
    elif found not in (None, "", False, {}):
        yield found


def read(entities: Mapping[str, Any], text: str, today: dt.date) -> tuple[list[Span], list[Understood]]:
    """The spans to mark in `text` and the lines that say what each means, numbered alike."""
    spans: list[Span] = []
    lines: list[Understood] = []
    for kind in NAMES:
        for place, entity in enumerate(_each(kind, entities.get(kind))):
            if entity == {BY_PERSON: True}:  # a person took it out
                continue
            number = len(lines) + 1
            spans += [Span(start, end, TONES.get(kind, ""), number) for start, end in _places(entity, text)]
            lines.append(Understood(number, NAMES[kind], _says(entity, today), kind, place, _values(entity)))
    return _apart([_tight(span, text) for span in spans]), lines


def _values(entity: Any) -> dict[str, str]:
    """What a form that puts it right begins with."""
    if not isinstance(entity, Mapping):
        return {}
    day = str(entity.get("day") or entity.get("date") or "")
    return {"day": day if len(day) == 10 else ""} | {
        key: str(entity.get(key) or "") for key in ("name", "email", "title")
    }


def flags(entities: Mapping[str, Any]) -> list[str]:
    """The flags of a reply in words."""
    said = [FLAGS[name] for name in ("hostile", "legal", "complaint") if entities.get(name)]
    return said + ([FLAGS["company"]] if entities.get("scope_company") or entities.get("scope") == "company" else [])


def _places(entity: Any, text: str) -> list[tuple[int, int]]:
    if isinstance(entity, Mapping):
        start, end, said = entity.get("start"), entity.get("end"), entity.get("text")
        if isinstance(start, int) and isinstance(end, int) and said and text[start:end] == said:
            return [(start, end)]
        words = [entity.get(name) for name in ("text", "name", "email", "phone")]
    else:
        words = [entity]
    found = (
        (text.find(word), word) for word in dict.fromkeys(word for word in words if isinstance(word, str) and word)
    )
    return [(at, at + len(word)) for at, word in found if at >= 0]


def _tight(span: Span, text: str) -> Span:
    """The span without the white space at its end."""
    return replace(span, end=span.start + len(text[span.start : span.end].rstrip()))


def _apart(spans: list[Span]) -> list[Span]:
    """Sorted, and of two that overlap only the first and longest."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


WORDS = {"after": "{day}, {first} or later", "before": "{day}, before {last}", "at": "{day}, {first}",
         "between": "{day}, {first} to {last}", "morning": "{day}, in the morning", "afternoon": "{day}, in the afternoon"}  # fmt: skip


def _says(entity: Any, today: dt.date) -> str:
    if not isinstance(entity, Mapping):
        return _dated(str(entity), today)
    if entity.get("starts_at"):
        return _window(entity, today)
    if entity.get("date"):
        return _dated(str(entity["date"]), today)
    parts = [entity.get(name) for name in ("name", "title", "email", "number", "phone")]
    return ", ".join(str(part) for part in parts if part) or str(entity.get("text", ""))


def _window(entity: Mapping[str, Any], today: dt.date) -> str:
    """`Tue 16 June, 14:00 or later`, on the writer's clock, which is named."""
    zone = zones.first_known(str(entity.get("zone", "")))
    first, last = (
        dt.datetime.fromisoformat(str(entity[name])).astimezone(zoneinfo.ZoneInfo(zone))
        for name in ("starts_at", "ends_at")
    )
    shown = WORDS.get(str(entity.get("kind")), "{day}")
    said = shown.format(day=saying.day(first.date(), today), first=f"{first:%H:%M}", last=f"{last:%H:%M}")
    return f"{said[:1].upper()}{said[1:]}, {zones.city(zone)} time"


def _dated(value: str, today: dt.date) -> str:
    """An ISO day or moment as the product says it; anything else as it stands."""
    try:
        if "T" in value:
            return saying.moment(dt.datetime.fromisoformat(value), today)
        return saying.dated(dt.date.fromisoformat(value), today)
    except ValueError:
        return value


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The text cut at its spans, in order; joined again it is the text."""
    cut, at = [], 0
    for span in spans:
        if span.start > at:
            cut.append(Piece(text[at : span.start]))
        cut.append(Piece(text[span.start : span.end], span))
        at = span.end
    return [*cut, Piece(text[at:])] if at < len(text) else cut


def decided(confidence: float, layer: str, person: str = "", *, guessed: bool = False) -> str:
    """`97 % sure. The model decided.`; a person is sure, and a guess decides nothing."""
    if layer == "person":
        return f"{person or 'A person'} decided."
    if guessed:
        who = {"rule": "the rules", "model": "the model"}.get(layer, "the headers")
        return f"A guess of {who}, {round(100 * confidence)} % sure."
    who = {"header": "The headers decided", "rule": "A rule decided", "model": "The model decided"}.get(
        layer, "Decided"
    )
    return f"{round(100 * confidence)} % sure. {who}."
