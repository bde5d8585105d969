"""Days that a text names in twenty-one languages, resolved against the day it was received."""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from appointments.rules import calendar_names as names
from appointments.rules import dates_east, occasions
from appointments.rules.calendar_names import plain
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


@dataclass(frozen=True)
class Here:
    """What a date is resolved against: the day of receipt, the language's order, the day named last before it."""

    received: date
    us: bool = False
    english: bool = False
    before: date | None = None
    text: str = ""


Answer = tuple[date, str, str] | None
Resolver = Callable[[Sequence[Token], Here], Answer]


def _values(listed: str, first: int = 1) -> tuple[dict[str, int], dict[str, int]]:
    """Word, and stem of a word, to its number: one line a number (a line that begins with a space goes on)."""
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    for number, line in enumerate(plain(listed).replace("\n ", " ").strip("\n").splitlines(), first):
        for word in line.replace("-", " ").replace("'", " ").split():
            (stems if word.endswith("*") else whole)[word.rstrip("*")] = number
    return whole, stems


def _look_up(known: tuple[dict[str, int], dict[str, int]], word: str) -> int | None:
    whole, stems = known
    if word in whole:
        return whole[word]
    return next((stems[word[:length]] for length in range(len(word), 2, -1) if word[:length] in stems), None)


MONTHS, WEEKDAYS, SHORT_DAYS = _values(names.MONTHS), _values(names.WEEKDAYS, 0), _values(names.DOUBTFUL_WEEKDAYS, 0)
NUMBERS, ORDINALS = _values(names.NUMBERS), _values(names.ORDINALS)
PARTS = {word: part for part, words in names.PARTS.items() for word in words.replace("*", "").split()}
UNITS = {"d": "day", "k": "week", "n": "month", "q": "quarter", "y": "year"}
TOMORROW = frozenset(plain(names.TOMORROW).replace("'", " ").split())
MORGEN, OVERMORROW = frozenset(plain(names.MORGEN).split()), frozenset(plain(names.OVERMORROW).split())
FUZZY = {"couple", "paar", "few"}


def _month_of(token: Token) -> int | None:
    return _look_up(MONTHS, token.text)


def _number_of(token: Token) -> int | None:
    """A count or an ordinal, in digits or in words."""
    digits = re.match(r"\d{1,2}", token.text)
    if digits:
        return int(digits.group())
    return _look_up(NUMBERS, token.text) or names.MORE_NUMBERS.get(token.text) or _look_up(ORDINALS, token.text)


def _ordinal_of(token: Token) -> int | None:
    digits = re.match(r"\d{1,2}", token.text)
    return int(digits.group()) if digits else _look_up(ORDINALS, token.text) or _look_up(NUMBERS, token.text)


def _of(row: Sequence[Token], tags: str) -> Token | None:
    return next((token for token in row if token.tag in tags), None)


def _year_in(row: Sequence[Token]) -> int | None:
    found = _of(row, "Y")
    return int(found.text) if found else None


