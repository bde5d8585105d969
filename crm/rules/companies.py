"""What two spellings of one company share: its name without legal form, its registrable domain, its place."""

import re
import unicodedata
from functools import lru_cache

from cleanco import basename
from tldextract import TLDExtract

from crm.rules.addresses import BadAddress, ascii_domain

# The list inside the package: never fetched, never written beside the code.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)
_JOINERS = re.compile(r"['’`´.]")
_NOT_WORD = re.compile(r"[^\w&+]+")
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
    text = unicodedata.normalize("NFKC", name).strip()
    stripped = basename(text) or text
    plain = unicodedata.normalize("NFKD", stripped.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = _NOT_WORD.sub(" ", _JOINERS.sub("", plain)).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join(words)[:200]


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
