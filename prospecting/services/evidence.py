"""Did an uncertain message arrive? Answered by what can be seen, never by guessing."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from crm import clock, failpoints
from crm.models import Mailbox, Message, SandboxMessage
from crm.services import provider_posts, reading
from crm.services.accounts import queue_up
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.delivery import accepted

ABSENT_AFTER = timedelta(minutes=15)
NEVER_ARRIVED = "proven: it never arrived"
MOST_RESENDS = 3  # each after a proof of its own
BY = "the evidence"
_CONTROLS = 3


def arrived(attempt: Attempt) -> bool | None:
    """True with evidence that the server took it, False with proof that it did not, None where nothing tells.

    Evidence: an answer, a report or a provider's event that names its Message-ID, the sandbox's own store, or the
    mailbox's Sent folder.
    Asks a server, so it is called outside any transaction.
    """
    known = on_file(attempt)
    return from_sent_folders([attempt]).get(attempt.pk) if known is None else known


def on_file(attempt: Attempt) -> bool | None:
    """What our own records tell, without asking anybody."""
    quoted = Q(in_reply_to=attempt.message_id) | Q(references__contains=[attempt.message_id])
    if Message.objects.filter(quoted, direction=Message.Direction.IN).exists():
        return True
    if reading.seen_on_server(attempt.message_id) or provider_posts.shows_arrival(attempt.mailbox, attempt.message_id):
        return True
    if settings.SANDBOX and attempt.mailbox.smtp_port == settings.SANDBOX_SMTP_PORT:
        if SandboxMessage.objects.filter(message_id__in=[attempt.message_id, f"<{attempt.message_id}>"]).exists():
            return True
        # The sandbox keeps everything it accepts, so absence there is proof once nothing can be on its way.
        return False if _is_old(attempt) else None
    return None


def from_sent_folders(attempts: Iterable[Attempt]) -> dict[int, bool]:
    """What the Sent folders tell, by attempt; each mailbox is asked once for all of its attempts."""
    boxes: dict[Mailbox, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        boxes[attempt.mailbox].append(attempt)
    verdicts: dict[int, bool] = {}
    for mailbox, mine in boxes.items():
        if mailbox.imap_host:
            verdicts |= _from_sent_folder(mailbox, mine)
    return verdicts


def _from_sent_folder(mailbox: Mailbox, attempts: list[Attempt]) -> dict[int, bool]:
    """Present is sent. Absent is proof only where the same search finds mail that we know to have left: the server files it."""
    left = _known_to_have_left(mailbox, attempts)
    found = reading.look_for_sent(mailbox, [*(one.message_id for one in attempts), *left])
    if found is None:
        return {}
    files_copies = bool(found.intersection(left))
    if found:
        reading.keeps_copies(mailbox)
    verdicts = {one.pk: True for one in attempts if one.message_id in found}
    absent = [one for one in attempts if one.message_id not in found and files_copies and _is_old(one)]
    return verdicts | {one.pk: False for one in absent}


def _known_to_have_left(mailbox: Mailbox, attempts: list[Attempt]) -> list[str]:
    """The last few that this mailbox's server said to have accepted."""
    accepted_ones = Attempt.objects.filter(mailbox=mailbox, outcome="accepted").exclude(
        message_id__in=[one.message_id for one in attempts]
    )
    return list(accepted_ones.order_by("-pk").values_list("message_id", flat=True)[:_CONTROLS])


def _is_old(attempt: Attempt) -> bool:
    return clock.now() - attempt.started_at >= ABSENT_AFTER


def reconcile(limit: int = 200) -> int:
    """Settle what the evidence settles; the rest waits for a person. How many were settled."""
    waiting = _waiting(limit)
    verdicts = {attempt.pk: on_file(attempt) for _, _, attempt in waiting}
    unknown = [attempt for _, _, attempt in waiting if verdicts[attempt.pk] is None]
    verdicts |= from_sent_folders(unknown)
    told = [(model, pk, attempt, verdicts[attempt.pk]) for model, pk, attempt in waiting]
    return sum(_settle(model, pk, attempt, verdict) for model, pk, attempt, verdict in told if verdict is not None)


def _waiting(limit: int) -> list[tuple[type[Touch] | type[Outgoing], int, Attempt]]:
    """Uncertain rows with their last attempt; the oldest first."""
    found: list[tuple[type[Touch] | type[Outgoing], int, Attempt]] = []
    for model in (Touch, Outgoing):
        for row in model.objects.filter(state=Flight.UNCERTAIN).order_by("pk")[:limit]:
            attempt = row.attempts.select_related("mailbox").order_by("-pk").first()
            found += [(model, row.pk, attempt)] if attempt else []
    return found


@failpoints.commit("evidence")
def _settle(model: type[Touch] | type[Outgoing], pk: int, seen: Attempt, verdict: bool) -> bool:
    """Act on a verdict, unless someone settled the row or tried again since it was found."""
    queue_up(model.objects.filter(pk=pk).values_list("account_id", flat=True).first())
    row = model.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, state=Flight.UNCERTAIN).first()
    attempt = row.attempts.select_related("mailbox").order_by("-pk").first() if row else None
    if row is None or attempt is None or attempt.pk != seen.pk:
        return False
    if verdict or attempt.outcome == "accepted":  # the server's own word was kept: never again, whatever is not found
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
    shows_arrival([ref for ref in [message.in_reply_to, *message.references] if ref], "an answer quotes it")


def shows_arrival(message_ids: list[str], said: str) -> None:
    """Whatever is uncertain under one of these Message-IDs was sent. The caller holds the place of its account."""
    if not message_ids:
        return
    uncertain = Q(touch__state=Flight.UNCERTAIN) | Q(outgoing__state=Flight.UNCERTAIN)
    for attempt in Attempt.objects.filter(uncertain, message_id__in=message_ids).select_related(
        "touch", "outgoing", "mailbox"
    ):
        row = attempt.touch or attempt.outgoing
        if row and row.state == Flight.UNCERTAIN:
            accepted(row, attempt, said, by=BY)
