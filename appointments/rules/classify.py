"""What a reply says: header, then certain rules, then a model if there is one, else a person."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from appointments.rules import entities, opting_out, remarks
from appointments.rules.phrases import Hit, PhraseBook, fold
from appointments.rules.words import LISTS
from prospecting.rules.labels import PRECEDENCE, counts, family, main_label

FLAGS = ("legal", "hostile", "complaint", "company")
MAX_LETTERS = 2500
SURE_ENOUGH = 0.75
BOTH_TELL = 0.96
LIKELY = 0.08
NO_FAMILY = ("no", "objection", "later", "stop", "gone")
ABSENCE_YIELDS_TO = (
    "meeting_request",
    "interested",
    "not_interested",
    "objection_price",
    "objection_competitor",
)

_book = PhraseBook(LISTS)

SHORT = {
    "unsubscribe": """stop|stopp|remove|unsubscribe|unsub|opt out|optout|remove me|baja|abmelden|austragen|desinscription|
        desabonner|desinscrire|uitschrijven|afmelden|cancellami|cancellatemi|remover|descadastrar|arret|delete|delete me|
        take me off|stop please|please stop|please remove|no more|enough|spam|desuscribir""",
    "not_interested": """no|nope|nein|non|nee|nao|neen|pass|no thanks|no thank you|nein danke|non merci|no gracias|
        no grazie|nee dank je|nee bedankt|nao obrigado|nao obrigada|not interested|no thx|not for us|not for me""",
    "interested": "yes|ja|oui|si|sim|yes please|ja bitte|ja graag|oui volontiers|sure|ok|okay|sounds good|gerne|volontiers",
    "other": "thanks|thank you|thx|danke|merci|gracias|bedankt|grazie|obrigado|obrigada|ok thanks|noted|received|got it",
}
_short = {said.strip(): label for label, block in SHORT.items() for said in block.replace("\n", "").split("|")}

COMMITS = re.compile(
    r"\b(?:see you|see you then|works|perfect|great|sounds good|confirmed|confirm|passt|bis dann|gerne|perfekt|d'accord|"
    r"parfait|ca me va|a bientot|de acuerdo|perfecto|nos vemos|vale|prima|tot dan|goed|akkoord|va bene|perfetto|a presto|"
    r"combinado|perfeito|ate la|yes|ja|oui|si|sim|ok|okay|let's do|deal|fine|i'll take|the (?:first|second|third) one)\b"
)
GREETING = re.compile(r"^(?:(?:hi|hello|hey|dear|hallo|guten tag|sehr geehrte\w{0,2}|liebe\w?|bonjour|cher|chere|hola|buenos dias|"
                      r"beste|geachte|dag|ciao|salve|buongiorno|gentile|ola|caro|cara|bom dia)\b[^\n,.!?]{0,40}[,.!\n:-]{1,2})\s{0,4}")  # fmt: skip
QUESTION = re.compile(r"[^.!?\n]{8,400}\?")
POLITE = re.compile(r"how are you|hope you|wie geht|comment allez|como esta|come sta|hoe gaat|tudo bem")
STAND_IN = re.compile(
    r"\b(?:urgent|emergency|immediate|dringend|eilig|urgence|urgent\w{1,3}|urgente|spoed|vertretung|meantime|absence|abwesenheit)\b"
)


@dataclass(frozen=True)
class Incoming:
    """A message as plain values. `kind` is the envelope's; `own_text` is our footer, which never sets a label."""

    newest: str
    received: datetime
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "human"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    country: str = ""
    time_offered: bool = False
    calendar_method: str = ""
    bounce: Mapping[str, Any] | None = None
    own_text: str = ""
    own_addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """`label` is *other* where nothing is sure; `guess` is then what it may be."""

    label: str
    confidence: float
    decided_by: str
    secondary: tuple[str, ...] = ()
    entities: Mapping[str, Any] = field(default_factory=dict)
    needs_person: bool = False
    guess: str = ""


