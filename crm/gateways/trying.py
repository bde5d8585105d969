"""Trying a mail server before it is used: connect, encrypt, sign in, look at the folders; nothing is sent or changed."""

import contextlib
import imaplib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from crm.gateways import reach
from crm.gateways.oauth import xoauth2

CONNECT_SECONDS = 8
ANSWER_SECONDS = 20  # a server may let whoever guesses passwords wait
WHOLE_SECONDS = 40
_LIST = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>.+)', re.IGNORECASE | re.DOTALL)
_SENT_NAMES = (
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "gesendet",
    "gesendete objekte",
    "envoyés",
    "enviados",
)
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
    """How it went: `kind` is ok or what was wrong, `login` when the server refused to sign us in."""

    kind: str
    said: str = ""
    folders: tuple[str, ...] = ()
    sent: str = ""


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


def _tried(door: Door, talk: Callable[[Door, str], Found]) -> Found:
    try:
        return talk(door, reach.pinned(door.host, door.port, settings.INSIDE_ADDRESSES))
    except _Wrong as wrong:
        return wrong.found
    except reach.NotAllowed:
        return Found("inside")
    except socket.gaierror as error:
        return Found("unsure_host" if error.errno == socket.EAI_AGAIN else "unknown_host")
    except (OSError, ValueError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
        return Found(_kind(error), _plain(error))


def _kind(error: Exception) -> str:
    """What a broken connection means; certificates by OpenSSL's own number."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, "tls")
    if isinstance(error, ssl.SSLError):
        return "not_tls" if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE") else "tls"
    if isinstance(error, ConnectionRefusedError):
        return "closed"
    if isinstance(error, TimeoutError):
        return "silent"
    if isinstance(error, UnicodeError | ValueError) and not isinstance(error, OSError):
        return "unknown_host"
    if isinstance(error, ConnectionError | smtplib.SMTPException | imaplib.IMAP4.error):
        return "hung_up"
    return "unreachable"


def _connected(address: str, port: int) -> socket.socket:
    try:
        return socket.create_connection((address, port), CONNECT_SECONDS)
    except TimeoutError as error:
        raise _Wrong("silent", error) from error


# SMTP -----------------------------------------------------------------------------------------------------------


class _Smtp(smtplib.SMTP):
    pinned = ""
    context: ssl.SSLContext | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = _connected(self.pinned, port)
        return self.context.wrap_socket(plain, server_hostname=host) if self.context else plain


def _smtp(door: Door, address: str) -> Found:
    talk = _Smtp(timeout=CONNECT_SECONDS, local_hostname="localhost")
    talk.pinned = address
    talk.context = ssl.create_default_context() if door.security == "tls" else None
    with _cut_off(lambda: talk.sock), contextlib.closing(talk):
        try:
            code, said = talk.connect(door.host, door.port)
        except smtplib.SMTPServerDisconnected as error:
            # Whoever waits for TLS says nothing until it begins.
            waits = "timed out" in str(error) and door.security != "tls"
            raise _Wrong("wants_tls" if waits else "no_greeting", error) from error
        if code != 220:
            raise _Wrong("no_greeting" if code < 200 else "refused", said)
        talk.sock.settimeout(ANSWER_SECONDS)  # type: ignore[union-attr]
        talk.ehlo_or_helo_if_needed()
        if door.security == "starttls":
            _starttls(talk, door)
        _sign_in(talk, door)
        return Found("ok")


def _starttls(talk: _Smtp, door: Door) -> None:
    if not talk.has_extn("starttls"):
        raise _Wrong("no_starttls")
    talk._host = door.host  # type: ignore[attr-defined]  # the name the certificate must carry
    talk.starttls(context=ssl.create_default_context())
    talk.ehlo_or_helo_if_needed()


def _sign_in(talk: _Smtp, door: Door) -> None:
    if not door.username:
        return
    if not talk.has_extn("auth"):
        raise _Wrong("no_auth" if not talk.has_extn("starttls") or door.security != "none" else "wants_starttls")
    try:
        if door.token:
            talk.auth("XOAUTH2", lambda challenge=None: "" if challenge else xoauth2(door.username, door.token))
        else:
            talk.login(door.username, door.password)
    except smtplib.SMTPAuthenticationError as error:
        raise _Wrong("login", error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise _Wrong("no_auth", error) from error


# IMAP -----------------------------------------------------------------------------------------------------------


class _Imap(imaplib.IMAP4):
    def __init__(self, door: Door, pinned: str) -> None:
        self._door, self._pinned = door, pinned
        super().__init__(door.host, door.port, CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = _connected(self._pinned, self._door.port)
        if self._door.security != "tls":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._door.host)


def _imap(door: Door, address: str) -> Found:
    try:
        talk = _Imap(door, address)
    except TimeoutError as error:
        raise _Wrong("silent" if door.security == "tls" else "wants_tls", error) from error
    except imaplib.IMAP4.error as error:
        raise _Wrong("no_greeting", error) from error
    with _cut_off(lambda: talk.sock):
        try:
            talk.sock.settimeout(ANSWER_SECONDS)
            if door.security == "starttls":
                if "STARTTLS" not in talk.capabilities:
                    raise _Wrong("no_starttls")
                talk.starttls(ssl.create_default_context())
            _imap_sign_in(talk, door)
            folders = list(_folders(talk))
            return Found("ok", "", tuple(name for name, _ in folders), _sent(folders))
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                talk.logout()


def _imap_sign_in(talk: _Imap, door: Door) -> None:
    if "LOGINDISABLED" in talk.capabilities:
        raise _Wrong("no_auth")
    try:
        if door.token:
            talk.authenticate("XOAUTH2", lambda challenge: xoauth2(door.username, door.token).encode())
        else:
            talk.login(door.username, door.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _Wrong("login", error) from error


def _folders(talk: _Imap) -> Iterator[tuple[str, str]]:
    """Names and flags of the folders one may open, names as the server encodes them turned into text."""
    done, rows = talk.list()
    for row in rows if done == "OK" else ():
        line = b" ".join(row) if isinstance(row, tuple) else row or b""
        found = _LIST.search(line)
        if found and b"\\noselect" not in found["flags"].lower():
            name = found["name"].strip()
            quoted = name[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\") if name.startswith(b'"') else name
            yield unmodified(quoted), found["flags"].decode("ascii", "replace").lower()


def _sent(folders: list[tuple[str, str]]) -> str:
    """By its flag (RFC 6154), else by the names that programs give it."""
    flagged = [name for name, flags in folders if "\\sent" in flags.split()]
    named = [name for name, _ in folders if re.split(r"[./]", name)[-1].lower() in _SENT_NAMES]
    return (flagged or named or [""])[0]


def unmodified(name: bytes) -> str:
    """A folder's name out of modified UTF-7 (RFC 3501 §5.1.3)."""

    def part(found: re.Match[str]) -> str:
        if not found[1]:
            return "&"
        return f"+{found[1].replace(',', '/')}-".encode().decode("utf-7", "replace")

    text = name.decode("utf-8", "replace")
    return re.sub(r"&([^-]*)-", part, text)[:200]


# Bounds ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _cut_off(sock: Callable[[], Any]) -> Iterator[None]:
    """However busy a server keeps the line, it ends."""

    def cut() -> None:
        if found := sock():
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _plain(said: Any) -> str:
    """A server's answer as one line of plain text."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if text.startswith(("b'", 'b"')):
        text = text[2:-1]
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:300]
