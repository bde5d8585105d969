"""Pins and exclusions: found by typing, kept with a reason and a last day, for one account or for those picked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account
from crm.views.numbers import whole
from prospecting.forms import PinForm, PinManyForm
from prospecting.models import Pin, Segment
from prospecting.queries import account_search
from prospecting.services import pins, segments
from prospecting.views.frame import framed, segment_or_404

MOST = 1_000  # accounts picked at once


@policy("member")
def segment_pins(request: HttpRequest, pk: int) -> HttpResponse:
    """Everyone whom the rule does not decide about; with what was typed, the accounts to choose from."""
    segment = segment_or_404(pk)
    return render(request, "prospecting/segment_pins.html", shown(request, segment))


def shown(request: HttpRequest, segment: Segment, form: PinForm | None = None) -> dict[str, Any]:
    rows = segment.target_list.pins.select_related("account", "by")
    if kind := request.GET.get("kind", ""):
        rows = rows.filter(kind=kind if kind in Pin.Kind.values else None)
    page = paging.page(rows, keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    find = request.GET.get("find", "") or request.POST.get("find", "")
    found = account_search.found(find, segment)
    return framed(
        request, segment, "pins", page=page, kind=kind, find=find, found=found,
        pin_form=form or PinForm(initial={"kind": "include"}),
    )  # fmt: skip


@policy("member")
def pin_find(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts that fit what is being typed: a part of the page, or the page itself without JavaScript."""
    segment = segment_or_404(pk)
    template = "prospecting/pin_found.html" if request.htmx else "prospecting/segment_pins.html"
    return render(request, template, shown(request, segment))


@require_POST
@policy("lead")
def segment_pin(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    if removed := request.POST.get("remove", ""):
        row = get_object_or_404(Pin, pk=whole(removed), target_list=segment.target_list)
        segments.unpin(row, by=request.user)
        toasts.say(request, f"The rule decides about {row.account} again.")
        return redirect("prospecting:segment_pins", pk)
    form = PinForm(request.POST)
    if not form.is_valid():
        return render(request, "prospecting/segment_pins.html", shown(request, segment, form), status=422)
    given = form.cleaned_data
    account: Account = access.account_read(request.user, given["account"])
    try:
        segments.pin(segment, account, given["kind"], given["reason"], by=request.user, expires_on=given["expires_on"])
    except Refused as refused:
        form.add_error("expires_on" if "day" in refused.sentence else None, refused.sentence)
        return render(request, "prospecting/segment_pins.html", shown(request, segment, form), status=422)
    toasts.say(request, f"{account} is {'pinned to the list' if given['kind'] == 'include' else 'kept off the list'}.")
    return redirect("prospecting:segment_pins", pk)


@policy("lead")
def pin_many(request: HttpRequest, pk: int) -> HttpResponse:
    """The picked accounts, how many they are, and why; nothing happens before that is said."""
    segment = segment_or_404(pk)
    picked = request.POST.getlist("account") or request.GET.getlist("account")
    ids = [number for text in picked[:MOST] if (number := whole(text))]
    accounts = list(access.visible_accounts(request.user).filter(pk__in=ids).order_by("name", "pk"))
    form = PinManyForm(request.POST or None, initial={"kind": request.GET.get("kind", "exclude")})
    if request.method == "POST" and accounts and form.is_valid():
        try:
            done = pins.pin_accounts(
                segment.target_list, [account.pk for account in accounts], by=request.user, **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            kept = "pinned to" if form.cleaned_data["kind"] == "include" else "kept off"
            toasts.say(request, f"{done:,} {'account is' if done == 1 else 'accounts are'} {kept} the list.")
            return redirect("prospecting:segment_pins", pk)
    own = {"accounts": accounts, "form": form}
    return render(request, "prospecting/pin_many.html", framed(request, segment, "members", **own))