@dataclass(frozen=True)
class Opinion:
    """A model's probability of each label, and from which on one decides: alone, and where the rules say the same.

    Above `suspected` an opt-out cannot be ruled out.
    """

    chances: Mapping[str, float]
    alone: Mapping[str, float] = field(default_factory=dict)
    agreed: Mapping[str, float] = field(default_factory=dict)
    suspected: float = 1.0

    @property
    def likely(self) -> list[str]:
        """What it may well be: a person who says so finds its dates and names ready."""
        return [label for label, chance in self.chances.items() if chance >= LIKELY]

    @property
    def best(self) -> str:
        return max(self.chances, key=lambda label: self.chances[label])


@dataclass(frozen=True)
class Heard:
    """A message as the rules have read it: what a model is asked about."""

    message: Incoming
    text: str
    verdict: Verdict
    hits: tuple[Hit, ...]


Model = Callable[[Heard], Opinion]
"""A later layer: what it makes of a message."""


def classify(message: Incoming, model: Model | None = None) -> Verdict:
    """Without a model the rules decide what they find; with one only where both agree or one is certain."""
    by_header = _header(message)
    if by_header:
        return by_header
    heard = hear(message)
    found, text = heard.verdict, heard.text
    likely: tuple[str, ...] = ()
    if model and text.strip() and not _certain(found, text, message):
        opinion = model(heard)
        found = _ask_model(opinion, found)
        likely = tuple(opinion.likely) if found.needs_person else ()
    return _with_entities(found, text, message, likely)


def hear(message: Incoming) -> Heard:
    """What header and rules alone make of it, and the phrases they found."""
    text = readable(message)
    folded = fold(text)
    hits = tuple(opting_out.weighed(_book.hits(folded), folded))
    return Heard(message, text, _header(message) or _rules(text, message, hits), hits)


def readable(message: Incoming) -> str:
    """The newest text in its own positions, with quoted lines, addresses of pages, our footer and standing remarks blanked."""
    text = message.newest[:MAX_LETTERS]
    if message.own_text and message.own_text in text:
        text = text.replace(message.own_text, " " * len(message.own_text))
    for pattern in (r"(?m)^>[^\n]*$", r"https?://\S{1,500}"):
        text = re.sub(pattern, lambda found: _blank(found.group()), text)
    return remarks.blanked(text)


def _blank(text: str) -> str:
    return "calendly.com".ljust(len(text))[: len(text)] if "calendly.com" in text else " " * len(text)


def _header(message: Incoming) -> Verdict | None:
    """Machines by their MIME type; headers that only make a machine likely are left to the words."""
    if message.kind == "bounce":
        return Verdict("bounce", 0.99, "header", entities=dict(message.bounce or {}))
    if message.kind == "complaint":
        return Verdict("unsubscribe", 0.99, "header", entities={"complaint": True})
    if message.kind == "receipt":
        return Verdict("auto_reply", 0.99, "header")
    if message.kind == "calendar":
        return Verdict("auto_reply", 0.97, "header")
    return None


def _rules(text: str, message: Incoming, hits: Sequence[Hit]) -> Verdict:
    bare = _bare(text)
    if not bare:
        return _empty(message)
    if bare in _short:
        agreed = message.time_offered and _short[bare] == "interested"
        return Verdict("meeting_request" if agreed else _short[bare], 0.93, "rule")
    said = _said(hits, text, message)
    machine = _machine(said, hits, text, message)
    if machine:
        return machine
    return _decide(said, hits)


def _bare(text: str) -> str:
    """The words alone, without greeting and marks, for answers of a word or two."""
    plain = GREETING.sub("", fold(text).strip())
    return re.sub(r"[^\w ]", " ", plain.split("\n\n")[0] if len(plain) < 60 else plain).strip().replace("  ", " ")


def _empty(message: Incoming) -> Verdict:
    """Nothing written: an invitation, or the subject, may still say it."""
    if message.calendar_method == "REQUEST":
        return Verdict("meeting_request", 0.95, "header")
    subject = fold(re.sub(r"^(?:(?:re|aw|fwd?|sv|rv|tr)\s?:\s?){1,4}", "", message.subject, flags=re.IGNORECASE))
    hits = [hit for hit in _book.hits(subject) if hit.sure and hit.label in PRECEDENCE]
    direct = message.subject and not re.match(r"(?i)(re|aw|sv|rv|tr)\s?:", message.subject)
    if subject.strip() in _short or (direct and hits):
        return Verdict(_short.get(subject.strip()) or main_label(hit.label for hit in hits), 0.85, "rule")
    if message.kind in ("auto", "out_of_office"):
        return Verdict("out_of_office" if message.kind == "out_of_office" else "auto_reply", 0.9, "header")
    return Verdict("other", 0.5, "rule", needs_person=True)


