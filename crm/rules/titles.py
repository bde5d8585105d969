"""What a title says: function, level and role, by literal words in order; linear in the length of the title."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LONGEST = 200
MOST_PHRASES, LONGEST_PHRASE = 300, 80
UNKNOWN, LOW, HIGH = "unknown", "low", "high"
# Slug and name on screens. The vocabulary is open: an admin may use a word of their own.
FUNCTIONS = {
    "general-management": "General management", "operations": "Operations", "production": "Production",
    "logistics": "Logistics and supply chain", "procurement": "Procurement", "finance": "Finance", "legal": "Legal",
    "it": "IT", "engineering": "Engineering", "quality": "Quality", "safety": "Health and safety",
    "facilities": "Facilities and maintenance", "sales": "Sales", "marketing": "Marketing", "hr": "Human resources",
    "customer-service": "Customer service", "administration": "Administration",
}  # fmt: skip
LEVELS = {
    "owner": "Owner", "c-level": "C-level", "vp": "VP", "director": "Director", "head": "Head", "manager": "Manager",
    "lead": "Team lead", "specialist": "Specialist", "assistant": "Assistant", "intern": "Intern",
    "adviser": "Adviser", "former": "Former",
}  # fmt: skip
# Leiter/in, Leiter:innen, Directeur·rice, Director(a), Mitarbeiter*in: the word before the sign is the title.
_GENDER = re.compile(r"(?<=\w{3})\s?[/:*_·.(]-?(?:innen|in|rice|trice|euse|ère|ra|a|e|o|ne)\b\)?", re.IGNORECASE)
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
# ü is written ue where a keyboard has none: both sides are folded alike, so a value stays a value.
_UMLAUT = re.compile(r"(?<=[a-z])([aou])e(?=[a-z])|^([aou])e(?=[a-z])")


@dataclass(frozen=True)
class Rule:
    """One rule as an admin wrote it; what is empty asks for nothing and says nothing."""

    pk: int
    phrases: tuple[str, ...] = ()
    if_function: str = ""
    if_level: tuple[str, ...] = ()
    function: str = ""
    level: str = ""
    role: str = ""
    confidence: str = HIGH


@dataclass
class Reading:
    """What a title says, and which rule (its number) said so."""

    function: str = ""
    level: str = ""
    role: str = UNKNOWN
    confidence: str = LOW
    by: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    @property
    def certain_role(self) -> str:
        """The role, if the evidence carries it: a weak guess stays unknown."""
        return self.role if self.confidence == HIGH else UNKNOWN


class Reader:
    """Rules made ready: a tree of words, so that ten thousand phrases cost a title no more than ten."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = list(rules)
        self.tree: dict = {}
        self.always: list[int] = []
        for place, rule in enumerate(self.rules):
            phrases = [words for words in map(words_of, rule.phrases[:MOST_PHRASES]) if words]
            if not phrases and not any(phrase.strip() for phrase in rule.phrases):
                self.always.append(place)
            for words in phrases:
                self._plant(words, place)

    def _plant(self, words: list[str], place: int) -> None:
        node = self.tree
        for word in words:
            node = node.setdefault(word, {})
        node.setdefault("", {}).setdefault(place, " ".join(words))

    def read(self, title: str) -> Reading:
        """Function, level and role of a title; each is said by the first rule that says it."""
        found = self._found(words_of(title))
        reading = Reading()
        if not title.strip():
            return reading
        for place in sorted({*found, *self.always}):
            rule = self.rules[place]
            if rule.if_function and rule.if_function != reading.function:
                continue
            if rule.if_level and reading.level not in rule.if_level:
                continue
            _say(reading, rule, found.get(place, ""))
        return reading

    def _found(self, words: list[str]) -> dict[int, str]:
        """The rules with a phrase in the title, by their place, and the phrase."""
        found: dict[int, str] = {}
        seen: set[int] = set()  # a word said a hundred times leads to the same rules each time
        for start in range(len(words)):
            node = self.tree
            for word in words[start:]:
                if (following := node.get(word)) is None:
                    break
                node = following
                if "" in node and id(node) not in seen:
                    seen.add(id(node))
                    found |= node[""]
        return found


def _say(reading: Reading, rule: Rule, phrase: str) -> None:
    for name in ("function", "level", "role"):
        value = getattr(rule, name)
        if value and name not in reading.by:
            setattr(reading, name, value)
            reading.by[name], reading.words[name] = rule.pk, phrase
            if name == "role":
                reading.confidence = rule.confidence


def words_of(text: str) -> list[str]:
    """The words of a title for comparing: lower case, no accents, one spelling of umlauts, dotted letters joined."""
    plain = unicodedata.normalize("NFKC", text[: LONGEST * 2])[:LONGEST]
    plain = _DOTTED.sub(lambda dotted: dotted[0].replace(".", ""), plain)
    plain = _GENDER.sub("", plain).casefold().translate(_LIGATURES)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return [_UMLAUT.sub(r"\1\2", word) for word in _WORD.findall(plain)]


def phrases_of(text: str) -> tuple[str, ...]:
    """The phrases an admin wrote, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def problem(phrases: Iterable[str]) -> str:
    """What is wrong with the phrases of a rule, in a sentence; empty when nothing is."""
    lines = list(phrases)
    if len(lines) > MOST_PHRASES:
        return f"A rule has at most {MOST_PHRASES} phrases; split it."
    for line in lines:
        if len(line) > LONGEST_PHRASE:
            return f"“{line[:40]}…” is too long: a phrase has at most {LONGEST_PHRASE} characters."
        if not words_of(line):
            return f"“{line}” holds no word. Phrases are plain words, no patterns."
    return ""
