"""What the head sees of a reply: its meaning as a whole and by sentences, its words, what the rules found, its shape."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from appointments.rules import encoder
from appointments.rules.classify import Heard, Incoming, Verdict
from appointments.rules.phrases import Hit, fold
from prospecting.rules.labels import PRECEDENCE

MAX_WORDS = 120
MAX_SENTENCES = 6
BUCKETS = 4096  # for words, and as many for pieces of words
LABELS = {label: place for place, label in enumerate(PRECEDENCE)}
_SENTENCE = re.compile(r"(?<=[.!?。！？;…])\s+|\n+")
_WORD = re.compile(r"[^\W_]+|[?!@]")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d|\d ?(?:am|pm|uhr|h)\b")
_PHONE = re.compile(r"\+?\d[\d /()-]{6,30}")
_ANSWER = re.compile(r"(?:re|aw|sv|rv|tr|r|antw|vs|odp)\s?:", re.IGNORECASE)
_SIDES = ("legal", "hostile", "complaint", "company")


@dataclass(frozen=True)
class Seen:
    """A reply before the head: `pieces` are the places of its hashed words, with a sign each."""

    whole: np.ndarray
    sentences: np.ndarray  # the largest value of each number over the sentences
    mean: np.ndarray
    first: np.ndarray
    last: np.ndarray
    subject: np.ndarray
    facts: np.ndarray
    pieces: np.ndarray


def see(replies: Sequence[Heard]) -> list[Seen]:
    """All texts go to the encoder at once, which costs a third of one at a time."""
    texts = [_first_words(one.text) for one in replies]
    parts = [[text, one.message.subject[:200], *_sentences(text)] for text, one in zip(texts, replies, strict=True)]
    vectors = encoder.encode([part for several in parts for part in several])
    seen, at = [], 0
    for text, one, several in zip(texts, replies, parts, strict=True):
        own, at = vectors[at : at + len(several)], at + len(several)
        said = own[2:]
        views = said.max(axis=0), said.mean(axis=0), said[0], said[-1]
        seen.append(Seen(own[0], *views, subject=own[1], facts=_facts(one), pieces=_pieces(text)))
    return seen


def _first_words(text: str) -> str:
    """The first words, with the ends of lines, which often end a sentence."""
    lines, left = [], MAX_WORDS
    for line in text.splitlines():
        words = line.split()[:left]
        left -= len(words)
        if words:
            lines.append(" ".join(words))
    return "\n".join(lines)


def _sentences(text: str) -> list[str]:
    found = [one.strip() for one in _SENTENCE.split(text) if one.strip()]
    return found[:MAX_SENTENCES] or [""]


def _facts(heard: Heard) -> np.ndarray:
    """What rules and shape tell, as numbers."""
    parts = [_heard(heard.hits), _verdict(heard.verdict), _shape(heard.text, heard.message)]
    return np.concatenate(parts).astype(np.float32)


def _heard(hits: Sequence[Hit]) -> np.ndarray:
    """How often each label's phrases stand there, sure and as hints, and the side remarks."""
    found = np.zeros(2 * len(LABELS) + len(_SIDES))
    for hit in hits:
        if hit.label in LABELS:
            found[2 * LABELS[hit.label] + (not hit.sure)] += 1
        elif hit.label in _SIDES:
            found[2 * len(LABELS) + _SIDES.index(hit.label)] = 1
    return np.minimum(found, 3)


def _verdict(verdict: Verdict) -> np.ndarray:
    found = np.zeros(2 * len(LABELS))
    found[LABELS[verdict.guess or verdict.label]] = 0.5 if verdict.needs_person else 1
    for label in verdict.secondary:
        found[len(LABELS) + LABELS[label]] = 1
    return found


def _shape(text: str, message: Incoming) -> np.ndarray:
    words, folded = len(text.split()), fold(text)
    marks = [text.count("?") > 0, min(text.count("?"), 3), "!" in text, "@" in text, bool(_PHONE.search(text)),
             bool(_CLOCK.search(folded)), "calendly.com" in folded, words < 5, words < 12]  # fmt: skip
    kinds = [message.kind == kind for kind in ("bounce", "out_of_office", "auto")]
    about = [bool(message.headers), bool(_ANSWER.match(message.subject)), not message.subject]
    return np.array([np.log1p(words), *marks, *kinds, *about], dtype=np.float32)


def _pieces(text: str) -> np.ndarray:
    """Words, pairs of words and pieces of words by their hash: place, shifted left by one, and sign."""
    words = _WORD.findall(fold(text))
    spoken = {zlib.crc32(one.encode()) for one in [*words, *(f"{a} {b}" for a, b in pairwise(words))]}
    spelled = {zlib.crc32(piece.encode()) for word in set(words) for piece in _spelling(f"_{word[:20]}_")}
    return np.array([*(_place(one, 0) for one in spoken), *(_place(one, BUCKETS) for one in spelled)], dtype=np.int64)


def _place(code: int, start: int) -> int:
    return (start + (code >> 1) % BUCKETS) * 2 + (code & 1)


def _spelling(word: str) -> Iterator[str]:
    return (word[at : at + long] for long in (3, 4, 5) for at in range(len(word) - long + 1))
