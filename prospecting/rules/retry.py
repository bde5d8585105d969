"""When a message that a server put off is tried again."""

import random
from datetime import datetime, timedelta

STEPS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
LONGEST = timedelta(hours=48)
JITTER = 0.1


def wait_before(attempt: int, *, seed: str) -> timedelta:
    """How long to wait after failed attempt number `attempt` (from 1), spread by ±10 % so that mails do not march in step."""
    step = STEPS[min(max(attempt, 1), len(STEPS)) - 1]
    spread = random.Random(f"{seed}:{attempt}").uniform(-JITTER, JITTER)
    return step * (1 + spread)


def next_try(attempt: int, *, first: datetime, now: datetime, seed: str) -> datetime | None:
    """The moment of the next attempt, or None when 48 hours since the first would be passed (RFC 5321 §4.5.4.1 asks for patience; a prospect's calendar does not)."""
    moment = now + wait_before(attempt, seed=seed)
    return moment if moment - first <= LONGEST else None
