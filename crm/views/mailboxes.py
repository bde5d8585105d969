"""Mailboxes as people run them: the list, the page of one, adding one, its limits, its servers, pause and resume."""

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.mailbox_forms import LimitsForm, NewServersForm, PauseForm, SelectorForm, ServersForm, WhoseForm
from crm.models import Mailbox
from crm.rules import mail_servers
from crm.services import mailbox_oauth, mailbox_trials, mailboxes, provider_posts, providers, reading, registries

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
    provider = mailbox_trials.guess(address)
    asked = {"address": address, "belongs": whose.cleaned_data["belongs"]}
    there = _way_there(request, provider.sign_in, asked)
    shown = {"whose": whose, "address": address, "form": form, "provider": provider, "way_there": there, **more}
    return render(request, "crm/mailbox_servers.html", shown, status=422 if form.is_bound else 200)


def _way_there(request: HttpRequest, provider: str, asked: dict[str, Any]) -> str:
    return mailbox_oauth.way_there(provider, user=request.user, session=request.session.session_key or "", **asked)


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
        "way_there": _way_there(request, mailbox.sign_in, {"address": mailbox.address, "mailbox": mailbox.pk}),
        "folders": reading.folder_counts(mailbox) if mailbox.imap_host else [],
        **_provider(mailbox),
        "domain": [(name, found[key]) for key, name in DOMAIN_PARTS if key in found],
        **more,
    }
    return render(request, "crm/mailbox.html", shown, status=status)


def _provider(mailbox: Mailbox) -> dict[str, Any]:
    if mailbox.kind != Mailbox.Kind.PROVIDER:
        return {}
    return {"posts_to": providers.addresses(mailbox), "posts": provider_posts.standing(mailbox)}


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


@policy("member")
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where Google or Microsoft sends people back to: looking changes nothing, the button finishes it."""
    given = request.POST if request.method == "POST" else request.GET
    state, code = given.get("state", ""), given.get("code", "")
    asked = mailbox_oauth.asked_for(state, user=request.user)
    shown = {"asked": asked, "state": state, "code": code, "provider": mailbox_oauth.NAMES[asked["provider"]]}
    if not code:
        raise Refused(f"{shown['provider']} was not asked to go on. Begin again when you want to.")
    if request.method != "POST":
        return render(request, "crm/mailbox_signed_in.html", shown)
    mailbox = access.mailbox_write(request.user, asked["mailbox"]) if "mailbox" in asked else None
    whose = None if mailbox else _whose(request, asked)
    session = request.session.session_key or ""
    tokens = mailbox_oauth.redeemed(state, code, user=request.user, session=session)
    servers = mail_servers.of_provider(asked["provider"])
    lines = mailbox_trials.try_token(asked["address"], servers, mailbox_oauth.access_of(tokens))
    if not all(line.ok for line in lines):
        return render(request, "crm/mailbox_signed_in.html", {**shown, "lines": lines, "well": False}, status=422)
    if mailbox is None:
        mailbox = _made(request, whose, servers)
    mailboxes.signed_in(mailbox, asked["provider"], tokens)
    toasts.say(request, f"{mailbox} signs in at {shown['provider']}.")
    return redirect("crm:mailbox", mailbox.pk)


def _whose(request: HttpRequest, asked: dict[str, Any]) -> WhoseForm:
    people, teams = access.mailbox_keepers(request.user)
    whose = WhoseForm(
        {"address": asked["address"], "belongs": asked["belongs"]}, people=people, teams=teams, me=request.user
    )
    if not whose.is_valid():
        raise Refused(" ".join(problem for problems in whose.errors.values() for problem in problems))
    return whose


def _made(request: HttpRequest, whose: Any, servers: Any) -> Mailbox:
    names = ("smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security")
    address = whose.cleaned_data["address"]
    columns = {name: getattr(servers, name) for name in names} | {"username": address, "ramp_from": clock.today()}
    keeper = whose.keeper()
    columns["display_name"] = str(keeper["owner"]) if "owner" in keeper else ""
    mailbox = mailboxes.create_mailbox(address=address, **keeper, by=request.user, **columns)
    return mailbox_trials.check_domain(mailbox)


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
    if mailbox.kind == Mailbox.Kind.PROVIDER:
        return redirect("crm:mailbox_provider", pk)
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
