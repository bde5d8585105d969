"""The ledger of round robin: every meeting had, given back, and what makes a joiner or a returner equal."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from appointments.models import Credit, Meeting, MeetingHost, MeetingSeat, MeetingType, Vacation
from appointments.rules import turns
from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Event, User
from crm.rules.working_time import to_utc

Why = Credit.Why
NOT_OURS = (Meeting.Side.GUEST, Meeting.Side.TECHNICAL)
MIDNIGHT = time(0)


# What everybody had -----------------------------------------------------------------------------------------------


def balances(kind: MeetingType, since: datetime | None = None, until: datetime | None = None) -> dict[int, Decimal]:
    """What each host had of this kind, by the ledger; of a stretch of time where one is given."""
    rows = Credit.objects.filter(meeting_type=kind)
    rows = rows.filter(at__gte=since) if since else rows
    rows = rows.filter(at__lt=until) if until else rows
    return dict(rows.order_by().values_list("host").annotate(had=Sum("amount")))


def hands(kind: MeetingType, hosts: Iterable[User]) -> list[turns.Hand]:
    """The hosts with weight and balance; who is not named for the kind counts once."""
    had = balances(kind)
    weights = dict(MeetingHost.objects.filter(meeting_type=kind).values_list("user", "weight"))
    return [turns.Hand(host.pk, weights.get(host.pk, 1), had.get(host.pk, turns.NONE)) for host in hosts]


# Writing lines ----------------------------------------------------------------------------------------------------


def write(kind: MeetingType, host: User | int, why: str, amount: Decimal | int, **more: Any) -> Credit:
    pk = host if isinstance(host, int) else host.pk
    return Credit.objects.create(meeting_type=kind, host_id=pk, why=why, amount=Decimal(amount), at=clock.now(), **more)


def _of_meeting(meeting: Meeting, why: str, amount: int) -> None:
    """One line for every host who sits in it."""
    for host in MeetingSeat.objects.filter(meeting=meeting).values_list("host", flat=True):
        write(meeting.meeting_type, host, why, amount, meeting=meeting)


def booked(meeting: Meeting) -> None:
    _of_meeting(meeting, Why.BOOKED, 1)


def moved(meeting: Meeting, before: int) -> None:
    """It went to a colleague: they had it, the one before did not."""
    if before != meeting.host_id:
        write(meeting.meeting_type, before, Why.GIVEN_AWAY, -1, meeting=meeting)
        write(meeting.meeting_type, meeting.host_id, Why.TAKEN_OVER, 1, meeting=meeting)


def standing(meeting: Meeting) -> Decimal:
    """What this meeting still counts for in the ledger, for its first host."""
    rows = Credit.objects.filter(meeting=meeting, host=meeting.host_id)
    return rows.aggregate(n=Sum("amount"))["n"] or turns.NONE


def give_back(meeting: Meeting, why: str) -> None:
    """Cancelled, no-show of the guest or of the line, or not accepted: it did not cost anybody their turn. Once."""
    if standing(meeting) > 0:
        _of_meeting(meeting, why, -1)


def no_show(meeting: Meeting) -> None:
    """A host who did not come themselves keeps the meeting on their side."""
    if meeting.side in NOT_OURS:
        give_back(meeting, Why.NO_SHOW)


def held(meeting: Meeting) -> None:
    """A no-show put right counts again."""
    if standing(meeting) <= 0 and Credit.objects.filter(meeting=meeting).exists():
        _of_meeting(meeting, Why.HELD_AFTER_ALL, 1)


@failpoints.commit("credit by hand")
def by_hand(kind: MeetingType, host: User, amount: Decimal, *, note: str, by: User) -> Credit:
    """Put a balance right, with a reason."""
    if len(note.strip()) < 3:
        raise Refused("Say why, so that the others can see it.")
    if not amount or abs(amount) > 1000:
        raise Refused("Say how many meetings, between 1000 less and 1000 more.")
    Event.record(
        "credit.by_hand",
        by=by,
        subject=kind,
        team=kind.team,
        why=note[:500],
        facts={"host": host.pk, "amount": str(amount)},
    )
    return write(kind, host, Why.BY_HAND, amount, note=note[:200], by=by)


# Joining and being away -------------------------------------------------------------------------------------------


@failpoints.commit("hosts set")
def set_hosts(kind: MeetingType, weights: dict[int, int], *, by: User | None) -> None:
    """Who holds it, by user id and weight. A new one starts at the average of the others and is not flooded."""
    before = {row.user_id: row for row in MeetingHost.objects.select_for_update().filter(meeting_type=kind)}
    MeetingHost.objects.filter(meeting_type=kind, user__in=set(before) - set(weights)).delete()
    there = balances(kind)
    stay = [turns.Hand(pk, row.weight, there.get(pk, turns.NONE)) for pk, row in before.items() if pk in weights]
    for pk, weight in weights.items():
        if pk not in before:
            MeetingHost.objects.create(meeting_type=kind, user_id=pk, weight=weight)
            _level(kind, pk, turns.average(stay, weight) - there.get(pk, turns.NONE), by)
        elif before[pk].weight != weight:
            MeetingHost.objects.filter(pk=before[pk].pk).update(weight=weight)
            others = [one for one in stay if one.host_id != pk]
            if others:
                _level(kind, pk, turns.average(others, weight) - there.get(pk, turns.NONE), by)


def _level(kind: MeetingType, host: int, amount: Decimal, by: User | None) -> None:
    amount = round(amount, 3)
    if amount:
        write(kind, host, Why.JOINED, amount, by=by)


def settle_vacations() -> int:
    """Who came back from days away is given what the others had meanwhile: nobody works off a holiday. Once each."""
    now = clock.now()
    over = Vacation.objects.filter(last_day__gte=now.date() - timedelta(days=60), last_day__lt=now.date())
    settled = 0
    for away in over.select_related("host"):
        kinds = MeetingType.objects.filter(hosts__user=away.host).exclude(
            Q(credits__vacation=away) & Q(credits__host=away.host)
        )
        settled += sum(_settle(kind, away) for kind in kinds.distinct())
    return settled


@failpoints.commit("vacation settled")
def _settle(kind: MeetingType, away: Vacation) -> int:
    zone = ZoneInfo(away.host.zone)
    since = to_utc(away.first_day, MIDNIGHT, zone)
    until = to_utc(away.last_day + timedelta(days=1), MIDNIGHT, zone)
    had = balances(kind, since, until)
    rows = MeetingHost.objects.select_for_update().filter(meeting_type=kind)
    weights = dict(rows.values_list("user", "weight"))
    others = [turns.Hand(pk, n, had.get(pk, turns.NONE)) for pk, n in weights.items() if pk != away.host_id]
    mine = had.get(away.host_id, turns.NONE)
    missed = turns.share_missed(others, mine, weights.get(away.host_id, 1))
    if Credit.objects.filter(meeting_type=kind, host=away.host, vacation=away, why=Why.AWAY).exists():
        return 0
    write(kind, away.host_id, Why.AWAY, round(missed, 3), vacation=away)
    return 1
