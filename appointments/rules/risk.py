"""How likely a booked meeting is not to take place, with what speaks for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

LOW, SOME, HIGH = "low", "some", "high"
SOME_FROM, HIGH_FROM = 2, 4

# Points for how far ahead it was booked. The longer the wait, the fewer come: the strongest single sign in what has
# been published on missed appointments (Dantas et al., Health Policy 122, 2018, a review of 105 studies).
WAITS = ((timedelta(days=14), 2), (timedelta(days=7), 1))
ASKED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Facts:
    """What is known of one meeting that is still to come."""

    booked_ahead: timedelta
    starts_in: timedelta
    confirmed: bool = False
    answer: str = ""  # what the guest's calendar said: accepted, tentative, declined, delegated
    person_held: int = 0
    person_missed: int = 0
    account_missed: int = 0  # by others of the account
    moves: int = 0
    counter_open: bool = False


@dataclass(frozen=True)
class Risk:
    level: str
    points: int
    reasons: tuple[str, ...]  # what raises it first, in the order of weight

    @property
    def sentence(self) -> str:
        return f"{', '.join(self.reasons)}.".capitalize() if self.reasons else ""


def assess(facts: Facts) -> Risk:
    """Points for and against; from 2 on it may fail, from 4 on it probably does. A declined one is always high."""
    weighed = sorted(_signs(facts), key=lambda sign: -sign[0])
    points = sum(weight for weight, _ in weighed)
    if facts.answer == "declined":
        points = max(points, HIGH_FROM)
    level = HIGH if points >= HIGH_FROM else SOME if points >= SOME_FROM else LOW
    return Risk(level, points, tuple(words for weight, words in weighed if weight > 0 or level == LOW))


def _signs(facts: Facts) -> Iterator[tuple[int, str]]:
    for wait, weight in WAITS:
        if facts.booked_ahead >= wait:
            yield weight, f"booked {facts.booked_ahead.days} days ahead"
            break
    yield from _answers(facts)
    if facts.person_missed:
        yield min(2 * facts.person_missed, 4), f"missed {_times(facts.person_missed)} before"
    elif facts.person_held:
        yield -1, f"came {_times(facts.person_held)} before"
    if facts.account_missed:
        yield 1, "a colleague missed one"
    if facts.moves >= 2:
        yield 1, f"moved {_times(facts.moves)}"
    if facts.counter_open:
        yield 1, "proposed another time"


def _answers(facts: Facts) -> Iterator[tuple[int, str]]:
    if facts.confirmed:
        yield -2, "confirmed"
    elif facts.starts_in <= ASKED_WITHIN:
        yield 2, "not confirmed, and less than a day to go"
    said = {
        "declined": (4, "their calendar declined"),
        "tentative": (1, "their calendar says perhaps"),
        "delegated": (1, "they send someone else"),
    }
    if facts.answer in said:
        yield said[facts.answer]


def _times(n: int) -> str:
    return "once" if n == 1 else "twice" if n == 2 else f"{n} times"
