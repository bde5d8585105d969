"""The host's answer by mail: a signed link asks what came of one meeting; looking at it changes nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from appointments.models import Meeting
from appointments.services import meeting_mails, outcomes
from appointments.views import guests
from crm import clock
from crm.access import policy
from crm.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@policy("guest")
def outcome(request: HttpRequest, token: str) -> HttpResponse:
    try:
        meeting = outcomes.read_link(token)
    except Refused as error:
        return guests.broken(request, error)
    if request.method == "POST":
        return said(request, meeting)
    return shown(request, meeting)


def said(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    try:
        kept = outcomes.say(
            meeting, request.POST.get("was", ""), by=meeting.host, why=request.POST.get("why", "").strip()[:300]
        )
    except Refused as refused:
        meeting.refresh_from_db()
        return shown(request, meeting, refused=refused.sentence, status=409)
    return shown(request, kept, thanks=True)


def shown(
    request: HttpRequest, meeting: Meeting, *, refused: str = "", thanks: bool = False, status: int = 200
) -> HttpResponse:
    is_open = meeting.state == Meeting.State.BOOKED
    begun = meeting.starts_at <= clock.now()
    chosen = request.GET.get("was", "")
    context = {
        "meeting": meeting,
        "when": meeting_mails.when(meeting, meeting.host.zone),
        "answers": [(key, words, key == chosen) for key, words in outcomes.WORDS.items()] if is_open and begun else [],
        "refused": refused,
        "thanks": thanks,
        "not_begun": is_open and not begun,
        "stands": "" if is_open else meeting.get_side_display() or meeting.get_state_display(),
    }
    response = render(request, "appointments/outcome_link.html", context, status=status)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response
