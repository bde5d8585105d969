"""What mail sessions of either kind share: a connection to a pinned address that ends in time, however busy it is kept."""

import heapq
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Mute(TimeoutError):
    """Connected, and then nothing was said in time."""


def dialled(
    pinned: str, port: int, seconds: float, *, host: str = "", context: ssl.SSLContext | None = None
) -> socket.socket:
    """A connection to a numeric address; with a context it speaks TLS from its first byte, to whoever is called `host`."""
    plain = socket.create_connection((pinned, port), seconds)
    plain.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # a last short line must not wait for an acknowledgement
    try:
        # The handshake as a whole ends within the same seconds, however it drips.
        return context.wrap_socket(plain, server_hostname=host) if context else plain
    except BaseException:
        plain.close()
        raise


class Watch:
    """A connection with the moment at which it is cut, however busy the server keeps it."""

    __slots__ = ("at", "over", "sock")

    def __init__(self, sock: Callable[[], Any], seconds: float) -> None:
        self.sock, self.at, self.over = sock, time.monotonic() + seconds, False

    def __lt__(self, other: "Watch") -> bool:
        return self.at < other.at

    def cancel(self) -> None:
        self.over, self.sock = True, lambda: None

    def cut(self) -> None:
        with suppress(Exception):  # whatever one connection is like, the others are looked at as well
            if (found := self.sock()) is not None and not self.over:
                found.shutdown(socket.SHUT_RDWR)


class _Watchman:
    """One thread of this process that looks at all connections; a thread for each would cost more than a mail does."""

    def __init__(self) -> None:
        self.watches, self.woken = list[Watch](), threading.Condition()
        threading.Thread(target=self.keep, name="watchman", daemon=True).start()

    def add(self, watch: Watch) -> None:
        with self.woken:
            if len(self.watches) > _MANY:
                self.watches = [one for one in self.watches if not one.over]
                heapq.heapify(self.watches)
            heapq.heappush(self.watches, watch)
            if self.watches[0] is watch:
                self.woken.notify()

    def keep(self) -> None:
        while True:
            with self.woken:
                while not self.watches or self.watches[0].at > time.monotonic():
                    self.woken.wait(self.watches[0].at - time.monotonic() if self.watches else None)
                due = heapq.heappop(self.watches)
            due.cut()


_MANY = 256
_starting = threading.Lock()
_watchman: _Watchman | None = None


def watch(sock: Callable[[], Any], seconds: float) -> Watch:
    """Cut the connection after so long, however busy the server keeps it: one byte a second is no progress."""
    global _watchman
    with _starting:
        _watchman = _watchman or _Watchman()
        found = Watch(sock, seconds)
        _watchman.add(found)
    return found


def _forked() -> None:
    """Threads stay behind where a process is forked."""
    global _starting, _watchman
    _starting, _watchman = threading.Lock(), None


os.register_at_fork(after_in_child=_forked)
