"""Handing one message over by SMTP (RFC 5321), within a bound of time, and saying what the server said."""

import re
import select
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from crm import failpoints
from crm.gateways import reach
from crm.gateways.oauth import xoauth2

ACCEPTED, TEMPORARY, PERMANENT, SENDER, UNKNOWN, AWAY = (
    "accepted", "temporary", "permanent", "sender", "unknown", "away",
)  # fmt: skip
OPERATION_SECONDS = 30
BEFORE_DATA_SECONDS = 90
AFTER_DATA_SECONDS = 600  # RFC 5321 §4.5.3.2.6
KEPT_SECONDS = 10
KEPT_MESSAGES = 100
_MOST_REPLY_LINES = 100
_LONGEST_LINE = 8192
_ENHANCED = re.compile(rb"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_OURS = {500, 502, 503, 504, 521, 530, 534, 535, 538}  # said to a recipient, these speak of the session
Reply = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Handover:
    """What became of a message.

    accepted; temporary; permanent (the recipient); sender (our side); away (the server was not to be had, so nothing
    was said about the message); unknown (the final dot was sent, and nobody knows).
    """

    outcome: str
    response: str = ""


class _Talk(smtplib.SMTP):
    """An SMTP session to a pinned address whose replies are bounded in length."""

    pinned = ""
    context: ssl.SSLContext | None = None
    heard = b""
    messages = 0
    idle_since = 0.0

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self.pinned, port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot must not wait for an acknowledgement
        return self.context.wrap_socket(plain, server_hostname=host) if self.context else plain

    def getreply(self) -> Reply:
        lines: list[bytes] = []
        for _ in range(_MOST_REPLY_LINES):
            line = self._line()
            lines.append(line[4:].strip(b" \t\r\n"))
            if not line[:3].isdigit():
                self.close()
                raise smtplib.SMTPServerDisconnected("the server does not speak SMTP")
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        self.close()
        raise smtplib.SMTPServerDisconnected("the server's answer has no end")

    def _line(self) -> bytes:
        while b"\n" not in self.heard and len(self.heard) < _LONGEST_LINE:
            chunk = self.sock.recv(_LONGEST_LINE) if self.sock else b""
            if not chunk:
                self.close()
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self.heard += chunk
        cut = self.heard.find(b"\n") + 1 or len(self.heard)
        line, self.heard = self.heard[:cut], self.heard[cut:]
        return line

    def spoke_early(self) -> bool:
        """Whether the server said something, or left, that nobody asked for."""
        if self.heard or self.sock is None:
            return True
        return bool(select.select([self.sock], [], [], 0)[0])


class Lines:
    """Connections kept open from one message to the next: of one thread, and for a short while."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Any, ...], _Talk] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: Any) -> None:
        for talk in self.kept.values():
            _part(talk)
        self.kept.clear()

    def take(self, key: tuple[Any, ...], mail_from: str) -> tuple[_Talk, Reply] | None:
        """A kept connection that took the next sender; one that is gone meanwhile has heard nothing of the message."""
        talk = self.kept.pop(key, None)
        if talk is None:
            return None
        fresh = time.monotonic() - talk.idle_since < KEPT_SECONDS and talk.messages < KEPT_MESSAGES
        watch = _watch(talk, OPERATION_SECONDS)
        try:
            if fresh and not talk.spoke_early():
                reply = talk.mail(mail_from)
                if reply[0] == 250:
                    return talk, reply
        except (smtplib.SMTPException, OSError, ValueError):
            pass
        finally:
            watch.cancel()
        _part(talk)
        return None

    def keep(self, key: tuple[Any, ...], talk: _Talk) -> None:
        talk.messages += 1
        talk.idle_since = time.monotonic()
        with suppress(OSError):
            talk.sock.settimeout(OPERATION_SECONDS)  # type: ignore[union-attr]
            self.kept[key] = talk


def hand_over(
    mailbox: Any, secret: str, mail_from: str, recipient: str, raw: bytes, lines: Lines | None = None
) -> Handover:
    """One message to one recipient through a mailbox's server. Never raises."""
    if lines is None:
        with Lines() as own:
            return hand_over(mailbox, secret, mail_from, recipient, raw, own)
    try:
        return _handed(lines, mailbox, secret, mail_from, recipient, raw)
    except reach.NotAllowed as refused:
        return Handover(SENDER, str(refused))
    except Exception as error:  # whatever a server brings about: until the final dot nothing has left our hands
        return Handover(AWAY, f"{mailbox.smtp_host}: {_words(error)}"[:500])


def _handed(lines: Lines, mailbox: Any, secret: str, mail_from: str, recipient: str, raw: bytes) -> Handover:
    key = (mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security, mailbox.username, secret)
    kept = lines.take(key, mail_from)
    talk, reply = kept or (_Talk(timeout=OPERATION_SECONDS, local_hostname=mail_from.rpartition("@")[2] or None), None)
    watch, done = _watch(talk, BEFORE_DATA_SECONDS), None
    try:
        if reply is None:
            if failed := _opened(talk, mailbox, secret):
                return failed
            reply = talk.mail(mail_from)
        done = _named(talk, reply, recipient) or _data(talk, raw, watch)
        return done
    finally:
        watch.cancel()
        if done and done.outcome == ACCEPTED:
            lines.keep(key, talk)
        else:
            _part(talk)


def _opened(talk: _Talk, mailbox: Any, secret: str) -> Handover | None:
    """Connect, encrypt and sign in; None when the server is ready for a message."""
    try:
        talk.pinned = reach.pinned(mailbox.smtp_host, mailbox.smtp_port, settings.INSIDE_ADDRESSES)
        if mailbox.smtp_security == "tls":
            talk.context = ssl.create_default_context()
        code, said = talk.connect(mailbox.smtp_host, mailbox.smtp_port)
        failpoints.reach("smtp: connected")
        if code != 220:
            return _turned_away(code, said)
        talk.ehlo_or_helo_if_needed()
        if mailbox.smtp_security == "starttls":
            talk._host = mailbox.smtp_host  # type: ignore[attr-defined]  # the name the certificate must carry
            talk.starttls(context=ssl.create_default_context())
            talk.heard = b""  # what was slipped in before the encryption is not believed
            talk.ehlo_or_helo_if_needed()
        if mailbox.username:
            _sign_in(talk, mailbox, secret)
        failpoints.reach("smtp: signed in")
    except smtplib.SMTPAuthenticationError as error:
        return _turned_away(error.smtp_code, error.smtp_error)
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        return Handover(AWAY, _words(error))
    except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
        return Handover(SENDER, _words(error))
    except smtplib.SMTPResponseException as error:
        return _turned_away(error.smtp_code, error.smtp_error)
    return None


def _sign_in(talk: _Talk, mailbox: Any, secret: str) -> None:
    """With the password, or where the mailbox signs in at its provider with an access token (XOAUTH2)."""
    if getattr(mailbox, "sign_in", "password") == "password":
        talk.login(mailbox.username, secret)
        return
    talk.ehlo_or_helo_if_needed()
    talk.auth("XOAUTH2", lambda challenge=None: "" if challenge else xoauth2(mailbox.username, secret))


def _named(talk: _Talk, reply: Reply, recipient: str) -> Handover | None:
    """What the server said to the sender, then to the recipient; None when it takes both."""
    code, said = reply
    if code != 250:
        return _turned_away(code, said)
    failpoints.reach("smtp: sender named")
    code, said = talk.rcpt(recipient)
    failpoints.reach("smtp: recipient named")
    if code == 421 or code < 200 or 300 <= code < 400 or code > 599:
        return Handover(AWAY, _said(code, said))
    return None if code < 300 else _refused(code, said, SENDER if code in _OURS else PERMANENT)


def _data(talk: _Talk, raw: bytes, watch: threading.Timer) -> Handover:
    """The text. From its final dot on, silence means that nobody knows; before it, that nothing was taken."""
    talk.putcmd("data")
    code, said = talk.getreply()
    if code != 354:
        return _refused(code, said, SENDER)
    failpoints.reach("smtp: text asked for")
    body = smtplib._quote_periods(smtplib._fix_eols(raw.decode("latin-1")).encode("latin-1"))  # type: ignore[attr-defined]
    try:
        talk.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        failpoints.reach("smtp: text sent")
        if talk.spoke_early():
            return _interrupted(*talk.getreply())
    except (smtplib.SMTPException, OSError) as error:
        return Handover(TEMPORARY, f"cut off before the end of the message: {_words(error)}")
    watch.cancel()
    late = _watch(talk, AFTER_DATA_SECONDS)
    try:
        talk.sock.settimeout(AFTER_DATA_SECONDS)  # type: ignore[union-attr]
        talk.send(b".\r\n")
        failpoints.reach("smtp: dot sent")
        code, said = talk.getreply()
    except Exception as error:  # of any kind: the dot may have been read
        return Handover(UNKNOWN, f"no answer after the message: {_words(error)}")
    finally:
        late.cancel()
    failpoints.reach("smtp: answer read")
    if 200 <= code < 300:
        return Handover(ACCEPTED, _said(code, said))
    if 400 <= code < 600:
        return _refused(code, said, SENDER)
    return Handover(UNKNOWN, f"no answer that means anything: {_said(code, said)}")


def _interrupted(code: int, said: bytes) -> Handover:
    """The server spoke before the end of the text: it has not taken the message, whatever it says."""
    if 400 <= code < 600:
        return _refused(code, said, SENDER)
    return Handover(TEMPORARY, f"answered before the end of the message: {_said(code, said)}")


def _turned_away(code: int, said: bytes | str) -> Handover:
    """Refused before a recipient was named: our side's trouble if it is for good, else the server is not to be had."""
    return Handover(SENDER if 500 <= code < 600 else AWAY, _said(code, said))


def _refused(code: int, said: bytes | str, otherwise: str) -> Handover:
    """4xx is temporary; 5xx is the recipient's or ours, told by the enhanced status (RFC 3463 §3) where there is one.

    What is no refusal at all comes from a server that has lost its place: it is tried again as if it were away.
    """
    text = _said(code, said)
    if not 500 <= code < 600:
        return Handover(TEMPORARY if 400 <= code < 500 else AWAY, text)
    found = _ENHANCED.search(said if isinstance(said, bytes) else said.encode())
    subject, detail = (found[2], found[3]) if found and found[1] == b"5" else (b"", b"")
    if subject == b"1" and detail in (b"7", b"8"):
        return Handover(SENDER, text)  # X.1.7 and X.1.8 speak of the sender's address
    return Handover({b"1": PERMANENT, b"2": PERMANENT, b"7": SENDER}.get(subject, otherwise), text)


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(f"{code} {text}".replace("\x00", "").split())[:500]


def _words(error: BaseException) -> str:
    return " ".join(str(error).replace("\x00", "").split())[:300] or type(error).__name__


def _watch(talk: _Talk, seconds: float) -> threading.Timer:
    """Cut the connection after so long, however busy the server keeps it: one byte a second is no progress."""

    def cut() -> None:
        sock = talk.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    return timer


def _part(talk: _Talk) -> None:
    """Say goodbye; what the server answers to that no longer matters."""
    try:
        if talk.sock is not None:
            talk.sock.settimeout(3)
            talk.quit()
    except (smtplib.SMTPException, OSError, ValueError):
        pass
    finally:
        talk.close()
