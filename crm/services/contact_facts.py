"""What is known of a person, looked at again: the facts are as they were, and fresh."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Contact, Event
from crm.services.accounts import source_of


@transaction.atomic
def confirm(contact: Contact, names: Iterable[str], *, by: Any, source: str = "") -> Contact:
    """Someone looked: the facts named are dated today."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    known = [name for name in dict.fromkeys(names) if name in contact.facts or name in contact.custom]
    if not known:
        raise Refused("Say which fact you checked.")
    today = {"source": source or source_of(by), "at": clock.today().isoformat()}
    contact.facts = {**contact.facts, **dict.fromkeys(known, today)}
    contact.save(update_fields=["facts"])
    Event.record("contact.checked", contact=contact, by=by, subject=contact, facts={"checked": known})
    return contact
