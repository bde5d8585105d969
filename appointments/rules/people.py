"""Persons a reply names, with the address, number and title that stand beside them."""

import re
from typing import Any

from appointments.rules import departments
from appointments.rules.calendar_names import plain
from appointments.rules.date_tokens import KNOWN
from appointments.rules.dates import LONGEST
from appointments.rules.name_words import (
    AFTER_NAME,
    BEFORE_NAME,
    GONE_AFTER,
    GREETS,
    HONORIFIC,
    NO_NAME,
    NOUN_ENDS,
    PLACE_BEFORE,
    SELF,
    SUCCEEDS,
    TITLES,
)

Entity = dict[str, Any]

EMAIL = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
PHONE = re.compile(r"(?<![A-Za-z0-9/.,])\+?\(?\d[\d ()./-]{5,20}\d(?![A-Za-z0-9]|[.,]\d)")
NO_PHONE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*|20\d\d ?[-/] ?20\d\d|\d{1,3}(?:\.\d{3})+|(?:\d{1,2}\.){1,2} ?-? ?\d{1,2}\.\d{1,2}\.?(?:\d{4})?"
)
NUMBERED = re.compile(
    r"(?:#|\b(?:ticket|case|order|ref|reference|vat|btw|iva|siret|kvk|ust|po|nr|no|id|rfc|cnpj|nif|iban)\b)[\w .:-]{0,12}$",
    re.IGNORECASE,
)
UPPER = "A-ZÀ-ÖØ-ÞŚŠŻŽŹŁĆČĎĐĚĞİŇŃŐŘŞȘŢȚŤŮŰΑ-ΩΆΈΉΊΌΎΏА-ЯІЇЄҐ"
CAPITAL = rf"[{UPPER}][\w'’-]{{1,30}}"
SMALL = r"(?:de|van|der|den|von|del|di|da|dos|du|la|le|ten|ter|el|al|mar|y)"
NAME = re.compile(rf"(?<![\w.])(?<!\w@){CAPITAL}(?:[ ]{{1,2}}(?:{SMALL}[ ]{{1,2}}){{0,2}}{CAPITAL}){{0,3}}")
INITIAL = re.compile(r"[A-ZÀ-Þ]\.(?:[ -]?[A-ZÀ-Þ]\.)?[ ]?$")
EAST_NAME = re.compile(
    r"(?:同事|联系|担当の|後任は|联络|总监|主管|经理|담당자?인? |후임은? )(?P<name>[\u4e00-\u9fff]{2,3}|[\uac00-\ud7a3]{2,4})(?=さん|様|で|が|，|,|。|电话|女士|先生|님|씨| |$)"
)
AFTER_TITLE = re.compile(
    r"^[ ]?(?:,|\(|-|–|:|/)[ ]?(?:our |the |unser\w* |notre |nuestr\w+ |onze |il |la |o |a |the )?(?P<title>[^\W\d_][^,.;:()\n@\d]{1,50}?)(?=[,.;:)\n]|\s\d|\sis\b|\s\(|$)"
)
GERMAN = re.compile(
    r"\b(?:der|die|das|und|ist|nicht|bei uns|ich|sie|den|fur|mit)\b.*\b(?:der|die|das|und|ist|nicht|bei|uns|ich|sie|den|fur|mit)\b"
)
END_OF_SENTENCE = re.compile(r"[.!?:;]\s*$|\n\s*$|^\s*$")


def entity(text: str, start: int, end: int, **facts: Any) -> Entity:
    return {"text": text[start:end], "start": start, "end": end, **facts}


def emails(text: str) -> list[Entity]:
    return [
        entity(
            text,
            found.start(),
            found.start() + len(found.group().rstrip("._-")),
            email=found.group().rstrip("._-").lower(),
        )
        for found in EMAIL.finditer(text)
    ]


def phones(text: str) -> list[Entity]:
    """Numbers of 7 to 15 digits that are no dates, sums, years or ticket numbers."""
    result = []
    for found in PHONE.finditer(text):
        said = found.group().strip()
        digits = re.sub(r"\D", "", said)
        numbered = NUMBERED.search(text[max(0, found.start() - 24) : found.start()])
        plain_digits = said == digits and not said.startswith("0") and len(digits) not in (10, 11)
        if 7 <= len(digits) <= 15 and not NO_PHONE.fullmatch(said) and not numbered and not plain_digits:
            result.append(entity(text, found.start(), found.end(), number=said))
    return result


