"""Enrolling an account: first what would happen, then the button; and what is done to a walk."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.services import accounts as crm_accounts
from crm.views.numbers import whole
from prospecting import access as own_access
from prospecting.forms import RestForm
from prospecting.queries import screens
from prospecting.services import enrollment, reactions, resting, stages
from prospecting.work_forms import OrderForm


@policy("member")
def enroll(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: choose list and sequence, see the guard's answer, start."""
    account = access.account_write(request.user, pk)
    data = request.POST if request.method == "POST" else request.GET
    bound = data if "sequence_version" in data else None
    form = OrderForm(bound, user=request.user, segments=screens.segments_of(account))
    shown: dict[str, Any] = {"form": form, "accounts": [account], "account": account, "preview": None, "wrong": ""}
    if form.is_bound and form.is_valid():
        road = dict(form.cleaned_data)
        try:
            if request.method == "POST":
                enrollment.enroll(account, by=request.user, **road)
                toasts.say(request, f"{account} is enrolled.")
                return redirect("crm:account", pk)
            shown["preview"] = enrollment.preview(
                [account], road["sequence_version"], road["segment"], prospector=road["prospector"]
            )
        except Refused as refused:
            shown["wrong"] = refused.sentence
    return render(request, "prospecting/enroll.html", shown)


@require_POST
@policy("member")
def rest(request: HttpRequest, pk: int) -> HttpResponse:
    """Rests the account and whatever walks there; also the way back."""
    account = access.account_write(request.user, pk)
    back = redirect("crm:account", pk)
    if "end" in request.POST:
        resting.end_rest(account, by=request.user)
        toasts.say(request, f"{account} is not resting any more.")
        return back
    form = RestForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, "Say until which day, and why.")
        return back
    reactions.rest_account(account, form.cleaned_data["until"], form.cleaned_data["why"], by=request.user)
    toasts.say(request, f"{account} rests.", undo=reverse("prospecting:rest_end", args=[pk]))
    return back


@require_POST
@policy("member")
def rest_end(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_write(request.user, pk)
    resting.end_rest(account, by=request.user)
    toasts.say(request, f"{account} is not resting any more.")
    return redirect("crm:account", pk)


@require_POST
@policy("member")
def move(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Pause, resume or close the walk of an account, with a reason."""
    row = own_access.enrollment_write(request.user, pk)
    why = request.POST.get("why", "").strip()[:200]
    if not why and what != "resume":
        toasts.refuse(request, "Say why; it stands on the timeline.")
        return redirect("crm:account", row.account_id)
    if what == "pause":
        enrollment.pause(row, why, by=request.user)
    elif what == "resume":
        enrollment.resume(row, by=request.user)
    elif what == "close":
        stages.close(row, why=why, by=request.user)
    else:
        raise Http404
    toasts.say(request, {"pause": "Paused.", "resume": "Resumed.", "close": "The walk is closed."}[what])
    return redirect("crm:account", row.account_id)


@require_POST
@policy("member")
def open_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """A person opens a stage before its gate does; the reason stands on the timeline."""
    chosen = request.POST.get("visit", "")
    visit = own_access.visit_write(request.user, whole(chosen))
    if visit.enrollment_id != pk:
        raise Http404
    why = request.POST.get("why", "").strip()[:200]
    if not why:
        toasts.refuse(request, "Say why this stage opens now; it stands on the timeline.")
        return redirect("crm:account", visit.account_id)
    stages.open_stage(visit, why, by=request.user)
    toasts.say(request, f"{visit.stage.name} is open.")
    return redirect("crm:account", visit.account_id)


@require_POST
@policy("member")
def close_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Shuts the door: what walks there ends, and nothing goes out any more. Whoever gives no reason opens a closed one."""
    account = access.account_write(request.user, pk)
    why = request.POST.get("why", "").strip()[:200]
    if account.is_closed and "why" not in request.POST:
        crm_accounts.reopen_account(account, by=request.user)
        toasts.say(request, f"{account} is open again.")
    elif why:
        reactions.close_account(account, why, cause=request.POST.get("cause", ""), by=request.user)
        toasts.say(request, f"{account} is closed.", undo=reverse("prospecting:close_account", args=[pk]))
    else:
        toasts.refuse(request, "Say why the account is closed.")
    return redirect("crm:account", pk)
