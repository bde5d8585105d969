"""What hangs on an account or a person here, for merging, erasing and exporting from the shared record."""

from typing import Any

from django.db.models import Q

from crm.models import Account, Contact
from prospecting.models import (
    Attempt,
    Enrollment,
    ListEntry,
    Milestone,
    Outgoing,
    Override,
    Pin,
    Reply,
    StageVisit,
    TargetList,
    Touch,
)
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.pins import pin_many
from prospecting.services.stages import close

WAITING = (Flight.PLANNED, Flight.PAUSED)


def being_worked(account_ids: list[int]) -> set[int]:
    """Accounts with an open walk: a person of several counts for the one of them."""
    return set(Enrollment.objects.filter(account__in=account_ids, state__in=OPEN).values_list("account_id", flat=True))


def merge_accounts(kept: Account, gone: Account) -> None:
    """Everything of `gone` belongs to `kept`. Only one walk can stay open: the one of the account that is kept."""
    walking = Enrollment.objects.filter(account__in=[kept, gone], state__in=OPEN)
    if len({row.account_id for row in walking}) == 2:
        close(walking.get(account=gone), by="the merge", why=f"merged into {kept.name}")
    now_open = ListEntry.objects.filter(account=kept, left_at=None).values("target_list")
    ListEntry.objects.filter(account=gone, left_at=None, target_list__in=now_open).delete()
    Pin.objects.filter(account=gone, target_list__in=Pin.objects.filter(account=kept).values("target_list")).delete()
    for model in (Enrollment, StageVisit, Touch, Reply, Milestone, ListEntry, Pin, Override, Outgoing):
        model._base_manager.filter(account=gone).update(account=kept)


def merge_contacts(kept: Contact, gone: Contact) -> None:
    """One person: what waits for the double is taken back, what was done counts for the one that is kept."""
    TOUCH.move_many(
        Touch.objects.filter(contact=gone, state__in=WAITING), Flight.CANCELLED, by="the merge", why="one person"
    )
    done = Touch.objects.filter(contact=kept).exclude(state__in=[Flight.CANCELLED, Flight.SKIPPED])
    clash = Q()
    for enrollment, step in done.values_list("enrollment_id", "step_id"):
        clash |= Q(enrollment=enrollment, step=step)
    mine = Touch.objects.filter(contact=gone)
    (mine.exclude(clash & ~Q(state__in=[Flight.CANCELLED, Flight.SKIPPED])) if clash else mine).update(contact=kept)
    for model in (Reply, Milestone, Override, Outgoing):
        model._base_manager.filter(contact=gone).update(contact=kept)


def erase_contact(contact: Contact) -> None:
    """Names, addresses and texts go; counts stay."""
    TOUCH.move_many(Touch.objects.filter(contact=contact, state__in=WAITING), Flight.CANCELLED, by="the erasure")
    Touch.objects.filter(contact=contact).update(why="", waits_because="")
    mine = Outgoing.objects.filter(Q(contact=contact) | Q(to_address__iexact=contact.email or "-"))
    TOUCH.move_many(mine.filter(state__in=WAITING), Flight.CANCELLED, by="the erasure")
    attempts = Attempt.objects.filter(Q(touch__contact=contact) | Q(outgoing__in=mine.values("pk")))
    attempts.update(raw=b"", recipient="erased", response="", verdict={})
    mine.update(to_address="erased", to_name="", subject="", body="", html="", calendar="")
    Override.objects.filter(contact=contact).update(sentence="erased")


def export_contact(contact: Contact) -> dict[str, Any]:
    touches = Touch.objects.filter(contact=contact).select_related("account", "step").order_by("pk")
    return {
        "touches": [
            {
                "account": t.account.name,
                "channel": t.channel,
                "state": t.state,
                "due_on": t.due_on,
                "sent_at": t.sent_at,
            }
            for t in touches
        ],
        "replies": list(Reply.objects.filter(contact=contact).order_by("at").values("at", "label", "secondary")),
        "mail": list(
            Outgoing.objects.filter(contact=contact).order_by("pk").values("to_address", "subject", "body", "sent_at")
        ),
    }


def pin_imported(target: TargetList, account_ids: list[int], *, by: Any) -> int:
    """An import into a list makes pins."""
    return pin_many(target, account_ids, reason="import", by=by)
