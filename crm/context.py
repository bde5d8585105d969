"""What every page knows: the organisation it belongs to, and whether this is a sandbox."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from crm.models import Organisation


def page(request: HttpRequest) -> dict:
    """Lazy: a part answered to htmx asks for neither."""
    return {
        "organisation": SimpleLazyObject(lambda: Organisation.objects.first() or Organisation(name="Baton")),
        "sandbox": getattr(settings, "SANDBOX", False),
    }
