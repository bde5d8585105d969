"""Accounts: the list one works through, and the page where everything about one stands."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from crm import access, clock, lookups, paging, toasts, words
from crm.access import policy
from crm.errors import Refused
from crm.filters import AccountFilter, among, people_of
from crm.forms import (
    AccountForm,
    AttributeForm,
    ContactForm,
    DomainForm,
    NoteForm,
    NumberForm,
    OwnerForm,
    ReasonForm,
    RestForm,
)
from crm.models import Account, Note, User
from crm.services import accounts, contacts, notes
from crm.views.back import back_to
from crm.views.moved import elsewhere
from crm.views.timeline import days

FAMILIES = (("", "All"), ("said", "Said"), ("sent", "Sent"), ("decided", "Decided"))
TABS = {"": "Overview", "people": "People", "messages": "Messages", "facts": "Facts"}


@policy("member")
def home(request: HttpRequest) -> HttpResponse:
    """The first page is Today; until that page exists, the accounts."""
    try:
        return redirect("appointments:today")
    except NoReverseMatch:
        return redirect("crm:accounts")


@policy("member")
def account_list(request: HttpRequest) -> HttpResponse:
    """Every account, narrowed by the shared filters, page by page."""
    narrowed = AccountFilter(request.GET, queryset=access.visible_accounts(request.user), request=request)
    page = paging.narrowed(
        narrowed.found(), keys=("name", "pk"), after=request.GET.get("after", ""), dress=lookups.listed
    )
    stands = lookups.furthest(page.rows)
    for row in page.rows:
        row.stands = stands[row.pk]
    shown = {
        "filter": narrowed,
        "page": page,
        "count": page.said,
        "rungs": words.RUNGS.items(),
        "people": among(narrowed.form.fields["owner"].queryset, request.user),
        "today": clock.today(),
        "narrowed": any(request.GET.get(name) for name in narrowed.filters),
    }
    return render(request, "crm/accounts.html", shown)


@policy("member")
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        account = access.account_read(request.user, pk)
    except Http404:
        return elsewhere("accounts", pk)
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        raise Http404
    shown = {"": overview, "people": people, "messages": messages, "facts": facts}[tab](request, account)
    stands = lookups.furthest([account])[account.pk]
    site = Account(pk=stands["site"]["pk"], rung=stands["rung"], rung_at=stands["at"]) if stands["site"] else None
    head = {
        "stands": stands,
        "account": account,
        "tab": tab,
        "tabs": TABS,
        "may_work": access.may_work(request.user, account),
        "rung_dates": lookups.rung_dates(site or account),
        "today": clock.today(),
        "note_form": NoteForm(),
        "readers": [str(one) for one in notes.readers(request.user.team_id)],
        "rest_form": RestForm(auto_id="rest_%s"),
        "standing": lookups.suppression_of(account),
        "members": lookups.members_shown(account),
        "conversations": access.visible_conversations(request.user).filter(account=account).count(),
        "sites": list(account.children.order_by("name")[:51]),
    }
    return render(request, "crm/account.html", head | shown)


def overview(request: HttpRequest, account: Account) -> dict:
    return {**timeline_part(request, account), "template": "crm/account_overview.html"}


def people(request: HttpRequest, account: Account) -> dict:
    past = account.memberships.exclude(until=None).select_related("contact", "role").order_by("-until")[:30]
    return {"past": past, "template": "crm/account_people.html"}


def messages(request: HttpRequest, account: Account) -> dict:
    rows = access.visible_messages(request.user).filter(account=account).select_related("contact", "conversation")
    page = paging.page(rows, keys=("at", "pk"), after=request.GET.get("after", ""), size=30, down=True)
    return {"page": page, "template": "crm/account_messages.html"}


def facts(request: HttpRequest, account: Account) -> dict:
    owner_form = OwnerForm(people=people_of(request.user), initial={"owner": account.owner_id})
    return {
        "owner_form": owner_form,
        "close_form": ReasonForm(auto_id="close_%s"),
        "attribute_form": AttributeForm(auto_id="attribute_%s"),
        "domain_form": DomainForm(auto_id="domain_%s"),
        "number_form": NumberForm(auto_id="number_%s"),
        "facts": lookups.facts_shown(account),
        "domains": account.domains.order_by("domain"),
        "numbers": account.external_ids.order_by("system", "value"),
        "sites_page": lookups.sites_shown(account, after=request.GET.get("after", "")),
        "template": "crm/account_facts.html",
    }


@policy("member")
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The timeline by itself: what its filters and its next page ask for."""
    account = access.account_read(request.user, pk)
    part = timeline_part(request, account)
    template = "crm/timeline_part.html" if request.htmx else "crm/timeline.html"
    return render(request, template, {"account": account, **part})


