"""Keys for the API: shown once, kept as a hash, revocable."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Q

from crm import clock
from crm.models import ApiToken, User

_SEEN_EVERY = timedelta(minutes=1)


def issue(user: User, name: str) -> tuple[ApiToken, str]:
    """A new key and its plain text, which nobody can read again (256 random bits)."""
    plain = f"bt_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(
        user=user, name=name[:80], prefix=plain[3:11], key_hash=_hash(plain), created_at=clock.now()
    )
    return row, plain


def user_of(plain: str) -> User | None:
    """Whose key this is; None when it is unknown, revoked or its person is gone."""
    row = ApiToken.objects.filter(key_hash=_hash(plain), revoked_at=None).select_related("user__team").first()
    if row is None or not row.user.is_active:
        return None
    now = clock.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _SEEN_EVERY)
    ApiToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)
    return row.user


def revoke(token: ApiToken, *, by: Any) -> None:
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
