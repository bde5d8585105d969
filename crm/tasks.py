"""What the clock asks of the shared record: find due rows and call one verb."""

from celery import shared_task

from crm.services import imports, intake, running, titles


@shared_task
def worker_lives() -> None:
    """Only a worker that takes work can say that it lives."""
    running.beat("worker")


@shared_task
def handle_unhandled() -> None:
    """Mail that is stored and waits, however it came to wait."""
    intake.handle_unhandled()


@shared_task
def run_import(pk: int) -> None:
    imports.run_import(pk)


@shared_task
def run_waiting_imports() -> None:
    """Imports that someone started and no worker finished."""
    imports.run_waiting()


@shared_task
def map_titles() -> None:
    """An admin asked for the rules for titles to be applied, and no worker has done it."""
    titles.apply_waiting()
