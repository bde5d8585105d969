"""Whether two records are one: what speaks for and against it in bits (Fellegi and Sunter), and the band that follows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log2

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio

SAME, LIKELY, DIFFERENT = "same", "likely", "different"
# Odds for a proposal: 8 to 1. Chance alone brings two of N records together with 1 to N.
_ENOUGH_BITS = 3.0
_MOST_BITS = 20.0
_NAME_ALONE = 0.7  # a name that two companies each have somebody of: a namesake nearly as often as somebody who moved
_NO_IDENTITY = ("same name", "similar name", "first and last name swapped", "same place")
_MOST_SHARED = 4.0  # what colleagues and families share says no more than this where their names differ
# Words that stand in the names of thousands of companies and say nothing of which one.
_EMPTY_WORDS = frozenset(
    "and of the for de la le les et und der die das y e i & + in at von van di da do du del".split()
)


@dataclass(slots=True, frozen=True)
class Side:
    """One record, its fields in their normal forms; what is empty says nothing."""

    key: int
    name: str = ""  # a company's
    first: str = ""
    last: str = ""
    road: str = ""
    postcode: str = ""
    city: str = ""
    state: str = ""
    phone: str = ""
    domain: str = ""
    email: str = ""
    company: str = ""  # the one a person works for
    further: tuple[str, ...] = ()
    written: tuple[str, ...] = ()  # every field as someone wrote it


@dataclass
class Crowd:
    """How common values are among the records compared: agreeing on a rare one says more."""

    size: int
    common: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    further: Sequence[str] = ()
    unseen: float = 2  # how often a value may occur that is not among the common ones
    chance: float = field(init=False)  # in bits, how much must speak for two before they are as likely one as not
    rare: float = field(init=False)
    said: dict[str, dict[str, float]] = field(init=False)  # `common` in bits: it is asked ten times a pair

    def __post_init__(self) -> None:
        self.chance = log2(max(self.size, 50))
        self.rare = self._said_by(self.unseen)
        self.said = {what: {v: self._said_by(n) for v, n in seen.items()} for what, seen in self.common.items()}

    def bits(self, what: str, value: str) -> float:
        """What agreeing on this value says."""
        return self.said.get(what, _NONE).get(value, self.rare)

    def _said_by(self, seen: float) -> float:
        return min(_MOST_BITS, max(0.3, self.chance - log2(max(seen, 2))))


@dataclass(slots=True, frozen=True)
class Verdict:
    band: str
    score: float  # 0 to 1: how probable it is that they are one
    evidence: list[str]


Evidence = list[tuple[str, float]]
_NONE: Mapping[str, float] = {}


def compare(kind: str, one: Side, two: Side, crowd: Crowd) -> Verdict:
    """The band of a pair of accounts or contacts, and the words that explain it to a person."""
    found = _companies(one, two, crowd) if kind == "accounts" else _people(one, two, crowd)
    bits = sum([weight for _, weight in found]) - crowd.chance
    same = _identical(one, two)
    if bits < _ENOUGH_BITS and not same:
        return Verdict(DIFFERENT, _probability(bits), [])
    words = [word for word, _ in sorted(found, key=lambda each: -each[1]) if word]
    if same or (kind == "contacts" and _proven(one, two, crowd)):
        return Verdict(SAME, 1.0, words)
    namesakes = kind == "contacts" and _only_named_alike(one, two, found)
    return Verdict(LIKELY, min(_NAME_ALONE, _probability(bits)) if namesakes else _probability(bits), words)


def _probability(bits: float) -> float:
    return round(min(0.999, 1 / (1 + 2 ** -max(-60.0, min(60.0, bits)))), 4)


def _identical(one: Side, two: Side) -> bool:
    """Both say exactly the same, and say enough: nothing but the number tells them apart."""
    if one.name != two.name or one.last != two.last or one.phone != two.phone:
        return False  # what is written alike has the same normal forms, and these are at hand
    if not all(
        mine == yours or plain(mine) == plain(yours) for mine, yours in zip(one.written, two.written, strict=True)
    ):
        return False
    anchored = bool(one.road or one.phone or one.email or any(one.further))
    return sum(map(bool, one.written)) >= 3 and anchored


def plain(text: str) -> str:
    """As written, but for case and blanks."""
    return " ".join(text.casefold().split())


def _proven(one: Side, two: Side, crowd: Crowd) -> bool:
    """The same name, two identifiers that agree to the letter, and none that disagrees."""
    if not one.first or not one.last or {one.first, one.last} != {two.first, two.last}:
        return False
    pairs = [
        (one.phone, two.phone),
        (one.email, two.email),
        (f"{one.road}|{one.postcode}", f"{two.road}|{two.postcode}"),
    ]
    pairs = pairs[:2] + (pairs[2:] if one.road and two.road and one.postcode and two.postcode else [])
    identifying = [
        (x, y)
        for name, x, y in zip(crowd.further, one.further, two.further, strict=True)
        if crowd.bits(name, x) > crowd.chance / 2
    ]
    told = [(x, y) for x, y in pairs + identifying if x and y]
    return len(told) >= 2 and all(x == y for x, y in told)


def _only_named_alike(one: Side, two: Side, found: Evidence) -> bool:
    """At two companies, and nothing but the name and the town speaks for one person."""
    apart = bool(one.company and two.company and one.company != two.company)
    return apart and all(bits <= 0 or word in _NO_IDENTITY for word, bits in found)


def _people(one: Side, two: Side, crowd: Crowd) -> Evidence:
    name = _person_name(one, two, crowd)
    shared = [*_place(one, two, crowd), _number("phone", one.phone, two.phone, crowd, against=1.0)]
    if one.company and two.company:
        alike = one.company == two.company
        shared.append(("same company", 0.5 * crowd.bits("company", one.company)) if alike else ("", -1.5))
    if name[1] < 0:
        shared = [("", min(_MOST_SHARED, sum(bits for _, bits in shared)))]
    return [name, *shared, _mail(one, two, crowd), *_further(one, two, crowd)]


def _person_name(one: Side, two: Side, crowd: Crowd) -> tuple[str, float]:
    straight = _part("first", one.first, two.first, crowd, 3.0) + _part("last", one.last, two.last, crowd, 3.5)
    swapped = _part("last", one.first, two.last, crowd, 3.0) + _part("last", one.last, two.first, crowd, 3.5) - 1.5
    if one.first == one.last or max(straight, swapped) <= 0:
        return "", straight
    if swapped > straight:
        return "first and last name swapped", swapped
    same = (one.first, one.last) == (two.first, two.last)
    return ("same name" if same else "similar name"), straight


def _part(what: str, one: str, two: str, crowd: Crowd, against: float) -> float:
    """One part of a person's name."""
    if not one or not two:
        return 0.0
    alike = likeness(one, two)
    worth = min(crowd.bits(what, one), crowd.bits(what, two))
    if alike == 1:
        return worth
    if alike >= 0.9:
        return 0.85 * worth - 0.5
    if alike >= 0.75:
        return 0.65 * worth - 1
    if len(one) == 1 or len(two) == 1:
        return 1.0 if one[0] == two[0] else -against
    return 0.3 * worth - 1.5 if alike >= 0.6 else -against