def _nearest_year(month: int, day: int, received: date) -> date | None:
    """Without a year: the coming occurrence, unless it lies less than three months back."""
    for year in (received.year, received.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= received - timedelta(days=90):
            return found
    return None


def _dated(month: int | None, day: int | None, year: int | None, here: Here) -> Answer:
    if not month or not day:
        return None
    try:
        found = date(year, month, day) if year else _nearest_year(month, day, here.received)
    except ValueError:
        return None
    return (found, "day", "") if found else None


def _written(row: Sequence[Token], here: Here) -> Answer:
    """A day and a month by its name, in either order: "14. Juli", "July 14th 2026", "the sixth of July", "twenty third"."""
    month, days = _of(row, "Mm"), [token for token in row if token.tag in "NOC"]
    numbers = [_number_of(token) or 0 for token in days]
    day = sum(numbers) if len(numbers) == 2 and numbers[0] in (20, 30) else numbers[0]
    return _dated(_month_of(month) if month else None, day, _year_in(row), here)


def _numeric(row: Sequence[Token], here: Here) -> Answer:
    token = _of(row, "D")
    if token is None:
        return None
    parts = [int(part) for part in re.findall(r"\d+", token.text)]
    if parts[0] > 999:
        return _dated(parts[1], parts[2], parts[0], here)
    dotted, year = "." in token.text, parts[2] if len(parts) == 3 else None
    if year is None and ("-" in token.text or token.text in ("24/7", "50/50")):
        return None
    if dotted and year is None and not re.fullmatch(r"\d{1,2}\. ?(?:\d\d|\d{1,2}\.)", token.text):
        return None
    year = year + 2000 if year is not None and year < 100 else year
    readings = [_dated(parts[1], parts[0], year, here), _dated(parts[0], parts[1], year, here)]
    return _likelier(readings[0], None if dotted else readings[1], _weekday_in(row), here)


def _likelier(ours: Answer, american: Answer, weekday: int | None, here: Here) -> Answer:
    """Day before month, unless the country, the weekday beside it or, in English, nearness speaks for month before day."""
    if not ours or not american or ours == american:
        return ours or american
    if weekday is not None and (ours[0].weekday() == weekday) != (american[0].weekday() == weekday):
        return ours if ours[0].weekday() == weekday else american
    if here.us:
        return american
    if not here.english:
        return ours
    wait = {one: (one[0] - here.received).days for one in (ours, american)}
    return min(wait, key=lambda one: (wait[one] <= 0, wait[one]))


def _weekday_in(row: Sequence[Token]) -> int | None:
    token = _of(row, "Ww")
    if token is None:
        return None
    return _look_up(WEEKDAYS, token.text) if token.tag == "W" else _look_up(SHORT_DAYS, token.text)


def _month(row: Sequence[Token], here: Here) -> Answer:
    token, year = _of(row, "Mm"), _year_in(row)
    month = _month_of(token) if token else None
    if not month:
        return None
    return date(year or here.received.year + (month < here.received.month), month, 1), "month", ""


def _part_of_month(row: Sequence[Token], here: Here) -> Answer:
    """Early and late are the month; the middle is the 15th, where German and Dutch mean the month."""
    found = _month(row, here)
    said = {part for token in row for part in [_part_of(token)] if part}
    if (
        found
        and "middle" in said
        and not any(token.text in ("mitte", "half", "medio", "halverwege") for token in row if not here.english)
    ):
        return found[0].replace(day=15), "day", ""
    return found


def _part_of(token: Token) -> str:
    return PARTS.get(token.text) or next(
        (part for stem, part in PARTS.items() if len(stem) > 3 and token.text.startswith(stem)), ""
    )


def _part_of_year(row: Sequence[Token], here: Here) -> Answer:
    """ "Early next year" is January, "the end of the year" December, "halfway 2027" the year."""
    ahead = any(token.tag == "X" for token in row)
    year = _year_in(row) or here.received.year + ahead
    month = {"begin": 1, "end": 12}.get(next((part for token in row for part in [_part_of(token)] if part), ""))
    if month is None:
        return (date(year, 1, 1), "year", "") if _year_in(row) or ahead else (date(year, 7, 1), "month", "")
    return date(year + (month == 1 and not ahead and not _year_in(row)), month, 1), "month", ""


def _week_of_month(row: Sequence[Token], here: Here) -> Answer:
    """The second week of a month begins on its second Monday."""
    token, month = next(token for token in row if token.tag in "OCNWE"), _month(row, here)
    number = -1 if token.text in ("last", "letzte", "letzten", "laatste", "derniere", "ultima") else _ordinal_of(token)
    if not month or not number or number > 5:
        return None
    return occasions.nth(0, number, month[0].month)(month[0].year), "day", ""


def _half_of_month(row: Sequence[Token], here: Here) -> Answer:
    return _month(row, here)


def monday_of_week(number: int, year: int) -> date | None:
    try:
        return date.fromisocalendar(year, number, 1)
    except ValueError:
        return None


def _week_number(row: Sequence[Token], here: Here) -> Answer:
    numbers = [int(re.match(r"\d+", token.text).group()) for token in row if token.tag in "NO"]  # type: ignore[union-attr]
    year = _year_in(row)
    found = monday_of_week(numbers[-1], year or here.received.isocalendar().year)
    if found and not year and found < here.received - timedelta(days=45):
        found = monday_of_week(numbers[-1], here.received.isocalendar().year + 1)
    return (found, "week", "number") if found else None


def _week_of_day(row: Sequence[Token], here: Here) -> Answer:
    """ "Week of 6 April", "w/c 7 September": the Monday."""
    found = _numeric(row, here) or _written(row, here)
    return (found[0] - timedelta(found[0].weekday()), "week", "number") if found else None


def _next_weekday(weekday: int, received: date) -> date:
    return received + timedelta((weekday - received.weekday()) % 7 or 7)


def _weekday(row: Sequence[Token], here: Here) -> Answer:
    weekday = _weekday_in(row)
    if weekday is None:
        return None
    found = _next_weekday(weekday, here.received)
    same_week = here.received.weekday() + (found - here.received).days < 7
    if any(token.text in ("next", "naechsten") for token in row) and same_week:
        found += timedelta(7)
    return found, "day", "weekday"


def _weekday_of_next_week(row: Sequence[Token], here: Here) -> Answer:
    """ "Jeudi de la semaine prochaine", "Tuesday next week"; "Monday week" is the Monday after the coming one."""
    weekday = _weekday_in(row)
    if weekday is None:
        return None
    if not any(token.tag == "X" for token in row):
        return (
            (_next_weekday(weekday, here.received) + timedelta(7), "day", "weekday") if row[-1].text == "week" else None
        )
    return here.received + timedelta(7 - here.received.weekday() + weekday), "day", "weekday"


def _tomorrow(row: Sequence[Token], here: Here) -> Answer:
    token = row[0]
    days = 2 if token.text in OVERMORROW else int(token.text in TOMORROW or token.text in MORGEN)
    return here.received + timedelta(days), "day", "today"


def _overmorrow(row: Sequence[Token], here: Here) -> Answer:
    return here.received + timedelta(2), "day", "today"


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _in_some_time(row: Sequence[Token], here: Here) -> Answer:
    """Days and weeks are counted to the day, months to the month, years to the year."""
    unit, count = _of(row, "dknqy"), _of(row, "CNO")
    number = _number_of(count) if count else None
    if not unit or not count or not number:
        return None
    fuzzy = count.text in FUZZY
    if unit.tag in "dk":
        day = here.received + timedelta(number * (7 if unit.tag == "k" else 1))
        return (
            (day.replace(day=1), "month", "span") if fuzzy and unit.tag == "k" and number > 3 else (day, "day", "span")
        )
    if unit.tag == "y":
        return date(here.received.year + number, here.received.month, 1), "year", "span"
    return add_months(here.received.replace(day=1), number * (3 if unit.tag == "q" else 1)), "month", "span"


def _next_unit(row: Sequence[Token], here: Here) -> Answer:
    received, unit = here.received, _of(row, "dknqy")
    if unit is None:
        return None
    starts = {
        "d": received + timedelta(1),
        "k": received + timedelta(7 - received.weekday()),
        "n": add_months(received.replace(day=1), 1),
        "q": add_months(date(received.year, (received.month - 1) // 3 * 3 + 1, 1), 3),
        "y": date(received.year + 1, 1, 1),
    }
    return starts[unit.tag], UNITS[unit.tag], "number" if unit.tag == "k" else ""


def _quarter(row: Sequence[Token], here: Here) -> Answer:
    found = _of(row, "Q")
    number = (
        int(re.sub(r"\D", "", found.text))
        if found
        else _ordinal_of(next(token for token in row if token.tag in "OCNW"))
    )
    half = (found is not None and found.text[0] == "h") or _of(row, "H") is not None
    if not number or number > (2 if half else 4):
        return None
    start_month = number * 6 - 5 if half else number * 3 - 2
    year = _year_in(row) or here.received.year
    start = date(year, start_month, 1)
    over = not _year_in(row) and add_months(start, 6 if half else 3) <= here.received
    return (start.replace(year=year + 1) if over else start), "quarter", ""


def _season(row: Sequence[Token], here: Here) -> Answer:
    """A season is its quarter; with its year only the year is said, though we act on its first day."""
    token = _of(row, "Ss")
    season = next((name for name, words in names.SEASONS.items() if token and _is_one(token.text, words)), "")
    if not season:
        return None
    quarter, year = occasions.SEASON_QUARTER[season], _year_in(row)
    start = date(year or here.received.year, quarter * 3 - 2, 1)
    if season == "winter" and not year:
        start = date(here.received.year, 10, 1)
    if year:
        return start, "year", ""
    over = start.month <= here.received.month
    return (start.replace(year=start.year + 1) if over else start), "quarter", ""


def _is_one(word: str, listed: str) -> bool:
    return any(word.startswith(one[:-1]) if one.endswith("*") else word == one for one in plain(listed).split())


AFTER = re.compile(
    r"\b(?:after|nach|apres|despues|tras|pasad\w*|na|dopo|depois|apos|efter|etter|po|dupa|utan|jalkeen|sonra|back of|past|finished?|passed)\b"
)


def _feast(row: Sequence[Token], here: Here) -> Answer:
    token = row[-1] if row[-1].tag == "F" else _of(row, "F")
    if token is None:
        return None
    find, precision = occasions.BY_WORDS[token.text]
    around = here.text[max(0, token.start - 24) : token.start] + here.text[token.end : token.end + 16]
    after = AFTER.search(around)
    if precision == "after":
        if not after:
            return None
        precision = "month"
    day = find(here.received.year)
    if day < here.received - timedelta(3):
        day = find(here.received.year + 1)
    if precision == "day" and after:
        day += timedelta(1)
    return (day.replace(day=1) if precision == "month" else day), precision, ""


def _year(row: Sequence[Token], here: Here) -> Answer:
    year = _year_in(row)
    if not year or not here.received.year <= year <= here.received.year + 12:
        return None
    if year == here.received.year and len(row) == 1:
        return None
    return date(year, 1, 1), "year", ""


def _bare(row: Sequence[Token], here: Here) -> Answer:
    """A day without its month ("Monday the 27th", "dia 15"): the next such day after the last day that was named."""
    numbers = [_ordinal_of(token) or 0 for token in row if token.tag in "NO"]
    wanted = sum(numbers) if len(numbers) == 2 and numbers[0] in (20, 30) else numbers[-1]
    weekday, start = _weekday_in(row), max(here.received, here.before or here.received)
    start = start if (start - here.received).days < 400 else here.received
    fits = [day for day in _coming(start, wanted, 4) if weekday is None or day.weekday() == weekday]
    return (fits[0], "day", "bare") if fits else None


def _coming(after: date, wanted: int, months: int) -> Iterator[date]:
    for number in range(months):
        first = add_months(after.replace(day=1), number)
        if 1 <= wanted <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=wanted) > after:
            yield first.replace(day=wanted)


FILL = "[oaIw]"
PATTERNS: list[tuple[re.Pattern[str], Resolver]] = [
    (re.compile(rf"[Kk]{FILL}{{0,2}}D"), _week_of_day),
    (re.compile(rf"[Kk]{FILL}{{1,2}}[NO]\.?{FILL}?[Mm]Y?"), _week_of_day),
    (re.compile(r"[Ww]?[.,(]{0,2}[oa]?D"), _numeric),
    (re.compile(rf"[Ww]?[.,]{{0,2}}{FILL}{{0,2}}(?:O|N|CO|OO)\.?{FILL}{{0,2}}[Mm](?:[.,]?[oa]?Y)?"), _written),
    (re.compile(r"[Mm]\.?[oa]?[NO](?:[.,]?[oa]?Y|O)?(?![:k])"), _written),
    (re.compile(rf"[OCNWE]\.?{FILL}?k{FILL}{{0,2}}[Mm]{FILL}?Y?"), _week_of_month),
    (re.compile(rf"[OE]H{FILL}{{0,2}}[Mm]{FILL}?Y?"), _half_of_month),
    (re.compile(r"[Kk][.-]?[oa]?[NO](?:[-oaC,/]{1,2}[NO])?(?:[/ ]?Y)?"), _week_number),
    (re.compile(r"[NO]\.?[Kk](?=[^aoCN]|$)"), _week_number),
    (re.compile(rf"(?:Q|[OCNW]\.?{FILL}?(?:q|Hy?)){FILL}{{0,2}}/?Y?"), _quarter),
    (re.compile(rf"[Ew]-?{FILL}{{0,4}}[Mm](?:{FILL}?Y)?"), _part_of_month),
    (re.compile(r"[Mm][oa]?E"), _part_of_month),
    (re.compile(rf"E{FILL}{{0,3}}(?:X?y(?:X|{FILL}{{0,2}}X)?|Y)"), _part_of_year),
    (re.compile(rf"W[,o]?{FILL}{{0,3}}(?:Xk|kX)"), _weekday_of_next_week),
    (re.compile(rf"(?:Xk|kX)[,.]?{FILL}{{0,3}}[Ww]"), _weekday_of_next_week),
    (re.compile(r"Wk(?![oaNKX])"), _weekday_of_next_week),
    (re.compile(rf"[IoP]{FILL}?[CNO]{FILL}?[dknqy]"), _in_some_time),
    (re.compile(rf"[CNO]{FILL}?[dknqy]P?"), _in_some_time),
    (re.compile(r"X[dknqy]|[dknqy]X"), _next_unit),
    (re.compile(r"[Ww]\.?,?[oa]{0,2}(?:[NO](?![dknqyM:])|OO)"), _bare),
    (re.compile(r"X?WX?"), _weekday),
    (re.compile(r"T"), _tomorrow),
    (re.compile(r"M(?:[oa]{0,2}Y)?"), _month),
    (re.compile(rf"[bIoaEX]m(?:[oa]{{0,2}}Y)?|m[oa]{{0,2}}Y|X{FILL}?m|mX"), _month),
    (re.compile(rf"F{FILL}?Y?"), _feast),
    (re.compile(rf"(?:[IoaEX]{{0,2}}S|[IoaXb]s){FILL}{{0,2}}Y?|S[oa]?X|Xs"), _season),
    (re.compile(r"[oaIEy]?[oaIEyX]?Y"), _year),
    (re.compile(r"O[oa]?O(?![HqkoM])|[oaI]O(?![HqkoMdny])|[oa]N(?=[.,()xboaT-]|$)(?!\.?[oaIw]{0,2}[dknqyMm])|O(?=[.,)]|$)"), _bare),
]  # fmt: skip
STRICT_MONTHS = frozenset("out set ago mar ott gen giu mart marco dez dic ene cerven".split())
BEFORE_MONTH = frozenset(names.BEFORE.split())
ENGLISH = re.compile(r"\b(?:the|and|is|will|my|for|back|out|of|on|with|till|until|be|to|in|returning|away)\b")
NOT_ENGLISH = re.compile(
    r"\b(?:der|die|und|ich|bin|le|la|les|je|el|que|en|de|het|een|ik|il|sono|di|o|da|em|och|jag|og|jeg|ja|na|je|si|ve|olen)\b"
)


def _is_english(folded: str) -> bool:
    sample = folded[:600]
    return len(ENGLISH.findall(sample)) >= len(NOT_ENGLISH.findall(sample))


def find_dates(text: str, received: date, *, us: bool = False) -> list[FoundDate]:
    """Every day named in the text, in order; of overlapping readings the more exact one."""
    folded = plain(text)
    found = dates_east.find(text, received)
    row = tokens_of(folded)
    tags = "".join(token.tag for token in row)
    here = Here(received, us, _is_english(folded), text=folded)
    taken = bytearray(len(row))
    spans = [FoundDate(start, end, day, precision, how) for start, end, day, precision, how in found]
    for pattern, resolve in PATTERNS:
        for match in pattern.finditer(tags):
            first, last = match.span()
            if any(taken[first:last]) or not _likely(row, first, last, resolve):
                continue
            answer = resolve(row[first:last], _beside(here, spans, row[first].start) if resolve is _bare else here)
            if answer:
                taken[first:last] = b"\1" * (last - first)
                spans.append(FoundDate(_begins(row[first:last]), row[last - 1].end, *answer))
    return list(_without_doubles(sorted(spans, key=lambda item: item.start)))


def _beside(here: Here, spans: list[FoundDate], start: int) -> Here:
    earlier = [one for one in spans if one.end <= start and one.precision == "day" and one.how in ("", "bare")]
    last = max(earlier, key=lambda one: one.end).day if earlier else None
    return Here(here.received, here.us, here.english, last, here.text)


def _begins(row: Sequence[Token]) -> int:
    """A date begins with its own words, not with the preposition before it."""
    return next((token.start for token in row if token.tag not in "oaI.,-"), row[0].start)


def _likely(row: Sequence[Token], first: int, last: int, resolve: Resolver) -> bool:
    """Short names of months and days that are also words of everyday speech count only in company."""
    own = row[first:last]
    short = next((token for token in own if token.tag == "m"), None)
    if short and resolve is _month and not any(token.tag == "Y" for token in own):
        before = row[first].text if own[0] is not short else ""
        return (
            short.text not in STRICT_MONTHS
            and (before, short.text) != ("i", "may")
            and (before in BEFORE_MONTH or own[0].tag in "EX" or own[-1].tag == "X")
        )
    if resolve is _weekday:
        return _is_a_day(row, first, last)
    return True


PORTUGUESE = frozenset(("segunda", "terca", "quarta", "quinta", "sexta"))
AFTER_PORTUGUESE = frozenset(
    "feira as a que q da de do ou e umas antes depois pela serve ou normal volto ja da dá la".split()
)


def _is_a_day(row: Sequence[Token], first: int, last: int) -> bool:
    """ "Sexta" is Friday, "quinta" also an estate and "seconda" a second: what follows decides."""
    token = next(token for token in row[first:last] if token.tag == "W")
    following = row[last] if last < len(row) else None
    if token.text not in PORTUGUESE or len(row[first:last]) > 1 or following is None:
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
