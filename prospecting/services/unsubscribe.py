"""One click and it stops: the suppression stands before the click is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction

from crm.errors import Refused
from crm.models import Account, Contact, Event
from crm.services import contacts, suppression
from crm.services.contact_addresses import all_of
from prospecting.services.claims import lock_key
from prospecting.services.reactions import stop_contact
from prospecting.services.returning import GUEST

WAIT_SECONDS = 10


@dataclass(frozen=True)
class Stopped:
    address: str
    on_its_way: bool  # one message had left our hands before the click

    @property
    def sentence(self) -> str:
        if self.on_its_way:
            return "You will get no more mail from us. One message was already on its way when you clicked."
        return "You will get no more mail from us."


def unsubscribe(token_payload: Mapping[str, Any], *, how: str) -> Stopped:
    """Suppress the address a signed link speaks of. Clicking twice changes nothing more.

    The row is committed first, so that no later look of a sender misses it; then the click waits for a message that
    a sender is handing over right now (RFC 8058; up to ten seconds).
    """
    address = str(token_payload.get("address", ""))
    if not address:
        raise Refused("This link does not say whom it is about.")
    opt_out(address, token_payload, how)
    return Stopped(address, on_its_way=not _wait_for_sender(address))


@transaction.atomic
def opt_out(address: str, payload: Mapping[str, Any], how: str) -> None:
    """Without waiting for what is on its way."""
    contact = Contact.objects.filter(pk=payload.get("contact") or 0).first()
    account = Account.objects.filter(pk=payload.get("account") or 0).first()
    already = address in suppression.standing([address])
    proof = f"{how}, by the link in our mail"
    for one in all_of(address):
        suppression.suppress_address(
            one, reason="unsubscribed", proof=proof, by=GUEST, contact=contact, account=account
        )
    if contact:
        # On their own word, whatever a label said before.
        contacts.stop_contact(contact, "unsubscribed", by=GUEST)
        stop_contact(contact, "unsubscribed", by=GUEST)
    if not already:
        Event.record(
            "contact.unsubscribed",
            by=GUEST,
            account=account,
            contact=contact,
            why=f"Asked for no more mail: {how}.",
        )


def _wait_for_sender(address: str) -> bool:
    """True when no sender holds the address any more; False when one still does after ten seconds."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_SECONDS}s"])
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock_key(address)])
    except OperationalError:
        return False
    return True
