"""Days that a text names in seven languages, resolved against the day it was received."""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from appointments.rules import calendar_words as words
from appointments.rules.phrases import fold


@dataclass(frozen=True)
class FoundDate:
    """A named day, or the first day of a named week, month, quarter or year; the span is in characters."""

    start: int
    end: int
    day: date
    precision: str = "day"

    @property
    def iso(self) -> str:
        """The form of the taxonomy: a day, 2026-09, 2026-Q3 or 2026."""
        forms = {
            "month": f"{self.day:%Y-%m}",
            "quarter": f"{self.day.year}-Q{(self.day.month - 1) // 3 + 1}",
            "year": f"{self.day.year}",
        }
        return forms.get(self.precision, self.day.isoformat())


def _any(names: object) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))  # type: ignore[call-overload]


MONTH = f"(?P<month>{_any(words.MONTHS)})"
DAY = r"(?P<day>\d{1,2})"
YEAR = r"(?P<year>20\d\d)"
COUNT = rf"(?P<count>\d{{1,2}}|{_any(words.NUMBERS)})"
UNIT = f"(?P<unit>{_any(words.UNITS)})"
NEXT = _any(words.NEXT)
LATER_WORDS = "que viene|que vem|prochaine|prochain|proximo|proxima|prossimo|prossima"
BEFORE_MONTH = (
    "in|until|till|by|from|im|ab|bis|en|jusqu'en|hasta|tot|vanaf|fino a|ate|early|late|mid|end of|for|around|"
    "beginning of|start of|anfang|ende|mitte|eind|begin|debut|fin|fine|inizio|next|after|nach|na|apres|dopo|"
    "depois de|despues de|a partir de|back in|again in|nell|a|em|since|during|of|de"
)
AMBIGUOUS_MONTHS = [
    "may",
    "march",
    "mar",
    "marco",
    "marz",
    "mars",
    "jan",
    "mei",
    "mai",
    "june",
    "april",
    "august",
    "agosto",
    "jun",
    "dec",
    "dez",
]
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
SEASONS = {
    "after the summer": 9, "nach dem sommer": 9, "apres l'ete": 9, "a la rentree": 9, "despues del verano": 9,
    "na de zomer": 9, "dopo l'estate": 9, "depois do verao": 9, "autumn": 9, "the fall": 9, "herbst": 9,
    "automne": 9, "otono": 9, "najaar": 9, "herfst": 9, "autunno": 9, "outono": 9, "spring": 3, "fruhjahr": 3,
    "fruhling": 3, "printemps": 3, "primavera": 3, "voorjaar": 3, "new year": 1, "neuen jahr": 1,
    "nieuwe jaar": 1,
}  # fmt: skip

Resolver = Callable[[re.Match[str], date, bool], tuple[date, str] | None]


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


def _dated(month: int, day: int, year: str | None, received: date) -> tuple[date, str] | None:
    try:
        found = date(int(year) if len(year) == 4 else 2000 + int(year), month, day) if year else None
    except ValueError:
        return None
    found = found or _nearest_year(month, day, received)
    return (found, "day") if found else None


