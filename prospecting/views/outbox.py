"""The outbox: what nobody knows whether it arrived, what leaves next and from when, what left today."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm import clock, toasts
from crm.access import policy
from prospecting import access
from prospecting.models import Outgoing
from prospecting.models.touch import Flight
from prospecting.queries import leaving, screens
from prospecting.services import sending

TABS = {"next": "Leaves next", "left": "Left today", "uncertain": "Uncertain"}
# The first is what happens to whoever is not sure: twice is worse than late.
WAYS = ((Flight.DROPPED, "Do not send again"), (Flight.SENT, "It arrived"), (Flight.BOUNCED, "It came back"))
SETTLED = {
    Flight.DROPPED: "It is not sent again.",
    Flight.SENT: "It counts as sent.",
    Flight.BOUNCED: "It counts as come back.",
    Flight.PLANNED: "It is sent once more.",
}


@policy("member")
def outbox_page(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("tab", "next")
    tab = tab if tab in TABS else "next"
    today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    touches, messages = screens.touches_of_team(request.user), access.visible_outgoing(request.user)
    page = leaving.merged(touches, messages, tab, after=request.GET.get("after", ""), today=today)
    numbers = leaving.counts(touches, messages, today)
    first: Any = None
    if tab != "uncertain" and numbers["uncertain"] and not page.back:
        first = leaving.merged(touches, messages, "uncertain", today=today, size=10)
    shown = {"tab": tab, "tabs": TABS, "page": page, "numbers": numbers, "first": first, "ways": WAYS}
    return render(request, "prospecting/outbox.html", shown)


@require_POST
@policy("member")
def outbox_settle(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """A person looked and says what became of it; sent once more only with a sentence that says why."""
    row = _found(request, kind, pk)
    to, why = request.POST.get("to", ""), request.POST.get("why", "").strip()[:300]
    if to not in SETTLED:
        toasts.refuse(request, "Say what became of it.")
    elif to == Flight.PLANNED and len(why) < 5:
        toasts.refuse(request, "Say how you know that it did not arrive; then it is sent once more.")
    else:
        sending.settle_uncertain(row, to, by=request.user, why=why)
        toasts.say(request, f"{getattr(row, 'to_name', '') or row.contact or row}: {SETTLED[Flight(to)]}")
    return redirect("prospecting:outbox")


def _found(request: HttpRequest, kind: str, pk: int) -> Any:
    if kind == "touch":
        return access.touch_write(request.user, pk)
    if kind == "message":
        return access.outgoing_write(request.user, pk)
    raise Http404


@require_POST
@policy("member")
def outbox_undo(request: HttpRequest, pk: int) -> HttpResponse:
    row: Outgoing = access.outgoing_write(request.user, pk)
    sending.undo(row, by=request.user)
    toasts.say(request, f"Taken back. Nothing was sent to {row.to_name or row.to_address}.")
    return redirect("prospecting:outbox")
