"""What a trial of a mail server found, in words: what is wrong, and what one does about it."""

from collections.abc import Sequence
from typing import Protocol

from crm.rules.folder_names import SENT, role_of


class Folder(Protocol):
    """As LIST gives it."""

    @property
    def name(self) -> str: ...

    @property
    def uses(self) -> frozenset[str]: ...


class Found(Protocol):
    """How one connection went, as crm.gateways.trying says it."""

    @property
    def kind(self) -> str: ...

    @property
    def said(self) -> str: ...

    @property
    def folders(self) -> Sequence[Folder]: ...


OK = "ok"
_WORDS = {
    "unknown_host": ("There is no host called {host}.", "Look for a typing mistake; the provider's help names its servers."),
    "unsure_host": ("The name {host} could not be looked up just now.", "Try again in a minute."),
    "inside": ("{host} is an address inside this network, and those are not allowed.",
               "If it is your own server, an operator lists it in the setting INSIDE_ADDRESSES."),
    "closed": ("{host} is there, but its port {port} is closed.", "{ports}"),
    "silent": ("{host} did not answer on port {port} in time.", "{ports} A firewall may be in between."),
    "unreachable": ("{host} cannot be reached from here.", "Look whether the host is right and this machine has a way there."),
    "no_greeting": ("On port {port} of {host} something else answers, not a server for {protocol}.", "{ports}"),
    "not_tls": ("Port {port} of {host} does not begin with TLS.", "Choose STARTTLS, or the port that the provider names for TLS."),
    "wants_tls": ("Port {port} of {host} waits for TLS from the first byte.", "Choose TLS as its security."),
    "no_starttls": ("{host} does not offer STARTTLS on port {port}.", "Choose TLS and its port; without either the password would travel in the clear."),
    "expired": ("The TLS certificate of {host} has expired.", "Whoever runs the server must renew it; until then nobody can tell that it is the right one."),
    "not_yet": ("The TLS certificate of {host} is not valid yet.", "Look at the clocks of the server and of this machine."),
    "other_name": ("The TLS certificate that answered is not for {host}.", "Use the host name that the provider names; it stands in the certificate."),
    "self_signed": ("{host} signed its TLS certificate itself, so nobody vouches for it.", "Whoever runs the server needs a certificate of a known authority."),
    "unknown_issuer": ("The TLS certificate of {host} was issued by someone this machine does not know.",
                       "Whoever runs the server must send the whole chain, or an operator installs the authority here."),
    "tls": ("The encrypted connection to {host} could not be made.", "The server may speak only old versions of TLS."),
    "login": ("{host} does not accept this user name and password.", "Type the password again. Some providers want the whole address as user name, and some an app password."),
    "app_password": ("{host} wants an app password, not the usual one.", "Make one in the security settings of the mail account and enter it here."),
    "basic_off": ("{host} takes no passwords from programs.", "Connect the mailbox by signing in at Google or Microsoft, or ask its administrator to allow SMTP and IMAP with a password."),
    "imap_off": ("The provider has IMAP switched off for this mailbox.", "Switch it on in the mailbox's own settings."),
    "no_auth": ("{host} offers no way to sign in on port {port}.", "It does so only after encryption: choose STARTTLS or TLS. Port 25 is for servers; people use 587 or 465."),
    "wants_starttls": ("{host} lets nobody sign in on port {port} before the connection is encrypted.", "Choose STARTTLS."),
    "too_often": ("{host} has had too many attempts and wants a pause.", "Wait some minutes before the next try."),
    "refused": ("{host} turned us away.", "Its own words below may say why."),
    "hung_up": ("{host} closed the connection.", "Some servers do so when port and security do not belong together."),
}  # fmt: skip
_PORTS = {
    "SMTP": "Usual are 587 with STARTTLS and 465 with TLS.",
    "IMAP": "Usual are 993 with TLS and 143 with STARTTLS.",
}


def explain(found: Found, *, protocol: str, host: str, port: int) -> str:
    """One or two sentences for whoever typed it in; `protocol` is SMTP or IMAP."""
    if found.kind == OK:
        return _went_well(found, protocol)
    what, remedy = _WORDS.get(kind_of(found), _WORDS["refused"])
    fill = {"host": host, "port": port, "protocol": protocol, "ports": _PORTS[protocol]}
    return " ".join(f"{what} {remedy}".format(**fill).split())


def _went_well(found: Found, protocol: str) -> str:
    if protocol == "SMTP":
        return "Connected and signed in. No mail was sent."
    folders = f"{len(found.folders)} folder{'' if len(found.folders) == 1 else 's'}"
    kept = sent_folder(found.folders)
    sent = f"what is sent is kept in “{kept}”." if kept else "no folder for sent mail was found."
    return f"Connected and signed in: {folders}, {sent}"


def sent_folder(folders: Sequence[Folder]) -> str:
    """Where the reader looks for what was sent: by its flag (RFC 6154), else by the names that programs give it."""
    found = [one for one in folders if role_of(one.name, one.uses) == SENT]
    return max(found, key=lambda one: "sent" in one.uses).name[:200] if found else ""


def kind_of(found: Found) -> str:
    """Why a server refused to sign us in, as far as its words tell; any other kind as it is."""
    if found.kind not in ("login", "refused"):
        return found.kind
    text = found.said.lower()
    tells = (
        ("app_password", ("application-specific password", "app password", "app-specific", "5.7.9", "invalidsecondfactor")),
        ("basic_off", ("basic authentication is disabled", "smtpclientauthentication is disabled", "5.7.139", "basicauthblocked")),
        ("imap_off", ("imap access is disabled", "not enabled for imap", "imap is disabled", "imap disabled")),
        ("too_often", ("too many", "rate limit", "4.7.0", "temporarily", "[limit", "[unavailable", "[inuse")),
    )  # fmt: skip
    return next((kind for kind, marks in tells if any(mark in text for mark in marks)), found.kind)
