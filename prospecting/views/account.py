"""What lead generation adds to the account page: the route map, and why something was sent or not."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm import access, clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account
from crm.rules import saying
from crm.views.numbers import whole
from prospecting import queries
from prospecting.models import Enrollment
from prospecting.models.enrollment import OPEN
from prospecting.queries import checks, screens
from prospecting.rules import guard as guard_rules
from prospecting.services import adoption, guard, walks

BADGES = {
    "answered": ("Answered", "check", "after"),
    "open": ("Open now", "play", "before"),
    "shut": ("Not open", "lock", ""),
    "closed": ("Closed", "close", ""),
}
GATES = {
    "answered": ("passed", "check"),
    "open": ("passed", "check"),
    "shut": ("shut", "lock"),
    "closed": ("shut", "close"),
}


@policy("member")
def account_route(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_read(request.user, pk)
    found = queries.route_map(account, access.visible_conversations(request.user))
    walk = found["enrollment"]
    so_far(account, found["stages"], walk)
    may_work = access.may_work(request.user, account)
    shown = {
        "account": account,
        "enrollment": walk,
        "is_open": walk is not None and walk.state in ("active", "paused", "resting"),
        "cells": cells(found["stages"]),
        "stages": found["stages"],
        "shut": [stage for stage in found["stages"] if stage["state"] in ("shut", "closed")],
        "never": [f"{m.contact}, {m.title or m.role}: not on this route" for m in found["off_route"] if walk],
        "why": queries.explain(account),
        "newer": adoption.newer(walk) if walk and may_work else None,
        "lists": screens.segments_of(account),
        "may_work": may_work,
        "account_url": reverse("crm:account", args=[pk]),
    }
    return hole(request, "prospecting/account_route_part.html", f"The route of {account}", shown)


def so_far(account: Account, stages: list[dict[str, Any]], walk: Enrollment | None) -> None:
    """Beside each shut stage what its gate says today: how far it is, and from which day it could open."""
    standing = {} if walk is None or walk.state not in OPEN else walks.verdicts(account, clock.now())
    for stage in stages:
        verdict = standing.get(stage["visit"].pk)
        stage["so_far"] = verdict.why if verdict else ""
        stage["earliest"] = verdict.earliest if verdict else None


def cells(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stages and the gates between them, in reading order, as the route map draws them."""
    found: list[dict[str, Any]] = []
    for n, stage in enumerate(stages, start=1):
        found += [gate_cell(stage, stages[n - 2])] if n > 1 else []
        found.append(stage_cell(n, stage))
    return found


def gate_cell(stage: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    state, icon = GATES[stage["state"]]
    waiting = stage["state"] == "shut" and (before["state"] in ("open", "answered") or stage.get("earliest"))
    words = stage["gate"][:1].upper() + stage["gate"][1:]
    if state == "passed":
        title, _, text = stage["why"].partition(": ")
        return {"kind": "gate", "state": state, "icon": icon, "title": "Opened", "text": text or title or words}
    return {
        "kind": "gate",
        "state": "waiting" if waiting else state,
        "icon": "clock" if waiting else icon,
        "title": "Opens",
        "text": stage["gate"],
    }


def stage_cell(n: int, stage: dict[str, Any]) -> dict[str, Any]:
    state = "shut" if stage["state"] == "closed" else stage["state"]
    text, icon, tone = BADGES[stage["state"]]
    if stage["missing"]:
        text, icon, tone = "Nobody known", "warning", "soon"
    others = [role for role in stage["roles"] if role != stage["name"]]
    note = f"Open since {opened_day(stage['opened_at'])}" if stage["opened_at"] else ", ".join(others)
    because = not_yet(stage) if stage["state"] == "shut" else f"Closed: {stage['why']}." if state == "shut" else ""
    return {
        "kind": "stage", "n": n, "state": state, "title": stage["name"], "note": note, "because": because,
        "asks": "Why not now?" if state == "shut" else "", "badge": {"text": text, "icon": icon, "tone": tone},
        "people": [person_lines(person) for person in stage["people"]], "role": stage["role"],
    }  # fmt: skip


def not_yet(stage: dict[str, Any]) -> str:
    """What opens a stage, and how far that is."""
    said = stage.get("so_far", "")
    return f"It opens {stage['gate']}." + (f" So far: {said}." if said else "")


def opened_day(moment: datetime) -> str:
    today = timezone.localtime(clock.now()).date()
    return saying.short_day(timezone.localtime(moment).date(), today)


def person_lines(person: dict[str, Any]) -> dict[str, Any]:
    lines = [{"icon": "mail", "tone": "", "text": person["did"]}]
    if person["said"]:
        lines.append({"icon": "check", "tone": "after" if person["answered"] else "", "text": person["said"]})
    if person["why_not"]:
        paused = person["why_not"].startswith("Paused")
        lines.append({"icon": "pause" if paused else "clock", "tone": "soon", "text": person["why_not"]})
    contact = person["contact"]
    return {
        "name": str(contact),
        "initials": contact.initials,
        "title": person["membership"].title or contact.title,
        "url": reverse("crm:contact", args=[contact.pk]),
        "lines": lines,
    }


@policy("member")
def account_why(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_read(request.user, pk)
    may_go_ahead = access.holds(request.user, "lead") and access.may_work(request.user, account)
    shown = {
        "account": account,
        "rows": checks.sent_or_not(account),
        "left_out": checks.left_out(account),
        "may_work": access.may_work(request.user, account),
        "waiting": screens.waiting_at(account),
        "against": guard.standing_against(account) if may_go_ahead else [],
        "reasons": guard_rules.WORDS,
    }
    return hole(request, "prospecting/account_why_part.html", f"What was sent to {account}, and why", shown)


@require_POST
@policy("lead")
def go_ahead(request: HttpRequest, pk: int) -> HttpResponse:
    """A lead goes against the guard for one person, with a sentence that is counted."""
    account = access.account_write(request.user, pk)
    here = access.visible_contacts(request.user).filter(memberships__account=account)
    contact = get_object_or_404(here.distinct(), pk=whole(request.POST.get("contact", "")))
    try:
        guard.go_ahead(
            account, contact, request.POST.get("reason", ""), request.POST.get("sentence", ""), by=request.user
        )
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, f"{contact} is written to in spite of it. Your sentence stands on the timeline.")
    return redirect("crm:account", pk)


def hole(request: HttpRequest, part: str, title: str, shown: dict[str, Any]) -> HttpResponse:
    """The part alone for htmx, a page round it for everyone else."""
    template = part if request.htmx else "prospecting/hole_page.html"  # type: ignore[attr-defined]
    return render(request, template, {**shown, "part": part, "title": title})
