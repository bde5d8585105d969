"""Phrases of the word lists, found in a text in time linear in its length."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from appointments.rules.phrase_syntax import read_phrase

NEUTRAL = "neutral"
NEVER_HIDDEN = ("unsubscribe", "legal", "hostile", "complaint", "company")
_WORD = re.compile(r"\w+")
_KEY = 3  # letters of the first word by which phrases are filed


class _Folding(dict[int, str]):
    """Lower case without accents, one character for one, so that spans stay true."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code))[0]
        self[code] = {"’": "'", "‘": "'", "ß": "s", "\u00a0": " "}.get(chr(code)) or plain.lower()[0]
        return self[code]


_folding = _Folding()


def fold(text: str) -> str:
    return text.translate(_folding)


@dataclass(frozen=True)
class Phrase:
    label: str
    language: str
    sure: bool
    expression: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a text first needs it: all of them at once would cost every process two seconds at start."""
        return re.compile(self.expression)


@dataclass(frozen=True)
class Hit:
    label: str
    language: str
    sure: bool
    start: int
    end: int

    def inside(self, other: "Hit") -> bool:
        """Of equal spans only the neutral one is taken to stand around the other."""
        smaller = (other.end - other.start) > (self.end - self.start)
        return (smaller or other.label == NEUTRAL) and other.start <= self.start and self.end <= other.end


class PhraseBook:
    """All phrases of all languages, filed by the first letters of their first word.

    They are read when a first text is: most programs that import them never read one.
    """

    def __init__(self, lists: Mapping[str, Mapping[str, str]]) -> None:
        self.lists = lists

    @cached_property
    def filed(self) -> dict[str, list[Phrase]]:
        filed: dict[str, list[Phrase]] = {}
        for language, labels in self.lists.items():
            for label, block in labels.items():
                for line in block.strip().splitlines():
                    self._file(filed, line.strip(), label, language)
        return filed

    def _file(self, filed: dict[str, list[Phrase]], line: str, label: str, language: str) -> None:
        sure = not line.startswith("~")
        text = "…".join(fold(part) for part in line.lstrip("~").strip().split("…"))
        written = read_phrase(text)
        phrase = Phrase(label, language, sure, rf"\b{written.expression}(?!\w)")
        for key in sorted({first[:_KEY] for first in written.firsts}):
            filed.setdefault(key, []).append(phrase)

    def hits(self, folded: str) -> list[Hit]:
        """Every phrase found in an already folded text; of overlapping ones the longest stays."""
        found = set()
        for word in _WORD.finditer(folded):
            for phrase in self.filed.get(word.group()[:_KEY], ()):
                match = phrase.pattern.match(folded, word.start())
                if match:
                    found.add(Hit(phrase.label, phrase.language, phrase.sure, match.start(), match.end()))
        return _outermost(found)


def _outermost(found: Iterable[Hit]) -> list[Hit]:
    """A phrase inside a longer one says nothing of its own; an opt-out yields only to a neutral phrase."""
    ordered = sorted(found, key=lambda hit: (hit.start, -hit.end, hit.label, not hit.sure))

    def covered(hit: Hit) -> bool:
        around = (other for other in ordered if hit.inside(other))
        if hit.label in NEVER_HIDDEN:
            return any(other.label == NEUTRAL for other in around)
        return any(other.label != hit.label or other.sure for other in around)

    return [hit for hit in ordered if hit.label != NEUTRAL and not covered(hit)]
