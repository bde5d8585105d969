"""Handing mail to a transactional provider over HTTPS: Mailgun's messages.mime, by anymail's backend; and its events."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from anymail.backends.mailgun import EmailBackend, MailgunPayload
from anymail.exceptions import AnymailError, AnymailInvalidAddress
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from django.conf import settings
from django.core.mail import EmailMessage
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, ProxyError

from crm.gateways.smtp import ACCEPTED, AWAY, PERMANENT, SENDER, UNKNOWN, Handover

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60
ALTOGETHER_SECONDS = 120
_UNTRACKED = {"o:tracking": "no", "o:tracking-clicks": "no", "o:tracking-opens": "no"}


class Prepared(EmailMessage):
    """A letter whose bytes are made already; only its envelope is anymail's to read."""

    def __init__(self, mail_from: str, recipient: str, raw: bytes, *, test: bool) -> None:
        super().__init__(from_email=mail_from, to=[recipient])
        self.raw = raw
        self.test = test


class _Payload(MailgunPayload):
    """The letter as it stands: Mailgun's other endpoint would make its headers anew."""

    message: Prepared

    def get_api_endpoint(self) -> str:
        return f"{super().get_api_endpoint()}.mime"

    def serialize_data(self) -> dict[str, Any]:
        test = {"o:testmode": "yes"} if self.message.test else {}
        return {"to": list(self.message.to), **_UNTRACKED, **test}

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        self.files = [("message", ("message.mime", self.message.raw, "message/rfc822"))]
        return {**super().get_request_params(api_url), "allow_redirects": False}


class _Backend(EmailBackend):
    def build_message_payload(self, message: EmailMessage, defaults: dict[str, Any]) -> _Payload:
        return _Payload(message, defaults, self)


def hand_over(
    domain: str, region: str, key: str, mail_from: str, recipient: str, raw: bytes, *, test: bool = False
) -> Handover:
    """One message to one recipient. Never raises, and never waits for longer than two minutes.

    `test`: the provider looks at everything and takes it, but delivers nothing.
    """
    found: list[Handover] = []
    letter = Prepared(mail_from, recipient, raw, test=test)
    # A server that answers a byte a minute keeps its thread, never the sender's hand.
    thread = threading.Thread(target=lambda: found.append(_handed(domain, region, key, letter)), daemon=True)
    thread.start()
    thread.join(ALTOGETHER_SECONDS)
    return found[0] if found else Handover(UNKNOWN, "The provider did not answer in time.")


