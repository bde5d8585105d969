"""Against the guard: how often, by whom, with which words, and what came of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm import paging
from crm.access import policy
from prospecting.queries import overrides
from prospecting.rules import guard

DAYS = 90


@require_safe
@policy("member")
def override_report(request: HttpRequest) -> HttpResponse:
    came, reason = request.GET.get("came", ""), request.GET.get("reason", "")
    rows = overrides.listed(came, reason)
    page = paging.page(rows, keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    for row in page.rows:
        row.words = guard.WORDS.get(row.reason, row.reason)
    shown = {
        "page": page,
        "reasons": overrides.by_reason(DAYS),
        "days": DAYS,
        "came": came,
        "reason": reason,
        "choices": overrides.CAME,
        "all_reasons": guard.CHOICES,
    }
    return render(request, "prospecting/overrides.html", shown)
