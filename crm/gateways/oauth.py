"""Signing in at Google or Microsoft for a mailbox: authorization code with PKCE (RFC 6749, 7636), and fresh access tokens."""

import base64
import hashlib
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from django.conf import settings

SECONDS = 15
MOST_BYTES = 256 * 1024


class Away(OSError):
    """The provider did not answer; later it may."""


class Refusal(Exception):
    """The provider says no: the grant is gone or was never given. Its own word is the text."""


@dataclass(frozen=True, repr=False)
class Tokens:
    """What the provider gave; `seconds` is how long the access token lives. Refresh is empty where none was given."""

    access: str
    refresh: str
    seconds: int


class _Stays(urllib.request.HTTPRedirectHandler):
    """The secret goes to the address an operator named, and nowhere it points to."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stays)


def offered(provider: str) -> bool:
    """Whether an operator has registered this installation there."""
    return bool(settings.OAUTH.get(provider, {}).get("client_id"))


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def sign_in_at(provider: str, *, address: str, back: str, state: str, verifier: str) -> str:
    """Where the person goes to say yes."""
    known = settings.OAUTH[provider]
    asked = {
        "client_id": known["client_id"], "redirect_uri": back, "response_type": "code", "scope": known["scope"], "state": state,
        "code_challenge": challenge(verifier), "code_challenge_method": "S256", "login_hint": address,
        "access_type": "offline", "prompt": "consent",
    }  # fmt: skip
    return f"{known['authorize']}?{urllib.parse.urlencode(asked)}"


def xoauth2(username: str, token: str) -> str:
    """The initial answer of XOAUTH2, as Google and Microsoft document it."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"


def redeem(provider: str, code: str, *, back: str, verifier: str) -> Tokens:
    """The code that came back, against tokens."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    return _tokens(provider, asked)


def renew(provider: str, refresh: str) -> Tokens:
    """A fresh access token; some providers give a new refresh token with it."""
    return _tokens(provider, {"grant_type": "refresh_token", "refresh_token": refresh})


def _tokens(provider: str, asked: dict[str, str]) -> Tokens:
    known = settings.OAUTH[provider]
    form = {**asked, "client_id": known["client_id"], "client_secret": known["client_secret"]}
    request = urllib.request.Request(known["token"], urllib.parse.urlencode(form).encode())  # noqa: S310 - an operator's address
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            said = json.loads(answer.read(MOST_BYTES))
        return Tokens(
            str(said["access_token"]), str(said.get("refresh_token") or ""), int(said.get("expires_in") or 3600)
        )
    except urllib.error.HTTPError as error:
        if error.code in (400, 401, 403):
            raise Refusal(_why(error)) from None
        raise Away(f"answered {error.code}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Away(type(error).__name__) from None


def _why(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(MOST_BYTES)).get("error", ""))[:60] or str(error.code)
    except (OSError, ValueError, AttributeError):
        return str(error.code)
