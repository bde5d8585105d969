"""One POST to an address that somebody typed: bounded in time and size, to a pinned address, following nothing."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from crm.gateways import reach, wire

CONNECT_SECONDS = 5.0
ALTOGETHER_SECONDS = 15.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """The status of an answer and its body as far as it was read; status 0 with a sentence where there was none."""

    status: int = 0
    content: bytes = b""
    problem: str = ""


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at; over TLS it expects the certificate of the name."""

    kept: socket.socket | None = None  # http.client lets go of its own while an answer is read
    context: ssl.SSLContext | None = None

    def connect(self) -> None:
        pinned = reach.pinned(self.host, self.port, settings.INSIDE_ADDRESSES)
        if self.context is None and reach.is_public(reach.plain(pinned)):
            raise reach.NotAllowed(f"{self.host} is outside and must be spoken to by https")
        self.sock = self.kept = wire.dialled(pinned, self.port, CONNECT_SECONDS, host=self.host, context=self.context)
        self.sock.settimeout(ALTOGETHER_SECONDS)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Never raises for what is outside; a server that drips is cut off. Plain http goes to inside addresses only."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return Answer(problem="The address is not one of HTTPS.")
    safe = parts.scheme == "https"
    talk = _Pinned(parts.hostname, parts.port or (443 if safe else 80), timeout=CONNECT_SECONDS)
    talk.default_port = 443 if safe else 80  # what the Host header leaves out
    talk.context = ssl.create_default_context() if safe else None
    ends = time.monotonic() + ALTOGETHER_SECONDS
    watch = wire.watch(lambda: talk.kept, ALTOGETHER_SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        talk.request("POST", path, body, {"Accept": "application/json", "Connection": "close", **headers})
        answer = talk.getresponse()
        content = answer.read(MOST_BYTES + 1)
        return Answer(answer.status, content) if time.monotonic() < ends else Answer(problem="No answer in time.")
    except reach.NotAllowed as refused:
        return Answer(problem=f"{refused}."[:200])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(problem=f"No answer: {type(error).__name__}.")
    finally:
        watch.cancel()
        talk.close()
