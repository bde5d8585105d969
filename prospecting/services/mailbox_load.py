"""What each mailbox has sent and may still send, and when its recipient may hear from it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Count, Max, Q

from crm.models import Mailbox, Organisation
from prospecting.models import Attempt
from prospecting.rules import sender
from prospecting.rules.guard import MailboxFacts

HANDED_OVER = ("in_flight", "accepted", "unknown")


class Placed(Protocol):
    """An account or a person, as a model or as a row."""

    @property
    def zone(self) -> str: ...

    @property
    def country(self) -> str: ...


def zone_of(contact: Placed, account: Placed | None, organisation: Organisation | None) -> str:
    """The zone of the recipient: their own, their account's, else ours."""
    place = account.zone if account else ""
    return contact.zone or place or (organisation.zone if organisation else "UTC")


def mailbox_zone(mailbox: Mailbox, organisation: Organisation | None) -> str:
    if mailbox.owner_id and mailbox.owner:
        return mailbox.owner.zone
    return organisation.zone if organisation else "UTC"


def limits_of(mailbox: Mailbox) -> sender.Limits:
    return sender.Limits(
        daily=mailbox.daily_cap,
        weekly=mailbox.weekly_cap,
        ramp_from=mailbox.ramp_from,
        gap=timedelta(seconds=mailbox.gap_seconds),
    )


def window_of(
    mailbox: Mailbox, contact: Placed, account: Placed | None, organisation: Organisation | None
) -> sender.Window:
    country = contact.country or (account.country if account else "") or (organisation.country if organisation else "")
    return sender.Window(
        zone=zone_of(contact, account, organisation),
        country=country,
        start=mailbox.window_from,
        end=mailbox.window_until,
    )


def used_by(mailboxes: Iterable[Mailbox], organisation: Organisation | None, now: datetime) -> dict[int, sender.Used]:
    """Hand-overs of today and this week for each mailbox, in one query; answers count too."""
    boxes = list(mailboxes)
    if not boxes:
        return {}
    zone = organisation.zone if organisation else "UTC"
    today, week = sender.start_of_day(now, zone), sender.start_of_week(now, zone)
    rows = (
        Attempt.objects.filter(mailbox__in=boxes, started_at__gte=week, outcome__in=HANDED_OVER)
        .values("mailbox_id")
        .annotate(
            today=Count("pk", filter=Q(started_at__gte=today)),
            week=Count("pk"),
            last=Max("started_at", filter=Q(touch__isnull=False)),
        )
        .order_by()
    )
    found = {row["mailbox_id"]: row for row in rows}
    return {
        box.pk: sender.Used(
            today=found[box.pk]["today"] if box.pk in found else 0,
            week=found[box.pk]["week"] if box.pk in found else 0,
            last_at=(found[box.pk]["last"] if box.pk in found else None) or box.last_sent_at,
        )
        for box in boxes
    }


def mailbox_facts(
    mailbox: Mailbox,
    used: sender.Used,
    contact: Placed,
    account: Placed | None,
    organisation: Organisation | None,
    now: datetime,
) -> MailboxFacts:
    """The mailbox as the guard asks about it."""
    paused = (mailbox.paused_reason or "it is paused.") if mailbox.state == Mailbox.State.PAUSED else ""
    return MailboxFacts(
        name=mailbox.address,
        paused_why=paused,
        opens_at=sender.opens_at(window_of(mailbox, contact, account, organisation), now),
        cap_frees_at=sender.cap_frees_at(limits_of(mailbox), used, now, mailbox_zone(mailbox, organisation)),
    )
