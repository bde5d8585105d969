"""How sign-in differs from allauth's own: nobody signs up by themselves, and second-factor secrets are encrypted."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """People are invited by an admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    # What leaves by mail is made from BASE_URL: a request names whatever port it likes in its Host.

    def get_reset_password_from_key_url(self, key: str) -> str:
        parts = urlsplit(super().get_reset_password_from_key_url(key))
        return settings.BASE_URL + parts.path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        ours = {"name": "Baton", "domain": urlsplit(settings.BASE_URL).netloc}
        super().send_mail(template_prefix, email, {**context, "current_site": ours})

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Without the Host that allauth puts in: another port would count guesses at the same log-in from zero."""
        return str(credentials.get("email") or credentials.get("username") or "").lower()


class MfaAdapter(DefaultMFAAdapter):
    """Keeps TOTP secrets and recovery seeds unreadable in a dump of the database."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    """Keys derived from SECRET_KEY and the old ones, for this purpose only."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"baton.mfa:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
