"""Whether the installation works, for load balancers and for people."""

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.access import policy
from crm.services import running


@policy("public")
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """`ok`, or `degraded` with reasons, and how many replies wait too long; 503 only when the database does not answer."""
    try:
        reasons, waits = running.what_is_wrong(), running.what_waits()
    except (DatabaseError, InterfaceError):
        answer = {"status": "down", "reasons": ["database: it does not answer"]}
        return JsonResponse(answer, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "degraded" if reasons else "ok", "reasons": [*reasons, *waits]})
