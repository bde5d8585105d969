"""What the clock asks of the shared record: find due rows and call one verb."""

from celery import shared_task

from crm.models import User
from crm.services import duplicates, import_undo, imports, intake, provider_posts, reading, running, titles, webhooks


@shared_task
def worker_lives() -> None:
    """Only a worker that takes work can say that it lives."""
    running.beat("worker")


@shared_task
def handle_unhandled() -> None:
    """Mail that is stored and waits, however it came to wait."""
    intake.handle_unhandled()


@shared_task
def handle_provider_posts() -> None:
    """What a provider posted and nobody has acted on."""
    provider_posts.handle_waiting()


@shared_task
def handle_provider_post(pk: int) -> None:
    """A post that has just come."""
    provider_posts.handle(pk)


@shared_task(soft_time_limit=3600, time_limit=3660)
def count_overdue() -> None:
    """Mailboxes whose mail nobody has compared with the server for a day."""
    reading.count_overdue()


@shared_task
def deliver_webhooks() -> None:
    """What is due to be told outside."""
    webhooks.deliver_due()


@shared_task
def forget_deliveries() -> None:
    webhooks.forget_old()


# A million rows take minutes: these have an hour instead of the usual five.
@shared_task(soft_time_limit=3600, time_limit=3660)
def run_import(pk: int) -> None:
    imports.run_import(pk)


@shared_task(soft_time_limit=3600, time_limit=3660)
def undo_import(pk: int) -> None:
    import_undo.undo_waiting(pk)


@shared_task(soft_time_limit=3600, time_limit=3660)
def run_waiting_imports() -> None:
    """Imports that someone started, or wants undone, and no worker finished."""
    imports.run_waiting()
    import_undo.undo_waiting()


@shared_task
def map_titles() -> None:
    """An admin asked for the rules for titles to be applied, and no worker has done it."""
    titles.apply_waiting()


@shared_task(soft_time_limit=3600, time_limit=3660)
def find_duplicates(kind: str, by: int | None = None) -> None:
    """Someone asked for a search, or a day has passed."""
    duplicates.fill_normal_forms()
    duplicates.find_duplicates(kind, by=User.objects.filter(pk=by).first() or "the search for duplicates")
