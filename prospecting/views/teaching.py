"""What closed work taught about a segment: its causes, the rule edit the outcomes speak for, the first role and the route."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access as crm_access
from crm import clock, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.rules import saying
from crm.views.numbers import whole
from prospecting import access
from prospecting.filters import AttributionFilter
from prospecting.models import Segment
from prospecting.reports import findings, learning
from prospecting.rules import attribution, cuts
from prospecting.rules.learning import verdict, verdict_of_routes
from prospecting.services import attributing, proposals, segments
from prospecting.views.account import hole
from prospecting.views.frame import framed, ids_of, segment_ever_or_404, segment_or_404


@policy("member")
def segment_learning(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything the outcomes of a segment say, each figure with the accounts behind it."""
    segment, now = segment_ever_or_404(pk), clock.now()
    cut = learning.Cut(segment=segment)
    first, _ = learning.by_first_role(cut, now)
    routes = learning.by_route(cut, now)
    behind = reverse("prospecting:segment_behind", args=[pk])
    for row in first:
        row["behind"] = f"{behind}?first={row['role']}"
    for row in routes:
        row["behind"] = f"{behind}?route={row['route']}"
        row["url"] = f"{reverse('prospecting:route_learning', args=[row['route']])}?segment={pk}"
    own = {
        **taught(segment),
        "first": first,
        "first_words": verdict(learning.firsts(first)),
        "routes": routes,
        "routes_words": verdict_of_routes(learning.routes_as_firsts(routes)),
        "least": cuts.LEAST,
    }
    return render(request, "prospecting/segment_learning.html", framed(request, segment, "learning", **own))


def taught(segment: Segment, most: int = cuts.SHOWN) -> dict[str, Any]:
    found = findings.taught(segment, clock.now(), most)
    parts = findings.shares(segment)
    return {
        "found": found,
        "search": found.search,
        "proposals": [one for one in found.proposals if not one.aside],
        "aside": [one for one in found.proposals if one.aside],
        "parts": parts,
        "closed": sum(part.walks for part in parts),
        "few": findings.too_few(parts),
        "draft": segments.draft_of(segment),
    }


@policy("member")
def segment_taught(request: HttpRequest, pk: int) -> HttpResponse:
    """The same in short, for the segment's first page, which does not wait for it."""
    segment = segment_or_404(pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("prospecting:segment_learning", pk)
    shown = {"segment": segment, "may_write": crm_access.holds(request.user, "lead"), **taught(segment, most=1)}
    return render(request, "prospecting/segment_taught_part.html", shown)


@policy("member")
def segment_behind(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts behind one figure of the page, by name."""
    segment = segment_ever_or_404(pk)
    found = findings.behind(segment, request.GET, clock.now(), crm_access.visible_conversations(request.user))
    if found is None:
        raise Http404
    rows, title = found
    page = paging.page(rows, keys=("name", "pk"), after=request.GET.get("after", ""))
    own = {"page": page, "title": title}
    return render(request, "prospecting/segment_behind.html", framed(request, segment, "learning", **own))


@require_POST
@policy("lead")
def proposal_take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """The edit becomes a draft, or joins the one that stands; the search is made again, so that what is said of it is true."""
    segment = segment_or_404(pk)
    proposals.take_up(segment, request.POST.get("term", "").replace("\x00", ""), by=request.user)
    toasts.say(request, "It is a draft. Below is what it would change; nothing has changed yet.")
    return redirect("prospecting:segment", pk)


@require_POST
@policy("lead")
def proposal_aside(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    term, why = (request.POST.get(name, "").replace("\x00", "") for name in ("term", "why"))
    try:
        proposals.put_aside(segment, term, reason=why, by=request.user)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, f"Put aside; it is not proposed again for {findings.PUT_ASIDE} days.")
    return redirect("prospecting:segment_learning", pk)


# Closed work ------------------------------------------------------------------------------------------------------


@policy("member")
def segment_closed(request: HttpRequest, pk: int) -> HttpResponse:
    """Each walk that ended without a held meeting, with what it came down to; a person confirms or changes it."""
    segment = segment_ever_or_404(pk)
    asked = request.GET.copy()
    asked["segment"] = str(pk)
    visible = access.visible_attributions(request.user).filter(pk__in=findings.closed(segment).values("pk"))
    narrowed = AttributionFilter(asked, queryset=visible)
    page = paging.page(narrowed.found(), keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    mine = set(crm_access.workable_accounts(request.user).filter(pk__in=[row.account_id for row in page.rows]).values_list("pk", flat=True))  # fmt: skip
    for row in page.rows:
        row.may = row.account_id in mine
    parts = findings.shares(segment)
    own = {
        "page": page,
        "narrowed": narrowed,
        "may": bool(mine),
        "cause": request.GET.get("cause", ""),
        "confirmed": request.GET.get("confirmed", ""),
        "causes": attribution.CHOICES,
        "closed": sum(part.walks for part in parts),
        "parts": parts,
        "here": f"{reverse('prospecting:segment_closed', args=[pk])}?{urlencode({name: value for name in ('cause', 'confirmed') if (value := request.GET.get(name, ''))})}",
    }
    return render(request, "prospecting/segment_closed.html", framed(request, segment, "learning", **own))


@require_POST
@policy("member")
def closed_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """One row, or those that were picked: each as it stood on the page, or as it was changed there; all or none."""
    segment, posted = segment_ever_or_404(pk), request.POST
    asked = {whole(one) for one in ids_of(posted, "only" if "only" in posted else "row")}
    rows = access.workable_attributions(request.user).filter(enrollment__segment_version__segment=segment, pk__in=asked)
    if len(rows) < len(asked):
        raise Http404
    said = [(row, posted.get(f"cause-{row.pk}", ""), posted.get(f"said-{row.pk}", "")) for row in rows]
    told = attributing.confirm_each(said, by=request.user)
    left = len(said) - told
    if not told:
        toasts.refuse(request, "Say what it came down to first.")
    else:
        open_still = f" Nobody has said yet what {saying.count(left, 'other', 'others')} came down to." if left else ""
        toasts.say(request, ("Kept." if told == 1 else f"{told} are kept.") + open_still)
    query = urlencode({name: value for name in ("cause", "confirmed") if (value := posted.get(name, ""))})
    return redirect(f"{reverse('prospecting:segment_closed', args=[segment.pk])}?{query}")


@policy("member")
def account_cause(request: HttpRequest, pk: int) -> HttpResponse:
    """For the form that closes an account: what it came down to, as it would be proposed; no question where it is known."""
    account = crm_access.account_write(request.user, pk)
    row = attributing.asked_of(attributing.latest_walk(account))
    shown = {
        "account": account,
        "row": row,
        "readable": row is not None and access.may_read_attribution(request.user, row),
        "causes": attribution.CHOICES,
    }
    return hole(request, "prospecting/account_cause_part.html", f"What {account} came down to", shown)
