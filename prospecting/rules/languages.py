"""Which language goes to whom: the person's own, else their country's, else the organisation's; else the text's own."""

from collections.abc import Collection
from dataclasses import dataclass

NAMES = {
    "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fi": "Finnish", "fr": "French", "ga": "Irish", "hr": "Croatian", "hu": "Hungarian",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "sk": "Slovak", "sl": "Slovenian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese", "ar": "Arabic", "he": "Hebrew",
}  # fmt: skip
# Only where one language is safe to assume; of Belgium, Canada, Switzerland or Luxembourg the country says nothing.
OF_COUNTRY = {
    "AR": "es", "AT": "de", "AU": "en", "BG": "bg", "BR": "pt", "CL": "es", "CO": "es", "CZ": "cs", "DE": "de",
    "DK": "da", "EE": "et", "ES": "es", "FI": "fi", "FR": "fr", "GB": "en", "GR": "el", "HR": "hr", "HU": "hu",
    "IE": "en", "IS": "is", "IT": "it", "JP": "ja", "LI": "de", "LT": "lt", "LV": "lv", "MX": "es", "NL": "nl",
    "NO": "nb", "NZ": "en", "PE": "es", "PL": "pl", "PT": "pt", "RO": "ro", "SE": "sv", "SI": "sl", "SK": "sk",
    "TR": "tr", "UA": "uk", "US": "en",
}  # fmt: skip
_SAME = {"no": "nb", "nn": "nb"}


@dataclass(frozen=True)
class Choice:
    language: str
    why: str
    missing: str = ""  # the language they should have had, where the text has none in it


def name_of(code: str) -> str:
    return NAMES.get(code, code)


def choose(*, own: str, country: str, ours: str, has: Collection[str], default: str) -> Choice:
    """`own` is the person's language, `country` theirs, `ours` the organisation's country; `has` what the text is in."""
    wanted, why = _wanted(own.lower(), country.upper(), ours.upper(), default)
    if wanted in has:
        return Choice(wanted, why)
    return Choice(default, f"{why}, but the text is not in {name_of(wanted)}: the {name_of(default)} one goes", wanted)


def _wanted(own: str, country: str, ours: str, default: str) -> tuple[str, str]:
    if own:
        code = _SAME.get(own, own)
        return code, f"{name_of(code)} is their own language"
    if code := OF_COUNTRY.get(country, ""):
        return code, f"{name_of(code)} is spoken in {country}, and their own language is not known"
    if code := OF_COUNTRY.get(ours, ""):
        return code, f"{name_of(code)} is ours, and theirs is not known"
    return default, "Their language is not known"
