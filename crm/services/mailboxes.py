"""The addresses the product sends from and reads; their secrets are encrypted at rest."""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from crm import clock
from crm.errors import Refused
from crm.models import Mailbox, Provider, Team, User, Webhook
from crm.models.mailbox import MAILBOX
from crm.rules.addresses import BadAddress, normal
from crm.services import mailbox_oauth, notifications, registries
from crm.services.secrets_kept import locked, locked_again, opened

# Whoever could point a stored password at a server of their own could read it there.
_SERVER = ("smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security", "username")


@dataclass(frozen=True, repr=False)
class Login:
    """How to sign in at a mailbox's servers: with a password, or with an access token by XOAUTH2."""

    username: str
    password: str = ""
    token: str = ""


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
        secret=locked(secret),
        created_at=clock.now(),
        **fields,
    )


def at_the_sandbox(host: str, port: int | None) -> bool:
    """Whether this is the sandbox's own mail server, which knows plus addresses."""
    return bool(settings.SANDBOX) and host in ("127.0.0.1", "localhost") and port == settings.SANDBOX_SMTP_PORT


@transaction.atomic
def pause_mailbox(mailbox: Mailbox, reason: str, *, by: Any) -> Mailbox:
    """Nothing leaves from it until someone resumes it. Where no person did it, those who run it are told once."""
    if mailbox.state == Mailbox.State.PAUSED:
        return mailbox
    MAILBOX.move(mailbox, Mailbox.State.PAUSED, by=by, why=reason[:300], set={"paused_reason": reason[:300]})
    if not isinstance(by, User):
        for user in keepers(mailbox):
            text = f"{mailbox.address} is paused: {reason}"
            notifications.notify(user, "mailbox", text, reverse("crm:mailbox", args=[mailbox.pk]))
    return mailbox


@transaction.atomic
def resume_mailbox(mailbox: Mailbox, *, by: Any) -> Mailbox:
    """Its queue goes on where it stood; what came back before this moment does not pause it again."""
    if mailbox.state == Mailbox.State.ACTIVE:
        return mailbox
    columns = {"paused_reason": "", "resumed_at": clock.now()}
    return MAILBOX.move(mailbox, Mailbox.State.ACTIVE, by=by, set=columns)


def keepers(mailbox: Mailbox) -> list[User]:
    """Who runs a mailbox: its owner, the leads of its team, and the admins where there is neither."""
    people = User.objects.filter(is_active=True)
    leads = people.filter(job=User.Job.LEAD, team=mailbox.team_id) if mailbox.team_id else people.none()
    found = {user.pk: user for user in [*people.filter(pk=mailbox.owner_id), *leads]}
    return list(found.values()) or list(people.filter(job=User.Job.ADMIN))


@transaction.atomic
def change_mailbox(mailbox: Mailbox, *, by: Any, secret: str = "", **fields: Any) -> Mailbox:
    """New limits, names or servers. A password goes in and never comes out; another server asks for it anew."""
    mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    changed = {name: value for name, value in fields.items() if getattr(mailbox, name) != value}
    if changed.get("username") == "":
        changed["secret"] = ""  # nobody signs in any more, so nothing is kept to sign in with
    elif not secret and mailbox.secret and changed.keys() & {*_SERVER}:
        raise Refused("Type the password again: it is not sent to another server, or for another user, by itself.")
    if secret:
        changed["secret"] = locked(secret)
    for name, value in changed.items():
        setattr(mailbox, name, value)
    if changed:
        mailbox.save(update_fields=list(changed))
    return mailbox


def login_of(mailbox: Mailbox) -> Login:
    """How to sign in as this mailbox, now; for the connection only.

    Raises Refused where the secret cannot be read or the provider wants the person again, OSError where it is away.
    """
    if mailbox.sign_in != Mailbox.SignIn.PASSWORD:
        return Login(mailbox.username or mailbox.address, token=mailbox_oauth.fresh_token(mailbox))
    return Login(mailbox.username, password=open_secret(mailbox))


def open_secret(mailbox: Mailbox) -> str:
    """The password in the clear, for the hand-over only."""
    return opened(mailbox.secret)


def change_secret(mailbox: Mailbox, secret: str) -> None:
    mailbox.secret = locked(secret)
    mailbox.save(update_fields=["secret"])


def lock_again() -> tuple[int, list[str]]:
    """Put every secret under the newest key: how many, and the addresses whose secret no present key opens."""
    done, lost = 0, []
    own: dict[type[models.Model], list[str]] = {
        Mailbox: ["secret"], Provider: ["api_key", "signing_key"], Webhook: ["secret", "old_secret"],
    }  # fmt: skip
    for model, columns in (own | registries.locked_columns).items():
        for pk in model._base_manager.order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                row = model._base_manager.select_for_update().get(pk=pk)
                kept = {name: getattr(row, name) for name in columns if getattr(row, name)}
                try:
                    anew = {name: locked_again(value) for name, value in kept.items()}
                except InvalidToken:
                    lost.append(str(row.mailbox if isinstance(row, Provider) else row))
                    continue
                model._base_manager.filter(pk=pk).update(**anew)
                done += len(anew)
    return done, lost


@transaction.atomic
def signed_in(mailbox: Mailbox, provider: str, tokens: str) -> Mailbox:
    """From now on it signs in at its provider; `tokens` are locked already. It was let in, so nothing keeps it paused."""
    mailbox.sign_in, mailbox.secret = provider, tokens
    mailbox.save(update_fields=["sign_in", "secret"])
    return mailbox
