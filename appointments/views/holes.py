"""Parts of the account page that come from here, joined by address: its meetings and its replies."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appointments import access
from crm.access import account_read, policy

MOST = 20


@require_safe
@policy("member")
def meetings(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_read(request.user, pk)
    found = access.visible_meetings(request.user).filter(account=account).exclude(state__in=["lapsed", "pencilled"])
    rows = found.select_related("host", "contact", "account").order_by("-starts_at")[:MOST]
    return part(request, "account_meetings", {"account": account, "meetings": rows})


@require_safe
@policy("member")
def work(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_read(request.user, pk)
    found = access.visible_items(request.user).filter(account=account)
    rows = found.select_related("contact", "reply__message").order_by("-since")[:MOST]
    return part(request, "account_work", {"account": account, "items": rows})


def part(request: HttpRequest, name: str, context: dict) -> HttpResponse:
    """The part alone to htmx; a page of its own to whoever followed the plain link."""
    template = f"appointments/{name}_part.html" if request.htmx else f"appointments/{name}.html"
    return render(request, template, context)
