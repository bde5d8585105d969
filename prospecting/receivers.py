"""What prospecting hears from below, and the one verb each message calls; what it enters in the registries of crm."""

from typing import Any

from django.dispatch import receiver

from crm.models import Message
from crm.services import registries
from crm.signals import message_received
from prospecting.models import ListEntry
from prospecting.services import belongings, imported, mailbox_health, provider_news, replies, role_uses


@receiver(message_received, dispatch_uid="prospecting.reply")
def on_message(sender: Any, *, message: Message, envelope: Any = None, **kwargs: Any) -> None:
    replies.create(message, envelope=envelope)


registries.merge_accounts.append(belongings.merge_accounts)
registries.merge_contacts.append(belongings.merge_contacts)
registries.follow_accounts.append(belongings.follow_accounts)
registries.follow_contacts.append(belongings.follow_contacts)
registries.erase_contact.append(belongings.erase_contact)
registries.export_contact.append(belongings.export_contact)
registries.being_worked.append(belongings.being_worked)
registries.import_lists.append(imported.lists_for)
registries.on_list.append(imported.accounts_on)
registries.after_import.append(imported.pin_imported)
registries.undo_import.append(imported.unpin_imported)
registries.passing.add(ListEntry)
registries.uses_of_role.append(role_uses.uses_of_role)
registries.mailbox_figures.append(mailbox_health.figures)
registries.provider_told.append(provider_news.heard)
