"""What holds for every request: the content security policy, and a plain answer while the database is away."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase


class ContentSecurity(CSPMiddleware):
    """The strict policy everywhere; under /admin/ widened by what Unfold needs."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/") and not report_only:
            parts.update = {**settings.ADMIN_CONTENT_SECURITY_POLICY, **(parts.update or {})}
        return parts


class DatabaseAway:
    """Answers 503 with Retry-After while PostgreSQL does not, instead of an error page."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only lost connections; any other database error is a fault of ours and stays one."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        return HttpResponse(
            "The database is not answering. Nothing was changed; try again in a few seconds.",
            status=503,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": "5"},
        )
