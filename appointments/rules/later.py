"""When a reply wants us to come back: the day, month, quarter or year it names for that."""

import re
from datetime import date

from appointments.rules.calendar_names import plain
from appointments.rules.dates import LONGEST, FoundDate, find_dates

# Words that ask for another try. A date in their sentence is when; elsewhere it may be any other thing.
AGAIN = re.compile(
    r"\b(?:again|back|touch|contact\w*|recontact|reach|write|call|ring|mail|email|e-mail|ping|try|ask|remind\w*|reminder|follow|circle|check|drop|revisit|resend|send|knock|"
    r"chase|speak|talk|note|catch|hit|bell|shout|gimme|approach|return|come|look|welcome|chat|resume|later|better|maybe|interesting|rather|bring|discuss|earliest|open to|"
    r"submit|submission|pick|diary|"
    r"wieder\w*|nochmal\w*|erneut|meld\w*|fragen|schreib\w*|anruf\w*|ruf\w*|kontakt\w*|wiedervorlage|anklopf\w*|erinner\w*|versuch\w*|probier\w*|spater|besser|fruhestens|eher|"
    r"sprech\w*|herantret\w*|ruhr\w*|reden|zukomm\w*|angebot\w*|"
    r"recontact\w*|rappel\w*|relanc\w*|reparl\w*|ecri\w*|reecri\w*|revenez|revoir|contact|reprendre|annonc\w*|plutot|mieux|peut-etre|renvoy\w*|retent\w*|essay\w*|mail|"
    r"escrib\w*|escrib|habl\w*|llam\w*|busq\w*|vuelv\w*|contact\w*|volver|retom\w*|mejor|prueb\w*|record\w*|marc\w*|grito|quiza\w*|"
    r"schrijf|mail\w*|bel|bellen|contact|opnieuw|nogmaals|weer|terug\w*|probeer|later|benader|horen|graag|uitnodig\w*|mailen|reminder|"
    r"riscri\w*|ricontatt\w*|risent\w*|richiam\w*|scriv\w*|ripass\w*|riparl\w*|parl\w*|sentiamo|fatti vivo|risentirci|meglio|riprov\w*|"
    r"volt\w*|procur\w*|cham\w*|cutuc\w*|escrev\w*|lembr\w*|fal\w*|retorn\w*|retom\w*|contact\w*|contat\w*|melhor|talvez|"
    r"hor av dig|hor|aterkom\w*|igen|skriv\w*|kontakt\w*|prov|ring|ta det opp|kanskje|vend tilbage|"
    r"palaa\w*|ottakaa|otathan|yhteytta|uudestaan|"
    r"odezw\w*|kontakt\w*|wroc\w*|napisz\w*|zaprasz\w*|ozvete|ozvat|ozvi\w*|kontaktujt\w*|napist\w*|"
    r"keress\w*|jelentkez\w*|irjon|scrieti\w*|reveni\w*|contactati\w*|sunati\w*|"
    r"yazar|yazin|arayin|konusalim|tekrar|пишіть|звер\w+|зв'яж\w*|напиш\w*|телефон\w*|επικοινων\w*|ξαναμιλ\w*|μιλ\w*|στειλ\w*)\b"
)
# Why not now: how long a contract, a freeze or a season lasts.
UNTIL = re.compile(r"\b(?:until|till|til|bis|jusqu'?\w*|hasta|fino|tot|ate|through|before|to|end\w*|expir\w*|runs?|lauft|endet|contract\w*|vertrag\w*|contrat\w*|contratto|budget\w*|"
                   r"echeance|echoit|tombe|ablauf|vence|vencimiento|scade|scadenza|verloopt|afloopt|notice|renewal|renews|reviewed|since|seit|depuis|desde|sinds|dal|last|signed|until the)\W*(?:\w+\W+){0,3}$")  # fmt: skip
UNTIL_NEAR = re.compile(
    r"\b(?:until|till|til|bis(?: zum)?|jusqu'?\w*|hasta|fino al?|tot(?: en met)?|ate(?: ao?)?|through|do)\W*(?:the |le |el |den |end of |ende |fin |)?$"
)
THEN = re.compile(r"\b(?:then|dann|da|alors|entonces|dan|allora|entao|da|silloin|wtedy|pak|akkor|atunci)\b")


def when_to_return(text: str, received: date, *, us: bool = False, invited: bool = False) -> FoundDate | None:
    """Of the times named that lie ahead, the one in the sentence that invites us; the last one if several do.

    `invited`: only one that stands in such a sentence.
    """
    folded = plain(text[:LONGEST])
    ahead = [found for found in find_dates(text, received, us=us) if _ahead(found, received)]
    if invited:
        ahead = [found for found in ahead if _weight(found, folded, received) >= 2]
    if not ahead:
        return None
    return max(
        ahead,
        key=lambda found: (
            _weight(found, folded, received),
            found.start if _weight(found, folded, received) > 0 else found.day.toordinal(),
        ),
    )


def _ahead(found: FoundDate, received: date) -> bool:
    if found.how == "today" or found.day.year > received.year + 15:
        return False
    return found.day > received or found.precision != "day"


def _weight(found: FoundDate, folded: str, received: date) -> int:
    sentence = _sentence(folded, found)
    weight = 2 if AGAIN.search(sentence) else 0
    before = folded[max(0, found.start - 40) : found.start]
    if UNTIL_NEAR.search(before):
        weight -= 3
    elif UNTIL.search(before):
        weight -= 1
    if THEN.search(folded[found.end : found.end + 80]):
        weight += 1
    if found.how == "span":
        weight -= 1
    # A month that has only just gone by, said without its year, is the past.
    if (
        found.precision == "month"
        and weight < 2
        and (found.day - received).days > 245
        and str(found.day.year) not in folded[found.start : found.end]
    ):
        weight -= 2
    return weight


def _sentence(folded: str, found: FoundDate) -> str:
    """The sentence a date stands in, and no more than 160 letters of it either way."""
    before = re.split(r"[.!?;](?=\s)|\n", folded[max(0, found.start - 160) : found.start])[-1]
    after = re.split(r"[.!?;](?=\s|$)|\n", folded[found.end : found.end + 160])[0]
    return before + folded[found.start : found.end] + after
