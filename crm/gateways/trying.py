"""Trying a mail server before it is used, over the sessions that send and read; nothing is sent, no folder is opened."""

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from crm.gateways import imap, reach, smtp_wire, wire
from crm.gateways.smtp_wire import Talk

CONNECT_SECONDS = 8
ANSWER_SECONDS = 20  # a server may let whoever guesses passwords wait
WHOLE_SECONDS = 40
# OpenSSL's verify codes (x509_vfy.h).
_CERTIFICATE = {
    9: "not_yet", 10: "expired", 18: "self_signed", 19: "self_signed", 20: "unknown_issuer", 21: "unknown_issuer",
    62: "other_name", 64: "other_name",
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """One server as someone typed it, and how to sign in; `token` is an XOAUTH2 access token instead of a password."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    token: str = ""


@dataclass(frozen=True)
class Found:
    """How it went: `kind` is ok or what was wrong, `login` when the server refused to sign us in; `said` are its own words."""

    kind: str
    said: str = ""
    folders: tuple[imap.Folder, ...] = ()


class _Wrong(Exception):
    def __init__(self, kind: str, said: Any = "") -> None:
        super().__init__(kind)
        self.found = Found(kind, _plain(said))


def both(smtp: Door, imap: Door | None) -> tuple[Found, Found | None]:
    """Both directions at once, so that two slow servers cost the time of one."""
    with ThreadPoolExecutor(2) as pool:
        sending, reading = pool.submit(try_smtp, smtp), pool.submit(try_imap, imap) if imap else None
        return sending.result(), reading.result() if reading else None


def try_smtp(door: Door) -> Found:
    """Connect, encrypt and sign in by SMTP; no MAIL, so nothing can leave. Never raises."""
    return _tried(door, _smtp)


def try_imap(door: Door) -> Found:
    """Connect, encrypt, sign in by IMAP and list the folders; none is opened. Never raises."""
    return _tried(door, _imap)


def _tried(door: Door, talk: Callable[[Door], Found]) -> Found:
    try:
        return talk(door)
    except _Wrong as wrong:
        return wrong.found
    except (OSError, ValueError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
        return Found(kind_of(error), _plain(getattr(error, "smtp_error", "")))


def kind_of(error: BaseException) -> str:
    """What a broken connection means; certificates by OpenSSL's own number."""
    if isinstance(error, reach.NotAllowed):
        return "inside"
    if isinstance(error, socket.gaierror):
        return "unsure_host" if error.errno == socket.EAI_AGAIN else "unknown_host"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, "tls")
    if isinstance(error, ssl.SSLError):
        return "not_tls" if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE") else "tls"
    if isinstance(error, smtplib.SMTPResponseException):
        return "refused"
    if isinstance(error, ConnectionRefusedError):
        return "closed"
    if isinstance(error, TimeoutError):
        return "silent"
    if isinstance(error, ConnectionError | smtplib.SMTPException | imaplib.IMAP4.error):
        return "hung_up"
    return "unreachable" if isinstance(error, OSError) else "unknown_host"


def _greeting(error: BaseException, door: Door) -> _Wrong:
    """Who does not begin as the protocol asks: whoever waits for TLS says nothing until it begins."""
    if isinstance(error, wire.Mute):
        return _Wrong("silent" if door.security == "tls" else "wants_tls")
    if isinstance(error, smtplib.SMTPServerDisconnected | imaplib.IMAP4.error):
        return _Wrong("no_greeting")
    return _Wrong(kind_of(error))


# SMTP -----------------------------------------------------------------------------------------------------------


def _smtp(door: Door) -> Found:
    talk = Talk(timeout=CONNECT_SECONDS, local_hostname="localhost")
    cut = wire.watch(lambda: talk.sock, WHOLE_SECONDS)
    try:
        _meet(talk, door)
        talk.sock.settimeout(ANSWER_SECONDS)  # type: ignore[union-attr]
        talk.ehlo_or_helo_if_needed()
        if door.security == "starttls":
            if not talk.has_extn("starttls"):
                raise _Wrong("no_starttls")
            talk.encrypted()
        _sign_in(talk, door)
        return Found("ok")
    finally:
        talk.part()
        cut.cancel()


def _meet(talk: Talk, door: Door) -> None:
    try:
        code, said = talk.greeted(door.host, door.port, door.security)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise _greeting(error, door) from error
    if code != 220:
        raise _Wrong("no_greeting" if code < 200 else "refused", said)


def _sign_in(talk: Talk, door: Door) -> None:
    if not door.username:
        return
    if not talk.has_extn("auth"):
        raise _Wrong("no_auth" if not talk.has_extn("starttls") or door.security != "none" else "wants_starttls")
    try:
        talk.sign_in(door.username, door.token or door.password, token=bool(door.token))
    except smtplib.SMTPAuthenticationError as error:
        raise _Wrong("login", error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise _Wrong("no_auth") from error


# IMAP -----------------------------------------------------------------------------------------------------------


def _imap(door: Door) -> Found:
    login = imap.Login(
        door.host, door.port, door.security, door.username, door.token or door.password, bool(door.token)
    )
    try:
        session = imap.connected(login, CONNECT_SECONDS)
    except imap.Trouble as trouble:
        raise _greeting(trouble.__cause__ or trouble, door) from trouble
    cut = wire.watch(lambda: session.talk.sock, WHOLE_SECONDS)
    try:
        imap.sign_in(session, login)
        return Found("ok", folders=tuple(session.folders()))
    except (imap.LoginRefused, imap.NotNow, imap.Trouble) as error:
        kind = _why(error)
        raise _Wrong(kind, error if kind in ("login", "refused") else "") from error
    finally:
        session.close()
        cut.cancel()


def _why(error: imap.LoginRefused | imap.NotNow | imap.Trouble) -> str:
    if isinstance(error, imap.LoginRefused):
        return "login"
    if isinstance(error, imap.NotOffered):
        return f"no_{error.what}"
    if isinstance(error, imap.NotNow) or isinstance(error.__cause__, imap.LoginError):
        return "refused"  # it answered, and not about the password
    return kind_of(error.__cause__ or error)


def _plain(said: Any) -> str:
    """A server's answer as one line of plain text."""
    text = imap.words(said) if isinstance(said, BaseException) else smtp_wire.words(said)
    return "".join(c if c.isprintable() else " " for c in text)[:300]
