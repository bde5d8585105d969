"""The dated rungs an account reaches: one per enrollment, rung and turn; taken back only by a second row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from crm import clock
from crm.models import Account, Contact, Event, Mailbox, Membership, User
from crm.services import accounts
from crm.services.bulk import write_rungs
from prospecting.models import Enrollment, Milestone, Touch
from prospecting.rules import ladder

PINS = ("segment_version_id", "route_version_id", "sequence_version_id", "prospector_id")
# What the timeline keeps of a milestone beside who and whom, so that the ladder can be built from it again.
FACTS = ("enrolled_at", "segment_version", "route_version", "sequence_version", "prospector", "setter", "role", "step", "mailbox")  # fmt: skip


@transaction.atomic
def reach(
    account: Account,
    rung: str,
    *,
    enrollment: Enrollment | None = None,
    contact: Contact | None = None,
    by: User | str | None = None,
    at: datetime | None = None,
    touch: Touch | None = None,
    setter: User | None = None,
    mailbox: Mailbox | None = None,
) -> bool:
    """Date a rung when it happens; False when the enrollment stands on it already.

    A rung that was taken back is reached anew from then on, never before it was taken back.
    """
    whose = {"enrollment": enrollment} if enrollment else {"enrollment": None, "account": account}
    rows = list(Milestone.objects.filter(rung=rung, **whose).order_by("turn", "voids"))
    if rows and not (enrollment and rows[-1].voids):
        return False
    moment = max([at or clock.now(), *(row.at for row in rows)])
    fields = {
        "account": account, "contact": contact, "at": moment, "setter": setter,
        "by": by if isinstance(by, User) else None,
        **pins_of(enrollment), **_how(account, enrollment, contact, touch, mailbox),
    }  # fmt: skip
    turn = rows[-1].turn + 1 if rows else 0
    if enrollment is None:
        row = Milestone.objects.create(enrollment=None, rung=rung, **fields)
    else:
        row, made = Milestone.objects.get_or_create(
            enrollment=enrollment, rung=rung, turn=turn, voids=False, defaults=fields
        )
        if not made:
            return False
    _tell([row], by)
    if rung in ladder.WORDS:
        show_furthest(account)
    return True


def pins_of(enrollment: Enrollment | None) -> dict[str, Any]:
    """What the walk was on that day; None of it without a walk."""
    if enrollment is None:
        return {}
    return {name: getattr(enrollment, name) for name in PINS} | {"enrolled_at": enrollment.started_at}


def _how(
    account: Account, enrollment: Enrollment | None, contact: Contact | None, touch: Touch | None, mailbox: Any
) -> dict[str, Any]:
    """The touch that did it, else the part the person plays: as last written to in this walk, else as known."""
    if touch is not None:
        return {"step": touch.step, "role_id": touch.step.role_id, "mailbox": touch.mailbox}
    if contact is None:
        return {"mailbox": mailbox}
    written = Touch.objects.filter(enrollment=enrollment, contact=contact, sent_at__isnull=False)
    role = written.order_by("-sent_at").values_list("step__role", flat=True).first() if enrollment else None
    if role is None:
        known = Membership.objects.filter(contact=contact, account=account, until=None).order_by("-main", "pk")
        role = known.values_list("role", flat=True).first()
    return {"role_id": role, "mailbox": mailbox}


def _tell(rows: Iterable[Milestone], by: User | str | None) -> None:
    """On the timeline in full: the rows can be made from it again. What stands beside the ladder is told apart."""
    Event.objects.bulk_create(
        Event.about(
            kind_of(row.rung, voids=row.voids), by=by, subject=row.enrollment, account_id=row.account_id,
            contact_id=row.contact_id, why=ladder.WORDS.get(row.rung, ""), facts=facts_of(row),
        )
        for row in rows
    )  # fmt: skip


def kind_of(rung: str, *, voids: bool = False) -> str:
    family = "ladder" if rung in ladder.WORDS else "walk"
    return f"{family}.{rung}{'_voided' if voids else ''}"


def facts_of(row: Milestone) -> dict[str, Any]:
    """Ids and moments (ISO 8601) of a milestone; only what it has."""
    found = {name: getattr(row, name if name == "enrolled_at" else f"{name}_id") for name in FACTS}
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}
    return {"at": row.at.isoformat(), "turn": row.turn, **{name: one for name, one in plain.items() if one is not None}}


@transaction.atomic
def reach_first(enrollments: Sequence[Enrollment], rung: str, *, by: User | str) -> None:
    """Date a rung for walks that have just begun, all at once; their accounts are held."""
    now, actor = clock.now(), by if isinstance(by, User) else None
    rows = Milestone.objects.bulk_create(
        Milestone(enrollment=row, account=row.account, rung=rung, at=now, by=actor, **pins_of(row))
        for row in enrollments
    )
    _tell(rows, by)
    show_furthest_of([row.account_id for row in enrollments])


@transaction.atomic
def void(enrollment: Enrollment, rung: str, *, why: str = "", by: User | str | None = None) -> bool:
    """Take a rung back by a second dated row; the first stays where it is."""
    reached = Milestone.objects.filter(enrollment=enrollment, rung=rung).order_by("turn", "voids").last()
    if reached is None or reached.voids:
        return False
    row, made = Milestone.objects.get_or_create(
        enrollment=enrollment, rung=rung, turn=reached.turn, voids=True,
        defaults={
            "account_id": enrollment.account_id, "contact_id": reached.contact_id,
            "at": max(clock.now(), reached.at), "by": by if isinstance(by, User) else None, **pins_of(enrollment),
        },
    )  # fmt: skip
    if made:
        Event.record(
            kind_of(rung, voids=True), by=by, subject=enrollment, account_id=enrollment.account_id,
            contact_id=row.contact_id, why=why, facts=facts_of(row),
        )  # fmt: skip
        show_furthest(enrollment.account)
    return made


def give_to(setter: User, *, enrollment: Enrollment, contact: Contact | None, by: User | str | None) -> None:
    """The reply is somebody's: the first to have it is the walk's setter in every figure, whoever has it later."""
    reach(enrollment.account, ladder.IN_HAND, enrollment=enrollment, contact=contact, setter=setter, by=by)


def standing(account: Account) -> dict[str, datetime]:
    """The account's rungs with the day each was first reached; those taken back left out."""
    rows = Milestone.objects.filter(account=account, rung__in=ladder.WORDS).standing().order_by("at")
    found: dict[str, datetime] = {}
    for rung, at in rows.values_list("rung", "at"):
        found.setdefault(rung, at)
    return found


def show_furthest(account: Account) -> None:
    """Write the account's highest standing rung where everybody reads it."""
    reached = standing(account)
    rung = ladder.furthest(reached)
    accounts.write_rung(account, rung, reached.get(rung))


def show_furthest_of(accounts: Sequence[int]) -> None:
    """The same for many accounts, by one query and one statement."""
    rows = Milestone.objects.filter(account__in=accounts, rung__in=ladder.WORDS).standing().order_by("at")
    first: dict[int, dict[str, datetime]] = {pk: {} for pk in accounts}
    for account, rung, at in rows.values_list("account_id", "rung", "at"):
        first[account].setdefault(rung, at)
    furthest = {account: ladder.furthest(reached) for account, reached in first.items()}
    write_rungs({pk: (rung, first[pk].get(rung)) for pk, rung in furthest.items()})
