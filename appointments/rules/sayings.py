"""Sentences that answer a question of a checklist: found by phrases, never in a question, a condition or a denial."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from appointments.rules.phrase_syntax import read_phrase
from appointments.rules.phrases import fold

YES, NO = "yes", "no"
LIKELY, GUESS = "likely", "guess"
LONGEST, MOST_LETTERS, MOST_PHRASES, LONGEST_LINE = 500, 20_000, 60, 600
# An empty line ends a sentence, and so does a line that ends in a mark; a line that was merely wrapped does not.
_SENTENCE = re.compile(r"(?<=[.!?。！？;…])\s+|\n\s*\n")
_CLAUSE = re.compile(r"[,;:()]|\s[-–—]\s|\b(?:but|aber|sondern|doch|mais|pero|sino|maar|mas)\b")
_DENIED = re.compile(
    r"\b(?:no|not|never|nobody|nothing|none|neither|nor|without|cannot|kein\w*|nicht|nichts|nie|niemals|niemand|ohne|weder|"
    r"pas|ne|jamais|aucune?|sans|rien|nunca|ningun[ao]?|sin|nadie|nada|non|senza|nessun[oa]?|niet|geen|nooit|zonder|nao|sem)\b"
    r"|n't\b"
)
# *Si,* with a comma is a Spanish yes.
_SUPPOSED = re.compile(r"\b(?:if|unless|suppose|supposing|wenn|falls|sofern|si(?!\s*,)|tenzij)\b")


@dataclass(frozen=True)
class Asked:
    """A question, by its id, with the phrases that answer it: one a line, as `phrase_syntax` reads them."""

    pk: int
    yes: str = ""
    no: str = ""


@dataclass(frozen=True)
class Said:
    """What one sentence answers."""

    question: int
    value: str
    sure: str
    sentence: str


def check(phrases: str) -> None:
    """Raises ValueError, naming the line, where phrases cannot be read; they are too many or too long otherwise."""
    lines = lines_of(phrases)
    if len(lines) > MOST_PHRASES:
        raise ValueError(f"At most {MOST_PHRASES} lines.")
    for line in lines:
        bare = line.lstrip("~").strip()
        if len(bare) > LONGEST_LINE or len(re.findall(r"\w", bare)) < 3:
            raise ValueError(f"Between 3 letters and {LONGEST_LINE}: “{line[:60]}”.")
        try:
            written = read_phrase(_plain(bare))
            re.compile(written.expression)
        except (ValueError, re.error, IndexError) as wrong:
            raise ValueError(f"This line cannot be read: “{line[:60]}”.") from wrong
        if written.optional:
            raise ValueError(f"Everything in this line may be left out: “{line[:60]}”.")


def _plain(line: str) -> str:
    """Without accents and capitals, as texts are read; three dots are a gap, too."""
    return "…".join(fold(part) for part in re.split(r"…|\.\.\.", line.lstrip("~").strip()))


def lines_of(phrases: str) -> list[str]:
    return [line.strip() for line in phrases.splitlines() if line.strip()]


@lru_cache(maxsize=256)
def _compiled(phrases: str) -> tuple[tuple[re.Pattern[str], bool, bool], ...]:
    """Each line's expression, whether it is more than a hint, and whether it denies; what cannot be read is left out."""
    found = []
    for line in lines_of(phrases)[:MOST_PHRASES]:
        try:
            expression = read_phrase(_plain(line)).expression
            denies = _DENIED.search(fold(line)) is not None
            found.append((re.compile(rf"(?<!\w)(?:{expression})(?!\w)"), not line.startswith("~"), denies))
        except (ValueError, re.error, IndexError):
            continue
    return tuple(found)


def sentences(text: str) -> list[str]:
    """Each as it was written, on one line."""
    return [" ".join(one.split()) for one in _SENTENCE.split(text[:MOST_LETTERS]) if one.strip()]


def answers(text: str, asked: Iterable[Asked]) -> list[Said]:
    """For each question the first sentence that answers it; nothing where the text says both yes and no."""
    told = [(one, fold(one)) for one in sentences(text) if not one.rstrip("\"'”’)» ").endswith(("?", "？"))]
    return [said for question in asked if (said := _answer(question, told))]


def _answer(asked: Asked, told: Sequence[tuple[str, str]]) -> Said | None:
    no = _first(asked.no, told, denied=True)
    yes = _first(asked.yes, told, denied=False, but=_spans(asked.no, told))
    if bool(yes) is bool(no):
        return None
    sentence, sure = yes or no or ("", False)
    return Said(asked.pk, YES if yes else NO, LIKELY if sure else GUESS, sentence[:LONGEST])


