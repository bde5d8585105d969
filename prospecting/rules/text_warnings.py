"""What a mail filter or a tired reader would hold against a text; advice, never a refusal."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from prospecting.rules.lean_html import links

WORDS_FIT = 150
SUBJECT_FITS = 60
LINKS_FIT = 1
SHORTENERS = frozenset("bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly lnkd.in".split())

_CAPITALS = re.compile(r"\b[^\W\d_]{5,}\b")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
# What reads like an address, and the link that follows it in brackets.
_SAYS = re.compile(r"\b((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})\b[^\s]{0,80}\s{0,3}[\[(<]{1,2}\s{0,3}(https?://[^\s<>\])]{1,300})", re.IGNORECASE)  # fmt: skip
_MARKUP = re.compile(r"<\s{0,3}a\s[^>]{0,300}>|\[[^\]\n]{1,200}\]\(https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Warning:
    kind: str
    sentence: str


def warnings(subject: str, body: str, *, language: str = "en", first: bool = True) -> list[Warning]:
    """`first` is whether this may be the first mail to someone: then it has a subject of its own."""
    found = [*_about_subject(subject, first), *_about_length(body), *_about_links(body)]
    found += [*_about_shouting(f"{subject} {body}"), *_about_words(f"{subject}\n{body}", language)]
    return found


def _about_subject(subject: str, first: bool) -> Iterator[Warning]:
    if len(subject) > SUBJECT_FITS:
        yield Warning("subject", f"The subject has {len(subject)} characters; a phone shows about 40 of them.")
    if first and re.match(r"(re|aw|sv|antw|fwd?|wg|tr)\s*:", subject, re.IGNORECASE):
        yield Warning("subject", f"“{subject[:4].strip()}” claims an earlier mail. Where there is none, that misleads.")
    if subject.count("!") or subject.count("?") > 1:
        yield Warning("subject", "Exclamation marks in a subject look like advertising.")


def _about_length(body: str) -> Iterator[Warning]:
    many = len(_WORD.findall(body))
    if many > WORDS_FIT:
        yield Warning("length", f"{many} words. About {WORDS_FIT} fit on one screen; say less, or say it later.")


def _about_links(body: str) -> Iterator[Warning]:
    found = [url for _, url in links(body)]
    if len(found) > LINKS_FIT:
        yield Warning("links", f"{len(found)} links. In a first mail filters distrust more than one.")
    hosts = [host_of(url) for url in found]
    if short := sorted(set(hosts) & SHORTENERS):
        yield Warning("links", f"{', '.join(short)} hides where a link goes; write the real address.")
    if any(url.startswith("http://") for url in found):
        yield Warning("links", "A link begins with http://; with https:// browsers do not warn.")
    if any("@" in urlsplit(url).netloc for url in found if _splits(url)):
        yield Warning("target", "A link has an @ before its host: it seems to go elsewhere than it does.")
    yield from _about_targets(body)


def _about_targets(body: str) -> Iterator[Warning]:
    """Links that say one host and go to another."""
    for said, url in _SAYS.findall(body):
        if not _same_host(said.lower(), host_of(url)):
            yield Warning("target", f"It says {said} and goes to {host_of(url)}. Say where it goes.")
    if _MARKUP.search(body):
        yield Warning("target", "A link with other words on it stays as it is typed: write the address itself.")


def _same_host(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _splits(url: str) -> bool:
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:
        return False


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower() if _splits(url) else ""


def _about_shouting(text: str) -> Iterator[Warning]:
    shouted = [word for word in _CAPITALS.findall(text) if word.isupper()]
    if shouted:
        yield Warning("capitals", f"In capitals: {', '.join(dict.fromkeys(shouted[:6]))}. That reads as shouting.")


def _about_words(text: str, language: str) -> Iterator[Warning]:
    known = _phrases()
    found = [phrase for phrase in (*known["any"], *known.get(language, ())) if _holds(text.casefold(), phrase)]
    if found:
        yield Warning("words", f"Filters count these words: {', '.join(f'“{phrase}”' for phrase in found[:8])}.")


def _holds(text: str, phrase: str) -> bool:
    """As words of their own: “cheap” and not “cheaply”."""
    at = text.find(phrase)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(phrase) : at + len(phrase) + 1]
        if not (phrase[0].isalnum() and before.isalnum()) and not (phrase[-1].isalnum() and after.isalnum()):
            return True
        at = text.find(phrase, at + 1)
    return False


@lru_cache(maxsize=1)
def _phrases() -> dict[str, list[str]]:
    return json.loads(Path(__file__).with_name("spam_words.json").read_text(encoding="utf-8"))
