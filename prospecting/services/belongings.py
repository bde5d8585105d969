"""What hangs on an account or a person here, for merging, erasing and exporting from the shared record."""

from copy import copy
from typing import Any

from django.db.models import Q, QuerySet

from crm.errors import Refused
from crm.models import Account, Contact
from crm.services.journal import Journal
from prospecting.models import (
    Attempt,
    Attribution,
    Call,
    Draft,
    Enrollment,
    ListEntry,
    Milestone,
    Outgoing,
    Override,
    Pin,
    Reply,
    Skip,
    SnapshotEntry,
    StageVisit,
    Standing,
    TargetList,
    Touch,
)
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import TOUCH, Flight
from prospecting.rules import spans
from prospecting.rules.spans import Span
from prospecting.services.attributing import THE_MERGE
from prospecting.services.milestones import show_furthest
from prospecting.services.pins import pin_many
from prospecting.services.queueing import look_again
from prospecting.services.stages import close

WAITING = (Flight.PLANNED, Flight.PAUSED)
ON_ACCOUNTS = (
    Enrollment, StageVisit, Touch, Reply, Milestone, Standing, ListEntry, Pin, Override, Outgoing, SnapshotEntry, Call, Skip,
    Attribution,
)  # fmt: skip
ON_CONTACTS = (Touch, Reply, Milestone, Override, Outgoing, Call, Skip)


def being_worked(account_ids: list[int]) -> set[int]:
    """Accounts with an open walk: a person of several counts for the one of them."""
    return set(Enrollment.objects.filter(account__in=account_ids, state__in=OPEN).values_list("account_id", flat=True))


def merge_accounts(kept: Account, gone: Account, journal: Journal | None = None) -> None:
    """Everything of `gone` belongs to `kept`. Only one walk can stay open: the one of the account that is kept."""
    journal = journal or Journal()
    _refuse_in_flight(Touch.objects.filter(account=gone), gone)
    _close_second_walk(kept, gone, journal)
    _join_entries(kept, gone, journal)
    _join_pins(kept, gone, journal)
    for model in ON_ACCOUNTS:
        journal.move(model._base_manager.filter(account=gone), account=kept)
    show_furthest(kept)


def merge_contacts(kept: Contact, gone: Contact, journal: Journal | None = None) -> None:
    """One person: what waits for the double is taken back, what was done counts for the one that is kept."""
    journal = journal or Journal()
    _refuse_in_flight(Touch.objects.filter(contact=gone), gone)
    waiting = Touch.objects.filter(contact=gone, state__in=WAITING)
    journal.watch(waiting)
    look_again(TOUCH.move_many(waiting, Flight.CANCELLED, by="the merge", why="one person"))
    _join_touches(kept, gone, journal)
    twice = Skip.objects.filter(contact=kept, undone_at=None).values("enrollment")
    journal.drop(Skip.objects.filter(contact=gone, undone_at=None, enrollment__in=twice))
    for model in ON_CONTACTS:
        journal.move(model._base_manager.filter(contact=gone), contact=kept)


def follow_accounts(kept: Account, gone: Account, moved: dict[str, list[int]]) -> None:
    """After an undo: what a walk that went back did since goes with it, and the ladder shows each account's own rung."""
    walks = moved.get("prospecting.Enrollment.account", [])
    for model in (StageVisit, Touch, Reply, Milestone, Standing, Attribution):
        model._base_manager.filter(enrollment__in=walks, account=kept).update(account=gone)
    threads = moved.get("crm.Conversation.account", [])
    for later in (Reply, Outgoing):
        later._base_manager.filter(conversation__in=threads, account=kept).update(account=gone)
    for one in (kept, gone):
        one.refresh_from_db()
        show_furthest(one)


def follow_contacts(kept: Contact, gone: Contact, moved: dict[str, list[int]]) -> None:
    """After an undo: replies in the messages that went back go with them."""
    Reply.objects.filter(message__contact=gone, contact=kept).update(contact=gone)


def _refuse_in_flight(touches: QuerySet[Touch], gone: Any) -> None:
    if touches.filter(state=Flight.IN_FLIGHT).exists():
        raise Refused(f"Something is being sent to {gone} right now. Try again in a minute.")


def _close_second_walk(kept: Account, gone: Account, journal: Journal) -> None:
    walking = Enrollment.objects.filter(account__in=[kept, gone], state__in=OPEN)
    if len({row.account_id for row in walking}) < 2:
        return
    second = walking.get(account=gone)
    journal.watch(Enrollment.objects.filter(pk=second.pk))
    journal.watch(StageVisit.objects.filter(enrollment=second))
    journal.watch(Touch.objects.filter(enrollment=second))
    close(second, by=THE_MERGE, why=f"merged into {kept.name}")
    # No work was lost, and nobody attributes it later; an undo finds it as it was.
    Attribution.objects.filter(enrollment=second, confirmed_at=None).delete()


