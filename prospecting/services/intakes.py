"""A standing order: so many accounts of a list on each of its days, by the version of the sequence in use then."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Organisation, User
from crm.rules.working_time import add_working_days
from prospecting.models import Enrollment, Intake, IntakeDay, ListEntry, SequenceVersion
from prospecting.models.enrollment import OPEN
from prospecting.models.intake import INTAKE
from prospecting.services import enrollment
from prospecting.services.enrollment import Preview
from prospecting.services.sequences import current_version

log = logging.getLogger(__name__)
S = Intake.State
MOST_A_DAY = 500
LOOKED_AT = 5_000  # accounts in a day, so that a list of people nobody knows does not keep the clock busy
NOBODY = "Nobody there to write in their name"


@transaction.atomic
def create(*, by: User, **fields: Any) -> Intake:
    """A new standing order; it takes the first accounts on its next day."""
    row = Intake(by=by, created_at=clock.now(), **_checked(fields))
    row.save()
    Event.record("intake.created", by=by, subject=row, why=sentence(row))
    return row


@transaction.atomic
def change(intake: Intake, *, by: User, **fields: Any) -> Intake:
    """From its next day on."""
    if intake.state == S.STOPPED:
        raise Refused("This intake was stopped for good. Make a new one.")
    for name, value in _checked({**_own(intake), **fields}).items():
        setattr(intake, name, value)
    intake.save()
    Event.record("intake.changed", by=by, subject=intake, why=sentence(intake))
    return intake


def _own(intake: Intake) -> dict[str, Any]:
    names = ("name", "segment", "sequence", "owners", "person", "team", "per_day", "weekdays", "approval")
    return {name: getattr(intake, name) for name in names}


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    if not str(fields.get("name", "")).strip():
        raise Refused("Give it a name.")
    if not 1 <= int(fields["per_day"]) <= MOST_A_DAY:
        raise Refused(f"1 to {MOST_A_DAY} accounts a day.")
    days = sorted({int(day) for day in fields.get("weekdays") or ()})
    if not days or not set(days) <= set(range(7)):
        raise Refused("Choose at least one day of the week.")
    if current_version(fields["sequence"]) is None:
        raise Refused("Publish the sequence first; a draft cannot be walked.")
    if fields["owners"] == Intake.Owners.PERSON and not fields.get("person"):
        raise Refused("Say in whose name they are written to.")
    if fields["owners"] == Intake.Owners.TEAM and not fields.get("team"):
        raise Refused("Say which team takes turns.")
    return {**fields, "name": str(fields["name"]).strip()[:120], "weekdays": days}


def pause(intake: Intake, why: str, *, by: User) -> None:
    if not why.strip():
        raise Refused("Say why it is paused.")
    INTAKE.move(intake, S.PAUSED, by=by, why=why, set={"reason": why.strip()[:200]})


def resume(intake: Intake, *, by: User) -> None:
    """Days that were missed are not made up for."""
    INTAKE.move(intake, S.RUNNING, by=by, set={"reason": ""})


def stop(intake: Intake, why: str, *, by: User) -> None:
    """For good; what was enrolled goes on."""
    if not why.strip():
        raise Refused("Say why it is stopped.")
    INTAKE.move(intake, S.STOPPED, by=by, why=why, set={"reason": why.strip()[:200]})


def sentence(intake: Intake) -> str:
    return f"Up to {intake.per_day} a day of {intake.segment}, by {intake.sequence}."


def today_of(organisation: Organisation | None) -> date:
    return clock.now().astimezone(ZoneInfo(organisation.zone if organisation else "UTC")).date()


def next_day(intake: Intake) -> date | None:
    """The next day on which it takes accounts: today until it has, never a holiday of ours; None while it does not run."""
    return next_days([intake])[intake.pk]


def next_days(intakes: Sequence[Intake]) -> dict[int, date | None]:
    """The same for several, in two queries."""
    organisation = Organisation.objects.first()
    today = today_of(organisation)
    country = organisation.country if organisation else ""
    done = set(IntakeDay.objects.filter(intake__in=intakes, day__gte=today).values_list("intake_id", "day"))
    return {row.pk: _next(row, today, country, done) for row in intakes}


def _next(intake: Intake, day: date, country: str, done: set[tuple[int, date]]) -> date | None:
    if intake.state != S.RUNNING:
        return None
    for _ in range(400):
        if (intake.pk, day) not in done and day.weekday() in intake.weekdays and not _is_holiday(day, country):
            return day
        day += timedelta(days=1)
    return None


def _is_holiday(day: date, country: str) -> bool:
    """A weekday on which our country does not work."""
    return day.weekday() < 5 and add_working_days(day, 0, country) != day


# A day of it ----------------------------------------------------------------------------------------------------


def take_due() -> int:
    """Every intake whose day it is and that has not been done today; how many accounts started.

    One day at a time: after a week of downtime today's accounts start, and no more.
    """
    rows = Intake.objects.filter(state=S.RUNNING)
    running = list(rows.select_related("segment", "sequence", "person", "team", "by"))
    today, days, started = today_of(Organisation.objects.first()), next_days(running), 0
    for intake in running:
        try:
            if days[intake.pk] == today:
                started += take(intake)
        except Refused as refused:
            log.warning("intake %s takes nobody today: %s", intake.pk, refused.sentence)
        except Exception:
            log.exception("intake %s could not take anybody; it is tried again", intake.pk)
    return started


@transaction.atomic
def take(intake: Intake) -> int:
    """Today's accounts, once: the row of the day is the claim, and is written with them or not at all."""
    version = current_version(intake.sequence)
    if version is None:
        raise Refused("The sequence has no version in use.")
    day = _claim(intake)
    if day is None:
        return 0
    left, position = intake.per_day, 0
    while left > 0 and day.looked < LOOKED_AT:
        batch = list(candidates(intake).filter(pk__gt=position).order_by("pk")[: max(left * 2, 50)])
        if not batch:
            break
        position = batch[-1].pk
        left -= _take(intake, day, batch, version, left)
    day.save()
    Event.record("intake.taken", by=f"the intake {intake.name}", subject=intake, facts={"started": day.started})
    return day.started


