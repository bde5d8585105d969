"""Countries: names as people write them, in the languages the product speaks; kept as ISO 3166-1 alpha-2 codes."""

import gettext
from functools import cache

import pycountry

from crm.rules.normal_forms import fold

_LANGUAGES = ("de", "fr", "es", "nl", "it", "pt")
_ALSO = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB", "britain": "GB",
    "usa": "US", "u s a": "US", "u s": "US", "america": "US", "united states of america": "US", "vereinigte staaten von amerika": "US",
    "etats unis": "US", "estados unidos": "US", "stati uniti": "US", "holland": "NL", "the netherlands": "NL", "pays bas": "NL",
    "czech republic": "CZ", "tschechische republik": "CZ", "south korea": "KR", "korea": "KR", "republic of korea": "KR",
    "russia": "RU", "rusia": "RU", "russland": "RU", "russie": "RU", "rusland": "RU",
    "turkey": "TR", "vietnam": "VN", "ivory coast": "CI", "cape verde": "CV", "macedonia": "MK", "uae": "AE",
    "emirates": "AE", "hong kong": "HK", "taiwan": "TW", "moldova": "MD", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ",
    "swaziland": "SZ", "burma": "MM", "laos": "LA", "syria": "SY", "iran": "IR", "kosovo": "XK", "osterreich": "AT", "schweiz": "CH",
    "suisse": "CH", "svizzera": "CH", "polska": "PL", "sverige": "SE", "norge": "NO", "danmark": "DK", "suomi": "FI",
    "eire": "IE", "republic of ireland": "IE", "brasil": "BR", "cesko": "CZ", "magyarorszag": "HU", "hellas": "GR",
}  # fmt: skip


def code_of(text: str) -> str:
    """The two-letter code of a country given by code or name, in any of the product's languages; empty: none is called so."""
    plain = fold(text)
    if not plain:
        return ""
    upper = text.strip().upper()
    if len(upper) == 2 and pycountry.countries.get(alpha_2=upper):
        return upper
    if len(upper) == 3 and (found := pycountry.countries.get(alpha_3=upper)):
        return str(found.alpha_2)
    return _ALSO.get(plain) or _names().get(plain, "")


def name_of(code: str) -> str:
    """How a country is called on screens; a code nobody knows is shown as it is."""
    found = pycountry.countries.get(alpha_2=code.upper()) if len(code) == 2 else None
    return str(getattr(found, "common_name", "") or found.name) if found else code


@cache
def choices() -> list[tuple[str, str]]:
    """Code and name of every country, by name, for a chooser."""
    return sorted(((row.alpha_2, name_of(row.alpha_2)) for row in pycountry.countries), key=lambda row: fold(row[1]))


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in pycountry.countries:
        for attribute in ("name", "common_name", "official_name"):
            if name := getattr(row, attribute, ""):
                found.setdefault(fold(name), row.alpha_2)
    for language in _LANGUAGES:
        words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for row in pycountry.countries:
            found.setdefault(fold(words.gettext(row.name)), row.alpha_2)
            found.setdefault(fold(words.gettext(getattr(row, "common_name", row.name))), row.alpha_2)
    return found
