"""Days that a text names in twenty-one languages, resolved against the day it was received."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from appointments.rules import calendar_names as names
from appointments.rules import date_phrases, dates_east
from appointments.rules.calendar_names import plain
from appointments.rules.date_readings import (
    Here,
    Resolver,
    bare,
    feast,
    half_of_month,
    in_some_time,
    month_of_next_year,
    named_month,
    named_year,
    next_unit,
    numeric,
    part_of_month,
    part_of_year,
    quarter,
    season,
    tomorrow,
    week_number,
    week_of_day,
    week_of_month,
    weekday,
    weekday_of_next_week,
    written,
)
from appointments.rules.date_tokens import Token, tokens_of


@dataclass(frozen=True)
class FoundDate:
    """A named day, or the first day of a named week, month, quarter or year; the span is in characters.

    `how` tells what kind of words it was: "" a date, "weekday", "today", "span" (a length of time), "bare" (a day
    without its month), "number" (the number of a week).
    """

    start: int
    end: int
    day: date
    precision: str = "day"
    how: str = ""

    @property
    def iso(self) -> str:
        """The form of the taxonomy: a day, 2026-09, 2026-Q3 or 2026."""
        forms = {
            "month": f"{self.day:%Y-%m}",
            "quarter": f"{self.day.year}-Q{(self.day.month - 1) // 3 + 1}",
            "year": f"{self.day.year}",
        }
        return forms.get(self.precision, self.day.isoformat())


LONGEST = 4000  # letters that are read; what is said later in a mail is no answer any more
FILL = "[oaIw]"
PATTERNS: list[tuple[re.Pattern[str], Resolver]] = [
    (re.compile(rf"[Kk]{FILL}{{0,2}}D"), week_of_day),
    (re.compile(rf"[Kk]{FILL}{{1,2}}[NO]\.?{FILL}?[Mm]Y?"), week_of_day),
    (re.compile(r"[Ww]?[.,(]{0,2}[oa]?D"), numeric),
    (re.compile(rf"[Ww]?[.,]{{0,2}}{FILL}{{0,2}}(?:O|N|CO|OO)\.?{FILL}{{0,2}}[Mm](?:[.,]?[oa]?Y)?"), written),
    (re.compile(r"[Mm]\.?[oa]?[NO](?:[.,]?[oa]?Y|O)?(?![:k])"), written),
    (re.compile(r"[Mm][oa]{0,2}(?:Xy|yX)"), month_of_next_year),
    (re.compile(rf"[OCNWE]\.?{FILL}?k{FILL}{{0,2}}[Mm]{FILL}?Y?"), week_of_month),
    (re.compile(rf"[OE]H{FILL}{{0,2}}[Mm]{FILL}?Y?"), half_of_month),
    (re.compile(r"[Kk][.-]?[oa]?[NO](?:[-oaC,/]{1,2}[NO])?(?:[/ ]?Y)?"), week_number),
    (re.compile(r"[NO]\.?[Kk](?=[^aoCN]|$)"), week_number),
    (re.compile(rf"(?:Q|[OCNW]\.?{FILL}?(?:q|Hy?)){FILL}{{0,2}}/?Y?"), quarter),
    (re.compile(rf"[Ew]-?{FILL}{{0,4}}[Mm](?:{FILL}?Y)?"), part_of_month),
    (re.compile(r"[Mm][oa]?E"), part_of_month),
    (re.compile(rf"E{FILL}{{0,3}}(?:X?y(?:X|{FILL}{{0,2}}X)?|Y)"), part_of_year),
    (re.compile(rf"W[,o]?{FILL}{{0,3}}(?:Xk|kX)"), weekday_of_next_week),
    (re.compile(rf"(?:Xk|kX)[,.]?{FILL}{{0,3}}[Ww]"), weekday_of_next_week),
    (re.compile(r"Wk(?![oaNKX])"), weekday_of_next_week),
    (re.compile(rf"[IoP]{FILL}?[CNO]{FILL}?[dknqy]"), in_some_time),
    (re.compile(rf"[CNO]{FILL}?[dknqy]P?"), in_some_time),
    (re.compile(r"X[dknqy]|[dknqy]X"), next_unit),
    (re.compile(r"[Ww]\.?,?[oa]{0,2}(?:[NO](?![dknqyM:])|OO)"), bare),
    (re.compile(r"X?WX?"), weekday),
    # A short name beside an hour or another short name: "Thu 2pm", "di oder mi".
    (re.compile(r"w(?=[.,]{0,2}[oaIx]?c)|w(?=[.,/oxb]{1,2}w)|(?<=w[oxb/])w"), weekday),
    (re.compile(r"T"), tomorrow),
    (re.compile(r"M(?:[oa]{0,2}Y)?"), named_month),
    (re.compile(rf"[bIoaEX]m(?:[oa]{{0,2}}Y)?|m[oa]{{0,2}}Y|X{FILL}?m|mX"), named_month),
    (re.compile(rf"F{FILL}?Y?"), feast),
    (re.compile(rf"(?:[IoaEX]{{0,2}}S|[IoaXb]s){FILL}{{0,2}}Y?|S[oa]?X|Xs"), season),
    (re.compile(r"[oaIEy]?[oaIEyX]?Y"), named_year),
    (re.compile(r"O[oa]?O(?![HqkoM])|[oaI]O(?![HqkoMdny])|[oa]N(?=[.,()xboaTc-]|$)(?!\.?[oaIw]{0,2}[dknqyMm])|O(?=[.,)]|$)"), bare),
]  # fmt: skip
STRICT_MONTHS = frozenset("out set ago mar ott gen giu mart marco dez dic ene cerven".split())
ENGLISH_MONTHS = frozenset("sept oct feb aug".split())
BEFORE_MONTH = frozenset(names.BEFORE.split())
ENGLISH = re.compile(r"\b(?:the|and|is|will|my|for|back|out|of|on|with|till|until|be|to|in|returning|away)\b")
NOT_ENGLISH = re.compile(
    r"\b(?:der|die|und|ich|bin|le|la|les|je|el|que|en|de|het|een|ik|il|sono|di|o|da|em|och|jag|og|jeg|ja|na|je|si|ve|olen)\b"
)


def _is_english(folded: str) -> bool:
    sample = folded[:600]
    english = len(ENGLISH.findall(sample))
    return english > 0 and english >= len(NOT_ENGLISH.findall(sample))


def find_dates(text: str, received: date, *, us: bool = False) -> list[FoundDate]:
    """Every day named in the text, in order; of overlapping readings the more exact one."""
    return list(_found(text[:LONGEST], received, us))


@lru_cache(maxsize=16)
def _found(text: str, received: date, us: bool) -> tuple[FoundDate, ...]:
    """Kept for a moment: label, return and proposals ask for the dates of the same text."""
    folded = plain(text)
    found = [*dates_east.find(text, received), *date_phrases.find(folded, received)]
    row = tokens_of(folded)
    tags = "".join(token.tag for token in row)
    here = Here(received, us, _is_english(folded), text=folded)
    taken = bytearray(any(start <= token.start < end for start, end, *_ in found) for token in row)
    spans = [FoundDate(start, end, day, precision, how) for start, end, day, precision, how in found]
    for pattern, resolve in PATTERNS:
        for match in pattern.finditer(tags):
            first, last = match.span()
            if any(taken[first:last]) or not _likely(row, first, last, resolve, here.english):
                continue
            answer = resolve(row[first:last], _beside(here, spans, row[first].start) if resolve is bare else here)
            if answer:
                taken[first:last] = b"\1" * (last - first)
                spans.append(FoundDate(_begins(row[first:last]), row[last - 1].end, *answer))
    return tuple(_without_doubles(sorted(spans, key=lambda item: item.start)))


def _beside(here: Here, spans: list[FoundDate], start: int) -> Here:
    earlier = [one for one in spans if one.end <= start and one.precision == "day" and one.how in ("", "bare")]
    last = max(earlier, key=lambda one: one.end).day if earlier else None
    return Here(here.received, here.us, here.english, last, here.text)


def _begins(row: Sequence[Token]) -> int:
    """A date begins with its own words, not with the preposition before it."""
    return next((token.start for token in row if token.tag not in "oaI.,-"), row[0].start)


def _likely(row: Sequence[Token], first: int, last: int, resolve: Resolver, english: bool = False) -> bool:
    """Short names of months and days that are also words of everyday speech count only in company."""
    own = row[first:last]
    short = next((token for token in own if token.tag == "m"), None)
    if short and resolve is named_month and not any(token.tag == "Y" for token in own):
        before = row[first].text if own[0] is not short else ""
        if short.text in ENGLISH_MONTHS and english:
            return True
        return (
            short.text not in STRICT_MONTHS
            and (before, short.text) != ("i", "may")
            and (before in BEFORE_MONTH or own[0].tag in "EX" or own[-1].tag == "X")
        )
    if resolve is weekday:
        return _is_a_day(row, first, last)
    return True


PORTUGUESE = frozenset(("segunda", "terca", "quarta", "quinta", "sexta"))
AFTER_PORTUGUESE = frozenset(
    "feira as a que q da de do ou e umas antes depois pela serve ou normal volto ja da dá la".split()
)


def _is_a_day(row: Sequence[Token], first: int, last: int) -> bool:
    """ "Sexta" is Friday, "quinta" also an estate and "seconda" a second: what follows decides."""
    token = next((token for token in row[first:last] if token.tag == "W"), None)
    following = row[last] if last < len(row) else None
    if token is None or token.text not in PORTUGUESE or len(row[first:last]) > 1 or following is None:
        return True
    return following.tag in ".,()?IoaWw-NO" or following.text in AFTER_PORTUGUESE or not following.text.isalpha()


def _without_doubles(found: list[FoundDate]) -> Iterator[FoundDate]:
    """In "Tuesday 16 June" the weekday adds nothing to the date, in "next week Tuesday" the week nothing to the day."""
    for item, following in pairwise([*found, None]):
        beside = following is not None and item is not None and following.start - item.end <= 6
        if item and not (beside and following and _says_less(item, following)):
            yield item


def _says_less(item: FoundDate, following: FoundDate) -> bool:
    same_weekday = item.how == "weekday" and item.day.weekday() == following.day.weekday()
    return following.precision == "day" and (same_weekday or (item.precision == "week" and following.how == "weekday"))
