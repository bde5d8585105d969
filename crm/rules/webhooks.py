"""What a webhook may hear, how its posts are signed and when they are tried again (Standard Webhooks 1.0.0)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta

# What is told → the timeline's own kinds (patterns of LIKE) that tell it, and what it means.
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "reply.received": (("message.received",), "Someone wrote"),
    "reply.labelled": (("reply.labelled",), "A label, or another one"),
    "work_item.overdue": (("workitem.escalated",), "Nobody answered"),
    "meeting.booked": (("meeting.booked",), "A meeting was booked"),
    "meeting.moved": (("meeting.moved",), "A meeting has another time"),
    "meeting.held": (("meeting.held",), "A meeting was held"),
    "meeting.no_show": (("meeting.no_show",), "Someone did not come"),
    "account.rung": (("ladder.%",), "A rung, or one taken back"),
}
TEST = "webhook.test"
PREFIX = "whsec_"
SECRET_BYTES = 32  # the standard asks for 24 to 64
# After each failure: eleven tries within some 28 hours, then a person decides.
WAITS = (
    timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1),
    timedelta(hours=2), timedelta(hours=4), timedelta(hours=6), timedelta(hours=6), timedelta(hours=8),
)  # fmt: skip


def patterns(kinds: Iterable[str]) -> list[str]:
    """The timeline's kinds behind what a webhook hears."""
    return [pattern for kind in kinds for pattern in KINDS[kind][0]]


def told_as(event_kind: str, heard: Collection[str]) -> str:
    """By which name a kind of the timeline is told to who hears `heard`."""
    names = {pattern: name for name in heard for pattern in KINDS[name][0]}
    return names.get(event_kind) or names.get(f"{event_kind.partition('.')[0]}.%", "")


def rung_told(event_kind: str) -> dict[str, object]:
    """Of an event of the ladder, the rung and whether it was taken back; of any other nothing."""
    noun, _, what = event_kind.partition(".")
    return {"rung": what.removesuffix("_voided"), "taken_back": what.endswith("_voided")} if noun == "ladder" else {}


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, name: str, seconds: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, the raw bytes as they are posted."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{name}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets_known: Iterable[str], name: str, seconds: int, body: bytes) -> dict[str, str]:
    """What stands over a post; while a secret is being replaced it is signed by both. `seconds`: Unix time of this try."""
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(secret, name, seconds, body) for secret in secrets_known),
    }


def wait_before(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None when enough was tried."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None