def _mail(one: Side, two: Side, crowd: Crowd) -> tuple[str, float]:
    if not one.email or not two.email:
        return "", 0.0
    if one.email == two.email:
        return "same mail address", crowd.bits("email", one.email)
    (mine, _, here), (yours, _, there) = one.email.rpartition("@"), two.email.rpartition("@")
    if mine == yours and len(mine) > 4:
        if _made_of_name(mine, one):
            return "", -1.0  # the names agree already; two employers gave the address its form
        return "same name in the mail address", 0.5 * crowd.bits("email", one.email)
    return ("similar mail address", 2.0) if here == there and likeness(mine, yours) >= 0.85 else ("", -2.0)


def _made_of_name(local: str, one: Side) -> bool:
    """As in joost.dekker, j.dekker and dekker of Joost Dekker."""
    return any(len(part) > 2 and part.replace(" ", "") in local for part in (one.last, one.first))


def _companies(one: Side, two: Side, crowd: Crowd) -> Evidence:
    found = [*_place(one, two, crowd, sites=True), _number("phone", one.phone, two.phone, crowd, against=1.0)]
    if one.domain and two.domain:
        found.append(("same domain", crowd.bits("domain", one.domain)) if one.domain == two.domain else ("", -3.0))
    found += _further(one, two, crowd)
    missing = crowd.chance + _ENOUGH_BITS - sum([weight for _, weight in found])
    return [_company_name(one.name, two.name, crowd, missing), *found]


