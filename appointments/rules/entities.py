"""What a reply names: days, times, people, numbers; each with the span of text it came from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appointments.rules import calendar_words as words
from appointments.rules import departments
from appointments.rules.dates import FoundDate, find_dates
from appointments.rules.phrases import fold
from crm.rules.working_time import add_working_days, to_utc

Entity = dict[str, Any]

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
PHONE = re.compile(r"(?<![\w/.])\+?\(?\d[\d ()./-]{6,20}\d(?!\w)")
DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
MONEY = re.compile(r"(?:[€$£]|EUR|USD|GBP|CHF) ?\d[\d.,]{0,12}k?|\d[\d.,]{0,12}k? ?(?:€|\$|£|EUR|USD|GBP|CHF|euros?)")
CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,20}"
NAME = re.compile(
    rf"{CAPITAL}(?:[ ]+(?:(?:de|van|der|den|von|del|di|da|dos|du|la|le|ten|ter)[ ]+){{0,2}}{CAPITAL}){{0,3}}"
)
TITLES = re.compile(
    r"\b(CEO|CFO|CTO|CIO|COO|CISO|CMO|DSI|DAF|(?:head|director|manager|vp|leiter|leiterin|responsable|"
    r"hoofd|responsabile|directeur|directrice)(?: (?:of|de|der|des|del|della|van|för|für)(?: \w{2,20}){1,2})?|"
    r"procurement|purchasing|facilities|Einkauf|achats|compras|inkoop|acquisti)\b",
    re.IGNORECASE,
)
REFERRING = (
    "contact|ask|to|with|cc|cc'ing|copying|forwarded|colleague|manager|boss|is|an|frau|herr|herrn|kollege|kollegin|"
    "kollegen|avec|a|collegue|copie|monsieur|madame|con|colega|companero|companera|met|collega|mijn|signor|signora|"
    "dottor|sr|sra|com|o|chef|directeur|cfo|cto|cio|ceo|coo|by|name|try|email|write|speak|talk"
)
BEFORE_NAME = re.compile(rf"(?:\b(?:{REFERRING})|[,:])[ ]{{1,2}}$")
AFTER_NAME = re.compile(
    r"^[ ,(]{0,3}(?:\(|<|handles|looks after|takes care|is (?:responsible|in charge|the|our|who|your)|runs|owns|manages|would be|"
    r"ist (?:zustandig|verantwortlich|der|die|dafur)|kummert|s'occupe|qui s'en|qui gere|est (?:en charge|le|la|responsable)|"
    r"gere|se encarga|lleva|es (?:el|la|quien)|gaat (?:hier|daar)|is (?:verantwoordelijk|de)|regelt|si occupa|se ne occupa|"
    r"e (?:il|la|o|a)|trata|cuida)"
)
NOT_A_NAME = {
    "i",
    "we",
    "you",
    "he",
    "she",
    "they",
    "it",
    "the",
    "this",
    "that",
    "hi",
    "hello",
    "dear",
    "thanks",
    "thank",
    "please",
    "regards",
    "best",
    "our",
    "my",
    "your",
    "yes",
    "no",
    "not",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "gdpr",
    "cfo",
    "cto",
    "cio",
    "ceo",
    "coo",
    "hr",
    "uk",
    "us",
    "eu",
    "sie",
    "ihr",
    "ihre",
    "wir",
    "ich",
    "bonjour",
    "merci",
    "je",
    "vous",
    "nous",
    "c'est",
    "est",
    "hola",
    "gracias",
    "beste",
    "dank",
    "ciao",
    "grazie",
    "salve",
    "ola",
    "obrigado",
    "roi",
    "ai",
    "iso",
    "pdf",
    "ok",
    "hq",
    "cc",
    "re",
    "fwd",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "frau",
    "herr",
    "herrn",
    "bitte",
}

BACK = re.compile(
    r"\b(?:back|return|returning|reachable again|wieder|zuruck|retour|reviens|reprends|reprendrai|vuelvo|volvere|regreso|"
    r"regresare|reincorporo|terug|weer|rientro|rientrero|torno|tornero|ritorno|regressarei|volto|voltarei|retorno|"
    r"retornarei|resume|resuming|from|as of|ab|a partir d|vanaf|a partire)\b"
)
INCLUSIVE = re.compile(
    r"\b(?:through|inclusive|including|einschliesslich|einschlieslich|inkl|inclus|incluido|inclusive|tot en met|"
    r"t/m|compreso|incluso|bis|jusqu'au|hasta|fino a|ate|to|al|au|-|–)\b|[–-] ?$"
)
EXCLUSIVE = re.compile(r"\b(?:until|till|til|tot)\b")

CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))\b ?(?P<half>am|pm|a\.m|p\.m)?"
    r"|\b(?P<hour2>[01]?\d|2[0-3]) ?(?P<unit>am|pm|a\.m|p\.m|uhr|uur|h|hrs|heures|o'clock|horas)\b"
    rf"|\b(?:{'|'.join(words.AT + words.AFTER + words.BEFORE)}|between|and) (?P<hour3>[01]?\d|2[0-3])\b(?![.,:/]?\d|%| ?[a-z]{{3}})"
    r"|\b(?P<noon>noon|midday|mittag|midi|mediodia|mezzogiorno|meio-dia)\b"
)


@dataclass(frozen=True)
class Reading:
    """A text with what is needed to resolve what it names."""

    text: str
    received: date
    zone: ZoneInfo
    country: str = ""

    @property
    def us(self) -> bool:
        return self.country == "US" or self.zone.key.startswith("America/")

    @property
    def dates(self) -> list[FoundDate]:
        return find_dates(self.text, self.received, us=self.us)


def _entity(text: str, start: int, end: int, **facts: Any) -> Entity:
    return {"text": text[start:end], "start": start, "end": end, **facts}


def emails(text: str) -> list[Entity]:
    return [
        _entity(text, found.start(), found.end(), email=found.group().rstrip(".").lower())
        for found in EMAIL.finditer(text)
    ]


def phones(text: str) -> list[Entity]:
    """Numbers of 7 to 15 digits that are no dates."""
    result = []
    for found in PHONE.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if 7 <= len(digits) <= 15 and not DATE_LIKE.fullmatch(found.group().strip()):
            result.append(_entity(text, found.start(), found.end(), number=found.group().strip()))
    return result


def return_date(reading: Reading) -> Entity | None:
    """The first day back at work: named as such, else the working day after the last day away."""
    named = [found for found in reading.dates if found.precision in ("day", "week")]
    folded = fold(reading.text)
    for found in named:
        before = folded[max(0, found.start - 40) : found.start]
        if BACK.search(before) and not INCLUSIVE.search(before[-14:]) and not _opens_a_range(folded, found, named):
            return _entity(reading.text, found.start, found.end, date=found.day.isoformat())
    if not named:
        return None
    last = max(named, key=lambda found: found.day)
    before = folded[max(0, last.start - 24) : last.start]
    stays_away = not EXCLUSIVE.search(before) or "tot en met" in before or "including" in folded
    day = add_working_days(last.day, 1 if stays_away else 0, reading.country)
    return _entity(reading.text, last.start, last.end, date=day.isoformat())


def _opens_a_range(folded: str, found: FoundDate, named: list[FoundDate]) -> bool:
    """ "From 3 June to 12 June": the first of the two is no return."""
    between = [folded[found.end : other.start] for other in named if 0 < other.start - found.end <= 24]
    return any(INCLUSIVE.search(gap) or EXCLUSIVE.search(gap) or "–" in gap for gap in between)


def follow_up(reading: Reading) -> Entity | None:
    """When to come back: the furthest day, month, quarter or year that lies ahead."""
    ahead = [found for found in reading.dates if found.day > reading.received or found.precision != "day"]
    if not ahead:
        return None
    after_return = [
        f
        for f in ahead
        if re.search(
            r"\b(after|nach|apres|despues|na|dopo|depois)\b",
            fold(reading.text[max(0, f.start - 12) : f.start]),
        )
    ]
    found = (after_return or sorted(ahead, key=lambda item: item.day))[-1]
    return _entity(reading.text, found.start, found.end, date=found.iso, day=found.day.isoformat())


def _hour(match: re.Match[str]) -> tuple[time, bool]:
    """The time, and whether it was said exactly; 1 to 6 without am or pm is the afternoon."""
    if match["noon"]:
        return time(12), True
    hour, minute = int(match["hour"] or match["hour2"] or match["hour3"]), int(match["minute"] or 0)
    half = (match["half"] or match["unit"] or "").replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif half not in ("am", "pm") and 1 <= hour <= 6:
        hour += 12
    return time(hour, minute), bool(match["hour"] or match["hour2"])


def proposed_times(reading: Reading) -> list[Entity]:
    """Times somebody says they could meet, each with its window in UTC; without an hour, the working day."""
    folded, result = fold(reading.text), []
    found_days = [found for found in reading.dates if found.precision in ("day", "week")]
    for number, found in enumerate(found_days):
        ends = found_days[number + 1].start if number + 1 < len(found_days) else len(folded)
        end = min(ends, found.end + 45)
        clocks = list(CLOCK.finditer(folded, found.end, end)) or list(
            CLOCK.finditer(folded, max(0, found.start - 16), found.start)
        )
        result.append(_proposal(reading, folded, found, clocks))
    return result


def _proposal(reading: Reading, folded: str, found: FoundDate, clocks: list[re.Match[str]]) -> Entity:
    day, zone = found.day, reading.zone
    first, last, kind = time(9), time(17), "day"
    start, end = found.start, found.end
    around = folded[found.end : found.end + 24]
    if clocks:
        clock = clocks[0]
        start, end = min(start, clock.start()), max(end, clock.end())
        said = folded[max(0, clock.start() - 9) : clock.end()]
        at = _hour(clock)[0]
        if any(
            re.search(rf"\b{word}\b", said)
            for word in ("after", "nach", "ab", "apres", "despues", "na", "vanaf", "dopo", "depois")
        ):
            first, last, kind = at, max(time(18), at), "after"
        elif any(re.search(rf"\b{word}\b", said) for word in ("before", "vor", "avant", "antes", "voor", "prima")):
            first, last, kind = time(8), at, "before"
        elif len(clocks) > 1:
            first, last, kind, end = at, _hour(clocks[1])[0], "between", max(end, clocks[1].end())
        else:
            first, last, kind = at, at, "at"
    elif any(word in around for word in words.MORNING):
        first, last, kind = time(8), time(12), "morning"
    elif any(word in around for word in words.AFTERNOON):
        first, last, kind = time(12), time(18), "afternoon"
    final_day = day + timedelta(days=4) if found.precision == "week" else day
    return _entity(
        reading.text, start, end, kind=kind, zone=zone.key,
        starts_at=to_utc(day, first, zone).isoformat(), ends_at=to_utc(final_day, last, zone).isoformat(),
    )  # fmt: skip


def people(text: str, own: frozenset[str] = frozenset()) -> list[Entity]:
    """Persons named beside a word that refers us, with the address that stands near; `own` addresses are left out."""
    mails = [mail for mail in emails(text) if mail["email"] not in own]
    found: list[Entity] = []
    for match in NAME.finditer(text):
        name = _trimmed(match)
        before = fold(text[max(0, match.start() - 24) : match.start()])
        mail = _address_of(name, match.end(), mails)
        refers = BEFORE_NAME.search(before) or AFTER_NAME.match(fold(text[match.end() : match.end() + 40])) or mail
        if (
            name
            and refers
            and (
                mail
                or " " in name
                or re.search(r"\b(frau|herrn?|monsieur|madame|signora?|sra?)\W*$", before)
                or BEFORE_NAME.search(before)
            )
        ):
            start = match.start() + max(match.group().replace("’", "'").find(name), 0)
            found.append(_entity(text, start, start + len(name), name=name, email=mail["email"] if mail else ""))
    known = {item["email"] for item in found}
    found += [{**mail, "name": ""} for mail in mails if mail["email"] not in known]
    title = TITLES.search(text)
    if title and len(found) == 1:
        found[0]["title"] = title.group()
    if not found and (department := departments.find(text)):
        said = text[department.start : department.end]
        found.append(_entity(text, department.start, department.end, name="", email="", title=said))
    elif not found and title:
        found.append(_entity(text, title.start(), title.end(), name="", email="", title=title.group()))
    return found[:5]


def _trimmed(match: re.Match[str]) -> str:
    """The name without a leading word that only begins the sentence."""
    parts = match.group().replace("’", "'").split(" ")
    parts[0] = parts[0].split("'", 1)[-1] if re.match(r"[A-Z][a-z]?'[A-Z]|C'est|D'", parts[0]) else parts[0]
    while parts and fold(parts[0]).strip("'") in NOT_A_NAME:
        parts = parts[1:]
    while parts and fold(parts[-1]) in NOT_A_NAME:
        parts = parts[:-1]
    return " ".join(parts)


def _address_of(name: str, end: int, mails: list[Entity]) -> Entity | None:
    """The address that carries a part of the name, else one that follows at once."""
    parts = [fold(part) for part in name.split() if len(part) > 2]
    for mail in mails:
        local = fold(mail["email"].split("@")[0])
        if any(part in local for part in parts) or 0 <= mail["start"] - end <= 4:
            return mail
    return None


def money(text: str) -> list[Entity]:
    return [_entity(text, found.start(), found.end()) for found in MONEY.finditer(text)]


def extract(
    label: str, secondary: tuple[str, ...], reading: Reading, own: frozenset[str], flags: Mapping[str, bool]
) -> dict[str, Any]:
    """Only what the labels ask for: a date in an absence is a return, in a *not now* a follow-up."""
    said, text = {label, *secondary}, reading.text
    result: dict[str, Any] = {name: True for name, present in flags.items() if present}
    if "out_of_office" in said:
        result["return_date"] = return_date(reading)
        result["alternates"] = people(text, own)
    if "meeting_request" in said:
        result["proposed_times"] = proposed_times(reading)
    if said & {"referral", "left_company"}:
        result["referred"] = people(text, own)
    if "not_now" in said:
        result["follow_up"] = follow_up(reading)
    if said & {"objection_competitor"} and not said & {"not_now"}:
        result["renewal"] = follow_up(reading)
    if "objection_price" in said:
        result["price"] = money(text)
    if "auto_reply" in said:
        result["new_email"] = next(iter(mail for mail in emails(text) if mail["email"] not in own), None)
    if said - {"bounce", "auto_reply"}:
        result["phone"] = phones(text)
    return {key: value for key, value in result.items() if value}


def received_on(moment: datetime, zone: ZoneInfo) -> date:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date()
