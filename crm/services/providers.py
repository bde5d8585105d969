"""Mailboxes that send and hear through a transactional provider: their keys, the addresses of its posts, the hand-over."""

import secrets
from email.utils import format_datetime
from typing import Any

from django.db import transaction

from crm import clock, links
from crm.errors import Refused
from crm.gateways import provider as gateway
from crm.gateways.smtp import SENDER, Handover
from crm.models import Mailbox, Provider, Team, User
from crm.rules import provider_words
from crm.services import mailboxes
from crm.services.secrets_kept import locked, opened

HOSTS = {Provider.Region.US: "api.mailgun.net", Provider.Region.EU: "api.eu.mailgun.net"}


@transaction.atomic
def add_mailbox(
    *, address: str, domain: str, region: str, api_key: str, signing_key: str, by: Any,
    owner: User | None = None, team: Team | None = None, **fields: Any,
) -> Mailbox:  # fmt: skip
    """An address whose mail goes out and comes in through the provider."""
    mailbox = mailboxes.create_mailbox(
        address=address, owner=owner, team=team, by=by, kind=Mailbox.Kind.PROVIDER, **_place(region), **fields
    )
    Provider.objects.create(
        mailbox=mailbox, domain=domain.lower(), region=region, api_key=locked(api_key), signing_key=locked(signing_key),
        tag=_tag(),
    )  # fmt: skip
    return mailbox


def _tag() -> str:
    """Cannot be guessed; with a digit and a capital, by which the log knows what it has to mask."""
    return f"P1{secrets.token_urlsafe(32)}"


def _place(region: str) -> dict[str, Any]:
    return {"smtp_host": HOSTS[Provider.Region(region)], "smtp_port": 443, "smtp_security": "tls"}


@transaction.atomic
def change(mailbox: Mailbox, *, domain: str, region: str, api_key: str = "", signing_key: str = "") -> Provider:
    """Keys go in and never come out; an empty one leaves the one there is."""
    found = Provider.objects.select_for_update().get(mailbox=mailbox)
    found.domain, found.region = domain.lower(), region
    if api_key:
        found.api_key = locked(api_key)
    if signing_key:
        found.signing_key = locked(signing_key)
    found.save(update_fields=["domain", "region", "api_key", "signing_key"])
    Mailbox.objects.filter(pk=mailbox.pk).update(**_place(region))
    return found


def new_addresses(mailbox: Mailbox) -> None:
    """The old ones do not work any more: for when somebody saw them who should not."""
    Provider.objects.filter(mailbox=mailbox).update(tag=_tag())


def addresses(mailbox: Mailbox) -> dict[str, str]:
    """Where the provider is to post: mail in its raw form, and events."""
    tag = mailbox.provider.tag
    return {"mail": links.url("crm:provider_mail", tag=tag), "events": links.url("crm:provider_events", tag=tag)}


def hand_over(mailbox: Mailbox, recipient: str, raw: bytes) -> Handover:
    """The prepared letter, byte for byte. What our own side must put right is said in words."""
    try:
        found = mailbox.provider
        key = opened(found.api_key)
    except Refused as refused:
        return Handover(SENDER, refused.sentence)
    except Provider.DoesNotExist:
        return Handover(SENDER, "The provider of this mailbox is not set up.")
    done = gateway.hand_over(found.domain, found.region, key, mailbox.address, recipient, raw)
    if done.outcome != SENDER:
        return done
    return Handover(
        SENDER, f"{provider_words.explain(SENDER, done.response, domain=found.domain)} ({done.response})"[:500]
    )


def trial(address: str, domain: str, region: str, api_key: str) -> Handover:
    """A message of no words to the mailbox itself, which the provider takes and delivers to nobody."""
    lines = [
        f"From: {address}", f"To: {address}", "Subject: A trial of the connection", f"Date: {format_datetime(clock.now())}",
        f"Message-ID: <trial-{secrets.token_hex(12)}@{address.rpartition('@')[2]}>", "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii", "", "Nobody receives this.", "",
    ]  # fmt: skip
    raw = "\r\n".join(lines).encode("ascii", "replace")
    return gateway.hand_over(domain.lower(), region, api_key, address, address, raw, test=True)


def api_key_of(mailbox: Mailbox) -> str:
    """In the clear, for a connection only. Raises Refused where no present key opens it."""
    return opened(mailbox.provider.api_key)