def timeline_part(request: HttpRequest, account: Account) -> dict:
    family = request.GET.get("family", "")
    family = family if family in ("said", "sent", "decided") else ""
    page = lookups.timeline_page(account, request.user, family=family, after=request.GET.get("after", ""))
    return {"family": family, "timeline_families": FAMILIES, "timeline_page": page, "days": days(page.rows)}


@policy("member")
def account_edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_write(request.user, pk)
    form = AccountForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            accounts.edit_account(Account.objects.get(pk=pk), by=request.user, **changed)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("crm:account", pk)
    return render(request, "crm/account_edit.html", {"account": account, "form": form})


@policy("member")
def account_new(request: HttpRequest) -> HttpResponse:
    """A new account; `?parent=` makes it a site of that one."""
    parent = request.GET.get("parent", "")
    initial = {"parent": int(parent)} if parent.isascii() and parent.isdecimal() and len(parent) < 19 else {}
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            account = accounts.create_account(by=request.user, owner=owner_for(request.user), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, f"{account} is on file.")
            return redirect("crm:account", account.pk)
    return render(request, "crm/account_edit.html", {"form": form})


@policy("member")
def account_find(request: HttpRequest) -> HttpResponse:
    """Options of a chooser: the text comes under the name of whichever field asks."""
    text = next((value for name, value in request.GET.items() if name != "csrfmiddlewaretoken"), "")
    return render(request, "crm/account_options.html", {"found": lookups.found_accounts(request.user, text)})


def owner_for(user: User) -> User | None:
    return user if user.job in (User.Job.SDR, User.Job.LEAD) else None


@require_POST
@policy("member")
def account_note(request: HttpRequest, pk: int) -> HttpResponse:
    account = access.account_read(request.user, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return render(request, "crm/note_again.html", {"account": account, "form": form}, status=400)
    url = reverse("crm:account", args=[pk])
    try:
        kept = notes.add_note(account, form.cleaned_data["text"], by=request.user, url=url)
    except Refused as refused:
        form.add_error("text", refused.sentence)
        return render(request, "crm/note_again.html", {"account": account, "form": form}, status=409)
    toasts.say(request, f"The note is on the timeline.{told(kept, request.user)}")
    return redirect(back_to(request, url))


def told(note: Note, by: User) -> str:
    """Who was told of it, for the toast."""
    names = [str(person) for person in note.mentioned.exclude(pk=by.pk)]
    return f" {' and '.join(names)} {'is' if len(names) == 1 else 'are'} told." if names else ""


@require_POST
@policy("member")
def account_rest(request: HttpRequest, pk: int) -> HttpResponse:
    """Rests the account itself; prospecting has its own address that rests what is under way as well."""
    account = access.account_write(request.user, pk)
    if "end" in request.POST:
        accounts.end_rest(account, by=request.user)
        toasts.say(request, f"{account} is not resting any more.")
        return redirect("crm:account", pk)
    form = RestForm(request.POST)
    if form.is_valid():
        accounts.write_rest(account, form.cleaned_data["until"], form.cleaned_data["why"], by=request.user)
        toasts.say(request, f"{account} rests.")
    else:
        toasts.refuse(request, "Say until which day after today, and why.")
    return redirect("crm:account", pk)


@require_POST
@policy("member")
def account_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads and admins give an account to anyone of theirs; others take one that nobody owns."""
    account = access.account_write(request.user, pk)
    form = OwnerForm(request.POST, people=people_of(request.user))
    if not form.is_valid():
        raise Http404
    owner = form.cleaned_data["owner"]
    access.check_may_assign(request.user, account, owner)
    accounts.assign_owner(account, owner, by=request.user)
    toasts.say(request, f"{account} belongs to {owner or 'nobody'}.")
    return redirect("crm:account", pk)


@require_POST
@policy("member")
def account_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever gives no reason opens a closed one: a second click on the form that closes does not."""
    account = access.account_write(request.user, pk)
    if account.is_closed and "why" not in request.POST:
        accounts.reopen_account(account, by=request.user)
        toasts.say(request, f"{account} is open again.")
        return redirect("crm:account", pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        accounts.close_account(account, form.cleaned_data["why"], by=request.user)
        toasts.say(request, f"{account} is closed.", undo=reverse("crm:account_close", args=[pk]))
    else:
        toasts.refuse(request, "Say why the account is closed.")
    return redirect("crm:account", pk)


@policy("member")
def contact_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new person at an account; a worklist may say which role is missing (`?role=`), and gets the reader back."""
    account = access.account_write(request.user, pk)
    initial = {"role": request.GET.get("role", "")[:60]}
    form = ContactForm(request.POST or None, initial=initial, country=account.country)
    back = back_to(request)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        role = fields.pop("role")
        try:
            contact = contacts.add_contact(account, by=request.user, role=role, source="by hand", **fields)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, f"{contact} is at {account}.")
            return redirect(back or reverse("crm:account", args=[pk]))
    return render(request, "crm/contact_new.html", {"account": account, "form": form, "back": back})
