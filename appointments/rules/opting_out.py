"""Words of an opt-out that may well be about something else: such a hit is a suspicion, and a person looks.

A function asked after, somebody else's list, a negation, an offer to the writer's own readers, a rest until a day.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from appointments.rules.phrases import Hit

LABEL = "unsubscribe"
_REACH = 160  # letters of the sentence that are looked at either way
_MINE = re.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine|myself|us|our|we|we're|we've|ich|mich|mir|mein\w*|uns|unser\w*|wir|je|j|moi|me|m|mon|ma|mes|nous|notre|nos|yo|mi|mis|nosotros|nuestr\w+|"
    r"ik|mij|mijn|ons|onze|wij|io|mio|mia|ci|noi|nostr\w+|eu|meu|minha|nosso|nossa|mig|min|meg)\b|\w(?:me|nos|mi|ci|temi|teci)\b(?=\W)"
)
_FUNCTION = re.compile(
    r"unsub|un-sub|opt|erasure|forgotten|delete my data|abmeld|abbestell|widerspr|desabon|desinscri|baja|suscri|uitschrij|afmeld|lijst|lista|list|disiscri|descadast|artic|artik|art |oblio|olvido|esquecimento"
)
_NOT = re.compile(
    r"\b(?:don't|dont|do not|didn't|did not|never|not|no need to|wouldn't|won't|cannot|can't|nicht|keinesfalls|ne|n'|niet|non|nao|no (?:me|nos|se)|inte|ikke)\b[^,.;:!?\n]{0,25}$"
)
_NOT_AFTER = re.compile(
    r"^ ?(?:(?:blos|ja|bitte|doch|ruhig|aub|vooral|surtout|jamais|please) )?(?:nicht|niet|pas|not|inte|ikke)\b"
)
_WORDS_OF_A_THING = re.compile(
    r"^[\"”'’]? ?(?:page|flow|header|headers|list of|lists? (?:handling|management)|survey|button|form|function|feature|rate|rates|handling|process|logic|rule|rules|box|footer|requests? from|"
    r"seite|funktion|taste|knopf|quote|bouton|lien de nos|funcion|boton|knop|functie|pulsante|funzione|botao|funcao)\b"
)
_THING_BEFORE = re.compile(
    r"(?:\b(?:list-|bouton de |boton de |funcion de |knop |exit |clicked |clicks |hits |hit |type |typing |reply |send |escriba |schreiben sie |stuur |scriva |escreva )[\"“'‘(\[«]?|[\"“‘«\[])$"
)
_OTHERS = re.compile(
    r"\b(?:(?:recipient|user|users|customer|customers|patient|patients|client|clients|member|members|subscriber|patron|tenant|donor|resident|someone|somebody|anyone|one|who|they|he|she|people|readers|einwohner|kunde|kunden|"
    r"nutzer|empfanger|jemand|clients?|abonnes?|quelqu'un|cliente|clientes|usuario|usuarios|alguien|klant|klanten|inwoner|iemand|clienti|utente|utenti|qualcuno|utilizador|alguem) "
    r"(?:can |may |could |will |has |have |had |kann |konnen |peut |peuvent |puede |kan |puo |pode )?(?:(?:now|be|then|sich|se|zich|si)\s)?|(?:you|ye|sie|vous|u|lei|usted) (?:can|may|are|konnen|pouvez|kunt|puo|puede) (?:now |always |also |sich |)?)$"
)
_FOR_A_WHILE = re.compile(
    r"^[^.!?\n]{0,50}?\b(?:until|till|til|before|for this (?:quarter|month|week|season)|for now|jusqu|d'ici|avant|bis (?:zum|zur|nach|wir)|hasta|fino a|tot (?:de|het|na)|ate (?:o|a|ao))\b"
)


def weighed(hits: Iterable[Hit], folded: str) -> list[Hit]:
    """The same hits; a doubtful opt-out is no longer sure."""
    return [
        replace(hit, sure=False) if hit.label == LABEL and hit.sure and doubtful(folded, hit.start, hit.end) else hit
        for hit in hits
    ]


def doubtful(folded: str, start: int, end: int) -> bool:
    before = re.split(r"[.!?;\n]", folded[max(0, start - _REACH) : start])[-1]
    after = folded[end : end + _REACH]
    rest = re.split(r"[.!;\n]", after)[0]
    said = folded[start:end]
    asked = "?" in rest
    sentence = before + said + rest.split("?")[0]
    if asked and _FUNCTION.search(said) and len(sentence.split()) > 5 and not _MINE.search(sentence):
        return True
    if not re.search(
        r"\b(?:don't|dont|do not|never|nicht|kein\w*|ne|plus|pas|no|niet|geen|non|nao|not|nada)\b", said
    ) and (_NOT.search(before) or _NOT_AFTER.match(after)):
        return True
    return bool(
        _WORDS_OF_A_THING.match(after)
        or _THING_BEFORE.search(before)
        or _OTHERS.search(before)
        or _FOR_A_WHILE.match(after)
    )
