"""What the clock asks of the shared record: find due rows and call one verb."""

from celery import shared_task

from crm.services import running


@shared_task
def worker_lives() -> None:
    """Only a worker that takes work can say that it lives."""
    running.beat("worker")
