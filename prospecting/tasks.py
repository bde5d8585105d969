"""The hands: each task finds what is due and calls one verb. Losing one loses nothing; the next sweep finds the rows."""

import os
import socket
import threading

from celery import shared_task

from crm import clock
from crm.services import running
from prospecting import access
from prospecting.services import (
    attributing,
    calls,
    enrolling,
    enrollment,
    intakes,
    lists,
    mailbox_health,
    planner,
    sending,
)

WORKER = f"{socket.gethostname()}:{os.getpid()}"
MOST_PER_SWEEP = 200


@shared_task(name="prospecting.tasks.send_due")
def send_due() -> int:
    running.beat("sender")
    return sending.send_due(MOST_PER_SWEEP, worker=f"{WORKER}:{threading.get_ident()}")


@shared_task(name="prospecting.tasks.plan_due")
def plan_due() -> int:
    return planner.plan_due()


@shared_task(name="prospecting.tasks.settle")
def settle() -> int:
    """Uncertain messages: find those whose sender died, then look for evidence."""
    return sending.reap() + sending.reconcile()


@shared_task(name="prospecting.tasks.wake_resting")
def wake_resting() -> int:
    return enrollment.wake_resting(clock.now())


@shared_task(name="prospecting.tasks.refresh_lists")
def refresh_lists() -> int:
    return sum(done.entered + done.left for done in lists.refresh_due(clock.now()))


@shared_task(name="prospecting.tasks.settle_calls")
def settle_calls() -> int:
    """Calls and tasks whose ten seconds are over."""
    return calls.settle_due()


# Tens of thousands of accounts take minutes: an hour instead of the usual five.
@shared_task(name="prospecting.tasks.run_orders", soft_time_limit=3600, time_limit=3660)
def run_orders() -> int:
    """Accounts that someone enrolled all at once, and no worker has finished."""
    return enrolling.run_waiting(access.accounts_ordered)


@shared_task(name="prospecting.tasks.take_intakes")
def take_intakes() -> int:
    return intakes.take_due()


@shared_task(name="prospecting.tasks.watch_mailboxes")
def watch_mailboxes() -> int:
    """Mailboxes whose mail bounces, annoys or meets with silence."""
    return mailbox_health.watch_mailboxes()


@shared_task(name="prospecting.tasks.attribute_older")
def attribute_older() -> int:
    """Walks that ended before anything was attributed, or past the verbs."""
    return attributing.attribute_older()
