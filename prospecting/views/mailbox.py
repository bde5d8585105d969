"""What a mailbox sends: today's and this week's cap, its queue with why not yet, what came back."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import access, clock, paging
from crm.access import policy
from crm.models import Mailbox, Organisation
from prospecting.rules import reputation
from prospecting.services import mailbox_health
from prospecting.services.mailbox_load import mailbox_zone

FEW = 8


@policy("member")
def mailbox_sending(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the mailbox's page; by its own address the whole queue, page by page."""
    mailbox = access.mailbox_write(request.user, pk)
    part = bool(request.htmx)
    template = "prospecting/mailbox_sending_part.html" if part else "prospecting/mailbox_sending.html"
    return render(
        request, template, shown(mailbox, request.GET.get("after", ""), size=FEW if part else 50) | {"part": part}
    )


def shown(mailbox: Mailbox, after: str, *, size: int) -> dict:
    organisation, now = Organisation.objects.first(), clock.now()
    today = now.astimezone(ZoneInfo(mailbox_zone(mailbox, organisation))).date()
    page = paging.page(mailbox_health.waiting_touches(mailbox), keys=("due_on", "pk"), after=after, size=size)
    record, limits = mailbox_health.record_of(mailbox), mailbox_health.limits_for(organisation)
    return {
        "mailbox": mailbox,
        "figures": mailbox_health.figures([mailbox])[mailbox.pk],
        "full_from": mailbox_health.full_from(mailbox, today),
        "queue": [(touch, mailbox_health.why_not_yet(touch, mailbox, today)) for touch in page.rows],
        "page": page,
        "now": clock.now(),
        "messages_waiting": list(mailbox_health.waiting_messages(mailbox)[:FEW]) if not page.back else [],
        "trouble": mailbox_health.last_trouble(mailbox),
        "record": record,
        "limits": limits,
        "complaints_of": reputation.COMPLAINTS_OF,
    }
