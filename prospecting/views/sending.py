"""Sending: what goes out today, what waits and why, what is uncertain, and tasks to do."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm import access, clock, paging, toasts
from crm.access import policy
from prospecting import access as own_access
from prospecting.models.touch import Flight
from prospecting.queries import approvals, screens
from prospecting.services import sending

SETTLED = ((Flight.SENT, "It arrived"), (Flight.BOUNCED, "It bounced"), (Flight.DROPPED, "Drop it"))
TABS = {
    "": "Due",
    "paused": "Paused",
    "tasks": "Calls and tasks",
    "uncertain": "Uncertain",
    "sent": "Sent",
}


@policy("member")
def sending_page(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    mine = screens.touches_of_team(request.user)
    down = tab == "sent"
    keys = ("sent_at", "pk") if down else ("due_on", "pk")
    page = paging.page(screens.touches_in_tab(mine, tab), keys=keys, after=request.GET.get("after", ""), down=down)
    today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = mine.order_by().aggregate(
        sent=Count("pk", filter=Q(state__in=[Flight.SENT, Flight.BOUNCED], sent_at__gte=today)),
        due=Count("pk", filter=Q(state=Flight.PLANNED, released=True, due_on__lte=clock.today())),
        paused=Count("pk", filter=Q(state=Flight.PAUSED)),
        uncertain=Count("pk", filter=Q(state=Flight.UNCERTAIN)),
    )
    mailboxes = (
        access.visible_mailboxes(request.user).filter(internal=False).select_related("owner").order_by("address")[:50]
    )
    shown = {
        "tab": tab,
        "tabs": TABS,
        "page": page,
        "numbers": numbers,
        "mailboxes": mailboxes,
        "today": clock.today(),
        "to_approve": approvals.waiting(request.user).count(),
        "settle_ways": SETTLED,
    }
    return render(request, "prospecting/sending.html", shown)


@require_POST
@policy("member")
def touch_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone looked and says what became of a mail; twice is worse than late, so nothing is resent by itself."""
    touch = own_access.touch_write(request.user, pk)
    to = request.POST.get("to", "")
    if to not in (Flight.SENT, Flight.BOUNCED, Flight.DROPPED):
        toasts.refuse(request, "Say what became of it.")
        return redirect("prospecting:sending")
    sending.settle_uncertain(touch, to, by=request.user)
    toasts.say(request, f"Settled: {touch}.")
    return redirect("prospecting:sending")
