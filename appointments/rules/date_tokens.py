"""A text as a row of words, each with one letter for what it may be in a date; the letters read as a line of text."""

import re
from dataclasses import dataclass

from appointments.rules import calendar_names as names
from appointments.rules import occasions
from appointments.rules.calendar_names import plain

TOKEN = re.compile(
    r"(?P<iso>(?<!\d)20\d\d-\d\d-\d\d(?!\d))"
    r"|(?P<date>(?<![\d.,/:-])\d{1,2}(?P<mark>[./])(?P<gap> ?)\d{1,2}(?:(?P=mark) ?(?:20\d\d|\d\d)\b|(?:(?P=mark)(?!\d))?)(?![\d:]|[,.]\d))"
    r"|(?P<dashed>(?<![\d.,/:-])\d{1,2}-\d{1,2}-(?:20\d\d|\d\d)(?![\d-]))"
    r"|(?P<clock>(?<!\d)\d{1,2}(?:[:.h]\d\d)(?!\d)(?:[:.]\d\d)?)"
    r"|(?P<quarter>\bq ?[1-4]\b|\b[1-4]q\b|\bt[1-4]\b|\bh[12]\b)"
    r"|(?P<ordinal>(?<![\d,./])\d{1,2}(?:st|nd|rd|th|ed|er|[oaºª]|ste|de|e|te|:a|:e|-?(?:го|е|ого|εσ|a|an|en|in|jen|ig))(?![\w]))"
    r"|(?P<year>(?<![\d.,/+-])20\d\d(?![\d.,]*\d|[ -]?\d{3}))"
    r"|(?P<number>(?<![\d.,:/+(])\d{1,2}(?!\d|[.,:]\d|%|/\d|-\d{3}))"
    r"|(?P<digits>\d+)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<sign>[^\s\w]|_)"
    r"|(?P<line>\n)"
)
CLOCK_AFTER = {"uhr", "uur", "h", "hrs", "am", "pm", "heures", "horas", "hs", "o", "ore", "u", "hours", "percent", "prozent", "%", "€", "$", "min", "minutes",
               "minuten", "people", "users", "euro", "euros", "eur", "usd", "years", "clock"}  # fmt: skip
CLOCK_BEFORE = {"um", "om", "at", "alle", "ore", "klo", "kl", "ora", "orele", "saat", "ob", "pukul", "vers", "gegen"}
COMING = {"vem", "viene", "vien", "entra"}


@dataclass(frozen=True, slots=True)
class Token:
    start: int
    end: int
    text: str
    tag: str


def _fill(known: dict[str, str], stems: dict[str, str], words: str, tag: str) -> None:
    for word in plain(words).replace("-", " ").replace("'", " ").split():
        (stems if word.endswith("*") else known)[word.rstrip("*")] = tag


def _learn() -> tuple[dict[str, str], dict[str, str]]:
    """Word to letter; where a word is several things, the later line wins."""
    known: dict[str, str] = {}
    stems: dict[str, str] = {}
    for words, tag in (
        (names.BEFORE, "b"), (names.OF, "o"), (names.ARTICLES, "a"), (names.LATER_ON, "P"), (names.IN, "I"), (names.NUMBERS, "C"), (" ".join(names.MORE_NUMBERS), "C"),
        (names.ORDINALS, "O"), *((words, tag) for tag, words in names.UNITS.items()), (names.NEXT, "X"),
        (names.LATER, "X"), (" ".join(names.PARTS.values()), "E"), (names.HALF, "H"),
        (" ".join(names.SEASONS.values()), "S"), (names.DOUBTFUL_SEASONS, "s"), (names.DOUBTFUL_WEEKDAYS, "w"), (names.MONTHS, "M"), (names.DOUBTFUL_MONTHS, "m"),
        (names.WEEKDAYS, "W"), (f"{names.TODAY} {names.TOMORROW} {names.MORGEN} {names.OVERMORROW}", "T"), ("kw cw kalenderwoche sem uke uge vecka vk", "K"),
        # Words of everyday speech first of all.
        ("to on so do mi ma la za su ke qui don wo st sa ne or as", "o"), ("in over en", "I"), ("half meta mitte", "E"), ("sun sat mon wed thu", "w"),
        ("the le el il den der dem am al dia giorno", "a"), ("uke uken uge ugen vecka veckan", "k"),
    ):  # fmt: skip
        _fill(known, stems, words, tag)
    return known, stems


