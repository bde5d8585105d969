"""Which minute and which mailbox: caps, ramp-up, gaps with jitter, windows in the recipient's zone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.rules.working_time import WeeklyHours, holidays_of, is_working_day, next_window, to_utc


@dataclass(frozen=True)
class Limits:
    daily: int = 40
    weekly: int = 160
    ramp_start: int = 10
    ramp_step: int = 5  # more a day for each working day since the first
    ramp_from: date | None = None  # None: the mailbox is warm
    gap: timedelta = timedelta(seconds=90)
    jitter: float = 0.5  # the gap is stretched by up to this part of itself


@dataclass(frozen=True)
class Used:
    """What the mailbox has sent, answers included."""

    today: int = 0
    week: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Window:
    """When the recipient may hear from us, on their wall clock."""

    zone: str = "UTC"
    country: str = ""
    start: time = time(8, 30)
    end: time = time(17, 0)
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})

    @property
    def hours(self) -> WeeklyHours:
        return dict.fromkeys(self.weekdays, ((self.start, self.end),))


@dataclass(frozen=True)
class Box:
    id: int
    own: bool  # belongs to the prospector
    shared: bool  # named by the sequence
    paused: bool
    limits: Limits
    used: Used


def cap_today(limits: Limits, today: date) -> int:
    """The day's allowance: a new mailbox starts low and grows a step each weekday until its daily cap."""
    if limits.ramp_from is None:
        return limits.daily
    days = sum(
        is_working_day(limits.ramp_from + timedelta(days=n)) for n in range(1, (today - limits.ramp_from).days + 1)
    )
    return min(limits.daily, limits.ramp_start + limits.ramp_step * days)


def room_today(limits: Limits, used: Used, today: date) -> int:
    return max(min(cap_today(limits, today) - used.today, limits.weekly - used.week), 0)


def gap_after(limits: Limits, *, seed: str) -> timedelta:
    """Minimum gap, stretched by a jitter that is the same each time it is asked."""
    return limits.gap * (1 + random.Random(seed).uniform(0, limits.jitter))


def opens_at(window: Window, now: datetime) -> datetime | None:
    """None inside the recipient's window, else when it next opens; holidays of their country are shut."""
    found = next_window(now, window.hours, ZoneInfo(window.zone), holidays_of(window.country) if window.country else ())
    if found is None:
        return now + timedelta(days=7)
    return None if found[0] <= now else found[0]


def cap_frees_at(limits: Limits, used: Used, now: datetime, zone: str) -> datetime | None:
    """None while there is room today, else the next local midnight of the mailbox."""
    local = now.astimezone(ZoneInfo(zone))
    if room_today(limits, used, local.date()):
        return None
    return to_utc(local.date() + timedelta(days=1), time(0), ZoneInfo(zone))


def next_minute(
    window: Window, limits: Limits, used: Used, *, not_before: datetime, mailbox_zone: str, seed: str
) -> datetime:
    """The first moment that gap, cap and window allow together."""
    moment = not_before
    if used.last_at:
        moment = max(moment, used.last_at + gap_after(limits, seed=seed))
    for _ in range(400):
        later = opens_at(window, moment) or cap_frees_at(
            limits, _used_on(used, not_before, moment, mailbox_zone), moment, mailbox_zone
        )
        if later is None:
            return moment
        moment = later + spread(seed)
    return moment


def spread(seed: str) -> timedelta:
    """A few minutes after an opening, so that a morning does not begin with a burst."""
    return timedelta(seconds=random.Random("open:" + seed).uniform(0, 20 * 60))


def _used_on(used: Used, then: datetime, moment: datetime, zone: str) -> Used:
    """What will be used on the day of `moment`: nothing yet, if that is a later day."""
    box = ZoneInfo(zone)
    day, later = then.astimezone(box).date(), moment.astimezone(box).date()
    if later == day:
        return used
    same_week = later.isocalendar()[:2] == day.isocalendar()[:2]
    return Used(0, used.week if same_week else 0, used.last_at)


def choose(boxes: Sequence[Box], *, thread: int | None, today: date) -> Box | None:
    """The thread's mailbox if there is one, else the prospector's own, else the named shared one with most room.

    A thread never changes its mailbox, even when that one is paused.
    """
    if thread is not None:
        return next((box for box in boxes if box.id == thread), None)
    named = [box for box in boxes if box.shared and not box.paused]
    if named:
        return max(named, key=lambda box: room_today(box.limits, box.used, today))
    own = [box for box in boxes if box.own]
    return min(own, key=lambda box: box.paused, default=None)


def start_of_day(now: datetime, zone: str) -> datetime:
    return to_utc(now.astimezone(ZoneInfo(zone)).date(), time(0), ZoneInfo(zone)).astimezone(UTC)


def start_of_week(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone)).date()
    return to_utc(local - timedelta(days=local.weekday()), time(0), ZoneInfo(zone)).astimezone(UTC)
