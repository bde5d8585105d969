"""The bytes of an IMAP session: a pinned address, and answers bounded in time and size."""

import imaplib
import socket
import ssl
import time
from contextlib import suppress
from typing import Any

from crm.gateways import wire

CONNECT_SECONDS = 20.0
SILENCE_SECONDS = 30.0  # between two pieces of one answer
COMMAND_SECONDS = 300.0  # one answer whole, however steadily it drips
MOST_LINE = 8 * 1024 * 1024
OVERHEAD = 1024 * 1024  # what an answer may be longer than the mail asked for


class Talk(imaplib.IMAP4):
    """An IMAP session to a pinned address, whose answers are bounded; reads the socket itself, so that nothing hides in a buffer."""

    def __init__(
        self, host: str, port: int, pinned: str, context: ssl.SSLContext | None, seconds: float = CONNECT_SECONDS
    ) -> None:
        self.pinned, self.context = pinned, context
        self.buffer = bytearray()
        self.received, self.most = 0, OVERHEAD
        self.until = time.monotonic() + seconds
        super().__init__(host, port, seconds)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = wire.dialled(self.pinned, port, timeout or CONNECT_SECONDS, host=host, context=self.context)

    def _simple_command(self, name: str, *args: Any) -> Any:
        answer = super()._simple_command(name, *args)  # type: ignore[misc]
        if name == "STARTTLS" and self.buffer:
            # What came before the handshake anybody may have put there (CVE-2011-0411).
            raise self.abort("the server answered more than STARTTLS asks")
        return answer

    def _command(self, name: str, *args: Any) -> Any:
        self.bound(COMMAND_SECONDS, self.most)
        return super()._command(name, *args)  # type: ignore[misc]

    def bound(self, seconds: float, most: int) -> None:
        """The next answer may take so long and be so many bytes."""
        self.until, self.received, self.most = time.monotonic() + seconds, 0, most

    def read(self, size: int) -> bytes:
        if size > self.most:
            raise self.abort(f"the server announces {size} bytes where {self.most} may come")
        while len(self.buffer) < size:
            self._more()
        return self._cut(size)

    def readline(self) -> bytes:
        searched = 0
        while (end := self.buffer.find(b"\n", searched)) < 0:
            searched = len(self.buffer)
            if searched > MOST_LINE:
                raise self.abort("the server's line has no end")
            self._more()
        return self._cut(end + 1)

    def line_within(self, seconds: float) -> bytes:
        """A line if one comes within these seconds, else nothing."""
        until = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0:
                return b""
            self.bound(COMMAND_SECONDS, OVERHEAD)
            with suppress(TimeoutError):
                self._more(left)
        return self.readline()

    def _more(self, silence: float = SILENCE_SECONDS) -> None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise self.abort("the server's answer takes too long")
        self.sock.settimeout(min(silence, left))
        try:
            got = self.sock.recv(65536)
        except TimeoutError as error:
            raise wire.Mute(str(error)) from error
        if not got:
            raise self.abort("the server closed the connection")
        self.received += len(got)
        if self.received > self.most + OVERHEAD:
            raise self.abort("the server's answer is longer than what was asked for")
        self.buffer += got

    def _cut(self, size: int) -> bytes:
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def send(self, data: Any) -> None:
        self.sock.settimeout(SILENCE_SECONDS)
        self.sock.sendall(data)

    def shutdown(self) -> None:
        sock = getattr(self, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
