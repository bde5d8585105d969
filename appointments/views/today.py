"""What needs me now, in order; and the counts beside the navigation."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from appointments import queries
from appointments.models import Meeting, Recovery
from appointments.rules import drawing
from appointments.views.no_shows import recovery_words
from crm import clock
from crm.access import policy
from crm.rules import saying

SHOWN = 8
FIRST_HOUR, LAST_HOUR = 8.0, 18.0


@require_safe
@policy("member")
def today(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    found = queries.today(request.user, now)
    replies = found["replies"]
    context = {
        **found,
        "now": now,
        "replies": replies[:SHOWN],
        "tasks": [task_shown(task, now) for task in found["tasks"]],
        "replies_total": found.get("replies_total", len(replies)),
        "more": found.get("replies_total", len(replies)) > SHOWN,
        "recoveries": told(found["recoveries"]),
        "sentence": sentence(found),
        "nothing": not (found["late"] or replies or found["tasks"] or found["to_approve"]),
        "approvals_url": reverse("prospecting:approvals"),
        "next_meeting": None if found["meetings"] else found["next_meeting"],
        "inbox_url": reverse("appointments:inbox"),
        "accounts_url": reverse("crm:accounts"),
        "meetings_url": reverse("appointments:meetings"),
        **strip(found["meetings"], now),
    }
    return render(request, "appointments/today_part.html" if request.htmx else "appointments/today.html", context)


def task_shown(task: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    """A task with its address and its day in words; what was due on an earlier day is late."""
    due, today = timezone.localtime(task["due"]), timezone.localtime(now).date()
    late = task["late"] or due.date() < today
    midnight = due.hour == due.minute == 0
    says = capfirst(saying.day(due.date(), today)) if due.date() != today or midnight else f"By {due:%H:%M}"
    return {**task, "late": late, "says": says, "url": reverse(task["url_name"], args=[task["pk"]])}


def told(rows: list[Recovery]) -> list[Recovery]:
    for row in rows:
        row.says = recovery_words(row)  # type: ignore[attr-defined]
    return rows


def sentence(found: dict[str, Any]) -> str:
    """The page in one sentence: who waits too long, who waits, which meetings."""
    said = []
    if late := len(found["late"]):
        said.append(f"{saying.count(late, 'person is', 'people are')} waiting longer than we promised.")
    elif waiting := found.get("replies_total", len(found["replies"])):
        said.append(f"{saying.count(waiting, 'reply waits', 'replies wait')}, none of them late.")
    else:
        said.append("Nobody is waiting for you.")
    if meetings := found["meetings"]:
        unsure = sum(1 for meeting in meetings if meeting.state == Meeting.State.BOOKED and not meeting.confirmed_at)
        said.append(f"{saying.count(len(meetings), 'meeting')} today{f', {unsure} not confirmed' if unsure else ''}.")
    if missing := len(found["outcome_missing"]):
        said.append(f"{saying.count(missing, 'meeting has', 'meetings have')} no outcome yet.")
    return " ".join(said)


def strip(meetings: list[Meeting], now: dt.datetime) -> dict[str, Any]:
    """The day as a band: a bar a meeting, and where we are."""
    spans = [(hour_of(meeting.starts_at), hour_of(meeting.ends_at)) for meeting in meetings]
    first = min([FIRST_HOUR, *(start for start, _ in spans)])
    last = max([LAST_HOUR, *(end for start, end in spans if end > start)])
    bars = [
        {"x": bar.x, "width": bar.width, "tone": "sure" if meeting.confirmed_at else "unsure"}
        for meeting, bar in zip(meetings, drawing.strip(spans, first, last), strict=True)
    ]
    at = drawing.strip([(hour_of(now), hour_of(now))], first, last)[0].x
    inside = first <= hour_of(now) <= last
    middle = (first + last) / 2
    marks = [
        {"x": 0, "text": f"{int(first):02}", "anchor": ""},
        {"x": drawing.STRIP / 2, "text": f"{int(middle):02}:{int(middle % 1 * 60):02}", "anchor": "mid-x"},
        {"x": drawing.STRIP, "text": f"{int(last):02}", "anchor": "end"},
    ]
    return {"strip": bars, "now_x": at if inside else None, "marks": marks}


def hour_of(moment: dt.datetime) -> float:
    local = timezone.localtime(moment)
    return local.hour + local.minute / 60


@require_safe
@policy("member")
def counts(request: HttpRequest) -> HttpResponse:
    """What stands beside the navigation, answered to htmx as pieces that find their own place."""
    found = queries.counts(request.user, clock.now())
    shown = [
        {"name": "today", "number": found["late"], "late": bool(found["late"])},
        {"name": "inbox", "number": found["open"]},
        {"name": "meetings", "number": found["meetings"]},
        {"name": "no-shows", "number": found["recoveries"]},
        {"name": "approvals", "number": found["approvals"]},
    ]
    seen_from = (request.htmx.current_url_abs_path or "").split("?")[0]
    boxes = ("yours", "pool", "team") if seen_from == reverse("appointments:inbox") else ()
    tabs = [{"name": name, "number": found[name]} for name in boxes]
    return render(request, "appointments/counts.html", {"counts": shown, "tabs": tabs})
