"""Whether an entity that was read is the one a labelled reply expects, judged by the key that tells."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from appointments.rules.calendar_names import plain

DATED = ("return_date", "follow_up")
PEOPLE = ("alternates", "referred")


def exact(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
    """For each kind of entity that the file expects: whether all of it was read, and nothing of it misread.

    A date counts as a day, month, quarter or year; a person by address, else number, else name, else title; a time
    and the rest by the words they came from.
    """
    for name, expected in wanted.items():
        judge = JUDGES.get(name)
        value = expected.get("date") if isinstance(expected, Mapping) else expected
        if judge and value:
            yield name, judge(found.get(name), value)


def _dated(found: Any, expected: str) -> bool:
    return (found.get("date") if isinstance(found, Mapping) else found) == expected


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", plain(text)))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def is_person(found: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    if expected.get("email"):
        return str(expected["email"]).lower() == found.get("email")
    if expected.get("phone") and found.get("phone"):
        return _digits(str(expected["phone"])) == _digits(str(found["phone"]))
    if expected.get("name"):
        return bool(_words(str(expected["name"])) & _words(str(found.get("name") or "")))
    return bool(_words(str(expected.get("title") or "")) & _words(str(found.get("title") or "")))


def _people(found: Any, expected: Iterable[Mapping[str, Any]]) -> bool:
    return all(any(is_person(one, person) for one in found or ()) for person in expected)


def _times(found: Any, expected: Iterable[str]) -> bool:
    """Each time named is one that was read; how much of the words around it is taken along does not count."""
    said = [_words(str(one.get("text"))) for one in found or ()]
    return all(
        any(words and (words <= _words(text) or len(words & _words(text)) * 2 >= len(_words(text))) for words in said)
        for text in expected
    )


def _text(found: Any, expected: str) -> bool:
    said = [found] if isinstance(found, Mapping) else list(found or ())
    texts = [plain(str(one.get("email") or one.get("text") or "")) for one in said]
    return any(text and (text in plain(expected) or plain(expected) in text) for text in texts)


def _phone(found: Any, expected: str) -> bool:
    return any(_digits(str(one.get("number"))) == _digits(expected) for one in found or ())


JUDGES: dict[str, Any] = {
    "return_date": _dated, "follow_up": _dated, "alternates": _people, "referred": _people, "proposed_times": _times,
    "phone": _phone, "competitor": _text, "new_email": _text, "price": _text,
}  # fmt: skip
