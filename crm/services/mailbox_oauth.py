"""Mailboxes that sign in at Google or Microsoft 365: the way there and back, and tokens that stay fresh and encrypted."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from crm import clock
from crm.errors import Refused
from crm.gateways import oauth
from crm.models import Mailbox, User
from crm.rules.hashing import keyed
from crm.services import secrets_kept

SALT = "crm.mailbox.sign-in"
MOST_SECONDS = 900
EARLY = timedelta(seconds=90)
NAMES = {"google": "Google", "microsoft": "Microsoft"}


def way_there(provider: str, *, user: User, session: str, **asked: Any) -> str:
    """The provider's page for this person and browser; empty where no operator registered us. Nothing is kept."""
    if not oauth.offered(provider):
        return ""
    state = signing.dumps({**asked, "provider": provider, "user": user.pk}, salt=SALT)
    return oauth.sign_in_at(
        provider, address=asked["address"], back=_back(), state=state, verifier=_verifier(state, session)
    )


def asked_for(state: str, *, user: User) -> dict[str, Any]:
    """What a state of ours says. Raises Refused for one that is old, altered or somebody else's."""
    try:
        asked: dict[str, Any] = signing.loads(state, salt=SALT, max_age=MOST_SECONDS)
    except signing.BadSignature as bad:
        raise Refused("This way back is no longer good. Begin again from the mailbox.") from bad
    if asked.get("user") != user.pk:
        raise Refused("Somebody else began this. Begin again from the mailbox.")
    return asked


def redeemed(state: str, code: str, *, user: User, session: str) -> str:
    """The code against tokens, locked as a mailbox keeps them. Raises Refused in words."""
    provider = asked_for(state, user=user)["provider"]
    try:
        tokens = oauth.redeem(provider, code, back=_back(), verifier=_verifier(state, session))
    except oauth.Refusal as no:
        raise Refused(f"{NAMES[provider]} did not accept the sign-in ({no}). Begin again.") from no
    except oauth.Away as away:
        raise Refused(f"{NAMES[provider]} did not answer. Try again in a minute.") from away
    if not tokens.refresh:
        raise Refused(f"{NAMES[provider]} gave no lasting permission. Begin again and agree to all that it asks.")
    return _kept(tokens, tokens.refresh)


def access_of(tokens: str) -> str:
    """The access token among tokens that were locked a moment ago."""
    return str(json.loads(secrets_kept.opened(tokens))["access"])


def fresh_token(mailbox: Mailbox) -> str:
    """An access token that holds for a minute at least; renewed where it must be. Raises Refused or oauth.Away."""
    kept = json.loads(secrets_kept.opened(mailbox.secret) or "{}")
    if kept.get("until", 0) > (clock.now() + EARLY).timestamp():
        return str(kept["access"])
    try:
        tokens = oauth.renew(mailbox.sign_in, kept.get("refresh", ""))
    except oauth.Refusal as no:
        raise Refused(f"{NAMES[mailbox.sign_in]} no longer lets us in ({no}). Sign in there again.") from no
    _keep(mailbox, _kept(tokens, tokens.refresh or kept["refresh"]))
    return tokens.access


@transaction.atomic
def _keep(mailbox: Mailbox, secret: str) -> None:
    """Unless somebody signed in anew meanwhile: theirs is the newer one."""
    if Mailbox.objects.filter(pk=mailbox.pk, secret=mailbox.secret).update(secret=secret):
        mailbox.secret = secret


def _kept(tokens: oauth.Tokens, refresh: str) -> str:
    until = int(clock.now().timestamp()) + tokens.seconds
    return secrets_kept.locked(json.dumps({"access": tokens.access, "refresh": refresh, "until": until}))


def _verifier(state: str, session: str) -> str:
    """Known to this installation for this browser alone; it never travels before the code is redeemed."""
    return keyed(settings.SECRET_KEY, f"pkce:{session}:{state}")


def _back() -> str:
    return f"{settings.BASE_URL}{reverse('crm:mailbox_signed_in')}"
