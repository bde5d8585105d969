"""Which servers a mailbox probably has: the large providers by address or by where the domain takes its mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.rules.addresses import domain_of


@dataclass(frozen=True)
class Servers:
    """Host, port and security of both directions; `name` is the provider's, empty where it is a guess."""

    smtp_host: str
    imap_host: str
    name: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    imap_port: int = 993
    imap_security: str = "tls"
    sign_in: str = "password"
    hint: str = ""  # what one must know before one types the password
    plus: bool = False  # name+tag@… reaches name@…


_APP = "{} asks for an app password: make one in the account's security settings and enter that."
GOOGLE = Servers("smtp.gmail.com", "imap.gmail.com", "Google", sign_in="google", plus=True, hint=_APP.format("Google"))
MICROSOFT = Servers(
    "smtp.office365.com", "outlook.office365.com", "Microsoft 365", sign_in="microsoft", plus=True,
    hint="Microsoft 365 takes no passwords any more; the mailbox is connected by signing in there.",
)  # fmt: skip
_YAHOO = Servers(
    "smtp.mail.yahoo.com", "imap.mail.yahoo.com", "Yahoo", 465, "tls", plus=True, hint=_APP.format("Yahoo")
)
_ICLOUD = Servers("smtp.mail.me.com", "imap.mail.me.com", "iCloud", plus=True, hint=_APP.format("Apple"))
_GMX = Servers(
    "mail.gmx.net", "imap.gmx.net", "GMX", hint="Switch IMAP on in the settings of the mailbox, under POP3 and IMAP."
)
_FASTMAIL = Servers(
    "smtp.fastmail.com", "imap.fastmail.com", "Fastmail", 465, "tls", plus=True, hint=_APP.format("Fastmail")
)
_ZOHO = Servers("smtp.zoho.eu", "imap.zoho.eu", "Zoho", 465, "tls", hint="Switch IMAP on in the mailbox's settings.")
_IONOS = Servers("smtp.ionos.com", "imap.ionos.com", "IONOS")
_OVH = Servers("ssl0.ovh.net", "ssl0.ovh.net", "OVH", 465, "tls")
_MAILBOX = Servers("smtp.mailbox.org", "imap.mailbox.org", "mailbox.org", plus=True)
_POSTEO = Servers("posteo.de", "posteo.de", "Posteo")

_BY_DOMAIN = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), GOOGLE),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com"), MICROSOFT),
    **dict.fromkeys(("yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com"), _YAHOO),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com"), _GMX),
    **dict.fromkeys(("fastmail.com", "fastmail.fm"), _FASTMAIL),
    **dict.fromkeys(("zoho.com", "zoho.eu"), _ZOHO),
    "mailbox.org": _MAILBOX,
    "posteo.de": _POSTEO,
}
# Where a company's domain takes its mail gives its provider away.
_BY_EXCHANGE = (
    ("google.com", GOOGLE), ("googlemail.com", GOOGLE), ("outlook.com", MICROSOFT), ("messagingengine.com", _FASTMAIL),
    ("zoho.eu", _ZOHO), ("zoho.com", _ZOHO), ("ionos.com", _IONOS), ("kundenserver.de", _IONOS), ("ovh.net", _OVH),
    ("mailbox.org", _MAILBOX), ("icloud.com", _ICLOUD),
)  # fmt: skip


def guess(address: str, exchanges: Sequence[str] = ()) -> Servers:
    """The servers of an address; `exchanges` are the MX hosts of its domain, where they are known."""
    domain = domain_of(address)
    if found := _BY_DOMAIN.get(domain):
        return found
    for host in exchanges:
        name = host.rstrip(".").lower()
        for ending, servers in _BY_EXCHANGE:
            if name == ending or name.endswith(f".{ending}"):
                return servers
    return Servers(f"mail.{domain}", f"mail.{domain}")


def of_provider(sign_in: str) -> Servers:
    """The servers of a provider that one signs in at."""
    return {"google": GOOGLE, "microsoft": MICROSOFT}[sign_in]
