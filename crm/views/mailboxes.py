"""Mailboxes as people run them: the list, the page of one, adding one, its limits, its servers, pause and resume."""

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.mailbox_forms import LimitsForm, NewServersForm, PauseForm, SelectorForm, ServersForm, WhoseForm
from crm.models import Mailbox
from crm.services import mailbox_trials, mailboxes, reading, registries

MOST = 200  # of one team, or of all for an admin
DOMAIN_PARTS = (("spf", "SPF"), ("dkim", "DKIM"), ("dmarc", "DMARC"))
NOT_TRIED = "It was added before its servers let us in. Put that right, then resume it."


@policy("member")
def index(request: HttpRequest) -> HttpResponse:
    rows = access.runnable_mailboxes(request.user).select_related("owner", "team").order_by("-internal", "address")
    rows = rows.annotate(
        missing=Sum("folders__missing"), on_server=Sum("folders__on_server"), stored=Sum("folders__stored")
    )
    shown = list(rows[:MOST])
    figures: dict[int, Any] = {}
    for ask in registries.mailbox_figures:
        figures |= ask(shown)
    return render(request, "crm/mailboxes.html", {"rows": shown, "figures": figures})


@policy("member")
def new(request: HttpRequest) -> HttpResponse:
    """First whose, then where: the second page comes with what the address lets us guess."""
    people, teams = access.mailbox_keepers(request.user)
    asked = request.POST if request.method == "POST" else request.GET
    whose = WhoseForm(asked if "address" in asked else None, people=people, teams=teams, me=request.user)
    if not whose.is_bound or not whose.is_valid():
        status = 422 if whose.is_bound else 200
        return render(request, "crm/mailbox_new.html", {"form": whose}, status=status)
    if request.method == "POST":
        return _add(request, whose)
    return _servers(request, whose, NewServersForm(initial=_guessed(whose)))


def _guessed(whose: WhoseForm) -> dict[str, Any]:
    address = whose.cleaned_data["address"]
    found = mailbox_trials.guess(address)
    names = ("smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security")
    keeper = whose.keeper()
    name = str(keeper["owner"]) if "owner" in keeper else ""
    return {key: getattr(found, key) for key in names} | {"username": address, "display_name": name}


def _servers(request: HttpRequest, whose: WhoseForm, form: NewServersForm, **more: Any) -> HttpResponse:
    address = whose.cleaned_data["address"]
    shown = {"whose": whose, "address": address, "form": form, "provider": mailbox_trials.guess(address), **more}
    return render(request, "crm/mailbox_servers.html", shown, status=422 if form.is_bound else 200)


def _add(request: HttpRequest, whose: WhoseForm) -> HttpResponse:
    """Try, then add; what fails is explained, and everything typed stays but the password."""
    form = NewServersForm(request.POST)
    if not form.is_valid():
        return _servers(request, whose, form)
    secret, do = form.cleaned_data["password"], request.POST.get("do", "")
    lines = mailbox_trials.try_servers(form.cleaned_data, secret)
    well = all(line.ok for line in lines)
    if do == "try" or not (well or do == "keep"):
        return _servers(request, whose, form, lines=lines, well=well)
    mailbox = mailboxes.create_mailbox(
        address=whose.cleaned_data["address"], **whose.keeper(), secret=secret, by=request.user, **form.columns()
    )
    if not well:
        mailboxes.pause_mailbox(mailbox, NOT_TRIED, by=request.user)
    mailbox_trials.check_domain(mailbox)
    toasts.say(request, f"{mailbox} is added." if well else f"{mailbox} is added, and paused.")
    return redirect("crm:mailbox", mailbox.pk)


@policy("member")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, access.mailbox_write(request.user, pk))


