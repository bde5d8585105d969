"""What two spellings of one company share: its name without legal form, its registrable domain, its place."""

import re
import unicodedata
from functools import lru_cache

from cleanco import prepare_default_terms
from cleanco.clean import remove_accents, strip_punct, strip_tail
from tldextract import TLDExtract

from crm.rules.addresses import BadAddress, ascii_domain

# The list inside the package: never fetched, never written beside the code.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)
_JOINERS = re.compile(r"['’`´.]")
_NOT_WORD = re.compile(r"[^\w&+]+")
# Legal forms by their last word, each with its place in cleanco's order.
_FORMS: dict[str, list[tuple[int, list[str]]]] = {}
for _place, (_, _words) in enumerate(prepare_default_terms()):
    if _words:
        _FORMS.setdefault(_words[-1], []).append((_place, _words))
# What cleanco does not know, as a name without dots and accents says it: forms spelled with blanks, and those of Germany,
# Austria, Switzerland, Spain, Italy, Portugal and the Nordic countries that it has no list of.
_OWN_FORMS = """
    e v;e k;ek;e kfr;ekfr;e kfm;ekfm;eingetragener kaufmann;eingetragene kauffrau;ug;gug;ug haftungsbeschrankt;
    gug haftungsbeschrankt;ggmbh;gag;gemeinnutzige;gemeinnutzige gmbh;g m b h;m b h;mbh;ges mbh;ges m b h;gesmbh;gesellschaft mbh;
    gesellschaft m b h;gesellschaft mit beschrankter haftung;aktiengesellschaft;partg mbb;partgmbb;mbb;
    s a r l;sa rl;s a rl;s arl;s a s;s a s u;s a;s n c;eurl;selarl;scea;s c a;scrl;asbl;
    s l;s l u;slu;s a u;sau;s l p;slp;sociedad limitada;sociedad anonima;
    s r l;s r l s;srls;srlu;srl unipersonale;unipersonale;s p a;societa per azioni;societa a responsabilita limitata;scarl;s c a r l;soc coop;
    unipessoal;unipessoal lda;sociedade unipessoal;sociedade unipessoal lda;
    b v;n v;v o f;ab publ;publ;s r o;z o o;sp z o o;sp z o o sp k;sp z oo sp k;sp k;
    & co;+ co;u co;und co;and co;et co;& cie;et cie;& c;e c;& cia;y cia;e cia
"""
# "AG & Co. KG": the partner's form, the joint, and what cleanco left of the end.
_PARTNERS = "ag;se;gmbh;ggmbh;mbh;ug;ug haftungsbeschrankt;sarl;sa rl;ltd;limited;bv;stiftung"
_OWN: dict[str, list[list[str]]] = {}
for _form in sorted(
    [*(form.strip() for form in _OWN_FORMS.strip(" ;\n").split(";")), *(f"{one} {joint}" for one in _PARTNERS.split(";") for joint in ("& co", "+ co", "u co", "und co", "co"))],
    key=lambda form: -len(form.split()),
):  # fmt: skip
    _OWN.setdefault(_form.split()[-1], []).append(_form.split())
OWN_ENDS = frozenset(_OWN)
# Providers where a domain says nothing about the company of whoever writes from it.
FREEMAIL = frozenset(
    """gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk ymail.com aol.com icloud.com
    me.com mac.com gmx.de gmx.net gmx.com web.de t-online.de freenet.de mail.ru yandex.ru yandex.com bk.ru proton.me
    protonmail.com pm.me zoho.com fastmail.com hey.com tutanota.com tuta.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr
    libero.it virgilio.it tiscali.it alice.it wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz abv.bg qq.com 163.com 126.com
    sina.com naver.com daum.net hanmail.net yahoo.co.jp docomo.ne.jp ezweb.ne.jp softbank.ne.jp uol.com.br bol.com.br terra.com.br
    comcast.net verizon.net att.net sbcglobal.net cox.net charter.net btinternet.com sky.com virginmedia.com talktalk.net
    bigpond.com optusnet.com.au ziggo.nl kpnmail.nl planet.nl telenet.be skynet.be bluewin.ch hotmail.co.uk live.co.uk
    hotmail.fr hotmail.de yahoo.fr yahoo.de yahoo.es yahoo.it mail.com email.com inbox.com rocketmail.com""".split()
)


@lru_cache(maxsize=65536)
def normal_name(name: str) -> str:
    """A company's name for comparing: lower case, no accents, no legal form, single blanks."""
    text = (name if name.isascii() else unicodedata.normalize("NFKC", name)).strip()
    stripped = without_legal_form(text) or text
    plain = stripped.lower() if stripped.isascii() else _folded(stripped)
    words = plain.split()
    if not "".join(words).isalnum():
        words = _NOT_WORD.sub(" ", _JOINERS.sub("", plain)).split()
    if len(words) > 1 and words[-1] in _OWN and (shorter := _without_own_form(words)) != words:
        return normal_name(" ".join(shorter))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join(words)[:200]


def _without_own_form(words: list[str]) -> list[str]:
    """Folded words without the longest form of ours at their end; a name that is nothing but a form stays."""
    fitting = (form for form in _OWN[words[-1]] if len(form) < len(words) and words[-len(form) :] == form)
    return words[: -len(next(fitting, []))] or words


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def without_legal_form(name: str) -> str:
    """What ``cleanco.basename`` answers, without trying each of its hundreds of legal forms on every name."""
    name = _without_tail(name)
    parts = name.split()
    plain = (name.lower() if name.isascii() else remove_accents(name)).split()
    if not "".join(plain).isalnum():
        plain = [strip_punct(part) for part in plain]
    if plain and plain[-1] not in _FORMS:
        return " ".join(parts)
    last = -1
    while plain:
        found = next(
            (form for form in _FORMS.get(plain[-1], ()) if form[0] > last and plain[-len(form[1]) :] == form[1]), None
        )
        if found is None:
            break
        last, words = found
        del plain[-len(words) :], parts[-len(words) :]
    return _without_tail(" ".join(parts))


def _without_tail(name: str) -> str:
    return name if name[-1:].isalnum() else strip_tail(name)


@lru_cache(maxsize=65536)
def registrable_domain(text: str) -> str:
    """``example.co.uk`` of an address, a host or a URL; empty when there is none."""
    host = text.strip().lower().rpartition("@")[2]
    host = re.sub(r"^[a-z][a-z0-9+.\-]*://", "", host)
    host = re.split(r"[/?#:\s]", host, maxsplit=1)[0]
    try:
        host = ascii_domain(host)
    except BadAddress:
        return ""
    found = _suffixes(host)
    # Reserved names such as .example are in no list; their last two labels are the company.
    return f"{found.domain}.{found.suffix}" if found.suffix and found.domain else ".".join(host.split(".")[-2:])


def says_company(domain: str) -> bool:
    """False for domains of mail providers, which thousands of companies' people share."""
    return bool(domain) and domain not in FREEMAIL


def place_key(city: str, postcode: str, country: str) -> str:
    """Where a site is, for comparing."""
    plain = unicodedata.normalize("NFKD", f"{postcode}{city}".casefold())
    kept = "".join(sign for sign in plain if sign.isalnum())
    return f"{kept}/{country.lower()}" if kept else ""
