"""Secrets at rest: the newest key locks, older ones still open what they locked."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from crm.errors import Refused


def locked(secret: str) -> str:
    return keys().encrypt(secret.encode()).decode() if secret else ""


def opened(secret: str, what: str = "password of this mailbox") -> str:
    """In the clear, for a connection only. Raises Refused where no present key opens it."""
    if not secret:
        return ""
    try:
        return keys().decrypt(secret.encode()).decode()
    except InvalidToken as wrong:
        raise Refused(f"The {what} cannot be read with the present key; it must be set again.") from wrong


def locked_again(secret: str) -> str:
    """The same under the newest key. Raises InvalidToken."""
    return keys().rotate(secret.encode()).decode()


def keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.MAILBOX_KEYS])