def _page(request: HttpRequest, mailbox: Mailbox, status: int = 200, **more: Any) -> HttpResponse:
    found = mailbox.domain_found
    shown = {
        "mailbox": mailbox,
        "pause_form": PauseForm(),
        "selector_form": SelectorForm(initial={"selector": found.get("selector", "")}),
        "folders": reading.folder_counts(mailbox) if mailbox.imap_host else [],
        "domain": [(name, found[key]) for key, name in DOMAIN_PARTS if key in found],
        **more,
    }
    return render(request, "crm/mailbox.html", shown, status=status)


@require_POST
@policy("member")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    mailbox, form = access.mailbox_write(request.user, pk), PauseForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, "Say why it is paused; whoever looks next will ask.")
        return redirect("crm:mailbox", pk)
    mailboxes.pause_mailbox(mailbox, form.cleaned_data["reason"], by=request.user)
    toasts.say(request, f"{mailbox} is paused. Its queue is kept.")
    return redirect("crm:mailbox", pk)


@require_POST
@policy("member")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    mailbox = mailboxes.resume_mailbox(access.mailbox_write(request.user, pk), by=request.user)
    toasts.say(request, f"{mailbox} sends again.")
    return redirect("crm:mailbox", pk)


@require_POST
@policy("member")
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """With the secret there is; the answer stays on the page that asked."""
    mailbox = access.mailbox_write(request.user, pk)
    lines = mailbox_trials.try_mailbox(mailbox)
    return _page(request, mailbox, lines=lines, well=all(line.ok for line in lines))


@require_POST
@policy("member")
def domain(request: HttpRequest, pk: int) -> HttpResponse:
    mailbox, form = access.mailbox_write(request.user, pk), SelectorForm(request.POST)
    if not form.is_valid():
        return _page(request, mailbox, 422, selector_form=form)
    mailbox_trials.check_domain(mailbox, selector=form.cleaned_data["selector"])
    toasts.say(request, "The domain was read again.")
    return redirect(f"{request.path.removesuffix('domain/')}#domain")


LIMITS = (
    "display_name", "daily_cap", "weekly_cap", "gap_seconds", "ramp_from", "window_from", "window_until", "plus_addresses",
)  # fmt: skip
SERVERS = ("username", "smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security")


@policy("member")
def limits(request: HttpRequest, pk: int) -> HttpResponse:
    mailbox = access.mailbox_write(request.user, pk)
    form = LimitsForm(request.POST or None, initial={name: getattr(mailbox, name) for name in LIMITS})
    if form.is_bound and form.is_valid():
        mailboxes.change_mailbox(mailbox, by=request.user, **form.cleaned_data)
        toasts.say(request, "The limits are saved. They hold from the next mail on.")
        return redirect("crm:mailbox", pk)
    return render(
        request, "crm/mailbox_limits.html", {"mailbox": mailbox, "form": form}, status=422 if form.is_bound else 200
    )


@policy("member")
def servers(request: HttpRequest, pk: int) -> HttpResponse:
    """Other servers, or another password: tried before they are kept, unless someone keeps them all the same."""
    mailbox = access.mailbox_write(request.user, pk)
    initial = {name: getattr(mailbox, name) for name in SERVERS}
    form = ServersForm(request.POST or None, initial=initial, has_secret=bool(mailbox.secret))
    shown: dict[str, Any] = {"mailbox": mailbox, "form": form}
    if form.is_bound and form.is_valid():
        given = dict(form.cleaned_data)
        secret = given.pop("password")
        lines = mailbox_trials.try_servers(given, secret or mailboxes.open_secret(mailbox))
        shown |= {"lines": lines, "well": all(line.ok for line in lines)}
        if (shown["well"] or request.POST.get("do") == "keep") and request.POST.get("do") != "try":
            mailboxes.change_mailbox(mailbox, by=request.user, secret=secret, **given)
            toasts.say(request, "The servers are saved.")
            return redirect("crm:mailbox", pk)
    return render(request, "crm/mailbox_edit.html", shown, status=422 if form.is_bound else 200)
