"""Days named in Japanese, Chinese and Korean, which write no space between words."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

Found = tuple[int, int, date, str, str]
EAST = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
CHINESE = {
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
    "十一": 11,
    "十二": 12,
    "两": 2,
}
WEEK_SIGNS = "月火水木金土日"
WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {sign: number for number, sign in enumerate(WEEK_SIGNS)} | {
    sign: number for number, sign in enumerate("월화수목금토일")}  # fmt: skip
_NUMBER = r"\d{1,2}|十[一二]?|[一二三四五六七八九]"
YEAR = r"(?:(?P<year>20\d\d) ?[年년] ?|(?P<next>来年|明年|내년)[のに ]?)?"
DATE = re.compile(rf"{YEAR}(?P<month>{_NUMBER}) ?[月월] ?(?P<day>\d{{1,2}}) ?[日号일]")
MONTH = re.compile(rf"{YEAR}(?P<month>{_NUMBER}) ?[月월](?! ?\d)(?!曜)(?P<part>末|上旬|初|中旬|下旬| ?말| ?초| ?중순)?")
NEXT_MONTH = re.compile(r"来月|下个?月|다음 ?달")
DAY = re.compile(r"(?<![\d月월.])(?P<day>\d{1,2}) ?[日号일](?!間|以内|内|前|后|後|间|曜| ?동안| ?이내)")
WEEKDAY = re.compile(r"(?P<next>来週の?|下周|下星期|下礼拜|다음 ?주 ?)?(?:(?P<ja>[月火水木金土日])曜|(?:周|星期|礼拜)(?P<zh>[一二三四五六日天])|(?P<ko>[월화수목금토일])요일)"
                     r"|来週の?(?P<ja2>[月火水木金])|下周(?P<zh2>[一二三四五六日天])")  # fmt: skip
RELATIVE = [
    (re.compile(r"明後日|后天|모레"), 2), (re.compile(r"明日|明天|내일"), 1), (re.compile(r"本日|今日|今天|오늘"), 0),
]  # fmt: skip
NEXT_WEEK = re.compile(r"来週|下周|下星期|다음 ?주")
YEARS = re.compile(r"(?P<year>20\d\d) ?[年년]|来年|明年|내년")
NEW_YEAR = re.compile(r"年明け|新年|새해|연초|年初|年后")
QUARTER = re.compile(r"第?(?P<number>[1-4一二三四]) ?(?:四半期|季度|분기)")
LATER = re.compile(
    r"(?P<count>\d{1,2}|[一二三四五六七八九十两]|半) ?(?P<unit>[ヶか个個]?月|年|週間?|周|个?星期|개월|주) ?(?:後|后|之后|以后|뒤|후)"
)


def find(text: str, received: date) -> list[Found]:
    """Every day such a text names; the first pattern that takes a place keeps it."""
    if not EAST.search(text):
        return []
    plain, found = text.translate(FULL_WIDTH), list[Found]()
    for start, end, *rest in _all(plain, received):
        if not any(start < other[1] and other[0] < end for other in found):
            found.append((start, end, *rest))  # type: ignore[arg-type]
    return _bare_days(plain, received, found)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else CHINESE.get(text, 0)


def _year_of(match: re.Match[str], received: date, month: int) -> int:
    if match["year"]:
        return int(match["year"])
    return received.year + (1 if match["next"] or month < received.month else 0)


def _all(text: str, received: date) -> Iterator[Found]:
    for match in DATE.finditer(text):
        month = _number(match["month"])
        if 1 <= month <= 12 and 1 <= int(match["day"]) <= 28 + (month != 2) * 2 + (month in (1, 3, 5, 7, 8, 10, 12)):
            yield (
                match.start(),
                match.end(),
                date(_year_of(match, received, month), month, int(match["day"])),
                "day",
                "",
            )
    for match in LATER.finditer(text):
        yield from _later(match, received)
    for match in WEEKDAY.finditer(text):
        sign = match["ja"] or match["zh"] or match["ko"] or match["ja2"] or match["zh2"]
        ahead = match["next"] or match["ja2"] or match["zh2"]
        monday = received - timedelta(received.weekday()) + timedelta(7 if ahead else 0)
        day = monday + timedelta(WEEKDAYS[sign])
        yield match.start(), match.end(), day if day > received else day + timedelta(7), "day", "weekday"
    for match in MONTH.finditer(text):
        month = _number(match["month"])
        if 1 <= month <= 12:
            yield match.start(), match.end(), date(_year_of(match, received, month), month, 1), "month", ""
    yield from _named(text, received)


def _later(match: re.Match[str], received: date) -> Iterator[Found]:
    count, unit = (6 if match["count"] == "半" else _number(match["count"])), match["unit"]
    if unit in ("週", "週間", "周", "주", "星期", "个星期"):
        yield match.start(), match.end(), received + timedelta(7 * count), "day", "span"
    elif unit == "年" and match["count"] != "半":
        yield match.start(), match.end(), date(received.year + count, received.month, 1), "year", "span"
    else:
        index = received.month - 1 + count
        yield match.start(), match.end(), date(received.year + index // 12, index % 12 + 1, 1), "month", "span"


def _named(text: str, received: date) -> Iterator[Found]:
    month = date(received.year + received.month // 12, received.month % 12 + 1, 1)
    yield from ((one.start(), one.end(), month, "month", "") for one in NEXT_MONTH.finditer(text))
    for match in QUARTER.finditer(text):
        start = date(received.year, _number(match["number"]) * 3 - 2, 1)
        over = start.month + 3 <= received.month
        yield match.start(), match.end(), start.replace(year=start.year + over), "quarter", ""
    yield from ((one.start(), one.end(), date(received.year + 1, 1, 1), "month", "") for one in NEW_YEAR.finditer(text))
    for pattern, days in RELATIVE:
        yield from (
            (one.start(), one.end(), received + timedelta(days), "day", "today") for one in pattern.finditer(text)
        )
    monday = received + timedelta(7 - received.weekday())
    yield from ((one.start(), one.end(), monday, "week", "number") for one in NEXT_WEEK.finditer(text))
    for match in YEARS.finditer(text):
        year = int(match["year"] or received.year + 1)
        if received.year <= year <= received.year + 12:
            yield match.start(), match.end(), date(year, 1, 1), "year", ""


def _bare_days(text: str, received: date, found: list[Found]) -> list[Found]:
    """ "From 8 August to the 16th", "on the 10th": the month is that of the day before it, else the coming one."""
    for match in DAY.finditer(text):
        if any(match.start() < other[1] and other[0] < match.end() for other in found):
            continue
        earlier = [one[2] for one in found if one[1] <= match.start() and one[3] == "day"]
        base = earlier[-1] if earlier else received
        day = _next_such_day(base, int(match["day"]))
        if day:
            found.append((match.start(), match.end(), day, "day", "bare"))
            found.sort()
    return found


def _next_such_day(after: date, wanted: int) -> date | None:
    for number in range(3):
        index = after.month - 1 + number
        try:
            day = date(after.year + index // 12, index % 12 + 1, wanted)
        except ValueError:
            continue
        if day > after:
            return day
    return None
