"""The forms in which a phone, an address and a person's name are compared: stored in columns, made once per record."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

# Signs that people write between digits; anything else (letters, extensions) goes the library's long way.
_BETWEEN_DIGITS = str.maketrans("", "", " \t-./()\u00a0\u2010\u2011\u2013")
_TO_BLANKS = str.maketrans(
    dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_{|}~\u00a0\u2013\u2014\t\n\r', " ") | dict.fromkeys("'`´’")
)
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "a", "œ": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_UMLAUT = re.compile(r"([aou])e(?=[^aeiou]|$)")
_ANY_WORD = re.compile(r"\w+")
_NOT_NAME = frozenset(
    "dr prof mr mrs ms miss sir mx herr frau dipl ing phd mba md jr sr mme mlle sig sra dott ir drs mag".split()
)
# One spelling for the words of streets, in the languages the product speaks.
_STREET_WORDS = {
    "street": "st", "str": "st", "strasse": "st", "straat": "st", "saint": "st", "sankt": "st", "avenue": "ave", "av": "ave",
    "avenida": "ave", "avda": "ave", "road": "rd", "drive": "dr", "drv": "dr", "lane": "ln", "court": "ct", "place": "pl",
    "platz": "pl", "plaza": "pl", "plein": "pl", "praca": "pl", "piazza": "pl", "boulevard": "blvd", "boul": "blvd", "bd": "blvd",
    "circuit": "cct", "circle": "cir", "crescent": "cres", "cr": "cres", "close": "cl", "terrace": "tce", "ter": "tce",
    "highway": "hwy", "parkway": "pkwy", "square": "sq", "parade": "pde", "mount": "mt", "building": "bldg", "floor": "fl",
    "suite": "ste", "apartment": "apt", "appartement": "apt", "room": "rm", "unit": "apt", "north": "n", "south": "s", "east": "e",
    "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw", "gardens": "gdns", "garden": "gdns",
    "grove": "gr", "heights": "hts", "esplanade": "esp", "rue": "r", "rua": "r", "calle": "c", "carrer": "c", "via": "v",
    "industriestr": "industriest", "number": "", "no": "", "nr": "", "num": "",
}  # fmt: skip
_REGIONS = {str(code): regions[0] for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}
_ROAD_ENDS = (("strasse", "st"), ("straat", "st"), ("str", "st"), ("platz", "pl"), ("plein", "pl"), ("weg", "weg"))


def phone_key(phone: str, country: str) -> str:
    """E.164 of a number as people write it (`country`: ISO 3166-1 alpha-2, for national ones), else its digits if at least 7."""
    if not phone:
        return ""
    text = phone.translate(_BETWEEN_DIGITS)
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return _by_library(phone, country)
    quick = _quickly(digits, country) if digits is text else _abroad(digits)
    return quick or _by_library(phone, country)


def _abroad(digits: str) -> str:
    """A number written with its calling code, where nothing in it needs thinking about."""
    for length in (2, 1, 3):
        rules = _national(_REGIONS.get(digits[:length], ""))
        if rules is not None:
            _, prefix, others, pattern = rules
            rest = digits[length:]
            plain = not (prefix and rest.startswith((prefix, *others))) and pattern.fullmatch(rest)
            return f"+{digits}" if plain else ""
    return ""


def _quickly(digits: str, country: str) -> str:
    """The everyday national number without the library's 60 µs; empty: ask the library."""
    if digits.startswith("00"):
        return ""
    if not country:
        return digits[:20] if len(digits) >= 7 else ""
    rules = _national(country)
    if rules is None:
        return ""
    code, prefix, others, pattern = rules
    if digits.startswith(others):
        return ""
    if prefix and digits.startswith(prefix):
        rest = digits[len(prefix) :]
        return f"+{code}{rest}" if pattern.fullmatch(rest) else ""
    return f"+{code}{digits}" if not digits.startswith(code) and pattern.fullmatch(digits) else ""


@lru_cache(maxsize=512)
def _national(country: str) -> tuple[str, str, tuple[str, ...], re.Pattern[str]] | None:
    """Calling code, trunk prefix, rarer prefixes and shape of a country's numbers; None where its rules are not that plain."""
    found = PhoneMetadata.metadata_for_region(country.upper(), None) if country else None
    if found is None or found.general_desc is None or found.national_prefix_transform_rule:
        return None
    shape = found.general_desc.national_number_pattern
    prefix, *others = (found.national_prefix_for_parsing or "").split("|")
    if shape is None or not all(one.isdigit() for one in (prefix, *others) if one or others):
        return None
    return str(found.country_code), prefix, tuple(others), re.compile(shape)


def _by_library(phone: str, country: str) -> str:
    international = re.sub(r"^\s*00(?=\s*[1-9])", "+", phone)
    try:
        number = phonenumbers.parse(international.replace("(0)", ""), country.upper() or None)
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)[:20]
    except NumberParseException:
        pass
    digits = "".join(str(unicodedata.digit(sign)) for sign in phone if sign.isdecimal())
    return digits[:20] if len(digits) >= 7 else ""


def person_key(first: str, last: str) -> str:
    """A person's name for comparing: folded, without titles, its words in order of the alphabet (names get swapped)."""
    words = sorted({*_name_words(first), *_name_words(last)})
    if len(words) > 1:
        words = [word for word in words if word not in _NOT_NAME] or words
    return " ".join(words)[:170].rstrip()


@lru_cache(maxsize=32768)
def _name_words(text: str) -> tuple[str, ...]:
    return tuple(_UMLAUT.sub(r"\1", fold(text)).split())


def address_key(street: str, postcode: str, city: str, country: str) -> str:
    """`street|postcode|city` for comparing, with one spelling for the words of streets; empty without a street."""
    road = street_key(street)
    if not road:
        return ""
    code = fold(postcode).replace(" ", "")[:12]
    place = _place(city) or ("" if code else country.lower()[:2])
    return f"{road[:90].rstrip()}|{code}|{place[:50].rstrip()}"


def street_key(street: str) -> str:
    """A street and house number: folded, its usual words abbreviated."""
    return " ".join(filter(None, map(_street_word, fold(street).split())))


@lru_cache(maxsize=32768)
def _street_word(word: str) -> str:
    known = _STREET_WORDS.get(word)
    if known is not None:
        return known
    for long, short in _ROAD_ENDS:
        if word.endswith(long) and len(word) > len(long) + 2:
            return word[: -len(long)] + short
    return word


@lru_cache(maxsize=32768)
def _place(city: str) -> str:
    return " ".join(_STREET_WORDS.get(word, word) for word in fold(city).split())


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, single blanks; letters of other scripts stay."""
    if text.isascii():
        return " ".join(text.lower().translate(_TO_BLANKS).split())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).translate(_LETTERS)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_ANY_WORD.findall(plain.translate(_TO_BLANKS)))