def _company_name(one: str, two: str, crowd: Crowd, missing: float) -> tuple[str, float]:
    """Shared words by how rare they are; words of its own on one side say little, on both they tell two apart.

    Where not even the best that can come of it makes up for what is `missing`, words are not compared letter by letter.
    """
    if not one or not two:
        return "", 0.0
    whole = crowd.chance + 3
    if missing > whole:
        return "", 0.0
    if one == two:
        return "same name", min(whole, max(0.8 * _worth(one.split(), crowd), crowd.bits("name", one)) + 3)
    shared, mine, yours = _words_apart(one, two)
    bits = sum([0.8 * crowd.bits("word", word) for word in shared])
    best = max(0.4 * whole, min(whole - 2, bits + 0.5 * min(_worth(mine, crowd), _worth(yours, crowd))))
    if best < missing:
        return "", best
    left = []
    for word in mine:
        near = next((other for other in yours if _same_word(word, other)), None)
        if near is None:
            left.append(word)
        else:
            yours.remove(near)
            bits += 0.5 * min(crowd.bits("word", word), crowd.bits("word", near))
    bits = min(whole - 2, bits) - min(6.0, 0.25 * min(_worth(left, crowd), _worth(yours, crowd)))
    if not shared and bits <= 0.5:
        close = likeness(one.replace(" ", ""), two.replace(" ", ""))
        return ("similar name", 0.4 * whole) if close >= 0.85 else ("", min(bits, 0.0) - 1.5)
    return ("similar name" if bits > 0 else ""), bits


def _words_apart(one: str, two: str) -> tuple[list[str], list[str], list[str]]:
    mine, yours = _telling(one), _telling(two)
    return sorted(mine & yours), sorted(mine - yours), sorted(yours - mine)


@lru_cache(maxsize=8192)
def _telling(name: str) -> frozenset[str]:
    words = frozenset(name.split())
    return words - _EMPTY_WORDS or words


def _worth(words: Iterable[str], crowd: Crowd) -> float:
    return sum([crowd.bits("word", word) for word in words if word not in _EMPTY_WORDS])


@lru_cache(maxsize=65536)
def _same_word(one: str, two: str) -> bool:
    """A slip, or one the beginning of the other: centre and center, assoc and association."""
    short, long = sorted((one, two), key=len)
    if short.isdigit() or long.isdigit():
        return False
    return (len(short) >= 3 and long.startswith(short)) or (len(short) >= 4 and likeness(one, two) >= 0.8)


def _place(one: Side, two: Side, crowd: Crowd, *, sites: bool = False) -> Evidence:
    """The address as one fact: street, number, postcode and town hang together. Sites of one company differ by it."""
    bits, alike = 0.0, False
    if one.road and two.road:
        bits += _road(one.road, two.road, crowd, sites)
        alike = bits > 4
    if one.postcode and two.postcode:
        worth = crowd.bits("postcode", one.postcode)
        near = OSA.distance(one.postcode, two.postcode, score_cutoff=1) == 1
        bits += (0.5 if sites else 0.9) * worth if one.postcode == two.postcode else (0.3 * worth if near else -2)
    if one.city and two.city:
        worth, close = crowd.bits("city", one.city), likeness(one.city, two.city)
        bits += 0.6 * worth if close == 1 else (0.45 * worth if close >= 0.75 else -1.5)
    if one.state and two.state:
        bits += 0.5 if one.state == two.state else -1
    if bits <= 0:
        return [("", bits)]
    return [("same address" if alike else "same place", bits)]


