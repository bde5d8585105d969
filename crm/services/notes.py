"""What users write down about an account."""

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Note, User


@transaction.atomic
def add_note(account: Account, text: str, *, by: User, contact: Contact | None = None) -> Note:
    """A note is content: it belongs to the team of its writer."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused("Write something first.")
    note = Note.objects.create(account=account, contact=contact, team=by.team, text=text, by=by, at=clock.now())
    Event.record("account.noted", account=account, contact=contact, team=by.team, by=by, subject=note,
                 facts={"text": text[:300]})  # fmt: skip
    return note
