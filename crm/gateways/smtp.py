"""Handing one message over by SMTP (RFC 5321), within a bound of time, and saying what the server said."""

import re
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from crm.gateways import reach

ACCEPTED, TEMPORARY, PERMANENT, SENDER, UNKNOWN = "accepted", "temporary", "permanent", "sender", "unknown"
OPERATION_SECONDS = 30
BEFORE_DATA_SECONDS = 90
AFTER_DATA_SECONDS = 600  # RFC 5321 §4.5.3.2.6
_MOST_REPLY_LINES = 100
_ENHANCED = re.compile(rb"\b([245])\.(\d{1,3})\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class Handover:
    """What became of a message: accepted; temporary; permanent (the recipient); sender (our side); unknown."""

    outcome: str
    response: str = ""


class _Talk(smtplib.SMTP):
    """An SMTP session to a pinned address whose replies are bounded in length."""

    pinned = ""
    context: ssl.SSLContext | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self.pinned, port), timeout)
        return self.context.wrap_socket(plain, server_hostname=host) if self.context else plain

    def getreply(self) -> tuple[int, bytes]:
        lines: list[bytes] = []
        if self.file is None:
            self.file = self.sock.makefile("rb")  # type: ignore[union-attr]
        for _ in range(_MOST_REPLY_LINES):
            line = self.file.readline(8193)
            if not line:
                self.close()
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            lines.append(line[4:].strip(b" \t\r\n"))
            if not line[:3].isdigit():
                self.close()
                raise smtplib.SMTPServerDisconnected("the server does not speak SMTP")
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        self.close()
        raise smtplib.SMTPServerDisconnected("the server's answer has no end")


def hand_over(mailbox: Any, secret: str, mail_from: str, recipient: str, raw: bytes) -> Handover:
    """One message to one recipient through a mailbox's server. Never raises."""
    try:
        address = reach.pinned(mailbox.smtp_host, mailbox.smtp_port, settings.INSIDE_ADDRESSES)
    except reach.NotAllowed as refused:
        return Handover(SENDER, str(refused))
    except (OSError, UnicodeError) as error:
        return Handover(TEMPORARY, f"{mailbox.smtp_host}: {_words(error)}")
    talk = _Talk(timeout=OPERATION_SECONDS, local_hostname=mail_from.rpartition("@")[2] or None)
    talk.pinned = address
    watch = _watch(talk, BEFORE_DATA_SECONDS)
    try:
        return _opened(talk, mailbox, secret) or _envelope(talk, mail_from, recipient) or _data(talk, raw, watch)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return Handover(TEMPORARY, _words(error))
    finally:
        watch.cancel()
        _part(talk)


def _opened(talk: _Talk, mailbox: Any, secret: str) -> Handover | None:
    """Connect, encrypt and sign in; None when the server is ready for a message."""
    try:
        if mailbox.smtp_security == "tls":
            talk.context = ssl.create_default_context()
        code, said = talk.connect(mailbox.smtp_host, mailbox.smtp_port)
        if code != 220:
            return _refused(code, said, SENDER)
        talk.ehlo_or_helo_if_needed()
        if mailbox.smtp_security == "starttls":
            talk._host = mailbox.smtp_host  # type: ignore[attr-defined]  # the name the certificate must carry
            talk.starttls(context=ssl.create_default_context())
            talk.ehlo_or_helo_if_needed()
        if mailbox.username:
            talk.login(mailbox.username, secret)
    except smtplib.SMTPAuthenticationError as error:
        return _refused(error.smtp_code, error.smtp_error, SENDER)
    except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
        return Handover(SENDER, _words(error))
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error, SENDER)
    return None


def _envelope(talk: _Talk, mail_from: str, recipient: str) -> Handover | None:
    code, said = talk.mail(mail_from)
    if code != 250:
        return _refused(code, said, SENDER)
    code, said = talk.rcpt(recipient)
    return None if code in (250, 251) else _refused(code, said, PERMANENT)


def _data(talk: _Talk, raw: bytes, watch: threading.Timer) -> Handover:
    """The text. From its final dot on, silence means that nobody knows."""
    talk.putcmd("data")
    code, said = talk.getreply()
    if code != 354:
        return _refused(code, said, SENDER)
    body = smtplib._quote_periods(smtplib._fix_eols(raw.decode("latin-1")).encode("latin-1"))  # type: ignore[attr-defined]
    watch.cancel()
    late = _watch(talk, AFTER_DATA_SECONDS)
    try:
        talk.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        if talk.sock is not None:
            talk.sock.settimeout(AFTER_DATA_SECONDS)
        talk.send(b".\r\n")
        code, said = talk.getreply()
    except (smtplib.SMTPException, OSError) as error:
        return Handover(UNKNOWN, f"no answer after the message: {_words(error)}")
    finally:
        late.cancel()
    return Handover(ACCEPTED, _said(code, said)) if code == 250 else _refused(code, said, SENDER)


def _refused(code: int, said: bytes | str, otherwise: str) -> Handover:
    """4xx is temporary; 5xx is the recipient's or ours, told by the enhanced status (RFC 3463 §3) where there is one."""
    text = _said(code, said)
    if 400 <= code < 500:
        return Handover(TEMPORARY, text)
    found = _ENHANCED.search(said if isinstance(said, bytes) else said.encode())
    subject = found[2].decode() if found else ""
    about = {"1": PERMANENT, "2": PERMANENT, "7": SENDER}.get(subject, otherwise)
    sender_address = found is not None and found[0].split(b".")[1:] in ([b"1", b"7"], [b"1", b"8"])
    return Handover(SENDER if sender_address or (otherwise == SENDER and subject not in {"1", "2"}) else about, text)


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
