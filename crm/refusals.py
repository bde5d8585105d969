"""The one place that turns a refusal into words on the page the user is on."""

import json
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from crm.errors import Refused

log = logging.getLogger(__name__)
UNFIT = "Something you gave cannot be kept: a text is too long, or holds a sign that no text may hold."


class Refusals:
    """409 with the sentence: a page of its own, or for htmx an event `refused` that the page shows and announces."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError):
            log.warning("refused by the database: %s", type(error.__cause__).__name__)
            error = Refused(UNFIT)
        if not isinstance(error, Refused):
            return None
        if getattr(request, "htmx", False):
            trigger = json.dumps({"refused": {"sentence": error.sentence}})
            return HttpResponse(error.sentence, status=409, headers={"HX-Trigger": trigger})
        return render(request, "409.html", {"sentence": error.sentence, "back": came_from(request)}, status=409)


def came_from(request: HttpRequest) -> str:
    """The page of ours the user was on; never an address elsewhere."""
    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    parts = urlsplit(referer)
    # Two slashes at the start would be read as another host.
    path = "/" + parts.path.lstrip("/\\")
    return f"{path}?{parts.query}".rstrip("?") if ours else "/"