def _road(one: str, two: str, crowd: Crowd, sites: bool) -> float:
    """Street and house number. Without a number on either side the street alone speaks."""
    (mine, here), (yours, there) = split_road(one), split_road(two)
    if not here or not there:
        return 0.0
    against = -5.0 if sites else -2.5
    close = 1.0 if here == there else max(likeness(here, there), 0.97 * token_set_ratio(here, there) / 100)
    worth = crowd.bits("road", here)
    bits = worth * (0.9 if close == 1 else 0.6) if close >= 0.75 else (0.5 if close >= 0.6 else against)
    if not mine or not yours:
        return bits
    if mine == yours:
        return bits + 0.8 * crowd.bits("number", mine)
    if _slip(mine, yours):
        return bits - (1.0 if sites else 0.0)
    return bits - (7.0 if sites else 2.0)


@lru_cache(maxsize=8192)
def split_road(road: str) -> tuple[str, str]:
    """House number and street; the number stands first or last or in between."""
    words = road.split()
    numbers = [word for word in words if word[0].isdigit() and not word.endswith(("th", "st", "nd", "rd"))]
    if not numbers:
        return "", road
    number = words[0] if words[0] in numbers else numbers[0]
    words.remove(number)
    return number, " ".join(words)


def _slip(one: str, two: str) -> bool:
    """Two house numbers a slip of the hand or a few doors apart."""
    if one.isdigit() and two.isdigit() and abs(int(one) - int(two)) <= 20:
        return True
    return len(one) > 2 and OSA.distance(one, two, score_cutoff=1) == 1


def _number(what: str, one: str, two: str, crowd: Crowd, *, against: float) -> tuple[str, float]:
    """A number that identifies: slips and transposed digits still speak for it."""
    if not one or not two:
        return "", 0.0
    worth, alike = crowd.bits(what, one), digits_alike(one, two)
    if alike == 1:
        return f"same {what}", worth
    if alike >= 0.75:
        return f"similar {what}", 0.6 * worth - 0.5
    return ("", 0.2 * worth - 1) if alike else ("", -against)


def _further(one: Side, two: Side, crowd: Crowd) -> Evidence:
    """The columns that the person who imports named as evidence."""
    found: Evidence = []
    for name, x, y in zip(crowd.further, one.further, two.further, strict=True):
        if not x or not y:
            continue
        if x.isdigit() and y.isdigit():
            found.append(_number(name, x, y, crowd, against=4.0))
            continue
        worth, alike = crowd.bits(name, x), likeness(x, y)
        if alike == 1:
            found.append((f"same {name}", worth))
        else:
            found.append((f"similar {name}", 0.6 * worth - 1) if alike >= 0.75 else ("", -min(4.0, 0.3 * worth)))
    return found


def digits_alike(one: str, two: str) -> float:
    """1 equal, 0.75 one slip or transposition, 0.4 two of them in seven digits or more, else 0."""
    if one == two:
        return 1.0
    if min(len(one), len(two)) < 5:
        return 0.0
    slips = OSA.distance(one, two, score_cutoff=2)
    if slips == 1:
        return 0.75
    return 0.4 if slips == 2 and min(len(one), len(two)) >= 7 else 0.0


@lru_cache(maxsize=65536)
def likeness(one: str, two: str) -> float:
    """0 to 1 of two words or phrases: slips, transpositions, a missing blank, one cut short."""
    if one == two:
        return 1.0
    if one.replace(" ", "") == two.replace(" ", ""):
        return 0.95
    edits = OSA.normalized_similarity(one, two)
    jaro = JaroWinkler.similarity(one, two)
    best = max(edits, jaro - 0.08 if jaro > 0.9 else 0.0)
    cut_short = min(len(one), len(two)) > 3 and (one.startswith(two) or two.startswith(one))
    return max(best, 0.8) if cut_short else best
