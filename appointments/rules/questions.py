"""What a guest is asked when booking, and what is kept of it."""

from collections.abc import Iterable, Mapping

LONGEST = 1000


def missing(asked: Iterable[tuple[int, bool]], said: Mapping[int, str]) -> list[int]:
    """The ids of required questions that have no answer."""
    return [pk for pk, required in asked if required and not said.get(pk, "").strip()]


def kept(asked: Iterable[tuple[int, str]], said: Mapping[int, str]) -> list[dict[str, str]]:
    """Question and answer in the order of asking; what nobody asked is dropped, and what was left empty too."""
    pairs = ((text, said.get(pk, "").strip()[:LONGEST]) for pk, text in asked)
    return [{"question": text, "answer": answer} for text, answer in pairs if answer]


def lines(text: str, most: int) -> list[tuple[str, str]]:
    """People typed one a line, as `Piet Jansen <piet@x.example>` or an address alone; at most so many and one more."""
    found = []
    for line in text.replace(",", "\n").replace(";", "\n").splitlines():
        name, _, address = line.strip().rpartition("<") if "<" in line else ("", "", line.strip())
        if address.strip(" >"):
            found.append((name.strip(' "'), address.strip(" >").lower()))
    return list(dict.fromkeys(found))[: most + 1]
