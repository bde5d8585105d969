"""What is answered when a page fails: 503 while the database is away, 500 for a fault of ours."""

import json
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from crm.errors import AWAY


def failed(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: neither page may ask the database who is looking."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return away(request)
    return HttpResponse(render_to_string("500.html"), status=500)


def away(request: HttpRequest) -> HttpResponse:
    """A page of its own; where htmx sent a form, the sentence that the page shows beside it."""
    wait = {"Retry-After": "5"}
    if request.headers.get("HX-Request") and request.method == "POST":
        told = {"HX-Trigger": json.dumps({"refused": {"sentence": AWAY}})}
        return HttpResponse(AWAY, status=503, headers={**wait, **told})
    return HttpResponse(render_to_string("503.html"), status=503, headers=wait)
