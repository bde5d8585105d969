"""The bytes of an SMTP session: a pinned address, and replies bounded in length."""

import select
import smtplib
import socket
import ssl
from contextlib import suppress
from typing import Any

from django.conf import settings

from crm.gateways import reach, wire
from crm.gateways.oauth import xoauth2

_MOST_REPLY_LINES = 100
_LONGEST_LINE = 8192
Reply = tuple[int, bytes]


class Talk(smtplib.SMTP):
    """An SMTP session whose replies are bounded; reads the socket itself, so that nothing hides in a buffer."""

    pinned = ""
    context: ssl.SSLContext | None = None
    heard = b""
    messages = 0
    idle_since = 0.0

    def greeted(self, host: str, port: int, security: str) -> Reply:
        """Connect, and hear the greeting. Raises reach.NotAllowed for an inside address."""
        self.pinned = reach.pinned(host, port, settings.INSIDE_ADDRESSES)
        self._host = host  # the name a certificate must carry
        self.context = ssl.create_default_context() if security == "tls" else None
        return self.connect(host, port)

    def encrypted(self) -> None:
        """STARTTLS (RFC 3207); what was slipped in before the encryption is not believed."""
        self.starttls(context=ssl.create_default_context())
        self.heard = b""
        self.ehlo_or_helo_if_needed()

    def sign_in(self, username: str, secret: str, *, token: bool) -> None:
        """With the password, or with an access token of the provider (XOAUTH2)."""
        if not token:
            self.login(username, secret)
            return
        self.ehlo_or_helo_if_needed()
        self.auth("XOAUTH2", lambda challenge=None: "" if challenge else xoauth2(username, secret))

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return wire.dialled(self.pinned, port, timeout, host=host, context=self.context)

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
            self.heard += self._chunk()
        cut = self.heard.find(b"\n") + 1 or len(self.heard)
        line, self.heard = self.heard[:cut], self.heard[cut:]
        return line

    def _chunk(self) -> bytes:
        try:
            chunk = self.sock.recv(_LONGEST_LINE) if self.sock else b""
        except TimeoutError as error:
            raise wire.Mute(str(error)) from error
        if not chunk:
            self.close()
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        return chunk

    def spoke_early(self) -> bool:
        """Whether the server said something, or left, that nobody asked for."""
        if self.heard or self.sock is None:
            return True
        return bool(select.select([self.sock], [], [], 0)[0])

    def part(self) -> None:
        """Say goodbye; what the server answers to that no longer matters."""
        with suppress(smtplib.SMTPException, OSError, ValueError):
            if self.sock is not None:
                self.sock.settimeout(3)
                self.quit()
        self.close()


def words(said: Any) -> str:
    """What a server or an error said, as one line that a database takes."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.replace("\x00", "").split())
