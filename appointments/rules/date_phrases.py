"""Times that are said in fixed phrases no calendar word stands in ("in a fortnight", "after the harvest"); folded text."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

Found = tuple[int, int, date, str, str]
Say = Callable[[date], tuple[date, str, str] | None]


def _coming(month: int, received: date) -> date:
    return date(received.year + (month <= received.month), month, 1)


def _in(month: int) -> Say:
    return lambda received: (_coming(month, received), "month", "")


def _after_the_holidays(received: date) -> tuple[date, str, str] | None:
    """Said from April to August the long summer ones, from November on those at the turn of the year."""
    if 4 <= received.month <= 8:
        return date(received.year, 9, 1), "month", ""
    return (date(received.year + 1, 1, 1), "month", "") if received.month >= 11 else None


def _weeks(number: int) -> Say:
    return lambda received: (received + timedelta(weeks=number), "day", "span")


def _week_after_next(received: date) -> tuple[date, str, str]:
    return received + timedelta(14 - received.weekday()), "week", "number"


def _last_quarter(received: date) -> tuple[date, str, str]:
    return date(received.year + (received.month > 11), 10, 1), "quarter", ""


def _next_season(received: date) -> tuple[date, str, str]:
    return date(received.year + 1, 1, 1), "year", ""


PHRASES: list[tuple[re.Pattern[str], Say]] = [
    (re.compile(r"\b(?:in |within )?(?:a|one) fortnight(?:'s time)?\b|\ba fortnight's time\b"), _weeks(2)),
    (re.compile(r"\b(?:die |der )?ubernachste[rn]? woche\b|\bthe week after next\b|\bla semaine d'apres la prochaine\b|\bover twee weken\b"), _week_after_next),
    (re.compile(r"\b(?:after|when|once) (?:the )?harvest(?: is (?:in|over|done))?\b|\bnach der (?:ernte|lese|weinlese)\b|\bapres (?:les vendanges|la moisson|les moissons|la recolte)\b|"
                r"\bdespues de la (?:vendimia|cosecha)\b|\b(?:dopo la|a) vendemmia(?: finita)?\b|\bna de oogst\b|\bdepois (?:da vindima|da colheita)\b"), _in(10)),
    (re.compile(r"\b(?:at |after )?(?:the )?end of (?:the |our )?season\b|\bnach (?:der|dem ende der) saison\b|\bsaisonende\b|\bfin de (?:la )?saison\b|\bfinal(?:es)? de (?:la )?temporada\b|\ba fine stagione\b|"
                r"\bdopo la stagione\b|\bna het seizoen\b|\bfim da (?:epoca|temporada)\b"), _in(10)),
    (re.compile(r"\bnach den ferien\b|\bnach dem urlaub\b|\bapres les (?:vacances|conges)\b|\bdespues de (?:las )?vacaciones\b|\bna de vakantie\b|\bdopo le (?:ferie|vacanze)\b|\bdopo la sospensione feriale(?: dei termini)?\b|"
                r"\bdepois das ferias\b|\befter (?:semestern|ferien)\b|\bafter the holidays\b"), _after_the_holidays),
    (re.compile(r"\b(?:in the |the )(?:last|final) quarter\b(?! of (?:20|last))|\b(?:im |ins )(?:letzten|vierten) quartal\b|\b(?:au |le )dernier trimestre\b|\b(?:en |no |el |nell')?ultimo trimestre\b|\bhet laatste kwartaal\b"), _last_quarter),
    (re.compile(r"\bnext season\b|\bnachste[rn]? saison\b|\bla saison prochaine\b|\bvolgend seizoen\b|\bla prossima stagione\b|\bla proxima temporada\b|\ba proxima (?:epoca|temporada)\b"), _next_season),
    (re.compile(r"\b(?:after |til |till |until |at |post )?eofy\b"), _in(7)),
]  # fmt: skip


def find(folded: str, received: date) -> Iterator[Found]:
    for pattern, say in PHRASES:
        for match in pattern.finditer(folded):
            answer = say(received)
            if answer:
                yield match.start(), match.end(), *answer
