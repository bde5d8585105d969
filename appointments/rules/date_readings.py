"""What each way of naming a day means, resolved against the day of receipt."""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from appointments.rules import calendar_names as names
from appointments.rules import occasions
from appointments.rules.calendar_names import plain
from appointments.rules.date_tokens import Token


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


def values(listed: str, first: int = 1) -> tuple[dict[str, int], dict[str, int]]:
    """Word, and stem of a word, to its number: one line a number (a line that begins with a space goes on)."""
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    for number, line in enumerate(plain(listed).replace("\n ", " ").strip("\n").splitlines(), first):
        for word in line.replace("-", " ").replace("'", " ").split():
            (stems if word.endswith("*") else whole)[word.rstrip("*")] = number
    return whole, stems


def look_up(known: tuple[dict[str, int], dict[str, int]], word: str) -> int | None:
    whole, stems = known
    if word in whole:
        return whole[word]
    return next((stems[word[:length]] for length in range(len(word), 2, -1) if word[:length] in stems), None)


MONTHS, WEEKDAYS, SHORT_DAYS = values(names.MONTHS), values(names.WEEKDAYS, 0), values(names.DOUBTFUL_WEEKDAYS, 0)
NUMBERS, ORDINALS = values(names.NUMBERS), values(names.ORDINALS)
PARTS = {word: part for part, words in names.PARTS.items() for word in words.replace("*", "").split()}
PART_OF = {"of", "von", "van", "de", "di", "sur", "su"}
UNITS = {"d": "day", "k": "week", "n": "month", "q": "quarter", "y": "year"}
TOMORROW = frozenset(plain(names.TOMORROW).replace("'", " ").split())
MORGEN, OVERMORROW = frozenset(plain(names.MORGEN).split()), frozenset(plain(names.OVERMORROW).split())
FUZZY = {"couple", "paar", "few"}


def month_of(token: Token) -> int | None:
    return look_up(MONTHS, token.text)


def number_of(token: Token) -> int | None:
    """A count or an ordinal, in digits or in words."""
    digits = re.match(r"\d{1,2}", token.text)
    if digits:
        return int(digits.group())
    return look_up(NUMBERS, token.text) or names.MORE_NUMBERS.get(token.text) or look_up(ORDINALS, token.text)


def ordinal_of(token: Token) -> int | None:
    digits = re.match(r"\d{1,2}", token.text)
    return int(digits.group()) if digits else look_up(ORDINALS, token.text) or look_up(NUMBERS, token.text)


def of(row: Sequence[Token], tags: str) -> Token | None:
    return next((token for token in row if token.tag in tags), None)


def year_in(row: Sequence[Token]) -> int | None:
    found = of(row, "Y")
    return int(found.text) if found else None


