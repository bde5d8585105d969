"""A provider on loopback that takes mail as Mailgun does, and the posts that Mailgun makes."""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

from crm.models import Mailbox, Provider
from crm.services.providers import HOSTS
from crm.services.secrets_kept import locked

KEY, SIGNING_KEY, DOMAIN = "key-for-sending-only", "key-for-signing-posts", "mg.baton.example"
QUEUED = (200, {"id": "<20261122.1@mg.baton.example>", "message": "Queued. Thank you."})
FORM = "application/x-www-form-urlencoded"


def joined(mailbox: Mailbox, domain: str = DOMAIN, signing_key: str = SIGNING_KEY) -> Provider:
    """From now on the mailbox sends and hears through the provider."""
    place = {"kind": "provider", "smtp_host": HOSTS[Provider.Region.US], "smtp_port": 443}
    Mailbox.objects.filter(pk=mailbox.pk).update(**place)
    mailbox.refresh_from_db()
    return Provider.objects.create(
        mailbox=mailbox,
        domain=domain,
        api_key=locked(KEY),
        signing_key=locked(signing_key),
        tag=secrets.token_urlsafe(32),
    )


# What it posts --------------------------------------------------------------------------------------------------


def signature(at: float, key: str = SIGNING_KEY, token: str = "") -> dict[str, str]:
    """Signed at `at`, in seconds since 1970, with a token of its own."""
    token = token or secrets.token_hex(25)
    proof = hmac.new(key.encode(), f"{int(at)}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": str(int(at)), "token": token, "signature": proof}


def event(name: str, message_id: str, recipient: str, *, at: float, id: str = "", **more: Any) -> dict[str, Any]:
    """The event-data of one event, as in Mailgun's documentation."""
    data = {
        "event": name, "id": id or secrets.token_urlsafe(16), "timestamp": at + 0.25, "recipient": recipient,
        "message": {"headers": {"message-id": message_id, "to": recipient}}, "user-variables": {}, "tags": [],
    }  # fmt: skip
    return {**data, **more}


def failed(message_id: str, recipient: str, *, at: float, code: int = 550, said: str = "No such user here", **more: Any) -> dict[str, Any]:  # fmt: skip
    status = {"code": code, "message": said, "description": "", "attempt-no": 1}
    return event("failed", message_id, recipient, at=at, **{"delivery-status": status, "severity": "permanent", "reason": "bounce", **more})  # fmt: skip


def told(data: dict[str, Any], signed: dict[str, str]) -> tuple[str, bytes]:
    """Content type and body of an event's post."""
    return "application/json", json.dumps({"signature": signed, "event-data": data}).encode()


def mail(raw: bytes, signed: dict[str, str], recipient: str = "ada@baton.example", **more: str) -> tuple[str, bytes]:
    """Content type and body of a mail's post, as a route that forwards to /mime makes it."""
    given = {"recipient": recipient, "sender": "joost@maasdekker.example", "subject": "Re: two minutes", **more}
    return FORM, urlencode({**given, "body-mime": raw, **signed}).encode()


def mail_in_parts(raw: bytes, signed: dict[str, str], recipient: str = "ada@baton.example") -> tuple[str, bytes]:
    """The same as multipart/form-data."""
    given = {"recipient": recipient.encode(), "body-mime": raw, **{name: one.encode() for name, one in signed.items()}}
    parts = [
        b'--limit\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), one)
        for name, one in given.items()
    ]
    return "multipart/form-data; boundary=limit", b"".join(parts) + b"--limit--\r\n"


# What it takes --------------------------------------------------------------------------------------------------


class Mailgun:
    """`answer` is what it says next: a status and JSON, or None to hang up once it has read everything."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any] | None = QUEUED
        self.asked: list[tuple[str, str]] = []
        self.taken: list[dict[str, bytes]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/v3"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mailgun = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mailgun.asked.append((self.path, self.headers["Authorization"]))
                mailgun.taken.append(form(self.headers["Content-Type"], body))
                if mailgun.answer is None:
                    self.close_connection = True
                    return
                code, said = mailgun.answer
                text = json.dumps(said).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        return Handler


def form(content_type: str, body: bytes) -> dict[str, bytes]:
    """A multipart form by its boundary alone: a message inside is no part of it."""
    head = BytesParser(policy=HTTP).parsebytes(b"Content-Type: %s\r\n\r\n" % content_type.encode())
    parts = (b"\r\n" + body).split(b"\r\n--" + head.get_boundary().encode())[1:-1]  # type: ignore[union-attr]
    found = [part.partition(b"\r\n\r\n") for part in parts]
    return {one[0].partition(b'name="')[2].partition(b'"')[0].decode(): one[2] for one in found}


@contextmanager
def running(settings: Any) -> Iterator[Mailgun]:
    """A provider that the product takes for Mailgun."""
    server = Mailgun()
    settings.MAILGUN_API = {"us": server.address, "eu": server.address}
    yield server
    server.stop()