def _said(hits: Iterable[Hit], text: str, message: Incoming) -> dict[str, bool]:
    """Label to whether it is sure; hints of a label add up only to another hint."""
    said: dict[str, bool] = {}
    for hit in hits:
        if hit.label in PRECEDENCE:
            said[hit.label] = said.get(hit.label, False) or hit.sure
    folded = fold(text)
    if said.get("referral") is False and any(
        one["email"] or one["name"] for one in entities.people(text, message.own_addresses)
    ):
        said["referral"] = True
    if "meeting_request" not in said or not said["meeting_request"]:
        said |= _commitment(folded, text, message, "meeting_request" in said)
    asks = [one for one in QUESTION.findall(folded) if not POLITE.search(one)]
    if asks and "question" not in said:
        said["question"] = False
    return said


def _commitment(folded: str, text: str, message: Incoming, hinted: bool) -> dict[str, bool]:
    """Words that accept count after an offer, or beside a day and an hour of their own."""
    reading = entities.Reading(
        text, entities.received_on(message.received, message.zone), message.zone, message.country
    )
    exact = [one for one in entities.proposed_times(reading) if one["kind"] != "day"]
    commits = COMMITS.search(folded)
    if message.time_offered and commits and len(folded) < 400:
        return {"meeting_request": True}
    if exact and (commits or hinted):
        return {"meeting_request": True}
    return {}


def _machine(said: dict[str, bool], hits: Sequence[Hit], text: str, message: Incoming) -> Verdict | None:
    """Absence and automatic mail, unless a person engages beside it."""
    likely = message.kind in ("auto", "out_of_office") or bool(_auto_header(message.headers))
    subject_hits = {hit.label for hit in _book.hits(fold(message.subject)) if hit.sure} if likely else set()
    # Where a header makes a machine likely, a hint of absence is enough for the words to tell it too.
    hinted = likely and "out_of_office" in said
    absent = said.get("out_of_office") or hinted or message.kind == "out_of_office" or "out_of_office" in subject_hits
    automatic = said.get("auto_reply") or message.kind == "auto" or "auto_reply" in subject_hits
    if said.get("unsubscribe") and not likely:
        return None
    if said.get("left_company"):
        return Verdict("left_company", 0.95, "rule", tuple(_others(said, "left_company")))
    if not (absent or automatic) or (said.get("bounce") and not likely):
        return None
    label = "out_of_office" if absent else "auto_reply"
    if not likely and _engages(said, text):
        return None
    if likely and said.get("unsubscribe") and not absent and not said.get("auto_reply"):
        return None
    certain = bool(said.get(label)) or likely
    return Verdict(
        label,
        BOTH_TELL if certain and likely else 0.9,
        "header" if likely and not said.get(label) and not (absent and hinted) else "rule",
    )


def _auto_header(headers: Mapping[str, str]) -> str:
    lower = {name.lower(): value.lower() for name, value in headers.items()}
    submitted = lower.get("auto-submitted", "no")
    marks = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")
    return (submitted if submitted != "no" else "") or next((lower[mark] for mark in marks if mark in lower), "")


def _engages(said: dict[str, bool], text: str) -> bool:
    """Something beside the absence answers the offer; a stand-in for urgent matters does not."""
    if STAND_IN.search(fold(text)):
        return said.get("meeting_request", False) and bool(re.search(r"\?", text))
    return any(said.get(label) for label in (*ABSENCE_YIELDS_TO, "not_now"))


def _others(said: Mapping[str, bool], main: str) -> list[str]:
    return [label for label in PRECEDENCE if said.get(label) and label != main and label != "other"]