def people(
    text: str, own: frozenset[str] = frozenset(), *, roles: bool = True, successors: bool = False
) -> list[Entity]:
    """Persons named as the ones to turn to; without one, the role or department. `own` addresses are left out.

    `successors`: somebody has left, so that only who is said to follow counts.
    """
    text = text[:LONGEST]
    mails = [mail for mail in emails(text) if mail["email"] not in own]
    numbers = phones(text)
    folded = plain(text)
    found = _named(text, folded, mails, numbers, successors)
    known = {one["email"] for one in found}
    loose = [{**mail, "name": ""} for mail in mails if mail["email"] not in known]
    found = _with_addresses(found, loose)
    if not found and (by_number := _by_number(text, numbers)):
        found = [by_number]
    elif not found and not roles and not successors:
        found = [
            one
            for one in _named(text, folded, mails, numbers, successors, POSSIBLE)
            if STANDS_IN.search(folded[max(0, one["start"] - 40) : one["end"] + 40])
        ]
    elif not found and roles:
        found = (
            _named(text, folded, mails, numbers, successors, LIKELY)
            or _roles(text, folded, numbers)
            or _named(text, folded, mails, numbers, successors, POSSIBLE)[:1]
        )
    return found[:5]


# How much must speak for a name: of itself, and where somebody must have been named and nobody else was.
CERTAIN, LIKELY, POSSIBLE = 2, 1, 0


def _named(
    text: str, folded: str, mails: list[Entity], numbers: list[Entity], successors: bool, least: int = CERTAIN
) -> list[Entity]:
    found: list[Entity] = []
    german = bool(GERMAN.search(folded))
    department, titled_until = departments.find(text), 0
    for start, end in _names(text, folded):
        if (department and department.start <= start < department.end) or start < titled_until:
            continue
        name = text[start:end]
        mail, number = _address_of(name, end, mails), _number_of(text, end, numbers)
        weight = _weight(text, folded, start, end, german) + 3 * (mail is not None) + 3 * (number is not None)
        if successors and not mail and not SUCCEEDS.search(folded[max(0, start - 70) : end + 50]):
            continue
        if weight >= least and not _known(name, mail, found):
            one = entity(text, start, end, name=name, email=mail["email"] if mail else "")
            if number:
                one["phone"] = number["number"]
            if _is_office(folded, start, end) or (
                least < CERTAIN and ARTICLE.search(folded[max(0, start - 12) : start])
            ):
                one |= {"name": "", "title": name}
            elif title := _title_of(text, folded, start, end):
                one["title"] = title
                titled_until = end + len(title) + 4 if title in text[end : end + len(title) + 4] else 0
            found.append(one)
    return found


ARTICLE = re.compile(
    r"\b(?:the|our|my|your|der|die|das|den|dem|unsere\w?|unser|eure|la|le|les|l'|au|aux|du|notre|nos|el|los|las|al|del|nuestr\w+|il|lo|gli|i|alla|dalla|nostr\w+|o|a|os|as|ao|da|do|noss\w+|de|het|onze|ons|een|ein|eine|un|une|una|uno|um|uma)[ ']$"
)


def _is_office(folded: str, start: int, end: int) -> bool:
    """ "Direction", "Estates"; in English also whatever is called ours or the one."""
    english = re.search(r"\b(?:our|the) $", folded[max(0, start - 8) : start])
    return bool(
        OFFICE.match(folded[start:end]) or (english and not HONORIFIC.search(folded[max(0, start - 12) : start]))
    )


def _known(name: str, mail: Entity | None, found: list[Entity]) -> bool:
    """Named before, by this name, a part of it or the same address."""
    words = set(plain(name).split())
    return any(
        words & set(plain(one["name"] or one.get("title") or "").split()) or (mail and one["email"] == mail["email"])
        for one in found
    )


def _names(text: str, folded: str) -> list[tuple[int, int]]:
    """Where capitals stand that may be a name, without the words that only begin a sentence."""
    spans = []
    for match in NAME.finditer(text):
        start, end = match.span()
        while start < end and _no_name(folded[start:end].split()[0]):
            first = folded[start:end].split()[0]
            rest = text[start + len(first) : end]
            start += len(first) + len(rest) - len(rest.lstrip())
        while start < end and _no_name(folded[start:end].split()[-1]):
            end -= len(folded[start:end].split()[-1])
            end = start + len(text[start:end].rstrip())
        if end - start > 1:
            end -= 2 if text[start:end].endswith(("'s", "’s")) else 0
            spans.append((start, end))
    return spans + [match.span("name") for match in EAST_NAME.finditer(text)]


def _no_name(word: str) -> bool:
    bare = word.split("'")[0] if word.split("'")[0] in NO_NAME else word
    return bare.strip("-'") in NO_NAME or KNOWN.get(bare) in ("M", "W", "T", "y", "k", "n", "S", "F", "X")


