"""Mail that points to no account: the list of it, and the account found while one types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from crm import access, lookups, paging, toasts
from crm.access import policy
from crm.services import intake
from crm.views.numbers import whole

BACK = {"inbox": "appointments:inbox"}


@require_safe
@policy("member")
def unmatched(request: HttpRequest) -> HttpResponse:
    page = paging.page(
        lookups.unmatched(request.user), keys=("at", "pk"), after=request.GET.get("after", ""), down=True
    )
    return render(request, "crm/unmatched.html", {"page": page, "quarantined": lookups.quarantined(request.user)[:20]})


@require_safe
@policy("member")
def whose(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts that fit what is typed, each as a button; a page of its own where nothing runs in the browser."""
    message = access.message_read(request.user, pk)
    if message.account_id:
        toasts.refuse(request, "This message belongs to an account already.")
        return redirect("crm:message", pk)
    find, back = request.GET.get("find", "").replace("\x00", "").strip()[:120], request.GET.get("back", "")
    shown = {
        "message": message,
        "find": find,
        "found": lookups.accounts_called(request.user, find),
        "back": back if back in BACK else "",
    }
    return render(request, "crm/whose_part.html" if request.htmx else "crm/whose.html", shown)  # type: ignore[attr-defined]


@require_POST
@policy("member")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which account a message belongs to; from then on it is handled like any other."""
    message = access.message_read(request.user, pk)
    account = access.account_read(request.user, whole(request.POST.get("account")))
    intake.assign(message, account, by=request.user)
    toasts.say(request, f"The message belongs to {account}. It is handled now.")
    return redirect(way_back(request.POST.get("back", "")))


def way_back(name: str) -> str:
    """The list the reader came from, by its name and never by an address."""
    try:
        return f"{reverse(BACK[name])}?box=unmatched"
    except (KeyError, NoReverseMatch):
        return reverse("crm:unmatched")
