"""Phone numbers as people read them: checked by libphonenumber's tables, written internationally."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=8192)
def shown(phone: str, country: str = "") -> str:
    """`+31 20 794 0000`: international where the number can be read (`country` for national ones), else as it was given."""
    number = _parsed(phone, country)
    if number is None or not phonenumbers.is_possible_number(number):
        return phone.strip()
    return str(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))


def problem(phone: str, country: str = "") -> str:
    """Why this cannot be a phone number, in a sentence; empty when it may be one, or nobody can say."""
    if not phone.strip():
        return ""
    if len(_DIGIT.findall(phone)) < 3:
        return f"“{phone.strip()[:40]}” is no phone number."
    if not country and not phone.strip().startswith(("+", "00")):
        return ""
    number = _parsed(phone, country)
    if number is None or not phonenumbers.is_possible_number(number):
        return f"“{phone.strip()[:40]}” is no phone number there; write it with + and the code of its country."
    return ""


def _parsed(phone: str, country: str) -> phonenumbers.PhoneNumber | None:
    text = re.sub(r"^\s*00(?=\s*[1-9])", "+", phone[:80]).replace("(0)", "")
    try:
        return phonenumbers.parse(text, country.upper() or None)
    except NumberParseException:
        return None