def _join_entries(kept: Account, gone: Account, journal: Journal) -> None:
    """Times on one list never overlap and gain no gap: of the second account's stays what the first one's do not cover."""
    covered: dict[int, list[Span]] = {}
    for one in ListEntry.objects.filter(account=kept):
        covered.setdefault(one.target_list_id, []).append((one.entered_at, one.left_at))
    for entry in ListEntry.objects.filter(account=gone):
        whole = (entry.entered_at, entry.left_at)
        left = spans.uncovered(whole, covered.get(entry.target_list_id, []))
        if left == [whole]:
            continue
        if not left:
            journal.drop(ListEntry.objects.filter(pk=entry.pk))
            continue
        # The last piece stays the entry itself: what closes it later is kept by an undo.
        for piece in left[:-1]:
            journal.make(_piece_of(entry, piece))
        journal.change(ListEntry.objects.filter(pk=entry.pk), **_as_columns(entry, left[-1]))


def _piece_of(entry: ListEntry, span: Span) -> ListEntry:
    piece = copy(entry)
    piece.pk = None
    for name, value in _as_columns(entry, span).items():
        setattr(piece, name, value)
    piece.save(force_insert=True)
    return piece


def _as_columns(entry: ListEntry, span: Span) -> dict[str, Any]:
    """A piece that ends before its entry did ended by the merge."""
    entered, left = span
    if left == entry.left_at:
        return {"entered_at": entered}
    return {"entered_at": entered, "left_at": left, "left_reason": "merged", "version_out": entry.version_in}


def _join_pins(kept: Account, gone: Account, journal: Journal) -> None:
    """One pin a list; kept off the list wins over kept on it."""
    mine = {pin.target_list_id: pin for pin in Pin.objects.filter(account=kept)}
    for pin in Pin.objects.filter(account=gone, target_list__in=mine):
        journal.drop(Pin.objects.filter(pk=pin.pk))
        other = mine[pin.target_list_id]
        if pin.kind == Pin.Kind.EXCLUDE and other.kind == Pin.Kind.INCLUDE:
            told = {name: getattr(pin, name) for name in ("kind", "reason", "by", "at", "expires_on")}
            journal.change(Pin.objects.filter(pk=other.pk), **told)


def _join_touches(kept: Contact, gone: Contact, journal: Journal) -> None:
    """Two people were written to by one step: the attempts count for the touch that stays."""
    counts = ~Q(state__in=[Flight.CANCELLED, Flight.SKIPPED])
    done = {(row.enrollment_id, row.step_id): row for row in Touch.objects.filter(counts, contact=kept)}
    for touch in Touch.objects.filter(counts, contact=gone):
        stays = done.get((touch.enrollment_id, touch.step_id))
        if stays is not None:
            journal.change(Attempt.objects.filter(touch=touch), touch=stays)
            journal.change(Override.objects.filter(touch=touch), touch=stays)
            journal.drop(Touch.objects.filter(pk=touch.pk))


def erase_contact(contact: Contact) -> None:
    """Names, addresses and texts go; counts stay."""
    waiting = Touch.objects.filter(contact=contact, state__in=WAITING)
    look_again(TOUCH.move_many(waiting, Flight.CANCELLED, by="the erasure"))
    Touch.objects.filter(contact=contact).update(why="", waits_because="")
    mine = Outgoing.objects.filter(Q(contact=contact) | Q(to_address__iexact=contact.email or "-"))
    TOUCH.move_many(mine.filter(state__in=WAITING), Flight.CANCELLED, by="the erasure")
    attempts = Attempt.objects.filter(Q(touch__contact=contact) | Q(outgoing__in=mine.values("pk")))
    attempts.update(raw=b"", recipient="erased", response="", verdict={})
    mine.update(to_address="erased", to_name="", subject="", body="", html="", calendar="")
    Override.objects.filter(contact=contact).update(sentence="erased")
    Call.objects.filter(contact=contact).update(words="")
    Draft.objects.filter(touch__contact=contact).update(subject="", body="erased")
    Skip.objects.filter(contact=contact).update(why="erased")


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
        "calls": list(Call.objects.filter(contact=contact, undone_at=None).values("at", "channel", "outcome", "words")),
        "replies": list(Reply.objects.filter(contact=contact).order_by("at").values("at", "label", "secondary")),
        "mail": list(
            Outgoing.objects.filter(contact=contact).order_by("pk").values("to_address", "subject", "body", "sent_at")
        ),
    }


def pin_imported(target: TargetList, account_ids: list[int], *, by: Any) -> int:
    """An import into a list makes pins."""
    return pin_many(target, account_ids, reason="import", by=by)