def _claim(intake: Intake) -> IntakeDay | None:
    try:
        with transaction.atomic():
            return IntakeDay.objects.create(intake=intake, day=today_of(Organisation.objects.first()), at=clock.now())
    except IntegrityError:
        return None


def candidates(intake: Intake) -> QuerySet[Account]:
    """On the list with the window open, not walked now and never by this sequence, neither closed nor resting."""
    here = ListEntry.objects.filter(
        account=OuterRef("pk"), target_list__segment=intake.segment_id, left_at=None, window_open=True
    )
    walked = Enrollment.objects.filter(account=OuterRef("pk"))
    walked = walked.filter(Q(state__in=OPEN) | Q(sequence_version__sequence=intake.sequence_id))
    rested = Q(rests_until=None) | Q(rests_until__lte=clock.today())
    return Account.objects.filter(rested, Exists(here), ~Exists(walked), closed_at=None).select_related("owner")


def _take(intake: Intake, day: IntakeDay, batch: Sequence[Account], version: SequenceVersion, left: int) -> int:
    """Of a batch so many as are left; each in the name of whom the rule says."""
    seen = enrollment.preview(batch, version, intake.segment)
    _count(day, _passed_over(seen))
    named = in_whose_name(intake, seen.starts)
    nobody = [account for account, person in zip(seen.starts, named, strict=True) if person is None]
    if nobody:
        _count(day, {NOBODY: len(nobody)})
    groups: dict[User, list[Account]] = defaultdict(list)
    for account, person in [pair for pair in zip(seen.starts, named, strict=True) if pair[1]][:left]:
        if person:
            groups[person].append(account)
    started = sum(len(_enroll(intake, accounts, version, person).walks) for person, accounts in groups.items())
    day.started, day.looked = day.started + started, day.looked + started
    return started


def _passed_over(seen: Preview) -> dict[str, int]:
    said = {reason: len(rows) for reason, rows in seen.refused.items()}
    for account, _ in seen.waits:
        said[seen.kind(account)] = said.get(seen.kind(account), 0) + 1
    return said


def _enroll(intake: Intake, accounts: Sequence[Account], version: SequenceVersion, person: User) -> Preview:
    return enrollment.take_in(
        accounts, segment=intake.segment, sequence_version=version, prospector=person, by=person,
        approval=intake.approval, starts_only=True,
    )  # fmt: skip


def _count(day: IntakeDay, said: dict[str, int]) -> None:
    for reason, n in said.items():
        day.refused[reason] = day.refused.get(reason, 0) + n
        day.looked += n


def in_whose_name(intake: Intake, accounts: Sequence[Account]) -> list[User | None]:
    """Who writes to each: the owner, one person, or always the one of the team with the fewest walks."""
    if intake.owners == Intake.Owners.OWNER:
        return [account.owner if account.owner and account.owner.is_active else None for account in accounts]
    if intake.owners == Intake.Owners.PERSON:
        return [intake.person if intake.person and intake.person.is_active else None] * len(accounts)
    return _in_turn(intake, len(accounts))


def _in_turn(intake: Intake, n: int) -> list[User | None]:
    """The team's prospectors, always the one with the fewest open walks next."""
    people = list(User.objects.filter(team=intake.team_id, is_active=True, job=User.Job.SDR).order_by("pk"))
    if not people:
        return [None] * n
    walking = Enrollment.objects.filter(prospector__in=people, state__in=OPEN).values("prospector")
    load = dict(walking.annotate(n=Count("pk")).values_list("prospector", "n"))
    turns: list[User | None] = []
    for _ in range(n):
        person = min(people, key=lambda one: (load.get(one.pk, 0), one.pk))
        load[person.pk] = load.get(person.pk, 0) + 1
        turns.append(person)
    return turns
