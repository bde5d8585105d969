"""Trying a mailbox's servers before anyone relies on them, and reading what its domain says about its mail."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from crm import clock
from crm.gateways import dns, trying
from crm.models import Mailbox
from crm.rules import mail_servers, mail_trials, provider_words, sender_domain
from crm.rules.addresses import domain_of
from crm.services import mailboxes, providers


@dataclass(frozen=True)
class Line:
    """How one direction went, in words; `said` is what the server answered where it refused."""

    protocol: str
    server: str
    ok: bool
    words: str
    said: str = ""


def try_servers(given: dict[str, Any], secret: str) -> list[Line]:
    """Connect and sign in at the servers someone typed: SMTP, and IMAP where one is named. Nothing is sent."""
    return _lines(given, {"username": given["username"], "password": secret})


def try_provider(address: str, domain: str, region: str, api_key: str) -> list[Line]:
    """Have the provider look at a message from there, which it takes and delivers to nobody."""
    found = providers.trial(address, domain, region, api_key)
    ok = found.outcome == provider_words.ACCEPTED
    words = provider_words.explain(found.outcome, found.response, domain=domain)
    return [Line("Mailgun", domain, ok, words, "" if ok else found.response)]


def try_mailbox(mailbox: Mailbox) -> list[Line]:
    """The same for a mailbox that is here, with the secret it has."""
    if mailbox.kind == Mailbox.Kind.PROVIDER:
        found = mailbox.provider
        return try_provider(mailbox.address, found.domain, found.region, providers.api_key_of(mailbox))
    login = mailboxes.login_of(mailbox)
    given = {name: getattr(mailbox, name) for name in ("smtp_host", "smtp_port", "smtp_security")}
    given |= {name: getattr(mailbox, name) for name in ("imap_host", "imap_port", "imap_security")}
    return _lines(given, {"username": login.username, "password": login.password, "token": login.token})


def _lines(given: dict[str, Any], login: dict[str, str]) -> list[Line]:
    smtp = trying.Door(given["smtp_host"], given["smtp_port"], given["smtp_security"], **login)
    imap = None
    if given.get("imap_host"):
        imap = trying.Door(given["imap_host"], given["imap_port"], given["imap_security"], **login)
    sending, reading = trying.both(smtp, imap)
    lines = [_line("SMTP", smtp, sending)]
    return [*lines, _line("IMAP", imap, reading)] if imap and reading else lines


def _line(protocol: str, door: trying.Door, found: trying.Found) -> Line:
    words = mail_trials.explain(found, protocol=protocol, host=door.host, port=door.port)
    return Line(protocol, f"{door.host}:{door.port}", found.kind == mail_trials.OK, words, found.said)


def try_token(address: str, servers: mail_servers.Servers, token: str) -> list[Line]:
    """The same with an access token, before the mailbox is added."""
    return _lines(asdict(servers), {"username": address, "token": token})


def guess(address: str) -> mail_servers.Servers:
    """The servers of an address: known by its domain, else by where the domain takes its mail, else a guess."""
    known = mail_servers.guess(address)
    return known if known.name else mail_servers.guess(address, dns.exchanges(domain_of(address)))


def check_domain(mailbox: Mailbox, *, selector: str | None = None) -> Mailbox:
    """Read SPF, DKIM and DMARC of the sender's domain and keep what they say. It never stops anything."""
    domain = domain_of(mailbox.address)
    if selector is None:
        selector = mailbox.domain_found.get("selector", "")
    asks = {
        "spf": lambda: sender_domain.spf(domain, dns.texts, mailbox.smtp_host),
        "dkim": lambda: sender_domain.dkim(domain, dns.texts, selector, mailbox.smtp_host),
        "dmarc": lambda: sender_domain.dmarc(domain, dns.texts),
    }
    with ThreadPoolExecutor(len(asks)) as pool:
        looks = {name: pool.submit(sender_domain.safely, ask) for name, ask in asks.items()}
    found = {name: look.result() for name, look in looks.items()}
    mailbox.domain_found = {**found, "domain": domain, "selector": selector}
    mailbox.domain_checked_at = clock.now()
    mailbox.save(update_fields=["domain_found", "domain_checked_at"])
    return mailbox
