"""Who calls the API: a key issued on the settings page, or the session of a browser."""

from typing import Any

from django.core.cache import cache
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from crm import access
from crm.services import api_tokens

MOST_WRONG = 20
A_MINUTE = 60


class Bearer(BaseAuthentication):
    """`Authorization: Bearer <key>` (RFC 6750). An unknown and a revoked key get the same answer."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        # Before the throttles of the framework, which ask only once somebody is known.
        counted = f"wrong-keys:{request.META.get('REMOTE_ADDR', '')}"
        if cache.get(counted, 0) >= MOST_WRONG:
            raise Throttled(A_MINUTE)
        user = api_tokens.user_of(key.strip().decode("ascii", "replace"))
        if user is None or not user.is_active:
            cache.set(counted, cache.get(counted, 0) + 1, A_MINUTE)
            raise AuthenticationFailed("This key is not valid.")
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Baton"'


class Policy(BasePermission):
    """The policy a view declares, decided in the one place that decides it for pages too."""

    message = "Your job does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return bool(user and user.is_authenticated and access.holds(user, getattr(view, "policy", "admin")))
