"""What is known of an account beside its columns: tags, attributes, domains, numbers; each small form one verb."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.forms import AttributeForm, DomainForm, NumberForm, TagsForm
from crm.models import Account
from crm.services import facts
from crm.views.numbers import whole


@require_POST
@policy("member")
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """The tags as they are typed, in place; a part for htmx, the page for everyone else."""
    account = access.account_write(request.user, pk)
    form = TagsForm(request.POST)
    wrong = "" if form.is_valid() else " ".join(form.errors["tags"])
    if not wrong:
        account = facts.set_tags(account, form.cleaned_data["tags"], by=request.user)
    if request.htmx:
        shown = {"account": account, "may_work": True, "tags_wrong": wrong, "tags_typed": request.POST.get("tags", "")}
        return render(request, "crm/account_tags.html", shown, status=422 if wrong else 200)
    (toasts.refuse if wrong else toasts.say)(request, wrong or "The tags are saved.")
    return redirect("crm:account", pk)


@require_POST
@policy("member")
def attribute(request: HttpRequest, pk: int) -> HttpResponse:
    """An attribute of one's own: new, changed, or taken away by an empty value."""
    account = access.account_write(request.user, pk)
    form = AttributeForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, "Name the attribute; its value has at most 1,000 characters.")
    name, value = form.cleaned_data["name"], form.cleaned_data["value"]
    facts.set_attribute(account, name, value, by=request.user, source=form.cleaned_data["source"])
    return done(request, pk, f"{name} is saved." if value else f"{name} is taken away.")


@require_POST
@policy("member")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone looked, and it is as it was: the fact is fresh again."""
    account = access.account_write(request.user, pk)
    facts.confirm(account, request.POST.getlist("field")[:100], by=request.user)
    return done(request, pk, "Checked today.")


@require_POST
@policy("member")
def domain(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_write(request.user, pk)
    if removed := request.POST.get("remove"):
        row = get_object_or_404(account.domains, pk=whole(removed))
        facts.drop_domain(row, by=request.user)
        return done(request, pk, f"{row.domain} is taken away.")
    form = DomainForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, "Type a domain, such as northwind.example.")
    return tried(request, account, lambda: facts.add_domain(account, form.cleaned_data["domain"], by=request.user))


@require_POST
@policy("member")
def number(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_write(request.user, pk)
    if removed := request.POST.get("remove"):
        row = get_object_or_404(account.external_ids, pk=whole(removed))
        facts.drop_number(row, by=request.user)
        return done(request, pk, f"{row} is taken away.")
    form = NumberForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, "Name the system and the number it gave.")
    given = form.cleaned_data
    return tried(request, account, lambda: facts.add_number(account, given["system"], given["value"], by=request.user))


def tried(request: HttpRequest, account: Account, act: object) -> HttpResponse:
    try:
        row = act()  # type: ignore[operator]
    except Refused as error:
        return refused(request, account.pk, error.sentence)
    return done(request, account.pk, f"{row} belongs to {account} now.")


def done(request: HttpRequest, pk: int, sentence: str) -> HttpResponse:
    toasts.say(request, sentence)
    return redirect(f"{reverse('crm:account', args=[pk])}?tab=facts")


def refused(request: HttpRequest, pk: int, sentence: str) -> HttpResponse:
    toasts.refuse(request, sentence)
    return redirect(f"{reverse('crm:account', args=[pk])}?tab=facts")
