"""What hangs on an account or a person here, for merging, erasing and exporting from the shared record."""

from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from appointments.models import (
    Answer,
    CalendarEntry,
    Classification,
    CounterProposal,
    Meeting,
    MeetingGuest,
    Offer,
    Qualification,
    Recovery,
    Reminder,
    Rsvp,
    WorkItem,
)
from appointments.models.meeting import RECOVERY, REMINDER
from crm import clock
from crm.models import Account, Contact, Notification
from crm.services.journal import Journal
from prospecting.models import Outgoing

ERASED = "erased"
ON_ACCOUNTS = (WorkItem, Meeting, Offer, Qualification, Recovery)
ON_CONTACTS = (WorkItem, Meeting, MeetingGuest, Offer)


def merge_accounts(kept: Account, gone: Account, journal: Journal | None = None) -> None:
    """Work, meetings and judgements of `gone` belong to `kept`."""
    journal = journal or Journal()
    for model in ON_ACCOUNTS:
        journal.move(model._base_manager.filter(account=gone), account=kept)


def merge_contacts(kept: Contact, gone: Contact, journal: Journal | None = None) -> None:
    journal = journal or Journal()
    for model in ON_CONTACTS:
        journal.move(model._base_manager.filter(contact=gone), contact=kept)


def follow_accounts(kept: Account, gone: Account, moved: dict[str, list[int]]) -> None:
    """After an undo: work and meetings of the threads and walks that went back go with them."""
    threads = moved.get("crm.Conversation.account", [])
    walks = moved.get("prospecting.Enrollment.account", [])
    for model in (WorkItem, Offer):
        model._base_manager.filter(conversation__in=threads, account=kept).update(account=gone)
    Meeting.objects.filter(Q(conversation__in=threads) | Q(enrollment__in=walks), account=kept).update(account=gone)
    Qualification.objects.filter(enrollment__in=walks, account=kept).update(account=gone)
    Recovery.objects.filter(meeting__account=gone, account=kept).update(account=gone)


def erase_contact(contact: Contact) -> None:
    """Names, addresses and words go; that there was a reply and a meeting stays as a count."""
    meetings = Meeting.objects.filter(Q(contact=contact) | Q(guest_email__iexact=contact.email or "-"))
    planned = Reminder.objects.filter(meeting__in=meetings.values("pk"), state=Reminder.State.PLANNED)
    REMINDER.move_many(planned, Reminder.State.DROPPED, by="the erasure")
    running = Recovery.objects.filter(meeting__in=meetings.values("pk"), state=Recovery.State.RUNNING)
    RECOVERY.move_many(running, Recovery.State.RETURNED, by="the erasure")
    _erase_calendar_answers(meetings)
    Offer.objects.filter(contact=contact, revoked_at=None).update(revoked_at=clock.now())
    Classification.objects.filter(reply__contact=contact).update(entities={}, learnable=False)
    Answer.objects.filter(message__contact=contact).update(quote="", note="")
    for item in WorkItem.objects.filter(Q(contact=contact) | Q(person_address__iexact=contact.email or "-")):
        WorkItem.objects.filter(pk=item.pk).update(person_address=f"{ERASED}-{item.pk}", note="")
        _erase_alerts(item)
    further = MeetingGuest.objects.filter(Q(contact=contact) | Q(email__iexact=contact.email or "-"))
    further.delete()
    # Whom they brought along and what they answered are their words too.
    MeetingGuest.objects.filter(meeting__in=meetings.values("pk"), contact=None).delete()
    CalendarEntry.objects.filter(meeting__in=meetings.values("pk")).update(sequence=-1)  # written anew, without names
    meetings.update(
        guest_name="", guest_email="", guest_note="", cancelled_reason="", answers=[], link_number=F("link_number") + 1
    )


def _erase_calendar_answers(meetings: QuerySet[Meeting]) -> None:
    """What was answered stays as a count; by whom, and whom they sent instead, goes."""
    erased = Concat(Value(f"{ERASED}-"), Cast("pk", CharField()), output_field=CharField())
    Rsvp.objects.filter(meeting__in=meetings.values("pk")).update(address=erased, delegated_to="")
    CounterProposal.objects.filter(meeting__in=meetings.values("pk")).update(address=ERASED, comment="")


def _erase_alerts(item: WorkItem) -> None:
    """What was told to our own people about whoever waited, on screen and by mail."""
    page = reverse("appointments:reply", args=[item.pk])
    Notification.objects.filter(url=page).update(text="About someone who was erased.")
    mails = Outgoing.objects.filter(purpose=Outgoing.Purpose.INTERNAL, key__startswith="late:", body__contains=page)
    mails.update(subject="", body="")


def export_contact(contact: Contact) -> dict[str, Any]:
    meetings = Meeting.objects.filter(contact=contact).select_related("host").order_by("starts_at")
    return {
        "meetings": [
            {
                "starts_at": one.starts_at,
                "state": one.state,
                "with": str(one.host),
                "note": one.guest_note,
                "answers": one.answers,
            }
            for one in meetings
        ],
        "calendar_answers": list(
            Rsvp.objects.filter(meeting__contact=contact).order_by("at").values("at", "address", "answer")
        ),
        "labels": list(
            Classification.objects.filter(reply__contact=contact).order_by("at").values("at", "label", "decided_by")
        ),
    }
