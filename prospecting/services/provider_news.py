"""What a provider tells about a mail of ours, acted on as the same news by mail would be."""

from typing import Any

from crm.models import Mailbox, Suppression
from crm.rules.addresses import BadAddress, dedupe_key
from crm.services import provider_posts, suppression
from crm.services.accounts import queue_up
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.services import evidence, refusals, unsubscribe

STOPS = ("bounced", "complained", "unsubscribed")


def heard(mailbox: Mailbox, told: Any) -> None:
    """In the transaction that marks the event as handled. News of a mail that is not ours means nothing."""
    attempt = _attempt(mailbox, told)
    row = (attempt.touch or attempt.outgoing) if attempt else None
    if attempt is None or row is None:
        return
    queue_up(row.account_id)
    if told.event in provider_posts.SHOWS_ARRIVAL:
        evidence.shows_arrival([attempt.message_id], f"the provider says: {told.event}")
    if told.event in STOPS and _is_overtaken(told):
        return
    if told.event in ("bounced", "rejected"):
        refusals.report(row, attempt, told.response)
    elif told.event == "complained":
        refusals.complaint(row, attempt)
    elif told.event == "unsubscribed":
        unsubscribe.opt_out(told.recipient, _who(row), "at the provider")


def _attempt(mailbox: Mailbox, told: Any) -> Attempt | None:
    """The last hand-over of that mail to that address, from this mailbox or another one of the same sending domain."""
    if not told.message_id:
        return None
    rows = Attempt.objects.filter(message_id=told.message_id, recipient=told.recipient)
    ours = rows.filter(mailbox__provider__domain=mailbox.provider.domain)
    return ours.select_related("touch__account", "outgoing__account", "mailbox").order_by("-pk").first()


def _is_overtaken(told: Any) -> bool:
    """Somebody has allowed the address again since this happened: what comes late does not stop it anew."""
    try:
        mark = suppression.hashed(Suppression.Kind.ADDRESS, dedupe_key(told.recipient))
    except BadAddress:
        return False
    return bool(told.at) and Suppression.objects.filter(value_hash=mark, lifted_at__gt=told.at).exists()


def _who(row: Touch | Outgoing) -> dict[str, Any]:
    return {"contact": row.contact_id, "account": row.account_id}
