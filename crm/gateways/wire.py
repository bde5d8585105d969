"""What mail sessions of either kind share: a connection to a pinned address that ends in time, however busy it is kept."""

import socket
import ssl
import threading
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


def watch(sock: Callable[[], Any], seconds: float) -> threading.Timer:
    """Cut the connection after so long, however busy the server keeps it: one byte a second is no progress."""

    def cut() -> None:
        found = sock()
        if found is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    return timer
