"""Enrolling an account or a list: first what would happen, then the button."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account
from crm.services import accounts as crm_accounts
from crm.views.numbers import whole
from prospecting import access as own_access
from prospecting.forms import EnrollForm, RestForm
from prospecting.models import ListEntry
from prospecting.queries import screens
from prospecting.services import enrollment, reactions, resting, stages

MOST = 500


@policy("member")
def enroll(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: choose list and sequence, see the guard's answer, start."""
    account = access.account_write(request.user, pk)
    return ask(request, [account], screens.segments_of(account), account=account)


@policy("member")
def enroll_list(request: HttpRequest) -> HttpResponse:
    """Several accounts: those picked on a list, or everyone on a segment's list who is free."""
    chosen = [
        int(pk)
        for pk in request.GET.getlist("account") + request.POST.getlist("account")
        if pk.isascii() and pk.isdigit()
    ]
    listed = request.GET.get("list", "") or request.POST.get("list", "")
    rows = access.workable_accounts(request.user)
    if chosen:
        accounts = list(rows.filter(pk__in=chosen[:MOST]).order_by("name"))
    elif listed.isascii() and listed.isdigit():
        members = ListEntry.objects.filter(target_list__segment=listed, left_at=None).values("account")
        accounts = list(rows.filter(pk__in=members).order_by("name")[:MOST])
    else:
        accounts = []
    segments = screens.enrollable_segments()
    if listed.isascii() and listed.isdigit():
        segments = segments.filter(pk=listed)
    return ask(request, accounts, segments, listed=listed)


def ask(
    request: HttpRequest, accounts: list[Account], segments: object, *, account: Account | None = None, listed: str = ""
) -> HttpResponse:
    data = request.POST if request.method == "POST" else request.GET
    form = EnrollForm(data if "sequence_version" in data else None, user=request.user, segments=segments)
    shown: dict = {
        "form": form,
        "accounts": accounts,
        "account": account,
        "listed": listed,
        "preview": None,
        "wrong": "",
    }
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
        try:
            seen = enrollment.preview(
                accounts, chosen["sequence_version"], chosen["segment"], prospector=chosen["prospector"]
            )
        except Refused as refused:
            shown["wrong"] = refused.sentence
        else:
            if request.method == "POST":
                return start(request, seen.starts + [row for row, _ in seen.waits], chosen, account)
            shown["preview"] = seen
    return render(request, "prospecting/enroll.html", shown)


def start(request: HttpRequest, accounts: list[Account], chosen: dict, account: Account | None) -> HttpResponse:
    """Each account by itself: one that was refused meanwhile holds nobody else up."""
    done, refused = 0, []
    for row in accounts:
        try:
            enrollment.enroll(row, by=request.user, **chosen)
            done += 1
        except Refused as reason:
            refused.append(reason.sentence)
    if done:
        toasts.say(request, f"{done} enrolled." if account is None else f"{account} is enrolled.")
    for sentence in refused[:5]:
        toasts.refuse(request, sentence)
    if account is not None:
        return redirect("crm:account", account.pk)
    return redirect("prospecting:segment_list", chosen["segment"].pk)


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
    """Shuts the door: what walks there ends, and nothing goes out any more."""
    account = access.account_write(request.user, pk)
    why = request.POST.get("why", "").strip()[:200]
    if account.is_closed:
        crm_accounts.reopen_account(account, by=request.user)
        toasts.say(request, f"{account} is open again.")
    elif why:
        reactions.close_account(account, why, by=request.user)
        toasts.say(request, f"{account} is closed.", undo=reverse("prospecting:close_account", args=[pk]))
    else:
        toasts.refuse(request, "Say why the account is closed.")
    return redirect("crm:account", pk)
