"""Taking a host's time: who is free, whose turn it is, locked in one order; the database's constraint is the backstop."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from appointments.models import Meeting, MeetingSeat, MeetingType, Offer
from appointments.models.meeting import MEETING
from appointments.rules.slots import nearest
from appointments.services import meeting_mails, offers
from appointments.services.hosts import Diary, first_for, hosts_of, in_turn, is_together
from crm import clock
from crm.errors import Refused
from crm.models import Account, User

S = Meeting.State
CONSTRAINT = "host_never_double_booked"
Write = Callable[[list[User]], Meeting]


@dataclass(frozen=True)
class Wanted:
    """The start somebody asks for. `only`: this host or nobody; `prefer`: these before the turn; `but`: the meeting
    that moves and frees its own time; `offer`: the link whose own pencils give way."""

    kind: MeetingType
    start: datetime
    team_id: int | None
    zone: str = "UTC"
    account: Account | None = None
    only: User | None = None
    prefer: tuple[User, ...] = ()
    but: Meeting | None = None
    offer: Offer | None = None


class Taken(Refused):
    """The start is gone; what is free beside it is looked up after the locks are let go."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__("This time was taken while you were reading.")
        self.wanted = wanted


class _NotFree(Exception):
    """Somebody was faster between the look and the lock."""


def under_lock(wanted: Wanted, write: Write) -> Meeting:
    """What `write` makes with the hosts whose turn it is, while their rows are locked.

    One host's row at a time (of several together all, by id): the savepoint of a try that fails gives its locks back,
    so whoever races waits in one queue and never crosswise. The constraint stays for whatever the lock did not see.
    """
    for crew in _crews(wanted):
        try:
            with transaction.atomic():
                _lock(crew)
                lapse_of(crew)
                let_pencils_go(wanted.offer)
                if not is_free(crew, wanted):
                    raise _NotFree
                return write(crew)
        except _NotFree:
            continue
        except IntegrityError as error:
            if CONSTRAINT not in str(error):
                raise
    raise Taken(wanted)


def _crews(wanted: Wanted) -> Iterator[list[User]]:
    """Who could take it, one try after the other, by a look without a lock: most losers never wait for anybody."""
    people = {user.pk: user for user in hosts_of(wanted.kind, team_id=wanted.team_id)}
    if is_together(wanted.kind):
        if people and is_free(list(people.values()), wanted):
            yield list(people.values())
        return
    if wanted.only:
        order, people = [wanted.only.pk], {wanted.only.pk: wanted.only}
    else:
        known = [user for user in wanted.prefer if user.is_active]
        people |= {user.pk: user for user in known}
        first = [*(user.pk for user in known), *first_for(wanted.account, wanted.kind)]
        order = [*dict.fromkeys([*(user.pk for user in known), *in_turn(list(people.values()), wanted.kind, first)])]
    for pk in order:
        if is_free([people[pk]], wanted):
            yield [people[pk]]


def is_free(crew: Sequence[User], wanted: Wanted) -> bool:
    """Whether each of them can start then, by hours, limits, buffers and everything that takes their time."""
    diary = Diary(crew, wanted.kind, clock.now(), wanted.but, wanted.offer)
    return all(diary.free_at(host, wanted.start) for host in diary.hosts)


def _lock(crew: Iterable[User]) -> None:
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[host.pk for host in crew])
    list(rows.order_by("pk").values_list("pk"))


def beside(taken: Taken) -> Refused:
    """The sentence and the three nearest free times, in the guest's zone."""
    wanted = taken.wanted
    zone = wanted.zone if offers.is_zone(wanted.zone) else "UTC"
    found = offers.free_slots(
        wanted.kind, team_id=wanted.team_id, host=wanted.only, but=wanted.but, days=60, account=wanted.account,
        pencilled_by=wanted.offer,
    )  # fmt: skip
    close = nearest([slot.start for slot in found], wanted.start)
    words = ", ".join(meeting_mails.when_at(moment, zone) for moment in close)
    also = f" {words}: still free." if close else " Nothing else is free at the moment."
    return Refused(
        f"{meeting_mails.when_at(wanted.start, zone)} was taken while you were reading.{also}", nearest=close
    )


# Pencils that ran out --------------------------------------------------------------------------------------------


def lapse_of(crew: Iterable[User]) -> None:
    """Let go of pencils of these hosts that ran out; the constraint would still count them."""
    sat_in = MeetingSeat.objects.filter(host__in=[host.pk for host in crew], takes_time=True).values("meeting")
    _lapse(Meeting.objects.filter(pk__in=sat_in))


def lapse_due() -> int:
    """Every pencil that ran out; how many were let go."""
    return _lapse(Meeting.objects.all())


def _lapse(rows: QuerySet[Meeting]) -> int:
    """One after the other by number: two who sweep never hold what the other wants."""
    due = rows.filter(state=S.PENCILLED, pencilled_until__lte=clock.now()).order_by("pk").values_list("pk", flat=True)
    return sum(len(MEETING.move_many(Meeting.objects.filter(pk=pk), S.LAPSED, by="the clock")) for pk in list(due))


def let_pencils_go(offer: Offer | None) -> None:
    """What a link has pencilled gives way to what it pencils or books now; after the host's lock, never before."""
    if offer:
        for earlier in Meeting.objects.filter(offer=offer, state=S.PENCILLED):
            MEETING.move(earlier, S.LAPSED, by="the guest")
