"""What senders that died have left behind."""

import logging

from crm import failpoints
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.claims import address_is_busy
from prospecting.services.delivery import settle

log = logging.getLogger(__name__)


def reap() -> int:
    """In flight, lease over, sender dead: sent where the server's answer was kept, else nobody knows whether it arrived.

    It is never resent blindly.
    """
    found = 0
    for model in (Touch, Outgoing):
        rows = model.objects.extra(where=["lease_until < clock_timestamp()"])
        for row in rows.filter(state=Flight.IN_FLIGHT)[:200]:
            attempt = row.attempts.order_by("-pk").first()
            if attempt and address_is_busy(attempt.recipient):
                continue
            try:
                found += _settled(row, attempt)
            except Exception:  # one that cannot be settled stops no other
                log.exception("%s %s could not be settled", model.__name__, row.pk)
    return found


def _settled(row: Touch | Outgoing, attempt: Attempt | None) -> int:
    if attempt:  # the answer may have been kept while its sender was still at it
        attempt.refresh_from_db(fields=["outcome", "response", "ended_at"])
    if attempt and attempt.outcome == "accepted":
        return settle(type(row), row.pk, attempt, attempt.outcome, attempt.response) == Flight.SENT
    return _uncertain(row, attempt)


@failpoints.commit("found dead")
def _uncertain(row: Touch | Outgoing, attempt: Attempt | None) -> int:
    rows = type(row)._base_manager.filter(pk=row.pk, fence=row.fence, state=Flight.IN_FLIGHT)
    why = "The sender died before the server's answer was kept."
    moved = TOUCH.move_many(rows, Flight.UNCERTAIN, by="the sender", why=why, set={"lease_until": None})
    if moved and attempt:
        Attempt.objects.filter(pk=attempt.pk, outcome="in_flight").update(outcome="unknown")
    return len(moved)
