"""A department named instead of a person ("ask our IT team"), in seven languages, as the one word our routes go by."""

import re
from dataclasses import dataclass

from appointments.rules.phrases import fold

# Folded: lower case, no accents. The first word is the department's own.
WORDS = """
it edv ict tic informatique informatica informatik systems technology
admin administration administrative verwaltung administratie amministrazione administracion administracao secretariat sekretariat
procurement purchasing einkauf einkaufs beschaffung achats compras inkoop acquisti approvisionnement
finance financial finanz finanzen buchhaltung buchhaltungs comptabilite accounts accounting boekhouding finanzas contabilidad finanza payable
hr personal personeel personnel rh recursos ressources hrm people
legal recht rechts juridique juridico juridische legale contracts
compliance conformite cumplimiento conformita conformidade datenschutz privacy
operations ops betrieb betriebs exploitation operaties operaciones operazioni operacoes
quality qualitat qualitats qualite kwaliteit calidad qualita qualidade qa
facilities facility instandhaltung maintenance entretien onderhoud mantenimiento manutenzione manutencao haustechnik
logistics logistik logistique logistiek logistica warehouse lager magazijn entrepot almacen magazzino armazem supply
production produktion fertigungs productie produccion produzione producao
engineering technik technical technique techniek tecnico ingenieria
marketing communications kommunikation
sales vertrieb vertriebs verkauf commercial verkoop ventas vendite vendas
security sicherheit securite beveiliging seguridad sicurezza seguranca
vendor vendors supplier suppliers lieferanten fournisseurs leveranciers proveedores fornitori fornecedores
"""
KEYS = {word: words[0] for words in map(str.split, WORDS.strip().splitlines()) for word in words}
_ONE = "|".join(sorted(KEYS, key=len, reverse=True))
_SAID = re.compile(
    rf"\b(?:(?:{_ONE})(?:(?: and | & |/)(?:{_ONE}))?[ -](?:management )?(?:team|department|dept|desk|office|group|people|colleagues|"
    rf"abteilung|afdeling)"
    rf"|(?:{_ONE})-?(?:abteilung|afdeling)"
    rf"|(?:department of|abteilung(?: fur)?|afdeling|departamento (?:de|do|da)|departement(?: des?| d')?|service(?: des?)?|"
    rf"equipo de|equipe(?: des?| de la)?|ufficio|reparto|direction(?: des?| de la| de l')?) ?(?:{_ONE})"
    rf"|the (?:{_ONE})(?: guys| folks))\b"
)


@dataclass(frozen=True)
class Department:
    """Where it is named, and its own word: `it`, `admin`, `procurement`."""

    start: int
    end: int
    key: str


def find(text: str) -> Department | None:
    """The first department a text names as one; "it is" and "in person" name none."""
    folded = fold(text)
    for found in _SAID.finditer(folded):
        # Small letters make "it" a pronoun: "it people" is too little to send anyone anywhere.
        if (key := key_of(found.group())) and not (key == "it" and text[found.start() : found.end()].startswith("it ")):
            return Department(found.start(), found.end(), key)
    return None


def key_of(name: str) -> str:
    """The department a title, a team or a route's variant speaks of ("Head of Purchasing", "IT-led"); empty if none."""
    words = re.findall(r"\w+", fold(name))
    whole = next((KEYS[word] for word in words if word in KEYS), "")
    return whole or next((KEYS[word[: -len(end)]] for word in words for end in ("abteilung", "afdeling")
                          if word.endswith(end) and word[: -len(end)] in KEYS), "")  # fmt: skip
