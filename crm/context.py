"""What every page knows: the organisation it belongs to, and whether this is a sandbox."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from crm.models import Organisation
from crm.services import running

# Log-ins the sign-in page of a sandbox may show; the app that made the demonstration world enters them.
demo_log_ins: list[Callable[[], list[dict[str, str]]]] = []


def page(request: HttpRequest) -> dict:
    """Lazy: a part answered to htmx asks for neither."""
    return {
        "organisation": SimpleLazyObject(lambda: Organisation.objects.first() or Organisation(name="Baton")),
        "organisation_name": SimpleLazyObject(lambda: organisation_name(request)),
        "sandbox": settings.SANDBOX,
        "queue_answers": SimpleLazyObject(running.queue_answers),
        "demo_logins": SimpleLazyObject(shown_log_ins),
    }


def organisation_name(request: HttpRequest) -> str:
    """Read with whoever is signed in (crm/backends.py); asked only where nobody is, or a session has just begun."""
    user = getattr(request, "user", None)
    if (name := getattr(user, "organisation_name", None)) is None:
        name = Organisation.objects.values_list("name", flat=True).first()
    return name or "Baton"


def shown_log_ins() -> list[dict[str, str]]:
    return [row for ask in demo_log_ins for row in ask()] if settings.SANDBOX else []
