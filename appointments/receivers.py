"""What appointments hears from below, and the one verb each message calls."""

from typing import Any

from django.dispatch import receiver

from appointments.services import answering, belongings, classifier, handling, passing_on, rsvp
from crm.services import registries
from prospecting.models import Reply
from prospecting.signals import reply_received


@receiver(reply_received, dispatch_uid="appointments.reply_received")
def on_reply(sender: Any, *, reply: Reply, envelope: Any = None, **more: Any) -> None:
    """The baton: inside the handling transaction, so a failure leaves the message unhandled and is retried."""
    handling.take(reply, envelope)


# What hangs on rows of the shared record here, entered where apps that are below can find it.
registries.merge_accounts.append(belongings.merge_accounts)
registries.merge_contacts.append(belongings.merge_contacts)
registries.follow_accounts.append(belongings.follow_accounts)
registries.erase_contact.append(belongings.erase_contact)
registries.export_contact.append(belongings.export_contact)
registries.calendar_accounts.append(rsvp.account_of)
registries.before_mail.append(classifier.load)
registries.own_mail.append(answering.heard_own)
registries.person_left.append(passing_on.pass_on)
