"""A mailbox that sends and hears through a provider: adding one, its keys, the addresses the provider posts to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.mailbox_forms import NewProviderForm, ProviderForm, WhoseForm
from crm.models import Mailbox, Provider
from crm.services import mailbox_trials, mailboxes, provider_posts, providers

NOT_TRIED = "It was added before the provider took a message. Put that right, then resume it."


@policy("member")
def new(request: HttpRequest) -> HttpResponse:
    """The second page of adding a mailbox, for those whose mail goes through the provider."""
    people, teams = access.mailbox_keepers(request.user)
    asked = request.POST if request.method == "POST" else request.GET
    whose = WhoseForm(asked if "address" in asked else None, people=people, teams=teams, me=request.user)
    if not whose.is_bound or not whose.is_valid():
        status = 422 if whose.is_bound else 200
        return render(request, "crm/mailbox_new.html", {"form": whose}, status=status)
    if request.method == "POST":
        return _add(request, whose)
    keeper = whose.keeper()
    name = str(keeper["owner"]) if "owner" in keeper else ""
    domain = whose.cleaned_data["address"].rpartition("@")[2]
    return _asked(request, whose, NewProviderForm(initial={"display_name": name, "domain": f"mg.{domain}"}))


def _asked(request: HttpRequest, whose: WhoseForm, form: NewProviderForm, **more: Any) -> HttpResponse:
    shown = {"whose": whose, "address": whose.cleaned_data["address"], "form": form, **more}
    return render(request, "crm/mailbox_new_provider.html", shown, status=422 if form.is_bound else 200)


def _add(request: HttpRequest, whose: WhoseForm) -> HttpResponse:
    """Try, then add; what fails is explained, and everything typed stays but the keys."""
    form, do = NewProviderForm(request.POST), request.POST.get("do", "")
    if not form.is_valid():
        return _asked(request, whose, form)
    given, address = form.columns(), whose.cleaned_data["address"]
    lines = mailbox_trials.try_provider(address, given["domain"], given["region"], given["api_key"])
    well = all(line.ok for line in lines)
    if do == "try" or not (well or do == "keep"):
        return _asked(request, whose, form, lines=lines, well=well)
    mailbox = providers.add_mailbox(address=address, by=request.user, **whose.keeper(), **given)
    if not well:
        mailboxes.pause_mailbox(mailbox, NOT_TRIED, by=request.user)
    mailbox_trials.check_domain(mailbox)
    toasts.say(request, f"{mailbox} is added." if well else f"{mailbox} is added, and paused.")
    return redirect("crm:mailbox", mailbox.pk)


def _mailbox(request: HttpRequest, pk: int) -> Mailbox:
    """404 for a stranger, and for a mailbox with servers of its own."""
    mailbox = access.mailbox_write(request.user, pk)
    get_object_or_404(Provider, mailbox=mailbox)
    return mailbox


@policy("member")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Other keys or another domain: tried before they are kept, unless someone keeps them all the same."""
    mailbox = _mailbox(request, pk)
    found = mailbox.provider
    form = ProviderForm(request.POST or None, initial={"domain": found.domain, "region": found.region}, has_keys=True)
    page: dict[str, Any] = {"mailbox": mailbox, "form": form}
    if form.is_bound and form.is_valid():
        given, do = form.cleaned_data, request.POST.get("do")
        key = given["api_key"] or providers.api_key_of(mailbox)
        lines = mailbox_trials.try_provider(mailbox.address, given["domain"], given["region"], key)
        page |= {"lines": lines, "well": all(line.ok for line in lines)}
        if (page["well"] or do == "keep") and do != "try":
            providers.change(mailbox, **given)
            toasts.say(request, "The provider is saved.")
            return redirect("crm:mailbox", pk)
    return render(request, "crm/mailbox_provider.html", page, status=422 if form.is_bound else 200)


@require_POST
@policy("member")
def new_addresses(request: HttpRequest, pk: int) -> HttpResponse:
    providers.new_addresses(_mailbox(request, pk))
    toasts.say(request, "The addresses are new. Enter them at Mailgun: the old ones work no more.")
    return redirect("crm:mailbox", pk)


@require_POST
@policy("member")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    many = provider_posts.release(_mailbox(request, pk), by=request.user)
    toasts.say(request, f"{many} tried again." if many else "Nothing was set aside.")
    return redirect("crm:mailbox", pk)
