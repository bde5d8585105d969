"""Whether a domain vouches for its mail: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), and what to publish."""

import re
from collections.abc import Callable

from crm.rules.companies import registrable_domain

GOOD, WEAK, MISSING, UNKNOWN = "good", "weak", "missing", "unknown"
MOST_LOOKUPS = 10  # RFC 7208 §4.6.4
Texts = Callable[[str], list[str]]  # the TXT records of a name; raises OSError where nobody could tell

# Selectors that providers use; a domain of its own may use any other, which a person types.
SELECTORS = (
    "google", "selector1", "selector2", "default", "dkim", "mail", "k1", "k2", "s1", "s2", "fm1", "zoho", "zmail", "mx", "pic",
    "mailo", "smtp",
)  # fmt: skip
_INCLUDES = (
    (("smtp.gmail.com", "smtp-relay.gmail.com"), "_spf.google.com", "google"),
    (("smtp.office365.com", "smtp-mail.outlook.com"), "spf.protection.outlook.com", "selector1"),
    (("smtp.fastmail.com",), "spf.messagingengine.com", "fm1"),
    (("smtp.zoho.eu",), "zoho.eu", "zoho"),
    (("smtp.ionos.com",), "_spf.perfora.net", ""),
    (("ssl0.ovh.net",), "mx.ovh.com", ""),
    (("smtp.mailbox.org",), "mailbox.org", ""),
    (("api.mailgun.net", "smtp.mailgun.org"), "mailgun.org", ""),
    (("api.eu.mailgun.net", "smtp.eu.mailgun.org"), "eu.mailgun.org", ""),
)
_LOOKS = re.compile(r"^[+?~-]?(include:|a(?=[:/]|$)|mx(?=[:/]|$)|ptr(?=:|$)|exists:|redirect=)", re.IGNORECASE)


def safely(look: Callable[[], dict[str, str]]) -> dict[str, str]:
    """One of the checks below, as {state, record, words, publish}; where nobody could tell it says that."""
    try:
        return look()
    except OSError:
        return _row(UNKNOWN, "This could not be checked just now: no name server answered.")


def _row(state: str, words: str, record: str = "", publish: str = "") -> dict[str, str]:
    return {"state": state, "words": words, "record": record[:500], "publish": publish}


# SPF ------------------------------------------------------------------------------------------------------------


def spf(domain: str, texts: Texts, smtp_host: str = "") -> dict[str, str]:
    """Which servers may send for the domain."""
    found = _spf_records(domain, texts)
    provider = next((include for hosts, include, _ in _INCLUDES if smtp_host.lower() in hosts), "")
    named = bool(smtp_host) and not re.fullmatch(r"[0-9a-f.:]+|localhost", smtp_host, re.IGNORECASE)
    allowed = f"include:{provider}" if provider else f"a:{smtp_host}" if named else "mx"
    publish = f'{domain}. TXT "v=spf1 {allowed} ~all"'
    if not found:
        return _row(MISSING, "The domain does not say which servers send for it; many receivers then distrust its mail.",
                    publish=publish)  # fmt: skip
    if len(found) > 1:
        return _row(MISSING, f"There are {len(found)} SPF records; with more than one none counts. Make one of them.",
                    " | ".join(found))  # fmt: skip
    record = found[0]
    names = {term.lower().lstrip("+") for term in record.split()}
    lookups = _lookups(record, texts, {domain})
    if lookups > MOST_LOOKUPS:
        return _row(WEAK, f"It asks for {lookups} look-ups; after {MOST_LOOKUPS} receivers stop and it counts for nothing.",
                    record)  # fmt: skip
    if names & {"all", "?all"} and not any(name.startswith("redirect=") for name in names):
        return _row(
            WEAK, "It lets any server send in the name of the domain.", record, record.rsplit(" ", 1)[0] + " ~all"
        )
    if not any(name in ("~all", "-all") or name.startswith("redirect=") for name in names):
        return _row(
            WEAK, "It does not say what holds for all other servers; end it with ~all.", record, f"{record} ~all"
        )
    if provider and not _reaches(record, provider, texts, {domain}):
        return _row(WEAK, f"It does not name the servers you send from ({provider}).", record,
                    record.replace("v=spf1", f"v=spf1 include:{provider}", 1))  # fmt: skip
    return _row(GOOD, "The domain says which servers send for it.", record)


def _spf_records(domain: str, texts: Texts) -> list[str]:
    return [one for one in texts(domain) if one.lower() == "v=spf1" or one.lower().startswith("v=spf1 ")]


