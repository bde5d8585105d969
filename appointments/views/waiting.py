"""Who waits for an answer at an account: what stands in the head of its page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appointments import access
from crm.access import account_read, policy


@require_safe
@policy("member")
def waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """The one whose promise runs out first, with the button that answers it; nothing when nobody waits."""
    account = account_read(request.user, pk)
    found = access.visible_items(request.user).filter(account=account, state__in=["open", "claimed"], answered_at=None)
    item = found.select_related("contact").order_by("due_at").first()
    part = "appointments/account_waiting_part.html"
    template = part if request.htmx else "appointments/account_waiting.html"  # type: ignore[attr-defined]
    return render(request, template, {"account": account, "item": item, "part": part})