def _spans(phrases: str, told: Sequence[tuple[str, str]]) -> dict[str, list[tuple[int, int]]]:
    """Where a no stands, by sentence: *no budget is approved* holds no yes inside."""
    return {
        folded: [found.span() for pattern, _, _ in _compiled(phrases) for found in pattern.finditer(folded)]
        for _, folded in told
    }


def _first(
    phrases: str, told: Sequence[tuple[str, str]], *, denied: bool, but: dict[str, list[tuple[int, int]]] | None = None
) -> tuple[str, bool] | None:
    """The first sentence with one of the phrases, and whether that is more than a hint; certain ones before hints."""
    hint = None
    for sentence, folded in told:
        for pattern, sure, denies in _compiled(phrases):
            for found in pattern.finditer(folded):
                inside = any(start < found.end() and found.start() < end for start, end in (but or {}).get(folded, ()))
                if (
                    inside
                    or _supposed(folded, found.start())
                    or (not denied and _denied(folded, found, but_for=denies))
                ):
                    continue
                if sure:
                    return sentence, True
                hint = hint or (sentence, False)
    return hint


def _supposed(folded: str, start: int) -> bool:
    """*If we had a budget* says nothing."""
    return _SUPPOSED.search(folded[:start]) is not None


def _denied(folded: str, found: re.Match[str], *, but_for: bool) -> bool:
    """A no or a not in the same clause; `but_for`: the phrase is itself one, so only what stands around it counts."""
    marks = [mark.span() for mark in _CLAUSE.finditer(folded)]
    opens = max((end for _, end in marks if end <= found.start()), default=0)
    closes = min((start for start, _ in marks if start >= found.end()), default=len(folded))
    around = f"{folded[opens : found.start()]} | {folded[found.end() : closes]}"
    return _DENIED.search(around if but_for else folded[opens:closes]) is not None


def starting(question: str) -> tuple[str, str]:
    """The phrases a question of ours begins with, by its words: those for yes, those for no."""
    return STARTING.get(question, ("", ""))


