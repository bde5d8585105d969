"""The Celery app: the clock and the hands; the work itself waits in the database."""

import logging.config
import os
from typing import Any

from celery import Celery, signals
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.db import transaction
from kombu.transport.virtual import QoS

from crm import closing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
# When the broker goes away, the transport would try to put back what it holds, and leave it in a file when it cannot.
QoS.restore_at_shutdown = False


class Task(DjangoTask):
    """A nudge: losing one costs seconds, because a sweeper finds the same due rows."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]  # the stub is mistaken
        """Nudge after commit; robust, so a page never fails because the broker is away."""
        transaction.on_commit(lambda: self.delay(*args, **kwargs), robust=True)


@signals.setup_logging.connect
def log_as_the_product_does(**_: Any) -> None:
    """Celery would otherwise add a handler of its own, which knows nothing of what may not be logged."""
    logging.config.dictConfig(settings.LOGGING)


@signals.worker_shutting_down.connect
def finish_what_is_in_hand(**_: Any) -> None:
    """A deploy gives ten seconds: the message in hand is finished, every other claim is given back."""
    closing.ask()


app = Celery("baton", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