def _decide(said: dict[str, bool], hits: Sequence[Hit]) -> Verdict:
    """The first sure label in order of precedence; without one, or against another, a person decides."""
    sure = [label for label in PRECEDENCE if said.get(label)]
    hints = [label for label in PRECEDENCE if label in said and not said[label]]
    if "unsubscribe" in said and not said["unsubscribe"]:
        return Verdict("other", 0.5, "rule", tuple(sure), needs_person=True, guess="unsubscribe")
    if not sure:
        guess = next((label for label in hints if label != "other"), "")
        bare_thanks = hints == ["other"]
        return Verdict("other", 0.8 if bare_thanks else 0.4, "rule", needs_person=not bare_thanks, guess=guess)
    main = _boundaries(sure)
    others = tuple(label for label in sure if label != main)
    confidence = _confidence(main, others)
    if confidence >= SURE_ENOUGH or main == "unsubscribe":
        return Verdict(main, confidence, "rule", others)
    return Verdict("other", confidence, "rule", others, needs_person=True, guess=main)


def _boundaries(sure: list[str]) -> str:
    """Precedence, with the boundaries that words alone decide."""
    main = main_label(sure)
    if main == "wrong_person" and "referral" in sure:
        return "referral"
    if main == "auto_reply" and len(sure) > 1:
        return main_label(label for label in sure if label != "auto_reply")
    return main


def _confidence(main: str, others: tuple[str, ...]) -> float:
    """One clear statement is nearly certain; a yes and a no in one message are not."""
    if main == "unsubscribe":
        return 0.97
    positive = {label for label in (main, *others) if family(label) == "positive"} - {"question"}
    negative = {label for label in (main, *others) if family(label) in NO_FAMILY}
    if positive and negative:
        return 0.6
    return 0.93 if not others else 0.85


def _certain(found: Verdict, text: str, message: Incoming) -> bool:
    """Rules that were right of every author they were tried on: an answer of a word or two, a yes to an offered time,
    an absence that header and words both tell.
    """
    agreed = message.time_offered and found.label == "meeting_request"
    absent = found.label == "out_of_office" and found.confidence == BOTH_TELL and found.decided_by == "rule"
    return not found.needs_person and (_bare(text) in _short or agreed or absent)


def _ask_model(opinion: Opinion, found: Verdict) -> Verdict:
    """The model decides where it is sure enough; never against a suspected opt-out."""
    label = opinion.best
    sureness = opinion.chances[label]
    said = found.guess or found.label
    agrees = label == said and not found.needs_person
    limit = (opinion.agreed if agrees else opinion.alone).get(label, SURE_ENOUGH)
    opting_out = "unsubscribe" in (said, *found.secondary) or opinion.chances.get("unsubscribe", 0) >= opinion.suspected
    others = tuple(one for one in found.secondary if one != label)
    if sureness >= limit and (label == "unsubscribe" or not opting_out):
        return Verdict(label, sureness, "rule" if agrees else "model", others)
    return Verdict("other", sureness, "model", others, needs_person=True, guess=label)


def _with_entities(found: Verdict, text: str, message: Incoming, likely: tuple[str, ...] = ()) -> Verdict:
    reading = entities.Reading(
        text, entities.received_on(message.received, message.zone), message.zone, message.country
    )
    flags = _flags(found, text)
    also = (*found.secondary, *likely)
    extracted = entities.extract(found.guess or found.label, also, reading, message.own_addresses, flags)
    return Verdict(
        found.label, found.confidence, found.decided_by, found.secondary, {**extracted, **found.entities},
        found.needs_person, found.guess,
    )  # fmt: skip


def _flags(found: Verdict, text: str) -> dict[str, bool]:
    """Legal, hostile, complaint and whole-company words; the last only says something in an opt-out."""
    present = {hit.label for hit in _book.hits(fold(text)) if hit.label in FLAGS}
    opting_out = "unsubscribe" in (found.label, found.guess, *found.secondary)
    flags = {name: name in present for name in FLAGS[:3]} if opting_out or "hostile" in present else {}
    return flags | ({"scope_company": True} if opting_out and "company" in present else {})


def engages(label: str) -> bool:
    """A person wrote it, in the sense of the reply rate."""
    return counts(label)
