"""What hangs on an account or a person here, for merging, erasing and exporting from the shared record."""

from typing import Any

from django.db.models import Q

from appointments.models import Answer, Classification, Meeting, Offer, Qualification, Recovery, Reminder, WorkItem
from appointments.models.meeting import RECOVERY, REMINDER
from crm.models import Account, Contact

ERASED = "erased"


def merge_accounts(kept: Account, gone: Account) -> None:
    """Work, meetings and judgements of `gone` belong to `kept`."""
    for model in (WorkItem, Meeting, Offer, Qualification, Recovery):
        model._base_manager.filter(account=gone).update(account=kept)


def merge_contacts(kept: Contact, gone: Contact) -> None:
    for model in (WorkItem, Meeting, Offer):
        model._base_manager.filter(contact=gone).update(contact=kept)


def erase_contact(contact: Contact) -> None:
    """Names, addresses and words go; that there was a reply and a meeting stays as a count."""
    meetings = Meeting.objects.filter(Q(contact=contact) | Q(guest_email__iexact=contact.email or "-"))
    planned = Reminder.objects.filter(meeting__in=meetings.values("pk"), state=Reminder.State.PLANNED)
    REMINDER.move_many(planned, Reminder.State.DROPPED, by="the erasure")
    running = Recovery.objects.filter(meeting__in=meetings.values("pk"), state=Recovery.State.RUNNING)
    RECOVERY.move_many(running, Recovery.State.RETURNED, by="the erasure")
    Classification.objects.filter(reply__contact=contact).update(entities={})
    Answer.objects.filter(message__contact=contact).update(quote="", note="")
    for item in WorkItem.objects.filter(Q(contact=contact) | Q(person_address__iexact=contact.email or "-")):
        WorkItem.objects.filter(pk=item.pk).update(person_address=f"{ERASED}-{item.pk}")
    meetings.update(guest_name="", guest_email="", guest_note="", cancelled_reason="")


def export_contact(contact: Contact) -> dict[str, Any]:
    meetings = Meeting.objects.filter(contact=contact).select_related("host").order_by("starts_at")
    return {
        "meetings": [
            {"starts_at": one.starts_at, "state": one.state, "with": str(one.host), "note": one.guest_note}
            for one in meetings
        ],
        "labels": list(
            Classification.objects.filter(reply__contact=contact).order_by("at").values("at", "label", "decided_by")
        ),
    }
