"""A segment's list: who is on it, who has left, and the runs that keep it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import paging, toasts
from crm.access import policy
from prospecting.filters import ListEntryFilter
from prospecting.models import ListEntry
from prospecting.queries import list_health, looks
from prospecting.services import segments
from prospecting.views.frame import framed, segment_ever_or_404, segment_or_404


@policy("member")
def segment_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts on the list by name; `look` shows those behind one figure."""
    segment = segment_or_404(pk)
    look = request.GET.get("look", "")
    rows = ListEntry.objects.filter(target_list=segment.target_list)
    narrowed = ListEntryFilter(request.GET, queryset=rows if look == "left" else rows.filter(left_at=None))
    found = narrowed.found()
    page = left_page(request, found) if look == "left" else members_page(request, found)
    own = {
        "page": page,
        "look": look,
        "q": request.GET.get("q", ""),
        "looks": looks.LOOKS,
        "shown_look": looks.LOOKS.get(look),
        "size": list_health.size(segment.target_list),
        "narrowed": bool(look or request.GET.get("q") or request.GET.get("variant")),
    }
    return render(request, "prospecting/segment_list.html", framed(request, segment, "members", **own))


def members_page(request: HttpRequest, rows: looks.Entries) -> paging.Page:
    """LIMIT first: fifty accounts by name that are on the list, then what their rows show."""
    accounts = looks.accounts_of(rows).only("name")
    page = paging.page(accounts, keys=("name", "pk"), after=request.GET.get("after", ""))
    return paging.Page(looks.shown(rows, [account.pk for account in page.rows]), page.next, page.back)


def left_page(request: HttpRequest, rows: looks.Entries) -> paging.Page:
    rows = rows.select_related("account__owner", "version_in", "version_out")
    return paging.page(rows, keys=("left_at", "pk"), after=request.GET.get("after", ""), down=True)


@require_POST
@policy("lead")
def segment_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    done = segments.refresh_list(segment_or_404(pk), by=request.user)
    if done.version is None:
        toasts.refuse(request, "No version is in use yet. Put the draft to use first; the list then fills itself.")
    else:
        toasts.say(request, f"{done.entered:,} entered, {done.left:,} left, {done.members:,} on the list.")
    to_runs = request.POST.get("back") == "refreshes"
    return redirect("prospecting:segment_refreshes" if to_runs else "prospecting:segment_list", pk)


@policy("member")
def segment_refreshes(request: HttpRequest, pk: int) -> HttpResponse:
    """Every run over the list, the newest first."""
    segment = segment_ever_or_404(pk)
    runs = segment.target_list.refreshes.select_related("version")
    page = paging.page(runs, keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    return render(request, "prospecting/segment_refreshes.html", framed(request, segment, "refreshes", page=page))