def _iso(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    return _dated(int(match["month"]), int(match["day"]), match["year"], received)


def _written(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    return _dated(words.MONTHS[match["month"]], int(match["day"]), match["year"], received)


def _numeric(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    """Day before month, except with slashes in the United States or where only one reading is a date."""
    first, second, separator = int(match["first"]), int(match["second"]), match["separator"]
    american = separator == "/" and (us or second > 12) and first <= 12
    day, month = (second, first) if american else (first, second)
    if match.group() == "24/7" or not 1 <= month <= 12 or (separator == "-" and not match["year"]):
        return None
    return _dated(month, day, match["year"], received)


def _month(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    name, month = match["month"], words.MONTHS[match["month"]]
    if name in AMBIGUOUS_MONTHS and not (match["before"] or match["year"]):
        return None
    year = int(match["year"] or received.year)
    ahead = match["year"] or month >= received.month
    return date(year if ahead else year + 1, month, 1), "month"


def _weekday(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    ahead = (words.WEEKDAYS[match["weekday"]] - received.weekday()) % 7 or 7
    same_week = received.weekday() + ahead < 7
    if (match["next"] == "next" and same_week) or match["week"]:
        ahead += 7
    return received + timedelta(days=ahead), "day"


def _tomorrow(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    return received + timedelta(days=match["word"] in words.TOMORROW), "day"


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else words.NUMBERS[text]


def _in_some_time(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    count, unit = _number(match["count"]), words.UNITS[match["unit"]]
    if unit in ("day", "week"):
        return received + timedelta(days=count * (7 if unit == "week" else 1)), "day"
    return add_months(received, count * {"month": 1, "quarter": 3, "year": 12}[unit]), "day"


def _next_unit(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    unit = words.UNITS[match["unit"]]
    starts = {
        "day": received + timedelta(days=1),
        "week": received + timedelta(days=7 - received.weekday()),
        "month": add_months(received.replace(day=1), 1),
        "quarter": add_months(date(received.year, (received.month - 1) // 3 * 3 + 1, 1), 3),
        "year": date(received.year + 1, 1, 1),
    }
    return starts[unit], unit


def _quarter(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    number = int(match["digit"] or 0) or ORDINALS[match["ordinal"]]
    year = int(match["year"] or received.year)
    start = date(year, number * 3 - 2, 1)
    over = not match["year"] and add_months(start, 3) <= received
    return (start.replace(year=year + 1) if over else start), "quarter"


def _season(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    month = SEASONS[match["season"]]
    return date(received.year + (month <= received.month), month, 1), "month"


def _year(match: re.Match[str], received: date, us: bool) -> tuple[date, str] | None:
    return (date(int(match["year"]), 1, 1), "year") if int(match["year"]) >= received.year else None


OF = r"(?:of |de |di |d'|den )?"
PATTERNS: list[tuple[re.Pattern[str], Resolver]] = [
    (re.compile(rf"\b{YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b"), _iso),
    (re.compile(rf"\b{DAY}(?:st|nd|rd|th|er|o|a|º|ª|\.)?[ \n]{{1,2}}{OF}{MONTH}\b\.?,?(?: (?:de |of )?{YEAR})?"), _written),
    (re.compile(rf"\b{MONTH}\.? (?:the )?{DAY}(?:st|nd|rd|th)?\b(?![:.]\d)(?:,? {YEAR})?"), _written),
    (
        re.compile(
            r"(?<![\d.,/-])(?P<first>\d{1,2})(?P<separator>[./-])(?P<second>\d{1,2})"
            r"(?:(?P=separator)(?P<year>20\d\d|\d\d)\b|(?<=/\d)(?![\d/])|(?<=/\d\d)(?![\d/])|\.(?!\d))"
        ),
        _numeric,
    ),
    (re.compile(rf"\b(?P<next>(?:{NEXT}) )?(?P<weekday>{_any(words.WEEKDAYS)})(?:feira)?\b(?P<week> week\b)?"), _weekday),
    (re.compile(rf"(?<!guten )(?<!goede )(?<!am )(?<!la )\b(?P<word>{_any(words.TODAY + words.TOMORROW)})\b"), _tomorrow),
    (re.compile(rf"\b(?:{_any(words.IN)}) (?:about |around |ca |circa |a |environ |etwa )?{COUNT} {UNIT}\b"), _in_some_time),
    (re.compile(rf"\b(?:{NEXT}) {UNIT}\b"), _next_unit),
    (re.compile(rf"\b{UNIT} (?:{LATER_WORDS})\b"), _next_unit),
    (re.compile(rf"\b(?:q(?P<digit>[1-4])|(?P<ordinal>{_any(ORDINALS)}) quarter)(?:[ /-]{{1,2}}(?:of )?{YEAR})?\b"), _quarter),
    (re.compile(rf"\b(?:(?P<before>{BEFORE_MONTH}) )?{MONTH}\b(?: (?:de |of )?{YEAR})?"), _month),
    (re.compile(rf"\b(?P<season>{_any(SEASONS)})\b"), _season),
    (re.compile(rf"\b(?:in|im jahr|en|em|nel|after|until|bis) {YEAR}\b"), _year),
]  # fmt: skip


def find_dates(text: str, received: date, *, us: bool = False) -> list[FoundDate]:
    """Every day named in the text, in order; of overlapping readings the more exact one."""
    found: list[FoundDate] = []
    folded = fold(text)
    for pattern, resolve in PATTERNS:
        for match in pattern.finditer(folded):
            answer = resolve(match, received, us)
            if answer and not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(FoundDate(match.start(), match.end(), *answer))
    return list(_without_doubles(sorted(found, key=lambda item: item.start)))


def _without_doubles(found: list[FoundDate]) -> Iterator[FoundDate]:
    """In "Tuesday 16 June" the weekday adds nothing to the date, in "next week Tuesday" the week nothing to the day."""
    for item, following in pairwise([*found, None]):
        beside = following is not None and item is not None and following.start - item.end <= 6
        if item and not (beside and following and _says_less(item, following)):
            yield item


def _says_less(item: FoundDate, following: FoundDate) -> bool:
    same_weekday = item.precision == "day" and item.day.weekday() == following.day.weekday()
    return following.precision == "day" and (same_weekday or item.precision == "week")