KNOWN, STEMS = _learn()
LONGEST = max(map(len, STEMS))


def _tag_of(word: str) -> str:
    found = KNOWN.get(word)
    if found or len(word) < 4:
        return found or "x"
    for length in range(min(len(word), LONGEST), 2, -1):
        if word[:length] in STEMS:
            return STEMS[word[:length]]
    return "x"


SIGNS = {".": ".", ",": ",", "-": "-", "/": "/", ":": ":", "(": "(", ")": ")"}
KINDS = {
    "dashed": "D",
    "iso": "D",
    "date": "D",
    "clock": "c",
    "quarter": "Q",
    "ordinal": "O",
    "year": "Y",
    "number": "N",
    "digits": "x",
    "line": "x",
}


def _read(found: re.Match[str]) -> Token | None:
    kind, text = found.lastgroup or "", found.group()
    if kind in ("mark", "gap"):
        kind = "date"
    if kind == "sign":
        if text == "'":
            return None
        return Token(found.start(), found.end(), text, SIGNS.get(text, "x"))
    if kind == "ordinal" and text.isdigit():
        kind = "number"
    tag = _tag_of(text) if kind == "word" else KINDS[kind]
    if kind in ("number", "ordinal") and not 1 <= int(re.match(r"\d+", text).group()) <= 99:  # type: ignore[union-attr]
        tag = "x"
    return Token(found.start(), found.end(), text, tag)


def tokens_of(folded: str) -> list[Token]:
    """The words of an already folded text; feasts of several words are one."""
    row = [token for read in map(_read, TOKEN.finditer(folded)) if read for token in _apart(read)]
    return _hours_apart(_with_feasts(row))


COMPOUND = re.compile(r"(\w{3,10}?)(halfte|woche|wochen|mitte|ende|anfang)$")
PART_OF_DAY = re.compile(
    r"(\w{5,11}?)(mittag|vormittag|nachmittag|morgen|abend|fruh|ochtend|namiddag|middag|avond|voormiddag|formiddag\w*|eftermiddag\w*|ettermiddag\w*|kvall\w*|morgenen|morgon\w*|aften\w*|kveld\w*|aamu\w*|iltapaiva\w*)$"
)


def _apart(token: Token) -> list[Token]:
    """ "Januarhälfte" and "Novemberwoche" are two words, "Freitagmittag" a Friday."""
    if token.tag not in "xM":
        return [token]
    day = PART_OF_DAY.match(token.text)
    if day and KNOWN.get(day[1]) == "W":
        return [Token(token.start, token.end, day[1], "W")]
    found = COMPOUND.match(token.text)
    if not found or _tag_of(found[1]) not in ("M", "m"):
        return [token]
    middle = token.start + len(found[1])
    last = Token(middle, token.end, found[2], KNOWN.get(found[2], "x"))
    # The part stands before its month in every pattern.
    return [Token(token.start, token.start, found[2], last.tag), Token(token.start, token.end, found[1], "M")]


def _with_feasts(row: list[Token]) -> list[Token]:
    joined: list[Token] = []
    at = 0
    while at < len(row):
        length = _feast_at(row, at)
        if row[at].text in ("que", "q", "che") and at + 1 < len(row) and row[at + 1].text in COMING:
            joined.append(Token(row[at].start, row[at + 1].end, "que vem", "X"))
            length = 2
        elif length:
            text = " ".join(token.text for token in row[at : at + length] if token.tag != "-")
            joined.append(Token(row[at].start, row[at + length - 1].end, text, "F"))
        else:
            joined.append(row[at])
        at += length or 1
    return joined


def _feast_at(row: list[Token], at: int) -> int:
    for phrase in occasions.BY_FIRST_WORD.get(row[at].text, ()):
        words: list[str] = []
        number = at
        while number < len(row) and len(words) < len(phrase):
            if row[number].tag != "-":
                words.append(row[number].text)
            number += 1
        if words == phrase:
            return number - at
    return 0


def _hours_apart(row: list[Token]) -> list[Token]:
    """Numbers that are hours, sums or counts of other things are no days."""
    result = []
    for number, token in enumerate(row):
        if token.tag in "ND":
            before = row[number - 1].text if number else ""
            after = row[number + 1].text if number + 1 < len(row) else ""
            if after in CLOCK_AFTER or (before in CLOCK_BEFORE and token.tag == "N"):
                token = Token(token.start, token.end, token.text, "c")
        result.append(token)
    return result
