"""Mails, calls and notes that a person made beside the sequence: they spend the same budget and count as answers."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from prospecting.models import Call, Outgoing, Skip
from prospecting.models.touch import Flight
from prospecting.services.rows import ReplyRow, TouchRow

LEFT = (Flight.IN_FLIGHT, Flight.SENT, Flight.BOUNCED, Flight.UNCERTAIN, Flight.DROPPED)
_BESIDE = (
    "visit_id", "visit__state", "contact__first_name", "contact__last_name", "contact__email", "contact__stopped_at",
)  # fmt: skip


def mails(accounts: Collection[int], since: datetime) -> dict[int, list[TouchRow]]:
    """Account → mails by hand that left since then, as touches of no step."""
    rows = Outgoing.objects.filter(account__in=accounts, purpose=Outgoing.Purpose.OUTREACH, state__in=LEFT)
    rows = rows.exclude(contact=None).annotate(made=Coalesce("sent_at", "created_at")).filter(made__gte=since)
    found: dict[int, list[TouchRow]] = defaultdict(list)
    for account, parent, contact, made, *beside in rows.order_by("made").values_list(
        "account_id", "account__parent_id", "contact_id", "made", *_BESIDE
    ):
        found[account].append(_touch(account, parent, contact, made, True, beside))
    return found


def calls(accounts: Collection[int], since: datetime) -> tuple[dict[int, list[TouchRow]], dict[int, list[ReplyRow]]]:
    """Account → calls of no step, as touches; and what was said in any call, as an answer."""
    made: dict[int, list[TouchRow]] = defaultdict(list)
    said: dict[int, list[ReplyRow]] = defaultdict(list)
    for row in (
        standing(accounts)
        .filter(at__gte=since)
        .order_by("at")
        .values_list(
            "account_id",
            "account__parent_id",
            "contact_id",
            "at",
            "reached",
            "touch_id",
            "label",
            "enrollment_id",
            *_BESIDE,
        )
    ):
        account, parent, contact, at, reached, touch, label, enrollment, *beside = row
        if touch is None:
            made[account].append(_touch(account, parent, contact, at, reached, beside))
        if label:
            said[account].append(_answer(account, enrollment, label, at, contact, beside))
    return made, said


def standing(accounts: Collection[int]) -> QuerySet[Call]:
    return Call.objects.filter(account__in=accounts, undone_at=None)


def _touch(account: int, parent: int | None, contact: int, at: datetime, reached: bool, beside: list) -> TouchRow:
    visit, visit_state, first, last, email, stopped = beside
    return TouchRow(
        account=account, parent=parent, contact=contact, visit=visit or 0, state=Flight.SENT, sent_at=at,
        due_on=at.date(), reached=reached, role=0, order=0, step_key=0, sequence=0, visit_state=visit_state or "",
        walk_state="", version=0, version_since=None, first_name=first, last_name=last, email=email, stopped_at=stopped,
        outcome="",
    )  # fmt: skip


def _answer(account: int, enrollment: int | None, label: str, at: datetime, contact: int, beside: list) -> ReplyRow:
    _, _, first, last, email, _ = beside
    return ReplyRow(
        account=account, enrollment=enrollment, label=label, counts=True, at=at, contact=contact, first_name=first,
        last_name=last, email=email, from_name="", from_address="",
    )  # fmt: skip


def skipped(enrollments: Collection[int]) -> Mapping[int, dict[int, str]]:
    """Enrollment → people left out of it, with the reason."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = Skip.objects.filter(enrollment__in=enrollments, undone_at=None)
    for enrollment, contact, why in rows.values_list("enrollment_id", "contact_id", "why"):
        found[enrollment][contact] = why
    return found
