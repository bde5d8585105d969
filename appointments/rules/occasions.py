"""Feasts and seasons people date by ("after Easter", "a la rentrée"), and the time each stands for."""

from collections.abc import Callable
from datetime import date, timedelta

from appointments.rules.calendar_names import plain


def easter(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian reckoning)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _moving(days: int) -> Callable[[int], date]:
    return lambda year: easter(year) + timedelta(days)


def nth(weekday: int, number: int, month: int) -> Callable[[int], date]:
    """The so-manieth such weekday of a month; -1 is the last."""

    def find(year: int) -> date:
        if number < 0:
            last = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
            return last - timedelta((last.weekday() - weekday) % 7)
        first = date(year, month, 1)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))

    return find


# What a phrase stands for: its day in a year, and how exactly it is meant ("day" or "month").
FEASTS: dict[str, tuple[Callable[[int], date], str]] = {}


def _say(phrases: str, find: Callable[[int], date], precision: str = "month") -> None:
    FEASTS.update({plain(phrase.strip()): (find, precision) for phrase in phrases.split("|")})


_say(
    "easter|ostern|paques|pascua|pasqua|pasen|pascoa|påsk|påske|paaske|pääsiäinen|pääsiäisen|pasti|húsvét|wielkanoc|wielkanocy|velikonoce|velikonocích|"
    "великодня|πασχα|semana santa|settimana santa|semana mayor|semaine sainte|karwoche|osterferien|paasvakantie|osterurlaub",
    _moving(0),
)
_say("easter monday|ostermontag|lundi de pâques|pasquetta|tweede paasdag|lunes de pascua", _moving(1), "day")
_say("good friday|karfreitag|vendredi saint|viernes santo|goede vrijdag|venerdì santo", _moving(-2), "day")
_say("whitsun|pentecost|pfingsten|pfingstferien|pentecôte|pentecostés|pinksteren|pentecoste", _moving(50), "month")
_say("whit monday|pfingstmontag|tweede pinksterdag|lundi de pentecôte", _moving(50), "day")
_say(
    "ascension|ascension day|christi himmelfahrt|himmelfahrt|l'ascension|hemelvaart|hemelvaartsdag",
    _moving(39),
    "month",
)
_say("corpus christi|fronleichnam", _moving(60), "month")
_say("carnival|carnaval|karneval|fasching|fastnacht|mardi gras|karnevalstage|carnevale|vasteloavend", _moving(-47))
_say(
    "palm sunday|palmsonntag|domenica delle palme|domingo de ramos|palmzondag|dimanche des rameaux", _moving(-7), "day"
)
_say("ash wednesday|aschermittwoch", _moving(-46), "day")
_say("memorial day", nth(0, -1, 5), "day")
_say("spring bank holiday", nth(0, -1, 5), "day")
_say("labor day|labour day weekend", nth(0, 1, 9), "day")
_say("columbus day", nth(0, 2, 10), "day")
_say("thanksgiving", nth(3, 4, 11))
_say("black friday", lambda year: nth(3, 4, 11)(year) + timedelta(1))
_say("mother's day|mothers day|muttertag|moederdag", nth(6, 2, 5))
_say("father's day|fathers day", nth(6, 3, 6), "day")
_say("lent|fastenzeit|carême|cuaresma|quaresima|vastentijd|quaresma", _moving(-46))
_say("wintersaison|der wintersaison|ski season|saison d'hiver", _fixed(4, 1))
_say("pongal|makar sankranti", _fixed(1, 16), "day")
_say(
    "christmas|xmas|chrissy|weihnachten|noël|noel|navidad|navidades|natale|kerst|kerstmis|natal|julen|after jul|efter jul|over jul|joulun|"
    "boże narodzenie|vánoce|vánoc|karácsony|crăciun|the holidays|the festive season|las fiestas|le feste|les fêtes|de feestdagen|den feiertagen|"
    "die feiertage|the festivities",
    _fixed(12, 25),
)
_say("boxing day", _fixed(12, 26), "day")
_say("silvester|new year's eve|oudjaar|nochevieja", _fixed(12, 31), "day")
_say(
    "new year's day|neujahr|nouvel an|jour de l'an|año nuevo|capodanno|nieuwjaar|ano novo|nyår|nyårsafton|nyttår|nytår|nyårshelgen|uusivuosi|uuden vuoden|"
    "nowy rok|nowym roku|nowego roku|nový rok|novém roce|nového roku|újév|yeni yıl|yılbaşı|anul nou|нового року|πρωτοχρονια|νεο ετοσ|new year's|new years|"
    "the new year|new year|neuen jahr|neues jahr|neuen jahres|nieuwe jaar|nuovo anno|anno nuovo|nouvelle année|det nye år|det nya året|nya året|nye året|nyåret|"
    "nowym rokiem|noul an|jahresbeginn|jahresanfang|jahreswechsel ins neue|årsskiftet",
    _fixed(1, 1),
)
_say(
    "jahreswechsel|nächsten jahreswechsel|jahresende|year end|year-end|yearend|ende des jahres|end of the year|end of this year|fin d'année|fin de l'année|"
    "fin de año|finales de año|fine anno|einde van het jaar|eind dit jaar|eind van het jaar|fim do ano|final do ano|årets slut|slutet av året|årets udgang|slutten av året|"
    "vuoden lopussa|vuoden loppu|koniec roku|konca roku|konec roku|év vége|év végén|yıl sonu|sfârșitul anului|кінець року|кінця року|årsslutet",
    _fixed(12, 1),
)
_say(
    "epiphany|dreikönig|heilige drei könige|épiphanie|l'épiphanie|reyes|epifania|l'epifania|befana|driekoningen|dia de reis|trettondagen|trettonhelgen",
    _fixed(1, 6),
    "day",
)
_say(
    "midsummer|midsommar|juhannus|juhannuksen|sankthans|sankt hans|sint-jan|saint-jean|san juan", _fixed(6, 25), "month"
)
_say("ferragosto", _fixed(8, 16), "month")
_say("all saints|allerheiligen|toussaint|ognissanti|todos los santos|allhelgona", _fixed(11, 1), "month")
_say("são martinho|martinmas", _fixed(11, 11))
_say("halloween", _fixed(10, 31), "day")
_say("dasara|dussehra|navratri", _fixed(10, 20))
_say("4th of july|fourth of july|july 4th|independence day", _fixed(7, 5), "day")
_say("clocks go back", lambda year: nth(6, -1, 10)(year), "day")
_say("clocks go forward", lambda year: nth(6, -1, 3)(year), "day")
_say("new tax year", _fixed(4, 6), "day")
_say(
    "summer holidays|summer holiday|summer vacation|summer break|the summer|summer|sommerferien|schulferien|sommerpause|dem sommer|sommerurlaub|grandes vacances|vacances d'été|"
    "l'été|vacaciones de verano|el verano|del verano|zomervakantie|zomerreces|de zomer|zomer|vacanze estive|l'estate|ferie estive|"
    "férias de verão|o verão|do verão|sommaren|semestern|sommeren|sommerferien|sommarsemestern|fellesferien|kesän|kesäloman|kesälomien|"
    "wakacjach|wakacji|urlopach|prázdninách|prázdnin|létě|nyár|nyári szünet|yaz tatilinden|yazdan|vacanța|vacanță|vară|літа|відпусток|το καλοκαιρι|"
    "sommerferie",
    _fixed(9, 1),
    "after",
)
_say(
    "betriebsurlaub|werksferien|betriebsferien|bauferien|bouwverlof|bouwvak|congés d'août|congés annuels|vacaciones colectivas|ferie d'agosto|industriferien|"
    "industrisemestern",
    _fixed(8, 20),
    "month",
)
_say(
    "rentrée|la rentrée|la rentré|return of holidays|la vuelta de vacaciones|rientro dalle ferie|al rientro dalle ferie",
    _fixed(9, 1),
)
# Feasts that go by the moon: the days of the coming years; any other year is taken to be like the last one listed.
RAMADAN_ENDS = {2025: (3, 30), 2026: (3, 20), 2027: (3, 9), 2028: (2, 26), 2029: (2, 14), 2030: (2, 4), 2031: (1, 24)}
LUNAR_NEW_YEAR = {2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23)}
DIWALI = {2025: (10, 20), 2026: (11, 8), 2027: (10, 29), 2028: (10, 17), 2029: (11, 5), 2030: (10, 26), 2031: (11, 14)}


def _listed(days: dict[int, tuple[int, int]]) -> Callable[[int], date]:
    return lambda year: date(year, *days.get(year, days[max(days)]))


_say(
    "ramadan|the ramadan|ramadhan|eid|eid al-fitr|bayram|bayramdan|ramazan|ramazan bayramı|zuckerfest|aïd|suikerfeest",
    _listed(RAMADAN_ENDS),
)
_say("lunar new year|chinese new year|spring festival|tet|seollal", _listed(LUNAR_NEW_YEAR))
_say("diwali|deepavali", _listed(DIWALI))
_FIRST: dict[str, list[list[str]]] = {}
for _phrase in sorted(FEASTS, key=len, reverse=True):
    _FIRST.setdefault(_phrase.replace("'", " ").replace("-", " ").split()[0], []).append(
        _phrase.replace("'", " ").replace("-", " ").split()
    )
BY_FIRST_WORD = _FIRST
BY_WORDS = {" ".join(phrase.replace("'", " ").replace("-", " ").split()): value for phrase, value in FEASTS.items()}

SEASON_QUARTER = {"spring": 2, "summer": 3, "autumn": 4, "winter": 1}
