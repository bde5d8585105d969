"""Who confirmed what comes next, and who has not: worked through before the day begins."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from appointments import access, queries
from appointments.filters import MeetingFilter
from appointments.models import Meeting
from appointments.services import no_show_risk
from appointments.views.meetings import by_day, hosts_of
from crm import clock
from crm.access import policy
from crm.paging import page
from crm.rules import saying

TABS = {"": "Not confirmed", "all": "All"}


@require_safe
@policy("member")
def confirmations(request: HttpRequest) -> HttpResponse:
    """From now to the end of the next working day, in the reader's zone."""
    now = clock.now()
    only = request.GET.get("only", "")
    only = only if only in TABS else ""
    coming = queries.to_confirm(access.visible_meetings(request.user), now)
    rows = coming if only == "all" else coming.filter(confirmed_at=None)
    parts = ("account", "contact", "host", "meeting_type")
    found = MeetingFilter(request.GET, rows.select_related(*parts).prefetch_related("rsvps"))
    found.form.fields["host"].queryset = hosts_of(request.user)
    shown = page(found.qs, keys=("starts_at", "pk"), after=request.GET.get("after", ""))
    no_show_risk.told(shown.rows)
    for row in shown.rows:
        row.says = said(row)  # type: ignore[attr-defined]
    waiting = coming.filter(confirmed_at=None).count()
    context = {
        "filter": found,
        "page": shown,
        "only": only,
        "groups": by_day(shown.rows, now),
        "tabs": [tab(key, name, only, waiting) for key, name in TABS.items()],
        "sentence": sentence(waiting, coming.count()),
        "here": request.get_full_path(),
    }
    return render(request, "appointments/confirmations.html", context)


def tab(key: str, name: str, only: str, waiting: int) -> dict[str, Any]:
    address = reverse("appointments:confirmations")
    url = f"{address}?only={key}" if key else address
    return {"name": name, "url": url, "here": key == only, "count": waiting if not key and waiting else None}


def sentence(waiting: int, total: int) -> str:
    if not total:
        return "No meetings until the end of the next working day."
    if not waiting:
        return f"{saying.count(total, 'meeting')} until the end of the next working day, all confirmed."
    return f"{waiting} of {saying.count(total, 'meeting')} until the end of the next working day not confirmed."


def said(meeting: Meeting) -> str:
    """What the guest's calendar said of the version that stands."""
    for row in meeting.rsvps.all():
        if row.address == meeting.guest_email.lower() and row.sequence == meeting.sequence:
            return f"Calendar: {row.get_answer_display().lower()}{f', {row.delegated_to}' if row.delegated_to else ''}"
    return ""
