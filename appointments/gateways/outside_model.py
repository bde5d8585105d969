"""One question over HTTPS to an outside model: bounded in time and size, to a pinned address, following nothing."""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from crm.gateways import reach, wire

CONNECT_SECONDS = 5.0
ALTOGETHER_SECONDS = 15.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Said:
    """The body of a 200, or what went wrong in a sentence."""

    content: bytes = b""
    problem: str = ""


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was looked at, and expects the certificate of the name."""

    kept: socket.socket | None = None  # http.client lets go of its own while an answer is read

    def connect(self) -> None:
        pinned = reach.pinned(self.host, self.port, settings.INSIDE_ADDRESSES)
        context = ssl.create_default_context()
        self.sock = self.kept = wire.dialled(pinned, self.port, CONNECT_SECONDS, host=self.host, context=context)


def ask(url: str, key: str, body: bytes) -> Said:
    """POST the question. Never raises for what is outside; a server that drips is cut off."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return Said(problem="The address is not one of HTTPS.")
    talk = _Pinned(parts.hostname, parts.port or 443, timeout=CONNECT_SECONDS)
    ends = time.monotonic() + ALTOGETHER_SECONDS
    watch = wire.watch(lambda: talk.kept, ALTOGETHER_SECONDS)
    try:
        said = _asked(talk, parts.path or "/", parts.query, key, body)
        return said if time.monotonic() < ends else Said(problem="No answer in time.")
    except reach.NotAllowed as refused:
        return Said(problem=f"{refused}."[:200])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Said(problem=f"No answer: {type(error).__name__}.")
    finally:
        watch.cancel()
        talk.close()


def _asked(talk: _Pinned, path: str, query: str, key: str, body: bytes) -> Said:
    talk.connect()
    talk.sock.settimeout(ALTOGETHER_SECONDS)
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    talk.request("POST", f"{path}?{query}" if query else path, body, headers)
    answer = talk.getresponse()
    if answer.status != 200:
        return Said(problem=f"It answered {answer.status}.")
    content = answer.read(MOST_BYTES + 1)
    return Said(problem="Its answer was too long.") if len(content) > MOST_BYTES else Said(content)
