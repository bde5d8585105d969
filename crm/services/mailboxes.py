"""The addresses the product sends from and reads; their secrets are encrypted at rest."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Mailbox, Team, User
from crm.models.mailbox import MAILBOX
from crm.rules.addresses import BadAddress, normal


@transaction.atomic
def create_mailbox(
    *,
    address: str,
    owner: User | None = None,
    team: Team | None = None,
    smtp_host: str,
    secret: str = "",
    by: Any = None,
    **fields: Any,
) -> Mailbox:
    """An address to send from: one person's own, or shared by a team."""
    try:
        address = normal(address).lower()
    except BadAddress as bad:
        raise Refused(str(bad)) from bad
    if Mailbox.objects.filter(address=address).exists():
        raise Refused("This mailbox is already here.")
    team = team or (owner.team if owner else None)
    if team is None and not fields.get("internal"):
        raise Refused("A mailbox belongs to a person of a team, or to a team.")
    fields.setdefault("plus_addresses", at_the_sandbox(smtp_host, fields.get("smtp_port")))
    return Mailbox.objects.create(
        address=address,
        owner=owner,
        team=team,
        smtp_host=smtp_host,
        secret=_locked(secret),
        created_at=clock.now(),
        **fields,
    )


def at_the_sandbox(host: str, port: int | None) -> bool:
    """Whether this is the sandbox's own mail server, which knows plus addresses."""
    return bool(settings.SANDBOX) and host in ("127.0.0.1", "localhost") and port == settings.SANDBOX_SMTP_PORT


def pause_mailbox(mailbox: Mailbox, reason: str, *, by: Any) -> Mailbox:
    """Nothing leaves from it until someone resumes it."""
    if mailbox.state == Mailbox.State.PAUSED:
        return mailbox
    return MAILBOX.move(mailbox, Mailbox.State.PAUSED, by=by, why=reason[:300], set={"paused_reason": reason[:300]})


def resume_mailbox(mailbox: Mailbox, *, by: Any) -> Mailbox:
    if mailbox.state == Mailbox.State.ACTIVE:
        return mailbox
    return MAILBOX.move(mailbox, Mailbox.State.ACTIVE, by=by, set={"paused_reason": ""})


def open_secret(mailbox: Mailbox) -> str:
    """The password in the clear, for the hand-over only."""
    if not mailbox.secret:
        return ""
    try:
        return _keys().decrypt(mailbox.secret.encode()).decode()
    except InvalidToken as wrong:
        raise Refused("The password of this mailbox cannot be read with the present key; enter it again.") from wrong


def change_secret(mailbox: Mailbox, secret: str) -> None:
    mailbox.secret = _locked(secret)
    mailbox.save(update_fields=["secret"])


def _locked(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode() if secret else ""


def _keys() -> MultiFernet:
    """The newest key encrypts; older ones still open what they locked."""
    return MultiFernet([Fernet(key) for key in settings.MAILBOX_KEYS])
