"""Secrets at rest: the newest key locks, older ones still open what they locked."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from crm.errors import Refused


def locked(secret: str) -> str:
    return keys().encrypt(secret.encode()).decode() if secret else ""


def opened(secret: str) -> str:
    """In the clear, for a connection only. Raises Refused where no present key opens it."""
    if not secret:
        return ""
    try:
        return keys().decrypt(secret.encode()).decode()
    except InvalidToken as wrong:
        raise Refused("The password of this mailbox cannot be read with the present key; enter it again.") from wrong


def locked_again(secret: str) -> str:
    """The same under the newest key. Raises InvalidToken."""
    return keys().rotate(secret.encode()).decode()


def keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.MAILBOX_KEYS])
