"""Time in the demonstration world: what happens next is taken from a queue and done under the product's own clock."""

import heapq
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appointments.demo.setting_up import World
from crm import clock
from crm.errors import Refused
from crm.rules.working_time import is_working_day

LONDON = ZoneInfo("Europe/London")
Act = Callable[..., Any]
log = logging.getLogger(__name__)


@dataclass
class Story:
    """Acts in the order of their moments; what is asked for after the end of the story does not happen."""

    world: World
    begins: datetime
    ends: datetime
    dice: random.Random
    hand: int = 0  # which of several processes this is, and of how many
    hands: int = 1
    meet: Callable[[], None] = lambda: None  # wait for the others, each morning
    sweep: Callable[[], None] = lambda: None  # the sender's look at what was just written
    tell: Callable[[datetime], None] = lambda moment: None
    acts: list[tuple[datetime, int, Act, tuple[Any, ...]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    counted: int = 0

    def at(self, moment: datetime, act: Act, *args: Any) -> None:
        self.counted += 1
        heapq.heappush(self.acts, (moment.astimezone(UTC), self.counted, act, args))

    def after(self, act: Act, *args: Any, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        self.at(clock.now() + timedelta(minutes=minutes, hours=hours, days=days), act, *args)

    def in_hours(self, act: Act, *args: Any, hours: float) -> None:
        """So many working hours from now, London's, counted roughly: a night and a weekend are stepped over."""
        self.at(working(clock.now(), hours), act, *args)

    def run(self) -> None:
        while self.acts and self.acts[0][0] <= self.ends:
            moment, _, act, args = heapq.heappop(self.acts)
            with clock.at(moment):
                try:
                    act(*args)
                except Refused as refusal:
                    # Somebody in the story asked for what the product declines, as people do.
                    self.refused.append(f"{act.__name__}: {refusal.sentence}")
                except Exception as error:
                    # One act that fails must not cost the world the rest of its history; the command says how many did.
                    log.exception("%s failed in the story", act.__name__)
                    self.failed.append(f"{act.__name__}: {type(error).__name__}: {error}")
            self.tell(moment)

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    @property
    def leads(self) -> bool:
        """The first hand does what is done once for all."""
        return self.hand == 0

    def mine(self, pk: int) -> bool:
        """Each account's own acts are done by one hand."""
        return pk % self.hands == self.hand

    @property
    def pace(self) -> float:
        """A shorter world lives through the same turns sooner: 1 for nine months."""
        return min(1.0, (self.ends - self.begins).days / 7 / 39)

    def week(self, moment: datetime) -> int:
        return (moment - self.begins).days // 7


def office_hours(day: date) -> tuple[datetime, datetime]:
    """Nine to half past five in London on a day."""
    start, end = (datetime.combine(day, at, LONDON).astimezone(UTC) for at in (time(9), time(17, 30)))
    return start, end


def works(day: date) -> bool:
    return is_working_day(day, "GB")


def working(moment: datetime, hours: float) -> datetime:
    """The moment so many office hours later."""
    left, day = timedelta(hours=hours), moment.astimezone(LONDON).date()
    for _ in range(400):
        start, end = office_hours(day)
        start = max(start, moment)
        if works(day) and start < end:
            if left <= end - start:
                return start + left
            left -= end - start
        day += timedelta(days=1)
    return moment
