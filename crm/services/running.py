"""Which parts of the product live, and what is wrong when one does not."""

import time
from datetime import timedelta
from types import SimpleNamespace

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Now

from crm.gateways import broker
from crm.models import Heartbeat, Mailbox, MailFolder, Message
from crm.services import registries

# A part shows itself every 10 s; three silences in a row are no accident.
SILENT_AFTER = timedelta(seconds=35)
MAIL_MAY_WAIT = timedelta(minutes=2)
QUEUE_ASKED_EVERY = 5.0  # seconds
_queue = SimpleNamespace(answers=True, ask_at=float("-inf"))


def beat(name: str) -> None:
    """A part says that it lives. The database's clock: a sandbox that moves the product's clock stays healthy."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})


def queue_answers() -> bool:
    """Whether the broker answered within the last seconds; every page asks, so it is not asked for each."""
    if time.monotonic() >= _queue.ask_at:
        _queue.answers, _queue.ask_at = broker.answers(settings.REDIS_URL), time.monotonic() + QUEUE_ASKED_EVERY
    return _queue.answers


def what_is_wrong() -> list[str]:
    """Reasons, in words, why work is slower than promised; raises when the database does not answer."""
    reasons = [] if broker.answers(settings.REDIS_URL) else ["broker: it does not answer; work waits in the database"]
    alive = set(Heartbeat.objects.filter(at__gt=Now() - SILENT_AFTER).values_list("name", flat=True))
    silent = [name for name in ("worker", "beat", "sender") if name not in alive]
    reasons += [f"{name}: silent for more than {SILENT_AFTER.seconds} s" for name in silent]
    reasons += _reading()
    waiting = Message.objects.filter(state=Message.State.STORED, at__lt=Now() - MAIL_MAY_WAIT)
    oldest = waiting.aggregate(oldest=Min("at"))["oldest"]
    reasons += [f"mail: the oldest unhandled message came at {oldest:%Y-%m-%d %H:%M} UTC"] if oldest else []
    return reasons + [fault for more in registries.health_faults for fault in more()]


def what_waits() -> list[str]:
    """What waits for people, not for a part of the product: said beside the reasons, and no fault of the installation."""
    return [reason for more in registries.health_reasons for reason in more()]


def _reading() -> list[str]:
    """The mail reader is needed where a mailbox has an IMAP server; what it cannot get is an alarm until it has it."""
    if not Mailbox.objects.exclude(imap_host="").filter(internal=False).exists():
        return []
    alive = Heartbeat.objects.filter(name="reader", at__gt=Now() - SILENT_AFTER).exists()
    reasons = [] if alive else [f"reader: silent for more than {SILENT_AFTER.seconds} s"]
    missing = MailFolder.objects.filter(missing__gt=0)
    return reasons + [
        f"mail: {row.missing} of {row.on_server} messages in {row.name} of mailbox {row.mailbox_id} cannot be fetched"
        for row in missing[:20]
    ]