def _further(record: str) -> list[str]:
    """The names whose records belong to this one."""
    terms = [term.lstrip("+?~-") for term in record.split()]
    found = [
        term.partition(":")[2] or term.partition("=")[2]
        for term in terms
        if term.lower().startswith(("include:", "redirect="))
    ]
    return [name.lower().rstrip(".") for name in found if name and "%" not in name]


def _lookups(record: str, texts: Texts, seen: set[str]) -> int:
    count = sum(1 for term in record.split() if _LOOKS.match(term))
    for name in _further(record):
        if name in seen or count > 2 * MOST_LOOKUPS:
            continue
        seen.add(name)
        for inner in _spf_records(name, texts)[:1]:
            count += _lookups(inner, texts, seen)
    return count


def _reaches(record: str, provider: str, texts: Texts, seen: set[str]) -> bool:
    names = _further(record)
    if provider in names:
        return True
    for name in names:
        if name not in seen and len(seen) < 2 * MOST_LOOKUPS:
            seen.add(name)
            if any(_reaches(inner, provider, texts, seen) for inner in _spf_records(name, texts)[:1]):
                return True
    return False


# DKIM -----------------------------------------------------------------------------------------------------------


def dkim(domain: str, texts: Texts, selector: str = "", smtp_host: str = "") -> dict[str, str]:
    """Whether a key is published with which mail of the domain can be signed."""
    usual = next((one for hosts, _, one in _INCLUDES if one and smtp_host.lower() in hosts), "")
    asked = [selector] if selector else list(dict.fromkeys(filter(None, (usual, *SELECTORS))))
    for name in asked:
        for record in texts(f"{name}._domainkey.{domain}"):
            tags = _tags(record)
            if "p" in tags:
                return _dkim_found(name, record, tags)
    if selector:
        return _row(MISSING, f"There is no key under the selector “{selector}”.",
                    publish=f"{selector}._domainkey.{domain}. TXT, the value your mail provider shows")  # fmt: skip
    return _row(MISSING, "No key was found under the usual selectors. If your provider signs with another one, type its name below.",
                publish=f"{usual or '<selector>'}._domainkey.{domain}. TXT, the value your mail provider shows")  # fmt: skip


def _dkim_found(name: str, record: str, tags: dict[str, str]) -> dict[str, str]:
    if not tags["p"]:
        return _row(MISSING, f"The key under “{name}” was withdrawn: its p= is empty.", record)
    if "y" in tags.get("t", "").split(":"):
        return _row(WEAK, f"The key under “{name}” says t=y: receivers treat the signature as a test.", record)
    # Base64 of a 1,024-bit RSA key is 216 signs; shorter ones are no longer trusted (RFC 8301 §3.2).
    if tags.get("k", "rsa") == "rsa" and len(re.sub(r"\s", "", tags["p"])) < 210:
        return _row(
            WEAK, f"The key under “{name}” is too short to be trusted. Have the provider make a longer one.", record
        )
    return _row(GOOD, f"A signing key is published under “{name}”.", record)


# DMARC ----------------------------------------------------------------------------------------------------------


def dmarc(domain: str, texts: Texts) -> dict[str, str]:
    """What receivers are to do with mail that fails both; of the domain, else of the organisation above it."""
    names = list(dict.fromkeys(filter(None, (domain, registrable_domain(domain)))))
    found: list[str] = []
    for name in names:
        found = [one for one in texts(f"_dmarc.{name}") if one.lower().replace(" ", "").startswith("v=dmarc1")]
        if found:
            break
    publish = f'_dmarc.{names[-1]}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{names[-1]}"'
    if not found:
        return _row(MISSING, "The domain does not say what receivers do with forged mail; Google and Yahoo ask bulk senders for it.",
                    publish=publish)  # fmt: skip
    if len(found) > 1:
        return _row(
            MISSING, f"There are {len(found)} DMARC records; with more than one none counts.", " | ".join(found)
        )
    policy = _tags(found[0]).get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return _row(
            MISSING,
            "The record names no policy (p=none, quarantine or reject), so it counts for nothing.",
            found[0],
            publish,
        )
    if policy == "none":
        return _row(GOOD, "There is a record, and it only watches (p=none). That is enough to send; quarantine protects the name better.",
                    found[0])  # fmt: skip
    return _row(GOOD, f"Receivers {policy} mail that only pretends to come from the domain.", found[0])


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}