_SITES = (
    """(two|three|four|five|six|seven|eight|nine|ten|2|3|4|5|6|7|8|9|10|12|15|20|several|many|all|all of|all two|all three|all four|all five|all six|both) (of our|our|more|) (sites|plants|locations|branches|warehouses|houses|stores|depots|factories|facilities)
(zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|2|3|4|5|6|7|8|9|10|mehrere|alle|beide) (unserer|unsere|) (standorte*|werke*|filialen|hauser*|lager|betriebe*|niederlassungen)
(deux|trois|quatre|cinq|six|sept|huit|neuf|dix|2|3|4|5|6|7|8|9|10|plusieurs|tous nos|toutes nos|nos) (sites|usines|magasins|agences|entrepots|etablissements)
(dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|2|3|4|5|6|7|8|9|10|varias|varios|todas nuestras|todos nuestros) (sedes|plantas|centros|tiendas|almacenes|locales)
~(each|every) (site|plant|location|branch)
~(jeder|jeden|jedem) standort""",
    """(only|just) (one|a single) (site|plant|location|branch|house|store)
(nur|lediglich) (einen|ein|eine) (standort|werk|filiale|haus|lager|betrieb)
(un seul|une seule) (site|usine|magasin|agence)
(una sola|un solo|solo una|solo un) (sede|planta|centro|tienda)""",
)
_DATE = (
    """(inspection|audit|recertification|certification|deadline|tender|renewal|go-live|launch|opening|handover|inspector) (is|comes|runs|falls|starts|) (due|in|on|by|before|this|next)
(contract|lease|licence|license|agreement) (ends|runs out|expires|is up)
(need|needs|must|have|has|want|wants) (this|it|to|) … (by|before) (the end of|end of|) (january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|christmas|the year|this year|q1|q2|q3|q4)
(settled|done|in place|decided|live|running) (by|before)
(prufung|inspektion|audit|frist|stichtag|ausschreibung|eroffnung|abnahme) … (im|am|bis|vor|ende|nachste*|diese*)
(vertrag|lizenz) (lauft … aus|endet)
(bis|vor) (ende|anfang|mitte|) (januar|februar|marz|april|mai|juni|juli|august|september|oktober|november|dezember|des jahres) (muss|mussen|brauchen|soll|sollen|wollen)
(audit|inspection|controle|echeance|ouverture) … (en|avant|le|au|prevu*)
(contrat|licence) (expire|se termine|prend fin)
(auditoria|inspeccion|plazo|apertura) … (en|antes de|el|prevista)
(contrato|licencia) (vence|termina|caduca)
~(this|next) (month|quarter|spring|summer|autumn|winter) (we|is when|would be)
~(urgent|urgently|time is short|dringend|eilig|urgente*)""",
    """(no|not) … (hurry|rush|deadline|urgency|time pressure)
not (urgent|pressing|planned|a priority)
nothing (is|) planned
(keine|kein) (eile|frist|zeitdruck|dringlichkeit)
(nicht|nichts) (eilig|dringend|geplant)
(pas|rien) (urgent|d'urgent|de prevu|presse)
(no es urgente|sin prisa|no hay prisa|nada previsto)""",
)
_DECIDER = (
    """(i|we) (decide|sign|sign off|approve|have the final say|make the decision|make this decision)
(the|this|that|it|final|) (decision|say) (is|lies|rests|sits) (with|mine|ours)
(my|our) (boss|director|manager|cfo|ceo|coo|cio|cto|board|owner|managing director|finance director|head of *|plant manager) (decides|signs|approves|has the final say|will decide|will sign|would sign|signs off|must approve|has to approve)
(decided|signed|approved|signed off) by
(ich|wir) (entscheide|entscheiden|unterschreibe|unterschreiben|unterzeichne|gebe frei|geben frei)
(entscheidet|unterschreibt|unterzeichnet|gibt frei|genehmigt) (der|die|das|unser|unsere|mein|meine|bei uns|am ende|letztlich)
(unser|unsere|mein|meine|der|die) … (entscheidet|unterschreibt|unterzeichnet|genehmigt)
(die|diese) entscheidung (liegt bei|trifft|treffe)
(je|nous) (decide|decidons|signe|signons|valide|validons)
c'est (moi|nous|le directeur|la directrice|notre *|mon *|ma *) qui (decide|decidons|signe|signons|valide|validons)
la decision (revient a|appartient a|est prise par)
(yo|nosotros|) (decido|decidimos|firmo|firmamos|apruebo|aprobamos)
(la decision|lo) (la toma|depende de|decide|firma|aprueba)
(mi|nuestro|nuestra|el|la) (jefe|jefa|director*|gerente|consejo) (decide|firma|aprueba)
~(decides|signs|signs off|approves) (on|) (this|it|that|these|such)
~(sign-off|signoff|budget holder|decision maker|entscheider*|decideur*)""",
    """(don't|do not|doesn't|no idea|not) … (know|sure|clear|decided) (yet|) who (decides|signs|approves|would)
(weis*|wissen) (noch|) nicht wer
(je ne sais|nous ne savons) pas qui
no (se|sabemos) quien""",
)
_OWN = (
    """(i|we) (decide|sign|approve|own|buy|choose|run) (on|) (this|it|that|these|such|everything)
(i am|i'm|we are|we're) (the ones|the one|) (responsible|in charge|accountable)
(this|that|it) is my (decision|responsibility|call|budget|area)
my (boss|director|manager|board|managing director) (asked|told|sent|wants) me
(on behalf of|asked by) (my|our|the) (boss|director|manager|board|management|managing director)
(ich bin|wir sind) … (zustandig|verantwortlich)
(ich|wir) (entscheide|entscheiden|verantworte|verantworten|unterschreibe|unterschreiben)
im auftrag (der|des|unserer|unseres|meines|meiner)
(je suis|nous sommes) (responsable|responsables|en charge|charge de)
(c'est|ce) (mon|notre) (budget|decision|domaine)
(je|nous) (decide|decidons|gere|gerons)
(soy|somos) (el|la|los|) responsable*
(decido|decidimos|me encargo|nos encargamos)""",
    """(not|isn't) (my|our) (area|decision|department|responsibility|call|budget)
(i|we) (don't|do not|cannot|can't) (decide|sign|approve)
not (responsible|in charge)
(nicht|kein*) (zustandig|verantwortlich|mein bereich|unser bereich|meine entscheidung)
(ich|wir) (entscheide|entscheiden) das nicht
(pas|n'est pas) (moi|nous|de mon ressort|mon domaine|responsable*)
(no es|no soy|no somos) (mi|nuestra|nuestro|el|la|los|) (decision|responsable*|area|departamento)""",
)
_MONEY = (
    """(have|has|got|there is|there's|with) (a|the|our|some|) (budget|funds|money)
budget … (is|was|has been|were) (approved|set aside|available|allocated|released|reserved|there|in place|agreed)
(set aside|allocated|earmarked|reserved|budgeted|put aside) … (for|this|it)
(haben|hat) … (budget|mittel|geld)
(budget|mittel) (ist|sind|wurde|wurden|steht|stehen) … (da|bereit|genehmigt|eingeplant|freigegeben|vorhanden|bewilligt|verfugung)
(eingeplant|budgetiert|bereitgestellt)
(avons|avez|a|ai) … (un|le|du|) budget
budget (est|a ete) (valide|approuve|prevu|disponible|alloue|vote)
(tenemos|tengo|hay) … (presupuesto|fondos)
presupuesto (esta|ha sido|fue) (aprobado|previsto|disponible|asignado|reservado)
~(in|within) (our|the) budget
~next (year's|quarter's) budget""",
    """(no|not any|without) (a|) (budget|funds|money)
(don't|do not|doesn't|does not) have (a|the|any|) (budget|funds|money)
budget (is|was|has been|has) (frozen|cut|spent|used up|exhausted|gone|not)
(kein|keine) (budget|mittel|geld)
(budget|mittel) (ist|sind|wurde|wurden) (gestrichen|gekurzt|eingefroren|aufgebraucht|nicht)
(pas|plus|aucun) (de|) budget
budget (gele|epuise|coupe)
(no|sin) (tenemos|hay|tengo|) presupuesto
presupuesto (agotado|congelado|recortado)""",
)
_PROBLEM = (
    """(struggle|struggling|problem|problems|trouble|headache|pain|painful|issue|issues|difficult|difficulty) (with|finding|keeping|getting|for us|here|is that)
(takes|costs|cost|loses|lose|lost) (us|me|) … (hours|days|weeks|ages|money|fortune|time)
(currently|today|still|at the moment) … (excel|spreadsheet|spreadsheets|paper|by hand|manually)
(exactly|precisely|just) (our|the|my) (problem|situation|pain|topic|issue)
(wir|ich) (haben|kampfen|habe) … (probleme|problem|schwierigkeiten|muhe|arger)
(genau|gerade) (unser|das|mein) (problem|thema)
(kostet|verlieren|dauert) … (stunden|tage|wochen|zeit|geld)
(derzeit|aktuell|noch|momentan|heute) … (excel|papier|von hand|manuell)
(nous avons|on a|j'ai) … (probleme|problemes|difficultes|du mal)
(perdons|coute|prend) … (heures|jours|temps|argent)
(encore|actuellement|aujourd'hui) … (excel|papier|a la main)
(tenemos|tengo|hay) … (problemas|problema|dificultades)
(perdemos|cuesta|tarda) … (horas|dias|tiempo|dinero)
(todavia|actualmente|aun|hoy) … (excel|papel|a mano)
~(does this|can it|could you) (help|solve)""",
    """(no|not a) (problem|need|issue|pain|topic) (for us|here|with that|at all)
(don't|do not|doesn't) (need|have that|have this)
(works|working|running) (fine|well|smoothly|perfectly)
(already|solved|sorted) … (solved|sorted|covered|taken care of)
(kein|keinen) (problem|bedarf|thema)
(lauft|funktioniert) (gut|prima|bestens|problemlos)
(pas|aucun) (de|) (probleme|besoin)
(no|ningun) (tenemos|hay|) (problema|necesidad)""",
)
_MANY = tuple(re.sub(r"\b(two|2|both|all two|zwei|beide|deux|dos)\|", "", words) for words in _SITES)
_WHO = (
    f"""{_OWN[0]}
(looks after|look after|responsible for|in charge of|takes care of|take care of|handles|keeps) … (compliance|refrigerant*|logbook*|records|checks|inspections|floors|building|buildings|estates)
(kummert sich um|verantwortet|zustandig fur) … (compliance|kaltemittel*|anlage*|prufung*|gebaude*)
(s'occupe de|responsable de|charge de) … (conformite|controle*|batiment*|installation*)
(se encarga de|responsable de|lleva) … (cumplimiento|inspeccion*|edificio*|instalacion*)""",
    _OWN[1],
)
STARTING: dict[str, tuple[str, str]] = {
    "Has the problem we solve": _PROBLEM,
    "Big enough for us to help": _SITES,
    "A date that presses": _DATE,
    "Knows who decides": _DECIDER,
    "Decides, or is sent by who decides": _OWN,
    "Money is set aside, or can be": _MONEY,
    "More than one site": _SITES,
    "More than two sites": (_MANY[0], _MANY[1]),
    "More than one house": _SITES,
    "Knows who signs": _DECIDER,
    "Knows who pays": _DECIDER,
    "Runs the work themselves": _OWN,
    "Runs compliance, or knows who does": _WHO,
    "Looks after the floors themselves": _WHO,
    "An inspection within a year": _DATE,
    "A project with a date": _DATE,
}
