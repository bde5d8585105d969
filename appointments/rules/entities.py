"""What a reply names: days, times, people, numbers; each with the span of text it came from."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from appointments.rules import absence, later, rivals
from appointments.rules.calendar_names import plain
from appointments.rules.dates import LONGEST
from appointments.rules.people import Entity, emails, entity, people, phones
from appointments.rules.proposals import Reading, proposed_times

CURRENCY = r"(?:[€$£]|R\$|US\$|EUR|USD|GBP|CHF|SEK|NOK|DKK|SGD|AUD|CAD|INR|Rs\.?|₹|kr\.?|zł|Kč|Ft|lei)"
COIN = (
    r"(?:[€$£₹]|EUR|USD|GBP|CHF|SEK|NOK|DKK|euros?|cents?|dollars?|pounds?|quid|bucks|grand|pence|lakhs?|crores?|Franken|Fr\.|Cent|dólares|pesos|céntimos|reais|centavos|francs?|kr\b\.?|kronor|kroner|"
    r"złotych|zł|korun|Kč|Ft|forint|lei|de euro|TL|lira|грн|гривень|ευρώ|円|万円|元|원|만원|basis points|Prozent|percent|%|\+ (?:IVA|VAT|MwSt|BTW|TVA))"
)
PER = r"(?: ?(?:/|per|a|an|the|pro|im|am|par|por|al|alla?|di|el|la|le|de|om|i|på|za|pe|w|ved|om)\.? ?(?:user|seat|month|year|week|piece|unit|term|sheet|head|site|person|\w{3,12}))?"
AMOUNT = r"\d[\d.,]{0,12}(?: \d{3}){0,3} ?(?:k|m|mil|tsd\.?|lakhs?)?"
MONEY = re.compile(
    rf"(?<![\w.]){CURRENCY} ?{AMOUNT}\b{PER}|(?<![\w.]){AMOUNT} ?{COIN}(?!\w){PER}|(?<![\w.])\d[\d.,]{{0,12}} (?:a|per|pro|am|im|par|por|al|per) (?:user|seat|month|year|week|tag|monat|jahr|mois|mes|maand|mese|mês)\b",
    re.IGNORECASE,
)


def return_date(reading: Reading) -> Entity | None:
    """The first day back at work: named as such, else the working day after the last day away."""
    found = absence.first_day_back(reading.text, reading.received, reading.country, us=reading.us)
    return entity(reading.text, found.start, found.end, date=found.day.isoformat()) if found else None


def follow_up(reading: Reading, *, invited: bool = False) -> Entity | None:
    """When to come back: `date` as exactly as it was said, `day` the day on which we act."""
    found = later.when_to_return(reading.text, reading.received, us=reading.us, invited=invited)
    if found is None:
        return None
    said = f"{found.day:%Y-%m}" if found.how == "middle" else found.iso  # the middle of a month is no day
    return entity(reading.text, found.start, found.end, date=said, day=found.day.isoformat())


def money(text: str) -> list[Entity]:
    return [entity(text, found.start(), found.end()) for found in MONEY.finditer(text)]


NEW_ADDRESS = re.compile(
    r"\b(?:new (?:e-?mail|address|mail)|e-?mail (?:has )?changed|address (?:has )?changed|changing|changed|henceforth|from now on|as of now|update your|migrated|renamed|rebrand\w*|private|personal|stay in touch|reach(?:ed)? me|reach us|find me|found at|keep in touch|"
    r"neue\w*|heis+en jetzt|ab sofort|kunftig|privat\w*|geandert|nouvelle adresse|desormais|privee?|nuevo correo|nueva direccion|a partir de|nuevo|nuovo indirizzo|nuova|d'ora in poi|privato|"
    r"nieuw\w*|voortaan|prive|novo e-?mail|novo endereco|agora|nowy adres|prywatn\w*|ny adress|ny adresse|ny e-?mail|uusi|nova adresa|novy|uj cim|noua|yeni|нов\w+)\b"
)


def new_address(text: str, own: frozenset[str], *, any_will_do: bool) -> Entity | None:
    """The address the writer moved to; from a machine, which writes of nothing else, any address near such words."""
    folded = plain(text)
    for mail in emails(text):
        before = folded[max(0, mail["start"] - 140) : mail["start"]]
        if mail["email"] not in own and (NEW_ADDRESS.search(before) or (any_will_do and NEW_ADDRESS.search(folded))):
            return mail
    return None


UNSURE = {"auto_reply", "other", "not_interested"}
"""Labels beside which an absence that is spoken of is read too: the label may be put right later."""


def extract(
    label: str, secondary: tuple[str, ...], reading: Reading, own: frozenset[str], flags: Mapping[str, bool]
) -> dict[str, Any]:
    """Only what the labels ask for: a date in an absence is a return, in a *not now* a follow-up."""
    reading = replace(reading, text=reading.text[:LONGEST])
    said, text, set_of_ours = {label, *secondary}, reading.text, own
    result: dict[str, Any] = {name: True for name, present in flags.items() if present}
    if "out_of_office" in said or (said & UNSURE and absence.SPEAKS_OF_IT.search(plain(text))):
        result["return_date"] = return_date(reading)
        result["alternates"] = people(text, own, roles=False)
    if "meeting_request" in said:
        result["proposed_times"] = proposed_times(reading)
    if said & {"referral", "left_company"}:
        gone = "left_company" in said
        # An address that the one who left moved to is nobody to be referred to.
        left = new_address(text, own, any_will_do=False) if gone else None
        named = people(text, own, roles="referral" in said or not gone, successors=gone)
        if left and not any(one["name"] and one["email"] == left["email"] for one in named):
            named = people(text, own | {left["email"]}, roles="referral" in said or not gone, successors=gone)
        result["referred"] = named
    if "not_now" in said:
        result["follow_up"] = follow_up(reading)
    if "objection_competitor" in said:
        result["competitor"] = rivals.competitor(text)
    if said & {"objection_competitor"} and not said & {"not_now"}:
        result["renewal"] = follow_up(reading)
    if "objection_price" in said:
        result["price"] = money(text)
    if said & {"auto_reply", "left_company", "unsubscribe"}:
        result["new_email"] = new_address(text, set_of_ours, any_will_do="auto_reply" in said)
    if said - {"bounce", "auto_reply"}:
        result["phone"] = phones(text)
    if label == "other":
        result = plainly_said(reading, own) | {key: value for key, value in result.items() if value}
    return {key: value for key, value in result.items() if value}


def plainly_said(reading: Reading, own: frozenset[str]) -> dict[str, Any]:
    """What a text says beyond doubt, for the person who has yet to say what it is."""
    return {
        "follow_up": follow_up(reading, invited=True),
        "proposed_times": [one for one in proposed_times(reading) if one["kind"] not in ("day", "hour")],
        "referred": [
            one for one in people(reading.text, own, roles=False) if one["name"] and (one["email"] or one.get("phone"))
        ],
    }


def received_on(moment: datetime, zone: ZoneInfo) -> date:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date()
