"""What senders that died have left behind."""

from crm import failpoints
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.claims import address_is_busy
from prospecting.services.delivery import settle


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
            if attempt and attempt.outcome == "accepted":
                found += settle(model, row.pk, attempt, attempt.outcome, attempt.response) == Flight.SENT
            else:
                found += _uncertain(row, attempt)
    return found


@failpoints.commit("found dead")
def _uncertain(row: Touch | Outgoing, attempt: Attempt | None) -> int:
    rows = type(row)._base_manager.filter(pk=row.pk, fence=row.fence, state=Flight.IN_FLIGHT)
    why = "The sender died before the server's answer was kept."
    moved = TOUCH.move_many(rows, Flight.UNCERTAIN, by="the sender", why=why, set={"lease_until": None})
    if moved and attempt:
        Attempt.objects.filter(pk=attempt.pk, outcome="in_flight").update(outcome="unknown")
    return len(moved)
