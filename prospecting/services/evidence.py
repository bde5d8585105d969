"""Did an uncertain message arrive? Answered by what can be seen, never by guessing."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from crm import clock, failpoints
from crm.models import Message, SandboxMessage
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.delivery import accepted
from prospecting.services.queueing import queue_up

ABSENT_AFTER = timedelta(minutes=15)
NEVER_ARRIVED = "proven: it never arrived"
MOST_RESENDS = 3  # each after a proof of its own
BY = "the evidence"


def arrived(attempt: Attempt) -> bool | None:
    """True with evidence that the server took it, False with proof that it did not, None where nothing tells.

    Evidence: an answer or a report that names its Message-ID, or the sandbox's own store.
    """
    quoted = Q(in_reply_to=attempt.message_id) | Q(references__contains=[attempt.message_id])
    if Message.objects.filter(quoted, direction=Message.Direction.IN).exists():
        return True
    if settings.SANDBOX and attempt.mailbox.smtp_port == settings.SANDBOX_SMTP_PORT:
        if SandboxMessage.objects.filter(message_id__in=[attempt.message_id, f"<{attempt.message_id}>"]).exists():
            return True
        # The sandbox keeps everything it accepts, so absence there is proof once nothing can be on its way.
        return False if clock.now() - attempt.started_at >= ABSENT_AFTER else None
    return None


def reconcile(limit: int = 200) -> int:
    """Settle what the evidence settles; the rest waits for a person. How many were settled."""
    settled = 0
    for model in (Touch, Outgoing):
        for pk in model.objects.filter(state=Flight.UNCERTAIN).order_by("pk").values_list("pk", flat=True)[:limit]:
            settled += _settle(model, pk)
    return settled


@failpoints.commit("evidence")
def _settle(model: type[Touch] | type[Outgoing], pk: int) -> bool:
    queue_up(model.objects.filter(pk=pk).values_list("account_id", flat=True).first())
    row = model.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, state=Flight.UNCERTAIN).first()
    attempt = row.attempts.select_related("mailbox").order_by("-pk").first() if row else None
    if row is None or attempt is None:
        return False
    verdict = arrived(attempt)
    if verdict is None:
        return False
    if verdict:
        accepted(row, attempt, "found by its Message-ID", by=BY)
    elif row.attempts.filter(response=NEVER_ARRIVED).count() >= MOST_RESENDS:
        return False  # something is odd about it; a person decides
    else:
        columns = {"not_before": None, "lease_until": None, "waits_because": "It never arrived; it is sent once more."}
        Attempt.objects.filter(pk=attempt.pk).update(outcome="temporary", response=NEVER_ARRIVED, ended_at=clock.now())
        TOUCH.move(row, Flight.PLANNED, by=BY, why="the server never got it", set=columns)
    return True


def message_shows_arrival(message: Message) -> None:
    """An answer or report that quotes an uncertain message proves that it arrived."""
    refs = [ref for ref in [message.in_reply_to, *message.references] if ref]
    if not refs:
        return
    uncertain = Q(touch__state=Flight.UNCERTAIN) | Q(outgoing__state=Flight.UNCERTAIN)
    for attempt in Attempt.objects.filter(uncertain, message_id__in=refs).select_related(
        "touch", "outgoing", "mailbox"
    ):
        row = attempt.touch or attempt.outgoing
        if row and row.state == Flight.UNCERTAIN:
            accepted(row, attempt, "an answer quotes it", by=BY)
