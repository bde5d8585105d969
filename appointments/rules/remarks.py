"""Standing remarks of a writer's own mail system under what they wrote: newsletter footers, handling notices, office days.

They were not said to us. Blanked before anything is read from a reply, in their own positions, so that spans stay true.
"""

import re

from appointments.rules.phrases import fold

MOST_LINES = 12  # from the end, in which a remark may stand
LONGEST = 400  # letters of such a line

_LIST = (
    r"newsletter|bulletin|digest|mailings?|updates?|changelog|alerts?|notices?|notifications?|portal mails?|paper|circular|round-?up|"
    r"preferences|email preferences|rundbrief|infobrief|infolettre|lettre d'information|boletin|notiziario|nieuwsbrief|informativo"
)
_OURS = re.compile(
    r"\b(?:i|i'm|i've|me|mich|mir|moi|yo|mij|ik|io|eu|your|you've|ihrem|ihrer|ihren|votre|vos|su lista|uw|jullie|vostra|sua lista|please remove)\b"
)
# An offer to the writer's own readers: it begins the line, or follows a bar.
_FOOTER = re.compile(
    rf"^\W{{0,4}}(?:(?:to|click (?:here )?to) (?:unsubscribe|opt out)\b|unsubscribe (?:from|here|at any ?time|any ?time|instantly)\b|unsubscribe$|"
    rf"manage (?:your |my )?(?:{_LIST})|(?:{_LIST}) (?:abmelden|abbestellen|abmeldung)\b|(?:abmelden|abmeldung|abbestellen) (?:vom|von|des|der|hier)\b|"
    rf"(?:pour )?(?:se|vous) desabonner\b|se desinscrire\b|(?:para )?(?:darse|cancelar|dar) (?:de )?(?:baja|su suscripcion|a subscricao)\b|"
    rf"(?:per )?(?:disiscriversi|cancellarsi|annullare l'iscrizione)\b|(?:om )?(?:u )?(?:uit te schrijven|afmelden voor|uitschrijven voor)\b|view (?:in|this) (?:portal|browser|email)\b|"
    rf"if you (?:no longer|do not|don't) (?:wish|want) to (?:hear|receive|get)\b|\w[^|]{{0,40}}\? unsubscribe$|wie geen prijs stelt op (?:onze|de)\b|you(?:'re| are)? (?:get|getting|receiving|receive|received) this (?:e-?mail |message |mail |notice |letter )?(?:because|as)\b)"
)
# How mail to the writer is handled, who may read it, when they work.
_HANDLING = re.compile(
    r"^\W{0,4}(?:please )?(?:do not|don't|never) (?:send|email|include|put) (?:us |any |me )?(?:clinical|patient|personal\w*|confidential|sensitive|card|bank|medical|student|pupil|payment|identifiable)\b|"
    r"^\W{0,4}(?:please note:? ?(?:that )?)?(?:i|we) (?:do not|don't|only) work (?:on )?(?:mon|tues?|wednes|thurs?|fri)(?:day)?s?\b.{0,60}$|"
    r"^\W{0,4}(?:my |our )?(?:normal |usual |regular )?(?:working|office|core|opening) (?:pattern|days|hours|times)(?: are| is)?\b ?[:\-]?.{0,90}$|"
    r"\bworking pattern ?:|^\W{0,4}(?:part[- ]time|not in|out of (?:the )?office) ?:? (?:on )?(?:mon|tues?|wednes|thurs?|fri)(?:day)?s?\b.{0,40}$|"
    r"^\W{0,4}(?:i'm|i am) (?:out of (?:the )?office|not in|off) on (?:mon|tues?|wednes|thurs?|fri)(?:day)?s?\W{0,3}$|"
    r"^\W{0,4}(?:arbeitstage|burozeiten|sprechzeiten|nachste abwesenheit|meine arbeitstage|erreichbar|jours de presence|horaires?|horario(?: de atencion)?|werkdagen|werktijden|orari?(?: di apertura)?|giorni lavorativi|horario de atendimento) ?:.{0,90}$|"
    r"^\W{0,4}to (?:arrange|book) (?:a meeting|an appointment|a viewing|a visit) with\b.{0,120}$|"
    r"\| ?(?:schedule a call|book a (?:call|meeting|slot)|book time with me) ?:|^\W{0,4}(?:afspraak maken|termin vereinbaren|prendre rendez-vous|cita previa|pedir cita)\W.{0,60}$"
)
_PRIVATE = re.compile(
    r"\b(?:if you (?:have received|received|are not the) (?:this|intended|addressee)|(?:received|sent to you) in error|confidential(?:ity)?\b.{0,120}\b(?:intended|recipient|addressee|privileged)|intended (?:solely|only|recipient)|"
    r"(?:vertraulich\w*|confidentiel\w*|confidencial\w*|confidenzial\w*|riservat\w*|vertrouwelijk\w*)\b.{0,160}\b(?:empfang\w*|adressat\w*|irrtum\w*|loschen|vernichten|destinatair\w*|erreur|detruire|destinatari\w*|error|borre\w*|elimin\w*|engano|apag\w*|errore|cancell\w*|geadresseerde|ontvangen|verwijder\w*)|"
    r"s'adresse uniquement|nicht der (?:richtige|beabsichtigte) (?:adressat|empfanger)|falls sie nicht der|si (?:no es|usted no es) el destinatario|si vous n'etes pas (?:la bonne personne|le destinataire)|"
    r"se (?:nao for|voce nao e|a recebeu por engano|non siete|non e) (?:o |il )?(?:destinatari\w)?|indien u niet de)\b"
)
_GREETING = re.compile(r"^\W*\w+(?:\W+\w+){0,3}\W*,\s*$")


def blanked(text: str) -> str:
    """The text with such lines as spaces, where they stand below something that was written."""
    lines = text.split("\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    remarks = {at for at in filled[1:][-MOST_LINES:] if is_remark(lines[at])}
    if not remarks or all(_GREETING.match(lines[at]) for at in filled if at not in remarks):
        return text
    return "\n".join(" " * len(line) if at in remarks else line for at, line in enumerate(lines))


def is_remark(line: str) -> bool:
    if len(line) > LONGEST:
        return False
    folded = fold(line).strip()
    if _PRIVATE.search(folded) or _HANDLING.search(folded):
        return True
    parts = [part.strip() for part in re.split(r"[|·•]", folded)]
    return any(_FOOTER.search(part) and not _OURS.search(_FOOTER.sub("", part)) for part in parts)