def _weight(text: str, folded: str, start: int, end: int, german: bool = False) -> int:
    """What speaks for a name: words that send us to it before it, what it does after it; and what speaks against."""
    before, after = folded[max(0, start - 40) : start], folded[end : end + 44]
    if GREETS.search(before) or GONE_AFTER.match(after) or PLACE_BEFORE.search(before) or SELF.search(before):
        return -5
    titled = bool(HONORIFIC.search(before))
    one_word = " " not in text[start:end]
    weight = 2 * titled
    if BEFORE_NAME.search(before):
        weight += 2
    if AFTER_NAME.match(after):
        weight += 2
    if not one_word:
        weight += 1
    if (
        END_OF_SENTENCE.search(text[max(0, start - 3) : start])
        and one_word
        and not titled
        and not AFTER_NAME.match(after)
    ):
        weight -= 2
    if german and one_word and not titled:
        weight -= 4 if folded[start:end].endswith(NOUN_ENDS) else 1
    if _signs(text, start, end):
        weight -= 4
    return weight


def _signs(text: str, start: int, end: int) -> bool:
    """A name alone on its line, near the end: the writer's."""
    line = text[text.rfind("\n", 0, start) + 1 : (text.find("\n", end) + 1 or len(text) + 1) - 1]
    return text.rfind("\n", 0, start) >= 0 and len(line.strip(" /-,–—*")) <= end - start + 3 and len(text) - end < 160


BEFORE_NUMBER = re.compile(
    r"(?P<who>[^\W\d_][\w'’-]{1,24}(?: [\w'’-]{2,24}){0,2}?)(?:['’]s [\w ]{3,30})?(?:[ :,(]| on| at| auf| unter| au| al| op| under| via| in the meantime| tel\.?| mobile| mob\.?){1,6}$",
    re.IGNORECASE,
)


def _by_number(text: str, numbers: list[Entity]) -> Entity | None:
    """Whose number is given inside a sentence, even in small letters: "site probs go to wayne 07700 900654"."""
    for number in numbers:
        start = text.rfind("\n", 0, number["start"]) + 1
        line = text[start : (text.find("\n", number["end"]) + 1 or len(text) + 1) - 1]
        who = BEFORE_NUMBER.search(text, max(start, number["start"] - 60), number["start"])
        if (
            who
            and len(line.split()) - len(number["text"].split()) >= 4
            and plain(who["who"]).split()[0] not in NOBODY | MINE
        ):
            one = entity(text, *who.span("who"), name="", email="", title=who["who"])
            return one | {"phone": number["number"]}
    return None


MINE = frozenset(
    "me my on mobile cell tel phone mich mir meine handy moi mon mi mio mia mij mijn meu meu minha call ring text us our office number nummer".split()
)


STANDS_IN = re.compile(
    r"\b(?:urgen\w+|emergenc\w+|dringen\w+|eilig\w*|mientras|mientras tanto|meantime|meanwhile|covers?|covering|acting|instead|astreinte|pilnych|spoed|intanto|nel frattempo|entretanto|entre-temps|inzwischen|solange|vertret\w+|"
    r"intussen|zolang|akuta?|haster|haste\w*|brennt|burning|on fire|cannot wait|can't wait|nao pode esperar)\b"
)


def _address_of(name: str, end: int, mails: list[Entity]) -> Entity | None:
    """The address that carries a part of the name, else one that follows at once."""
    parts = [plain(part).strip(".'-") for part in name.split()]
    parts = [part for part in parts if len(part) > 2]
    for mail in mails:
        local = plain(mail["email"].split("@")[0])
        if any(part in local for part in parts) or 0 <= mail["start"] - end <= 4:
            return mail
    return None


def _number_of(text: str, end: int, numbers: list[Entity]) -> Entity | None:
    """The number that follows in the same breath."""
    for number in numbers:
        between = text[end : number["start"]]
        if (
            0 <= number["start"] - end <= 60
            and not re.search(r"[!?;\n]|\.\s+[A-ZÀ-Þ]", between)
            and not NAME.search(between.replace("Tel", "").replace("Handy", ""))
        ):
            return number
    return None


def _title_of(text: str, folded: str, start: int, end: int) -> str:
    found = AFTER_TITLE.match(text[end : end + 70])
    if (
        found
        and len(found["title"].split()) <= 6
        and not AFTER_NAME.match(" " + plain(found["title"]))
        and not _is_sentence(found["title"])
    ):
        return found["title"].strip()
    near = TITLES.search(text[max(0, start - 50) : start]) or TITLES.search(text[end : end + 60])
    return near.group().strip() if near else ""


