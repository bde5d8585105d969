"""Whoever the clock marked away is there again as soon as they do something."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from crm.services import people

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class ComesBack:
    """Looking is not doing: only what may change something ends it. Time away that they named themselves stays."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if user is not None and request.method not in SAFE and getattr(user, "marked_away", False):
            people.come_back(user)
        return self.get_response(request)
