"""Taking a host's time: who is free, whose turn it is, locked in one order; the database's constraint is the backstop."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError

from appointments.models import Meeting, MeetingType, Offer
from appointments.models.meeting import MEETING
from appointments.rules.slots import nearest
from appointments.services import meeting_mails, offers
from appointments.services.hosts import Diary, first_for, hosts_of, in_turn, is_together
from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Account, User

S = Meeting.State
CONSTRAINT = "host_never_double_booked"
BESIDE, ALTERNATIVES = timedelta(days=4), 3
Write = Callable[[list[User]], Meeting]


@dataclass(frozen=True)
class Wanted:
    """The start somebody asks for. `only`: this host or nobody; `prefer`: these before the turn; `but`: the meeting
    that moves and frees its own time; `offer`: the link whose own `pencils` give way; `by`: who asks."""

    kind: MeetingType
    start: datetime
    team_id: int | None
    zone: str = "UTC"
    account: Account | None = None
    only: User | None = None
    prefer: tuple[User, ...] = ()
    but: Meeting | None = None
    offer: Offer | None = None
    pencils: tuple[int, ...] = ()
    by: Any = "the guest"


class Taken(Refused):
    """The start is gone; what is free beside it is looked up after the locks are let go."""

    def __init__(self, wanted: Wanted, diary: Diary) -> None:
        super().__init__("This time was taken while you were reading.")
        self.wanted, self.diary = wanted, diary


class _NotFree(Exception):
    """Somebody was faster between the look and the lock."""


def under_lock(wanted: Wanted, write: Write) -> Meeting:
    """What `write` makes with the hosts whose turn it is, while their rows are locked.

    One host's row at a time (of several together all, by id): the savepoint of a try that fails gives its locks back,
    so whoever races waits in one queue and never crosswise. Under the lock is asked again only what somebody else may
    have taken meanwhile, in one statement. The constraint stays for whatever the lock did not see.
    """
    pool = {user.pk: user for user in hosts_of(wanted.kind, team_id=wanted.team_id)}
    diary = _around(wanted, pool)
    for crew in _crews(wanted, pool, diary):
        try:
            with failpoints.commit("seat taken"):
                _lock(crew)
                lapse(diary.read_busy(crew).run_out)
                let_go(wanted.pencils, by=wanted.by)
                if not is_free(diary, crew, wanted.start):
                    raise _NotFree
                return write(crew)
        except _NotFree:
            continue
        except IntegrityError as error:
            if CONSTRAINT not in str(error):
                raise
    raise Taken(wanted, diary)


def _around(wanted: Wanted, pool: dict[int, User]) -> Diary:
    """The days around the wanted one in the diaries of everybody who may take it."""
    known = (wanted.only,) if wanted.only else tuple(user for user in wanted.prefer if user.is_active)
    people = pool if is_together(wanted.kind) else pool | {user.pk: user for user in known if user}
    span = (wanted.start - BESIDE, wanted.start + BESIDE)
    return Diary(list(people.values()), wanted.kind, clock.now(), wanted.but, wanted.offer, around=span)


def _crews(wanted: Wanted, pool: dict[int, User], diary: Diary) -> Iterator[list[User]]:
    """Who could take it, one try after the other, by a look without a lock: most losers never wait for anybody."""
    if is_together(wanted.kind):
        if pool and is_free(diary, diary.hosts, wanted.start):
            yield diary.hosts
        return
    if wanted.only:
        order = [wanted.only.pk]
    else:
        known = [user.pk for user in wanted.prefer if user.is_active]
        first = [*known, *first_for(wanted.account, wanted.kind)]
        order = [*dict.fromkeys([*known, *in_turn(diary.hosts, wanted.kind, first)])]
    yield from ([diary.by_id[pk]] for pk in order if is_free(diary, [diary.by_id[pk]], wanted.start))


def is_free(diary: Diary, crew: Sequence[User], start: datetime) -> bool:
    """Whether each of them can start then, by hours, limits, buffers and everything that takes their time."""
    return all(diary.free_at(host, start) for host in crew)


def _lock(crew: Iterable[User]) -> None:
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[host.pk for host in crew])
    list(rows.order_by("pk").values_list("pk"))


def beside(taken: Taken) -> Refused:
    """The sentence and the three nearest free times, in the guest's zone."""
    wanted = taken.wanted
    zone = wanted.zone if offers.is_zone(wanted.zone) else "UTC"
    close = _close_by(taken.diary, wanted) or nearest(_free_later(wanted), wanted.start)
    words = ", ".join(meeting_mails.when_at(moment, zone) for moment in close)
    also = f" {words}: still free." if close else " Nothing else is free at the moment."
    return Refused(
        f"{meeting_mails.when_at(wanted.start, zone)} was taken while you were reading.{also}", nearest=close
    )


def _close_by(diary: Diary, wanted: Wanted) -> list[datetime]:
    """The three nearest where the days around hold so many: no other can be nearer. Else nothing."""
    diary.read_busy()
    close = nearest([slot.start for slot in diary.slots()], wanted.start)
    return close if len(close) == ALTERNATIVES else []


def _free_later(wanted: Wanted) -> list[datetime]:
    found = offers.free_slots(
        wanted.kind, team_id=wanted.team_id, host=wanted.only, but=wanted.but, days=60, account=wanted.account,
        pencilled_by=wanted.offer,
    )  # fmt: skip
    return [slot.start for slot in found]


# Pencils that ran out --------------------------------------------------------------------------------------------


def lapse_due() -> int:
    """Every pencil that ran out, one after the other by number: two who sweep never hold what the other wants."""
    due = Meeting.objects.filter(state=S.PENCILLED, pencilled_until__lte=clock.now()).order_by("pk")
    return lapse(due.values_list("pk", flat=True))


def lapse(pks: Iterable[int]) -> int:
    """Let go of pencils that ran out, which the constraint would still count; how many were let go."""
    return sum(_lapse_one(pk) for pk in sorted(pks))


@failpoints.commit("pencil lapsed")
def _lapse_one(pk: int) -> int:
    return len(MEETING.move_many(Meeting.objects.filter(pk=pk), S.LAPSED, by="the clock"))


def let_go(pencils: Iterable[int], *, by: Any) -> None:
    """What a link has pencilled gives way to what it pencils or books now; after the host's lock, never before."""
    for pk in pencils:
        MEETING.move_many(Meeting.objects.filter(pk=pk), S.LAPSED, by=by)