def _is_sentence(said: str) -> bool:
    return bool(re.match(r"(?:he|she|they|who|and|or|but|if|i|we|you|not|er|sie|der|die|das|und|wer|il|elle|qui|et|que|quien|ella|el|y|zij|hij|die|en|lei|lui|che|e|ela|ele|tel\w*|"
                         r"please|just|on|at|in|ring|call|before|after|only|phone|cell|mobile|from|now|so|as|it|this|that|her|his|ext|email|mail|mob|handy|per|bitte|via|under|unter)\b", plain(said)))  # fmt: skip


def _with_addresses(found: list[Entity], loose: list[Entity]) -> list[Entity]:
    """An address of its own is a person, unless the only person named lacks one: then it is theirs."""
    if len(loose) == 1 and len(found) == 1 and not found[0]["email"] and abs(loose[0]["start"] - found[0]["end"]) < 120:
        found[0]["email"] = loose[0]["email"]
        return found
    return found + loose


# What begins like a name and is an office, a department or a post.
OFFICE = re.compile(
    r"(?:direction|direktion|direccion|direzione|direcao|responsa\w+|zentrale|verwaltung|fachdienst|fachbereich|fachabteilung|referat|amt|betriebsrat|personalrat|eigenbetrieb|bauhof|bauamt|service|servicio|servico|ufficio|"
    r"gabinete|comissao|comision|commissione|commission|comite|committee|controladoria|controlling|estates?|fleet|facilities|site|head office|hq|accounts?|payroll|procurement|purchasing|helpdesk|help desk|front desk|"
    r"secretar\w+|sekretariat|segreteria|standard|centrale|sede|siege|economato|administra\w+|gemeente|provincie|kreis\w*|stadt\w*|mairie|ayuntamiento|comune|prefeitura|group|corporate|region\w*|branch|board|council|"
    r"(?:[a-z]+ ){1,3}(?:team|desk|office|department|dept|committee|branch|services|management|commissioning|development|engineering|board|council))\b"
)
OURS = r"(?:my|our|the|their|mein\w*|unser\w*|mei|mon|ma|notre|nos|mi|nuestr\w+|mijn|onze|ons|nostr\w+|il nostro|la nostra|mio|mia|meu|minha|nosso|nossa|die|der|den|dem|le|la|les|el|los|de|het|lo|o|a|var|vores|var|meidan|nasz\w*|nase\w*)"
SENT_TO = re.compile(
    r"\b(?:(?:ask|try|contact|be after|via|through|sits with|lies with|rests with|falls (?:to|under)|up to|down to|in the channel of|see with|ring|email|write(?: to)?|speak (?:to|with)|talk (?:to|with)|one for|that's for|goes to|routed? to|(?:pass(?:ed)?|forward(?:ed)?|sent|send|gave|given|handed|direct\w*|address\w*|transmit\w*)(?: \w+){0,5}? (?:to|through)|"
    r"belongs? (?:to|with)|handled by|decided by|done by|ohne|liegt bei|lauft (?:alles )?(?:uber|bei)|loopt via|ligt bij|doorgezet (?:naar|aan)|c'est (?:pour|a)|du ressort d\w{1,2}|releve(?: desormais)? d\w{1,2}|l'attache d\w{1,2}|passe[rz]? par|"
    r"convencer|convient d\w+ (?:a|au)|scrivere (?:a|al|all')|interpellare|passa (?:dal|dalla|da|per)|trasmesso(?: per competenza)? (?:a|al|alla)|responsabilidade d[aoe]s?|al departamento|vorsprechen bei|"
    r"sendt? videre til|skickat vidare till|vidarebefordrat till|frag\w*(?: sie)?(?: bei)?|wenden sie sich(?: bitte)? an|weitergeleitet an|schreib\w*(?: sie)?(?: bitte)?|voyez avec|voir avec|transmis (?:a|au|aux)|demande[rz] (?:a|au|aux)|contacte[rz]|adresse[rz](?: \w+){0,3} (?:a|au|aux)|"
    r"pregunt\w+ (?:a|en|al)|consult\w+ (?:con|a)|habl\w+ con|doorgestuurd (?:aan|naar)|vraag(?: het)?(?: aan| bij)?|si rivolga (?:a|agli|alla|al)|chied\w+ (?:a|al|alla|agli)|girat[oa] (?:a|al|alla|agli|all')|manda (?:pro|pra|para o|para a)|fal\w+ com|"
    r"encaminh\w+ (?:ao|a|para o|para a|pro|pra)|hor med|fraga|spor|snakk med|valitin(?: viestin)?|kysy|prosze pytac|przekazal\w*|obratte se na|predal\w*(?: jsem)?(?: to| ho| vas mail)?|tovabbitottam|(?:l-)?am trimis(?: mai departe)?(?: la| catre)?|передав|προωθησα στ\w+)) "
    rf"(?:{OURS}(?: |' ?)){{0,2}}(?P<who>[^\W\d_][\w&'-]{{1,24}}(?: (?:team|desk|office|department|dept|manager|director|council|guys|people|lead|side|committee|group)|(?: (?:of|de|di|da|do|for|fur|van|del|della|des) [\w'-]{{2,20}}))?)"
)
NOBODY = frozenset(
    """him her them you us me it uns ihn ihm sie mich mir lui elle eux moi ella ellos usted hem haar ze ons lei loro ele ela eles someone somebody anyone again back later directly here there but and or on in at with if is was for from to this that it the put now then everyone anybody
    jsem viestin mai ilettim heer herr herrn frau mr mrs ms dr sr sra nosso nossa please bitte nochmal mehr more when what who how why as so not no""".split()
)
# "The housekeeper would know", "ons secretariaat regelt dat".
ROLE_DOES = re.compile(
    rf"(?:^|[.!?;:,\n]\s*|\b(?:but|and|as|mais|aber|pero|maar|ma|mas)\s)(?:{OURS}(?: |'))?(?P<who>[^\W\d_][\w&'/-]{{1,24}}(?: [\w&'/-]{{2,24}}){{0,3}}?) "
    r"(?:deals? with|handles?|do(?:es)? (?:that|those|these|the|all|this|it)|decides?|would know|might be|has (?:them|it|that|those)|have (?:them|it|that)|looks? after|books? (?:those|these|that)|buys?|orders?|chooses?|signs? off|runs? (?:its|that|this)|"
    r"macht (?:das|die|den)|entscheidet|kummert sich|ist (?:zustandig|dafur)|bestellt|regelt|doet dat|beheert|gaat (?:hier|daar)over|beslist|koopt|s'en occupe|s'occupe|gere|decide|sauront?|achet\w+|lo lleva|se encarga|gestiona|compra|"
    r"si occupa|se ne occupa|segue|fa i|trata|cuida|responde)\b"
)
FORWARDED_BEFORE = re.compile(r"\b(?P<who>[\w'-]{3,24}(?: [\w'-]{3,24})?) ilettim\b")
PRONOUNS = frozenset(
    "i we he she they you it this that these those there here ich wir er sie es man das dies wer je nous on il elle ils elles ce cela ca qui yo nosotros el eso esto quien ik wij we hij zij men dat dit wie io noi lei lui chi questo eu "
    "nos ele ela isso isto quem nobody someone who which what not never also still just alles hier".split()
)
PLAIN_ROLE = re.compile(
    r"\b(?P<who>(?:my|our|the|mei\w*|unser\w*|mon|ma|notre|mi|nuestr\w+|mijn|onze|ons|mio|mia|il|meu|minha|o|a)\s(?:wife|husband|son|daughter|brother|sister|boss|father|mother|dad|mum|mom|partner|landlord|owner|accountant|"
    r"broker|bookkeeper|manager|director|agency|head office|frau|mann|sohn|tochter|bruder|chefin|chef|steuerberater\w*|femme|mari|fils|fille|associe|comptable|patron|mujer|marido|hijo|hija|jefe|jefa|socio|gestor|"
    r"vrouw|man|zoon|dochter|baas|boekhouder|moglie|marito|figlio|figlia|capo|titolare|commercialista|esposa|marido|filho|filha|chefe|socio|contabilista|contador))\b"
)


def _roles(text: str, folded: str, numbers: list[Entity]) -> list[Entity]:
    """Where no person is named: the department, the title, or whoever the sentence sends us to."""
    span = _role_span(text, folded)
    if span is None:
        return []
    start, end = span
    one = entity(text, start, end, name="", email="", title=text[start:end])
    if numbers:
        one["phone"] = numbers[0]["number"]
    return [one]


def _role_span(text: str, folded: str) -> tuple[int, int] | None:
    """Where it says whom to ask; a title in the writer's signature comes last."""
    if department := departments.find(text):
        return department.start, department.end
    for pattern in (SENT_TO, FORWARDED_BEFORE, ROLE_DOES):
        for found in pattern.finditer(folded):
            if found["who"].split()[0] not in NOBODY | PRONOUNS:
                return found.span("who")
    if title := TITLES.search(text):
        return title.span()
    plainly = PLAIN_ROLE.search(folded)
    return plainly.span("who") if plainly else None