def _handed(domain: str, region: str, key: str, letter: Prepared) -> Handover:
    try:
        backend = _Backend(
            api_key=key,
            sender_domain=domain,
            api_url=settings.MAILGUN_API[region],
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        backend.send_messages([letter])
    except AnymailInvalidAddress:
        return Handover(PERMANENT, "550 5.1.3 This is no address that can be written to.")
    except AnymailError as error:
        return _not_taken(error)
    except Exception as error:  # before the request was made: nothing has left our hands
        return Handover(AWAY, f"The provider could not be asked: {type(error).__name__}")
    return Handover(ACCEPTED, f"taken as {letter.anymail_status.message_id}"[:500])  # type: ignore[attr-defined]


def _not_taken(error: AnymailError) -> Handover:
    response = error.response
    if response is None:
        return _no_answer(error)
    code, said = response.status_code, _said(response)
    if code == 400 and "'to' parameter" in said.lower():
        return Handover(PERMANENT, f"550 5.1.3 {said}")
    if code == 504:
        return Handover(UNKNOWN, f"{code}: a gateway of the provider did not hear back from it.")
    if code in (408, 425, 429) or code in (500, 501, 502, 503) or code > 504:
        return Handover(AWAY, f"{code} {said}")
    if 200 <= code < 300 and "Magnificent API" not in response.text:
        return Handover(UNKNOWN, f"{code}: the provider's answer means nothing.")
    return Handover(SENDER, f"{code} {said}")


def _no_answer(error: AnymailError) -> Handover:
    """Nobody heard it where no connection was made; once the request may have been written, nobody knows."""
    causes = list(_causes(error))
    words = f"No answer from the provider: {type(error.__cause__ or error).__name__}"
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return Handover(SENDER, "The provider's TLS certificate is not to be trusted.")
    never = (requests.ConnectTimeout, ConnectTimeoutError, ProxyError, requests.exceptions.InvalidURL)
    greeting = any(isinstance(one, ssl.SSLError) and "HANDSHAKE" in str(one) for one in causes)
    unwritten = greeting or any(isinstance(one, never) for one in causes)
    asked = isinstance(error, requests.RequestException)
    return Handover(AWAY if unwritten else UNKNOWN if asked else SENDER, words)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what lies behind it, as requests and urllib3 pack them."""
    seen = 0
    while error is not None and seen < 10:
        yield error
        seen += 1
        inner = [one for one in error.args if isinstance(one, BaseException)]
        if isinstance(error, MaxRetryError) and error.reason:
            inner.append(error.reason)
        error = inner[-1] if inner else error.__cause__


def _said(response: requests.Response) -> str:
    """The provider's own words, as one line."""
    try:
        told = response.json()
        text = told.get("message") or told.get("Error") if isinstance(told, dict) else ""
    except ValueError:
        text = response.text
    return " ".join(str(text or response.reason or "").replace("\x00", "").split())[:300]


# Events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What an event says about a mail of ours."""

    event: str  # delivered, deferred, bounced, rejected, complained, unsubscribed; anything else is of no interest
    message_id: str
    recipient: str
    at: datetime | None
    response: str = ""  # as a server would say it


# Mailgun did not even try: it remembers an earlier bounce, complaint or opt-out of the address.
_REMEMBERED = {"suppress-complaint": "unsubscribed", "suppress-unsubscribe": "unsubscribed"}
_OUT_OF_PATIENCE = 602  # Mailgun's own code: its tries are over


def event_of(body: bytes) -> Told:
    """The JSON that was posted, as anymail reads it. Raises ValueError, KeyError or TypeError for what it is not."""
    whole = json.loads(body)
    data = whole["event-data"]
    read = MailgunTrackingWebhookView(webhook_signing_key="-").esp_to_anymail_event(whole)
    event = _REMEMBERED.get(str(data.get("reason")), str(read.event_type))
    return Told(
        event=event,
        message_id=_line(read.message_id).strip("<>")[:500],
        recipient=_line(read.recipient)[:320].lower(),
        at=read.timestamp.astimezone(UTC) if read.timestamp else None,
        response=_response(data, event, _line(read.mta_response or read.description)),
    )


def _response(data: dict[str, Any], event: str, text: str) -> str:
    """The words of the recipient's server, with the code that stands beside them."""
    status = data.get("delivery-status")
    status = status if isinstance(status, dict) else {}
    code, enhanced = status.get("code"), _line(status.get("enhanced-code"))
    if event == "rejected":
        return f"550 5.7.1 The provider did not take it: {text}"[:500]
    if data.get("reason") == "suppress-bounce":
        return f"550 5.1.1 It came back before: {text}"[:500]
    if code == _OUT_OF_PATIENCE or (isinstance(code, int) and 400 <= code < 500 and event == "bounced"):
        return f"550 5.4.7 Delivery time expired: {text}"[:500]
    code = code if isinstance(code, int) and 200 <= code < 600 else 550
    told = [str(code)] * (not text.startswith(str(code))) + [enhanced] * (bool(enhanced) and enhanced not in text)
    return " ".join([*told, text])[:500]


def _line(value: Any) -> str:
    """One line the database can keep."""
    text = value if isinstance(value, str) else ""
    return " ".join(
        "".join(one if one.isprintable() else " " for one in text).encode("utf-8", "replace").decode().split()
    )
