"""Enrolling many: what would happen to everything a view shows, the order that does it, and how far it is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crm import toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account
from crm.rules import saying
from crm.views.numbers import whole
from prospecting import access as own_access
from prospecting.models import EnrollOrder
from prospecting.queries import screens
from prospecting.rules import guard
from prospecting.services import enrolling
from prospecting.tasks import run_orders
from prospecting.views.frame import ids_of
from prospecting.work_forms import OrderForm

STEERING = ("segment", "sequence_version", "prospector", "approval", "view", "account", "csrfmiddlewaretoken", "told")
MOST_PICKED = 900
WHY_NOT = {"means": guard.AT_THE_START, "role_unknown": guard.WORDS[guard.ROLE_UNKNOWN]}


@policy("member")
def enroll_list(request: HttpRequest) -> HttpResponse:
    """Several accounts: those picked on a list, or everything that a view of the account list shows."""
    data = request.POST if request.method == "POST" else request.GET
    picked = [whole(one) for one in ids_of(data, "account")[:MOST_PICKED]]
    view, listed = data.get("view", ""), whole(data.get("list", ""))
    if listed and not picked and not view:
        view = f"segment={listed}&enrolled=no"
    segments = screens.enrollable_segments()
    if listed:
        segments = segments.filter(pk=listed)
    try:
        rows = rows_asked(request, picked, view, all_of_them="view" in data or bool(listed))
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
        return redirect("crm:accounts")
    form = OrderForm(data if "sequence_version" in data else None, user=request.user, segments=segments)
    shown: dict[str, Any] = {"form": form, "picked": picked, "view": view, "listed": listed or "", "wrong": ""}
    shown |= {"whole": rows.order_by().count(), "preview": None, "lists": segments.exists(), **WHY_NOT}
    if form.is_bound and form.is_valid():
        try:
            return judged(request, form, rows, shown)
        except Refused as refused:
            shown["wrong"] = refused.sentence
    return render(request, "prospecting/enroll_many.html", shown)


def rows_asked(request: HttpRequest, picked: list[int], view: str, *, all_of_them: bool) -> Any:
    """What may be worked of it: another team's accounts are shown on the list, and enrolled by that team."""
    if picked:
        return own_access.accounts_asked(request.user, "").filter(pk__in=picked)
    return own_access.accounts_asked(request.user, view) if all_of_them else Account.objects.none()


def judged(request: HttpRequest, form: OrderForm, rows: Any, shown: dict[str, Any]) -> HttpResponse:
    """What would happen; and on POST, where the number is still the one the reader saw, the order."""
    road = dict(form.cleaned_data)
    approval = road.pop("approval")
    if request.method == "POST" and request.POST.get("told") == str(shown["whole"]):
        row = enrolling.order(
            by=request.user,
            wanted=shown["whole"],
            query=shown["view"],
            picked=shown["picked"],
            approval=approval,
            **road,
        )
        return begun(request, row)
    shown["preview"] = enrolling.foresee(rows, road["sequence_version"], road["segment"], prospector=road["prospector"])
    shown["changed"] = request.method == "POST"
    sequence = road["sequence_version"].sequence
    shown["asks_first"] = sequence.name if sequence.approval else ""
    return render(request, "prospecting/enroll_many.html", shown)


def begun(request: HttpRequest, row: EnrollOrder) -> HttpResponse:
    """A few hundred while the reader waits; more go on by themselves, and the page says how far they are."""
    if row.wanted > enrolling.AT_ONCE:
        run_orders.delay_on_commit()
    else:
        enrolling.run(row, own_access.accounts_ordered)
        toasts.say(request, f"{saying.count(row.started + row.waiting, 'account', 'accounts')} enrolled.")
    return redirect("prospecting:enroll_order", row.pk)


@require_safe
@policy("member")
def enroll_order(request: HttpRequest, pk: int) -> HttpResponse:
    row = own_access.order_read(request.user, pk)
    done = enrolling.progress(row)
    names = Account.objects.in_bulk([pk for group in row.refused.values() for pk in group["sample"]])
    refused = [
        {"reason": reason, "n": group["n"], "sample": [names[pk] for pk in group["sample"] if pk in names]}
        for reason, group in sorted(row.refused.items(), key=lambda pair: -pair[1]["n"])
    ]
    shown = {"order": row, "done": done, "refused": refused, "whole": max(row.wanted, done), **WHY_NOT}
    template = "prospecting/enroll_order_part.html" if request.htmx else "prospecting/enroll_order.html"
    return render(request, template, shown)


@require_POST
@policy("member")
def order_stop(request: HttpRequest, pk: int) -> HttpResponse:
    row = own_access.order_read(request.user, pk)
    enrolling.stop(row, by=request.user, why="stopped by hand")
    toasts.say(request, "Stopped. What is enrolled stays enrolled.")
    return redirect(reverse("prospecting:enroll_order", args=[pk]))
