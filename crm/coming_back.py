"""Whoever the clock marked away is there again as soon as they do something."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from crm.services import people

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class ComesBack:
    """Looking is not doing: only what may change something ends it, signing in too. Time away that they named themselves stays."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE:
            return self.get_response(request)
        before = back(request)
        response = self.get_response(request)
        if before is None:
            back(request)  # they have signed in
        return response


def back(request: HttpRequest) -> int | None:
    """Who does something here, by id; there again if the clock had marked them away."""
    user = getattr(request, "user", None)
    if user is not None and getattr(user, "marked_away", False):
        people.come_back(user)
    return getattr(user, "pk", None)
