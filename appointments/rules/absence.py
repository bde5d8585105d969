"""The first day back at work that an absence names."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from appointments.rules.calendar_names import plain
from appointments.rules.dates import LONGEST, FoundDate, find_dates
from crm.rules.working_time import add_working_days

# Words that name the return, before the day ("back on") or after it ("wieder im Büro"); a stem may end in any way.
BACK = re.compile(
    r"\b(?:back|return\w*|rejoin\w*|resum\w+|reopen\w*|open(?:s|ing)? (?:again|back)|again|restart\w*|restored?|see you|catch me|next (?:in|seen|shift)|normal service|"
    r"in the office (?:from|again)|available (?:from|again)|online|at my desk|reachable|normal|pick (?:this|it) up|"
    r"wieder|zuruck|ruckkehr|erreichbar|nehme\b.{0,20}\bauf|weiter|geoffnet|danach|"
    r"retour\w*|revien\w+|reviendr\w+|reprend\w*|repris\w*|de nouveau|joignable|rentr\w+|rouvr\w+|lirai|"
    r"vuelv\w+|vuelta|volver\w*|regres\w+|reincorpor\w+|retom\w+|reanud\w+|reabr\w+|de nuevo|nos vemos|ya estoy|a partir|arranc\w+|"
    r"terug\w*|weer|hervat\w*|heropen\w*|"
    r"rientr\w+|torn\w+|ritorn\w+|riprend\w+|ripren\w+|riapr\w+|di nuovo|ci vediamo|operativ\w+|"
    r"volt\w+|regress\w+|retorn\w+|reabr\w+|de novo|"
    r"tilbage|tilbake|ater|tillbaka|igen|igjen|pa plass|moder ind|"
    r"takaisin|palaa\w*|paikalla|jalleen|taas|tavoitettavissa|"
    r"wracam|wroc\w+|powrot\w*|ponownie|znow\w*|zpet|vrat\w+|vracim\w*|opet|znovu|"
    r"vissza\w*|ismet|ujra|elerhet\w*|jovok|"
    r"revin|revenim|revenire\w*|intorc\w*|intoarc\w*|"
    r"donu[sy]\w*|donec\w+|ofiste|tekrar|is basi\w*|"
    r"поверн\w+|знову|вихо\w+|επιστρ\w+|ξανα|παλι|πισω)",
)
# Signs of the east stand without spaces: they are looked for as they are.
BACK_EAST = re.compile(r"戻り|再開|復帰|出社|より|から|返信|恢复|返回|回来|回到|上班|返岗|복귀|돌아|출근|부터")
# The last day away: what stands right before it, and what may follow.
LAST_DAY = re.compile(
    r"(?:\b(?:through|thru|including|inclusive|up to|bis|bis zum|zum|jusqu'?(?:au|a|en)?|hasta|fino al?|fino|tot|t/m|met|ate|to|al|au|a|y|and|und|et|e|och|og|till|til|til og med|"
    r"t\.?o\.?m|asti|saakka|do|az|-ig|pana|kadar|по|до|εωσ|μεχρι|until|frem til|pana pe|und|en|ja)\b|-)\W*(?:\w{1,12}\W+){0,2}$"
)
UNTIL_DAY_BACK = re.compile(
    r"\b(?:until|till|til|untill|tot|frem til|before|vor|avant|antes|antes del|voor|prima|prima di|before the|pred|przed)\W*(?:the |le |el |den |easter |de |di |del )?(?:\w{3,12},? )?$"
)
INCLUSIVE_BEFORE = re.compile(
    r"\b(?:until (?:and )?including|through|thru|up to and including|tot en met|t/m|bis (?:und mit|einschlie\w+|inkl\w*)|til og med|fram till och med|till och med|t\.?o\.?m)\b[\w\W]{0,24}$"
)
INCLUSIVE_AFTER = re.compile(
    r"^\W{0,3}(?:\w+ )?(?:incl\w*|inkl\w*|inclus\w*|einschlie\w*|compres\w*|ambos|dahil|including|asti|saakka)\b|^(?:まで|까지)|^까지"
)
AWAY_AFTER = re.compile(r"^(?:-?ig\b|-?(?:e|a|ye|ya|ne|na) kadar|日?まで|까지)")
MONTHS_AWAY = re.compile(
    r"\b(?:all|whole|during|month of|for|in|im|ganzen|tout|todo|tutto|hele|en|au mois|nel mese|todo el mes)\b"
)
SPAN_AWAY = re.compile(r"\b(?:this week|all week|whole week|for the week|diese woche|ganze woche|cette semaine|toute la semaine|esta semana|toda la semana|questa settimana|"
                       r"tutta la settimana|deze week|hele week|essa semana|esta semana|hela veckan|hele ugen|hele uken|koko viikon|この週|本周|이번 주)\b")  # fmt: skip

# Words of an absence, for a reply that was taken for something else beside it.
SPEAKS_OF_IT = re.compile(
    r"\b(?:out of (?:the )?office|ooo|pto|vacation|on leave|annual leave|(?:maternity|paternity|parental|sick) leave|on holiday\w*|away (?:until|till|from)|urlaub\w*|abwesen\w*|nicht im (?:haus|buro)|dienstreise|"
    r"absent\w*|conges?|vacances|deplacement|vacaciones|ausente|fuera de la oficina|ferie|assente|fuori ufficio|vakantie|afwezig|verlof|ferias|ausente|semester|ferien?|pa ferie|foraldraledig\w*|"
    r"lomalla|urlopi\w*|nieobecn\w*|dovolen\w*|szabadsag\w*|concediu|izinde\w*|відпуст\w*|αδεια)\b|休暇|休假|휴가|出張|出差|출장"
)


def first_day_back(text: str, received: date, country: str = "", *, us: bool = False) -> FoundDate | None:
    """The day named as the return, else the working day after the last day away; None where no day is named."""
    named = find_dates(text, received, us=us)
    folded = plain(text[:LONGEST])
    days = [found for found in named if _may_be(found, received)]
    backs = [found for found in days if _is_return(found, folded, days)]
    if backs:
        return _at(max(backs, key=lambda found: found.day), country)
    lasts = [found for found in days if found.how not in ("span",)]
    if lasts:
        ends = [found for found in lasts if found.how not in ("today", "bare") and _is_last_day(found, folded, named)]
        last = max(ends or lasts, key=lambda found: found.day)
        return _after(last, folded, country) if _is_last_day(last, folded, named) else _at(last, country)
    return _from_month(named, folded, received, country) or _from_this_week(folded, received)


def _may_be(found: FoundDate, received: date) -> bool:
    ahead = (found.day - received).days
    return (
        found.precision in ("day", "week")
        and (ahead >= 0 or (found.precision == "week" and ahead > -7))
        and ahead <= 500
    )


def _clause(folded: str, found: FoundDate, named: Sequence[FoundDate]) -> tuple[str, str]:
    """What stands before and after a day in its sentence, up to the next day that is named."""
    start = max([0, found.start - 90, *(other.end for other in named if other.end <= found.start)])
    end = min([len(folded), found.end + 60, *(other.start for other in named if other.start >= found.end)])
    before = re.split(r"[.!?;\n](?=\s)", folded[start : found.start])[-1]
    after = re.split(r"[.!?;\n](?:\s|$)", folded[found.end : end])[0]
    return before, after


def _is_return(found: FoundDate, folded: str, named: Sequence[FoundDate]) -> bool:
    """Called so before it or, unless it is the end of an absence, after it."""
    before, after = _clause(folded, found, named)
    if AWAY_AFTER.match(after) or INCLUSIVE_AFTER.match(after) or INCLUSIVE_BEFORE.search(before):
        return False
    if _opens_a_range(found, folded, named):
        return False
    cued = list(BACK.finditer(before)) or list(BACK_EAST.finditer(before))
    if cued:
        between = before[cued[-1].end() :]
        return not _is_end(between) or bool(re.match(r"\W*(?:to|au|al|a|tot)\b", between))
    if _is_end(before):
        return False
    return bool(BACK.search(after) or BACK_EAST.match(after))


def _is_end(before: str) -> bool:
    return bool(
        LAST_DAY.search(before[-30:])
        and re.search(
            r"\b(?:bis|jusqu|hasta|fino|tot|t/m|ate|through|thru|until|till|til|asti|do|до|по|μεχρι|εωσ|pana|kadar)",
            before[-30:],
        )
    )


def _opens_a_range(found: FoundDate, folded: str, named: Sequence[FoundDate]) -> bool:
    """ "From 3 June to 12 June": the first of the two is no return."""
    following = next((other for other in named if 0 <= other.start - found.end <= 16), None)
    return following is not None and bool(LAST_DAY.search(folded[found.end : following.start]))


def _is_last_day(last: FoundDate, folded: str, named: Sequence[FoundDate]) -> bool:
    before, after = folded[max(0, last.start - 40) : last.start], folded[last.end : last.end + 24]
    if INCLUSIVE_AFTER.match(after) or INCLUSIVE_BEFORE.search(before) or AWAY_AFTER.match(after):
        return True
    if last.how == "today" or last.how == "number":
        return True
    if UNTIL_DAY_BACK.search(before):
        return last.day.weekday() > 4
    if not LAST_DAY.search(before):
        return False
    # Nobody says that he is away "up to Monday" and means that Monday.
    return last.day.weekday() != 0 or any(
        other.end <= last.start and _opens_a_range(other, folded, named) for other in named
    )


def _at(found: FoundDate, country: str) -> FoundDate:
    return FoundDate(found.start, found.end, found.day)


def _after(found: FoundDate, folded: str, country: str) -> FoundDate:
    last = found.day + timedelta(4) if found.precision == "week" else found.day
    return FoundDate(found.start, found.end, add_working_days(last, 1, country))


def _from_month(named: Sequence[FoundDate], folded: str, received: date, country: str) -> FoundDate | None:
    """Away for all of a month, or back in one: its end, or its beginning."""
    months = [found for found in named if found.precision == "month" and not found.how]
    if not months:
        return None
    found = max(months, key=lambda one: one.day)
    before, after = _clause(folded, found, months)
    if BACK.search(before) or BACK.search(after) or UNTIL_DAY_BACK.search(before) or _is_end(before):
        return FoundDate(found.start, found.end, add_working_days(found.day, 0, country))
    following = (found.day.replace(day=28) + timedelta(5)).replace(day=1)
    return FoundDate(found.start, found.end, add_working_days(following, 0, country))


def _from_this_week(folded: str, received: date) -> FoundDate | None:
    said = SPAN_AWAY.search(folded)
    if not said:
        return None
    return FoundDate(said.start(), said.end(), received + timedelta(7 - received.weekday()))
