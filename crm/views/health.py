"""Whether the installation works, for load balancers and for people."""

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """`ok`, or `degraded` with reasons; 503 only when the database does not answer."""
    reasons: list[str] = []
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "down", "reasons": ["database"]}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "degraded" if reasons else "ok", "reasons": reasons})
