"""The supplier a reply says it has."""

import re

from appointments.rules.calendar_names import plain
from appointments.rules.dates import LONGEST
from appointments.rules.name_words import GREETS, HONORIFIC
from appointments.rules.people import EMAIL, GERMAN, Entity, _names, _signs, entity

WITH = re.compile(
    r"\b(?:with|use|uses|using|on|run|runs|have|has|had|chose|chosen|picked|by|to|via|through|of|for|from|we've|swap|hate|love|and|"
    r"bei|mit|von|fur|uber|nutzen|haben|setzen auf|verfahren|firma|system|"
    r"avec|chez|par|sur|utilisons|avons|utilise|de chez|a|"
    r"con|usamos|tenemos|traemos|de|a|por|utilizamos|trabajamos con|es|"
    r"met|bij|van|op|gebruiken|hebben|door|naar|"
    r"da|dallo|dalla|ad|usiamo|abbiamo|di|su|lo fa|gestisce|"
    r"com|usamos|temos|pela|pelo|na|no|"
    r"hos|med|bruger|bruker|anvander|z|firmy|od|u|s|kaytamme|cu|προγραμμα|з)"
    r" (?:(?:the|a|our|der|die|das|dem|firma|la|le|el|il|lo|los|o|a|m/s|software|agency|el programa|het|de|studio|programma|fornitore|empresa|proveedor|leverancier|lieferant|lieferanten) ){0,2}$"
)
DOES = re.compile(
    r"^(?:'s|’s)?[ ,]{0,2}(?:(?:already|bereits|deja|ya|al|gia|ja|also) )?(?:handles?|does|do|deals?|delivers?|drives?|covers?|suppl\w+|makes?|runs?|has (?:our|that|this|the)|have (?:our|that|this|the|driven|cut|sent)|took it|looks? after|"
    r"is (?:on all|our|already)|sends?|sharpen|serves?|provides?|prints?|manages?|"
    r"macht|liefert|erledigt|betreut|kummert|fahrt|s'occupe|fait|fournit|gere|livre|nous|hace|hacen|lleva|nos|suministra|doet|levert|verzorgt|fa |fanno|gestisce|segue|ci |fornisce|faz|cuida|fornece|atende|"
    r"leverer|levererar|hoitaa|dostarcza|robi|dela|szallit|livreaza|yapiyor)\b"
)


def competitor(text: str) -> Entity | None:
    """The name that stands where suppliers stand ("we use X", "X handles that"); the likeliest one.

    Where none does, the first name in what is said, above the signature: "Orkin. Every dock door, every week."
    """
    text = text[:LONGEST]
    folded = plain(text)
    best: tuple[int, int, int] | None = None
    names, below = _names(text, folded)[:40], _signature_at(text)
    for start, end in names:
        weight = _weight(text, folded, start, end)
        if weight > 2 and (best is None or weight > best[0]):
            best = (weight, start, end)
    if best is None and not GERMAN.search(folded):
        said = [(start, end) for start, end in names if start <= below]
        best = next(((0, start, end) for start, end in said if _may_be_one(text, folded, start, end)), None)
    return entity(text, best[1], best[2], name=text[best[1] : best[2]]) if best else None


SIGNED, FIRST_LINE, OTHER_LINE = 7, 60, 80  # lines of a signature, and the letters of its first and its other ones


def _signature_at(text: str) -> int:
    """Where the short lines at the end begin that stand below an empty one; the text's end where there are none."""
    lines = text.rstrip().split("\n")
    for at in range(max(1, len(lines) - SIGNED), len(lines)):
        first, others = lines[at], lines[at + 1 :]
        short = bool(first.strip()) and len(first) <= FIRST_LINE and all(len(line) <= OTHER_LINE for line in others)
        if short and not lines[at - 1].strip():
            return sum(len(line) + 1 for line in lines[: at - 1])
    return len(text)


def _may_be_one(text: str, folded: str, start: int, end: int) -> bool:
    if not _could_be(text, folded, start, end):
        return False
    return not re.match(r"\s{0,2}[,!]\s", text[end : end + 4]) or start > 2


def _weight(text: str, folded: str, start: int, end: int) -> int:
    before, after = folded[max(0, start - 60) : start], folded[end : end + 40]
    if not _could_be(text, folded, start, end):
        return 0
    begins = re.search(r"(?:^|[.!?:\n]\s*)$", text[max(0, start - 3) : start]) is not None
    weight = 3 * bool(WITH.search(before)) + 3 * bool(DOES.match(after)) + (not begins)
    return weight + (text.count(text[start:end]) > 1) - (begins and not DOES.match(after)) * 2


def _could_be(text: str, folded: str, start: int, end: int) -> bool:
    """Nobody who is greeted, titled or signs, and no part of an address."""
    before = folded[max(0, start - 60) : start]
    if GREETS.search(before) or HONORIFIC.search(before) or _signs(text, start, end):
        return False
    return not any(found.start() <= start < found.end() for found in EMAIL.finditer(text))
