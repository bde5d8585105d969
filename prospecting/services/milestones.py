"""The dated rungs an account reaches: one per enrollment and rung, voided only by a second row."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crm import clock
from crm.models import Account, Contact, Event, User
from crm.services import accounts
from crm.services.bulk import write_rungs
from prospecting.models import Enrollment, Milestone
from prospecting.rules import ladder


@transaction.atomic
def reach(
    account: Account,
    rung: str,
    *,
    enrollment: Enrollment | None = None,
    contact: Contact | None = None,
    by: User | str | None = None,
    at: datetime | None = None,
) -> bool:
    """Date a rung when it happens; False when the enrollment had reached it before."""
    moment = at or clock.now()
    actor = by if isinstance(by, User) else None
    fields = {"account": account, "contact": contact, "at": moment, "by": actor}
    if enrollment is None:
        if Milestone.objects.filter(account=account, enrollment=None, rung=rung, voids=False).exists():
            return False
        Milestone.objects.create(enrollment=None, rung=rung, **fields)
    else:
        dated = Milestone.objects.filter(enrollment=enrollment, rung=rung)
        known = set(dated.values_list("voids", flat=True))
        if known == {False}:
            return False
        if known:
            dated.filter(voids=True).delete()
        Milestone.objects.get_or_create(enrollment=enrollment, rung=rung, voids=False, defaults=fields)
    Event.record(f"ladder.{rung}", by=by, account=account, contact=contact, why=ladder.WORDS[rung])
    show_furthest(account)
    return True


@transaction.atomic
def reach_first(enrollments: Sequence[Enrollment], rung: str, *, by: User | str) -> None:
    """Date a rung for walks that have just begun, all at once; their accounts are held."""
    now, actor = clock.now(), by if isinstance(by, User) else None
    Milestone.objects.bulk_create(
        Milestone(enrollment=row, account=row.account, rung=rung, at=now, by=actor) for row in enrollments
    )
    Event.objects.bulk_create(
        Event.about(f"ladder.{rung}", by=by, account=row.account, why=ladder.WORDS[rung]) for row in enrollments
    )
    show_furthest_of([row.account_id for row in enrollments])


@transaction.atomic
def void(enrollment: Enrollment, rung: str, *, why: str = "", by: User | str | None = None) -> bool:
    """Take a rung back by a second dated row; the first stays where it is."""
    reached = Milestone.objects.filter(enrollment=enrollment, rung=rung, voids=False).first()
    if reached is None:
        return False
    actor = by if isinstance(by, User) else None
    fields = {"account_id": enrollment.account_id, "contact_id": reached.contact_id, "at": clock.now(), "by": actor}
    _, made = Milestone.objects.get_or_create(enrollment=enrollment, rung=rung, voids=True, defaults=fields)
    if made:
        Event.record(f"ladder.{rung}_voided", by=by, account_id=enrollment.account_id, why=why)
        show_furthest(enrollment.account)
    return made


def standing(account: Account) -> dict[str, datetime]:
    """The account's rungs with the day each was first reached; voided ones left out."""
    rows = Milestone.objects.filter(account=account).order_by("at").values_list("enrollment_id", "rung", "at", "voids")
    voided = {(enrollment, rung) for enrollment, rung, _, voids in rows if voids}
    found: dict[str, datetime] = {}
    for enrollment, rung, at, voids in rows:
        if not voids and (enrollment, rung) not in voided:
            found.setdefault(rung, at)
    return found


def show_furthest(account: Account) -> None:
    """Write the account's highest standing rung where everybody reads it."""
    reached = standing(account)
    rung = ladder.furthest(reached)
    accounts.write_rung(account, rung, reached.get(rung))


def show_furthest_of(accounts: Sequence[int]) -> None:
    """The same for many accounts, by one query and one statement."""
    rows = Milestone.objects.filter(account__in=accounts).order_by("at")
    first: dict[int, dict[str, datetime]] = {pk: {} for pk in accounts}
    read = list(rows.values_list("account_id", "enrollment_id", "rung", "at", "voids"))
    voided = {(enrollment, rung) for _, enrollment, rung, _, voids in read if voids}
    for account, enrollment, rung, at, voids in read:
        if not voids and (enrollment, rung) not in voided:
            first[account].setdefault(rung, at)
    furthest = {account: ladder.furthest(reached) for account, reached in first.items()}
    write_rungs({pk: (rung, first[pk].get(rung)) for pk, rung in furthest.items()})
