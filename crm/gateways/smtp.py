"""Handing one message over by SMTP (RFC 5321), within a bound of time, and saying what the server said."""

import re
import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from crm import failpoints
from crm.gateways import reach, wire
from crm.gateways.smtp_wire import Reply, Talk, words

ACCEPTED, TEMPORARY, PERMANENT, SENDER, UNKNOWN, AWAY = (
    "accepted", "temporary", "permanent", "sender", "unknown", "away",
)  # fmt: skip
OPERATION_SECONDS = 30
BEFORE_DATA_SECONDS = 90
AFTER_DATA_SECONDS = 600  # RFC 5321 §4.5.3.2.6
KEPT_SECONDS = 10
KEPT_MESSAGES = 100
_ENHANCED = re.compile(rb"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_OURS = {500, 502, 503, 504, 521, 530, 534, 535, 538}  # said to a recipient, these speak of the session


@dataclass(frozen=True, slots=True)
class Handover:
    """What became of a message.

    accepted; temporary; permanent (the recipient); sender (our side); away (the server was not to be had, so nothing
    was said about the message); unknown (the final dot was sent, and nobody knows).
    """

    outcome: str
    response: str = ""


class Lines:
    """Connections kept open from one message to the next: of one thread, and for a short while."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Any, ...], Talk] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: Any) -> None:
        for talk in self.kept.values():
            talk.part()
        self.kept.clear()

    def take(self, key: tuple[Any, ...], mail_from: str) -> tuple[Talk, Reply] | None:
        """A kept connection that took the next sender; one that is gone meanwhile has heard nothing of the message."""
        talk = self.kept.pop(key, None)
        if talk is None:
            return None
        fresh = time.monotonic() - talk.idle_since < KEPT_SECONDS and talk.messages < KEPT_MESSAGES
        watch = wire.watch(lambda: talk.sock, OPERATION_SECONDS)
        try:
            if fresh and not talk.spoke_early():
                reply = talk.mail(mail_from)
                if reply[0] == 250:
                    return talk, reply
        except (smtplib.SMTPException, OSError, ValueError):
            pass
        finally:
            watch.cancel()
        talk.part()
        return None

    def keep(self, key: tuple[Any, ...], talk: Talk) -> None:
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
    talk, reply = kept or (Talk(timeout=OPERATION_SECONDS, local_hostname=mail_from.rpartition("@")[2] or None), None)
    watch, done = wire.watch(lambda: talk.sock, BEFORE_DATA_SECONDS), None
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
            talk.part()


def _opened(talk: Talk, mailbox: Any, secret: str) -> Handover | None:
    """Connect, encrypt and sign in; None when the server is ready for a message."""
    try:
        code, said = talk.greeted(mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security)
        failpoints.reach("smtp: connected")
        if code != 220:
            return _turned_away(code, said)
        talk.ehlo_or_helo_if_needed()
        if mailbox.smtp_security == "starttls":
            talk.encrypted()
        if mailbox.username:
            talk.sign_in(mailbox.username, secret, token=getattr(mailbox, "sign_in", "password") != "password")
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


def _named(talk: Talk, reply: Reply, recipient: str) -> Handover | None:
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


def _data(talk: Talk, raw: bytes, watch: wire.Watch) -> Handover:
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
    late = wire.watch(lambda: talk.sock, AFTER_DATA_SECONDS)
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
    return f"{code} {words(said)}".strip()[:500]


def _words(error: BaseException) -> str:
    return words(error)[:300] or type(error).__name__
