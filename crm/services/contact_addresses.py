"""Under which addresses a person writes: their own, and those they brought along when two records became one."""

from collections.abc import Collection

from crm.models import Contact, ContactAddress
from crm.rules.addresses import BadAddress, dedupe_key
from crm.services.journal import Journal


def holder_of(key: str) -> Contact | None:
    """Whose address this is, by its dedupe key."""
    if not key:
        return None
    further = Contact.objects.filter(addresses__email_norm=key)
    return Contact.objects.filter(email_norm=key).first() or further.first()


def holders_of(keys: Collection[str]) -> dict[str, int]:
    """Dedupe key → whose address it is, for those that somebody has."""
    further = ContactAddress.objects.filter(email_norm__in=keys).values_list("email_norm", "contact_id")
    own = Contact.objects.filter(email_norm__in=keys).values_list("email_norm", "pk")
    return {**dict(further), **dict(own)}


def known_keys(keys: Collection[str]) -> set[str]:
    """Which of these dedupe keys somebody on file has."""
    own = Contact.objects.filter(email_norm__in=keys).values_list("email_norm", flat=True)
    further = ContactAddress.objects.filter(email_norm__in=keys).values_list("email_norm", flat=True)
    return {*own, *further}


def all_of(address: str) -> list[str]:
    """This address, and every other one of the person who has it: what they wish holds for all of them."""
    try:
        contact = holder_of(dedupe_key(address))
    except BadAddress:
        contact = None
    if contact is None:
        return [address]
    others = [contact.email, *contact.addresses.order_by("pk").values_list("email", flat=True)]
    return list(dict.fromkeys([address, *filter(None, others)]))


def keep(contact: Contact, addresses: dict[str, str], journal: Journal) -> None:
    """Addresses (dedupe key → as written) that lost in a merge stay the person's; the main one is no further one."""
    journal.drop(ContactAddress.objects.filter(contact=contact, email_norm=contact.email_norm))
    for key, email in sorted(addresses.items()):
        if key and key != contact.email_norm:
            row, new = ContactAddress.objects.get_or_create(
                email_norm=key, defaults={"contact": contact, "email": email, "source": "a merge"}
            )
            if new:
                journal.make(row)
