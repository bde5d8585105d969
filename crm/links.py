"""Purpose-bound signed links: what a guest may do without signing in."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from crm.errors import Refused

TAMPERED = "This link does not work. It may have been cut off when it was copied."


def sign(purpose: str, **what: object) -> str:
    """A URL-safe token (HMAC-SHA256 over the payload, salted with the purpose) that says `what`."""
    return signing.dumps(what, salt=f"baton.{purpose}", compress=True)


def read(purpose: str, token: str, *, max_age_days: int | None = None) -> dict:
    """What a token of this purpose says. Raises Refused for a foreign, changed or too old one.

    An unsubscribe link has no `max_age_days`: it never expires (CAN-SPAM asks for 30 days at least).
    """
    try:
        return signing.loads(token, salt=f"baton.{purpose}", max_age=max_age_days and max_age_days * 86400)
    except signing.SignatureExpired as expired:
        raise Refused("This link is too old. Answer the message it came with and we will send a new one.") from expired
    except (signing.BadSignature, ValueError, TypeError) as bad:
        raise Refused(TAMPERED) from bad


def url(name: str, **kwargs: object) -> str:
    """An absolute link for mail, made from settings.BASE_URL and never from a request."""
    return settings.BASE_URL + reverse(name, kwargs=kwargs)