def nearest_year(month: int, day: int, received: date) -> date | None:
    """Without a year: the coming occurrence, unless it lies less than three months back."""
    for year in (received.year, received.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= received - timedelta(days=90):
            return found
    return None


def dated(month: int | None, day: int | None, year: int | None, here: Here) -> Answer:
    if not month or not day:
        return None
    try:
        found = date(year, month, day) if year else nearest_year(month, day, here.received)
    except ValueError:
        return None
    return (found, "day", "") if found else None


def written(row: Sequence[Token], here: Here) -> Answer:
    """A day and a month by its name, in either order: "14. Juli", "July 14th 2026", "the sixth of July", "twenty third"."""
    month, days = of(row, "Mm"), [token for token in row if token.tag in "NOC"]
    numbers = [number_of(token) or 0 for token in days]
    if not numbers:
        return None
    day = sum(numbers) if len(numbers) == 2 and numbers[0] in (20, 30) else numbers[0]
    return dated(month_of(month) if month else None, day, year_in(row), here)


def numeric(row: Sequence[Token], here: Here) -> Answer:
    token = of(row, "D")
    if token is None:
        return None
    parts = [int(part) for part in re.findall(r"\d+", token.text)]
    if parts[0] > 999:
        return dated(parts[1], parts[2], parts[0], here)
    dotted, year = "." in token.text, parts[2] if len(parts) == 3 else None
    if year is None and ("-" in token.text or token.text in ("24/7", "50/50")):
        return None
    if dotted and year is None and not re.fullmatch(r"\d{1,2}\. ?(?:\d\d|\d{1,2}\.)", token.text):
        return None
    year = year + 2000 if year is not None and year < 100 else year
    readings = [dated(parts[1], parts[0], year, here), dated(parts[0], parts[1], year, here)]
    return likelier(readings[0], None if dotted else readings[1], weekday_in(row), here)


def likelier(ours: Answer, american: Answer, weekday: int | None, here: Here) -> Answer:
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


def weekday_in(row: Sequence[Token]) -> int | None:
    token = of(row, "Ww")
    if token is None:
        return None
    return look_up(WEEKDAYS, token.text) if token.tag == "W" else look_up(SHORT_DAYS, token.text)


def named_month(row: Sequence[Token], here: Here) -> Answer:
    """The coming such month; "after March" is the month that follows it."""
    token, year = of(row, "Mm"), year_in(row)
    month = month_of(token) if token else None
    if not month or not token:
        return None
    first = date(year or here.received.year + (month < here.received.month), month, 1)
    return (add_months(first, 1) if _after_it(row, here) else first), "month", ""


RIGHT_AFTER = re.compile(
    r"\b(?:after|passed|past|nach|apres|tras|despues|na|dopo|depois|apos|efter|etter|po|dupa|μετα|після)\W+(?:(?:the|le|la|el|il|de|den|do|di|del|os|o|a|end of|the end of|closing of|the closing of|ende|fin|"
    r"fine|fim|final|eind|"
    r"tov?) ?){0,3}$"
)


def month_of_next_year(row: Sequence[Token], here: Here) -> Answer:
    """ "July next year"."""
    token = of(row, "Mm")
    month = month_of(token) if token else None
    return (date(here.received.year + 1, month, 1), "month", "") if month else None


def _after_it(row: Sequence[Token], here: Here) -> bool:
    first = next((token for token in row if token.tag in "MmE"), row[0])
    return bool(RIGHT_AFTER.search(here.text[max(0, first.start - 28) : first.start]))


def part_of_month(row: Sequence[Token], here: Here) -> Answer:
    """Early and late are the month, as is the middle in German and Dutch; the "middle of May" is the 15th elsewhere.

    English "mid May" is less exact than that, which `how` tells.
    """
    found = named_month(row, here)
    said = {part for token in row for part in [part_of(token)] if part}
    names = {token.text for token in row}
    if found and "middle" in said and (here.english or not names & {"mitte", "half", "medio", "halverwege"}):
        return found[0].replace(day=15), "day", "middle" if "mid" in names else ""
    return found


def part_of(token: Token) -> str:
    return PARTS.get(token.text) or next(
        (part for stem, part in PARTS.items() if len(stem) > 3 and token.text.startswith(stem)), ""
    )


def part_of_year(row: Sequence[Token], here: Here) -> Answer:
    """ "Early next year" is January, "the end of the year" December, "halfway 2027" the year."""
    ahead = any(token.tag == "X" for token in row)
    year = year_in(row) or here.received.year + ahead
    month = {"begin": 1, "end": 12}.get(next((part for token in row for part in [part_of(token)] if part), ""))
    if month is None:
        return (date(year, 1, 1), "year", "") if year_in(row) or ahead else (date(year, 7, 1), "month", "")
    return date(year + (month == 1 and not ahead and not year_in(row)), month, 1), "month", ""


def week_of_month(row: Sequence[Token], here: Here) -> Answer:
    """The second week of a month begins on its second Monday."""
    token, month = next(token for token in row if token.tag in "OCNWE"), named_month(row, here)
    number = -1 if token.text in ("last", "letzte", "letzten", "laatste", "derniere", "ultima") else ordinal_of(token)
    if not month or not number or number > 5:
        return None
    return occasions.nth(0, number, month[0].month)(month[0].year), "day", ""


def half_of_month(row: Sequence[Token], here: Here) -> Answer:
    return named_month(row, here)


def monday_of_week(number: int, year: int) -> date | None:
    try:
        return date.fromisocalendar(year, number, 1)
    except ValueError:
        return None


def week_number(row: Sequence[Token], here: Here) -> Answer:
    numbers = [int(digits.group()) for token in row if token.tag in "NO" and (digits := re.match(r"\d+", token.text))]
    if not numbers or any(token.text in PART_OF for token in row[2:-1]):
        return None  # "week 1 of 4" counts a stay, not a year
    year = year_in(row)
    found = monday_of_week(numbers[-1], year or here.received.isocalendar().year)
    if found and not year and found < here.received - timedelta(days=45):
        found = monday_of_week(numbers[-1], here.received.isocalendar().year + 1)
    return (found, "week", "number") if found else None


def week_of_day(row: Sequence[Token], here: Here) -> Answer:
    """ "Week of 6 April", "w/c 7 September": the Monday."""
    found = numeric(row, here) or written(row, here)
    return (found[0] - timedelta(found[0].weekday()), "week", "number") if found else None


def next_weekday(weekday: int, received: date) -> date:
    return received + timedelta((weekday - received.weekday()) % 7 or 7)


def weekday(row: Sequence[Token], here: Here) -> Answer:
    weekday = weekday_in(row)
    if weekday is None:
        return None
    found = next_weekday(weekday, here.received)
    same_week = here.received.weekday() + (found - here.received).days < 7
    if any(token.text in ("next", "naechsten") for token in row) and same_week:
        found += timedelta(7)
    return found, "day", "weekday"


def weekday_of_next_week(row: Sequence[Token], here: Here) -> Answer:
    """ "Jeudi de la semaine prochaine", "Tuesday next week"; "Monday week" is the Monday after the coming one."""
    weekday = weekday_in(row)
    if weekday is None:
        return None
    if not any(token.tag == "X" for token in row):
        return (
            (next_weekday(weekday, here.received) + timedelta(7), "day", "weekday") if row[-1].text == "week" else None
        )
    return here.received + timedelta(7 - here.received.weekday() + weekday), "day", "weekday"


def tomorrow(row: Sequence[Token], here: Here) -> Answer:
    token = row[0]
    days = 2 if token.text in OVERMORROW else int(token.text in TOMORROW or token.text in MORGEN)
    return here.received + timedelta(days), "day", "today"


def overmorrow(row: Sequence[Token], here: Here) -> Answer:
    return here.received + timedelta(2), "day", "today"


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def in_some_time(row: Sequence[Token], here: Here) -> Answer:
    """Days and weeks are counted to the day, months to the month, years to the year."""
    unit, count = of(row, "dknqy"), of(row, "CNO")
    number = number_of(count) if count else None
    if not unit or not count or not number:
        return None
    fuzzy = count.text in FUZZY
    if unit.tag in "dk":
        day = here.received + timedelta(number * (7 if unit.tag == "k" else 1))
        return (
            (day.replace(day=1), "month", "span") if fuzzy and unit.tag == "k" and number > 3 else (day, "day", "span")
        )
    if unit.tag == "y" and number == 1:
        return add_months(here.received.replace(day=1), 12), "month", "span"
    if unit.tag == "y":
        return date(here.received.year + number, here.received.month, 1), "year", "span"
    return add_months(here.received.replace(day=1), number * (3 if unit.tag == "q" else 1)), "month", "span"


def next_unit(row: Sequence[Token], here: Here) -> Answer:
    received, unit = here.received, of(row, "dknqy")
    if unit is None:
        return None
    starts = {
        "d": received + timedelta(1),
        "k": received + timedelta(7 - received.weekday()),
        "n": add_months(received.replace(day=1), 1),
        "q": add_months(date(received.year, (received.month - 1) // 3 * 3 + 1, 1), 3),
        "y": date(received.year + 1, 1, 1),
    }
    if unit.tag == "y" and re.search(r"\btime $", here.text[max(0, row[0].start - 6) : row[0].start]):
        return add_months(received.replace(day=1), 12), "month", ""
    return starts[unit.tag], UNITS[unit.tag], "number" if unit.tag == "k" else ""


def quarter(row: Sequence[Token], here: Here) -> Answer:
    found = of(row, "Q")
    number = (
        int(re.sub(r"\D", "", found.text)) if found else ordinal_of(next(token for token in row if token.tag in "OCNW"))
    )
    half = (found is not None and found.text[0] == "h") or of(row, "H") is not None
    if not number or number > (2 if half else 4):
        return None
    start_month = number * 6 - 5 if half else number * 3 - 2
    year = year_in(row) or here.received.year
    start = date(year, start_month, 1)
    over = not year_in(row) and add_months(start, 6 if half else 3) <= here.received
    return (start.replace(year=year + 1) if over else start), "quarter", ""


def season(row: Sequence[Token], here: Here) -> Answer:
    """A season is its quarter; with its year only the year is said, though we act on its first day."""
    token = of(row, "Ss")
    season = next((name for name, words in names.SEASONS.items() if token and is_one(token.text, words)), "")
    if not season:
        return None
    quarter, year = occasions.SEASON_QUARTER[season], year_in(row)
    start = date(year or here.received.year, quarter * 3 - 2, 1)
    if season == "winter" and not year:
        start = date(here.received.year, 10, 1)
    if year:
        return start, "year", ""
    over = start.month <= here.received.month
    return (start.replace(year=start.year + 1) if over else start), "quarter", ""


def is_one(word: str, listed: str) -> bool:
    return any(word.startswith(one[:-1]) if one.endswith("*") else word == one for one in plain(listed).split())


AFTER = re.compile(
    r"\b(?:after|nach|apres|despues|tras|pasad\w*|na|dopo|depois|apos|efter|etter|po|dupa|utan|jalkeen|sonra|back of|past|finished?|passed)\b"
)


def feast(row: Sequence[Token], here: Here) -> Answer:
    token = row[-1] if row[-1].tag == "F" else of(row, "F")
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


def named_year(row: Sequence[Token], here: Here) -> Answer:
    year = year_in(row)
    if not year or not here.received.year <= year <= here.received.year + 12:
        return None
    if year == here.received.year and len(row) == 1:
        return None
    return date(year, 1, 1), "year", ""


def bare(row: Sequence[Token], here: Here) -> Answer:
    """A day without its month ("Monday the 27th", "dia 15"): the next such day after the last day that was named."""
    numbers = [ordinal_of(token) or 0 for token in row if token.tag in "NO"]
    if not numbers:
        return None
    wanted = sum(numbers) if len(numbers) == 2 and numbers[0] in (20, 30) else numbers[-1]
    weekday, start = weekday_in(row), max(here.received, here.before or here.received)
    start = start if (start - here.received).days < 400 else here.received
    fits = [day for day in coming(start, wanted, 4) if weekday is None or day.weekday() == weekday]
    return (fits[0], "day", "bare") if fits else None


def coming(after: date, wanted: int, months: int) -> Iterator[date]:
    for number in range(months):
        first = add_months(after.replace(day=1), number)
        if 1 <= wanted <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=wanted) > after:
            yield first.replace(day=wanted)
