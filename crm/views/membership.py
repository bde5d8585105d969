"""Where a person works: given an account, moved to another, their part there corrected; nothing is forgotten."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, lookups, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.forms import JoinForm, MoveForm, PartForm
from crm.models import Contact, Membership
from crm.services import contacts, memberships
from crm.views.back import back_to
from crm.views.numbers import whole


def part_of(request: HttpRequest, contact: Contact) -> Membership:
    """The open membership that the form names, at an account the user may work; 404 otherwise."""
    pk = whole(request.POST.get("membership"))
    row = get_object_or_404(Membership, pk=pk, contact=contact, until=None)
    return access.membership_write(request.user, row.pk)


@require_POST
@policy("member")
def contact_part(request: HttpRequest, pk: int) -> HttpResponse:
    """Title and department at one account."""
    contact = access.contact_write(request.user, pk)
    membership, form = part_of(request, contact), PartForm(request.POST)
    if form.is_valid():
        memberships.edit_membership(membership, by=request.user, **form.cleaned_data)
        toasts.say(request, f"{contact} at {membership.account} is saved.")
    else:
        toasts.refuse(request, "A title has at most 160 characters, a department 80.")
    return redirect("crm:contact", pk)


@require_POST
@policy("member")
def contact_main(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    membership = memberships.make_main(part_of(request, contact), by=request.user)
    toasts.say(request, f"{contact} mainly works at {membership.account}.")
    return redirect("crm:contact", pk)


@require_POST
@policy("member")
def contact_move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another account: the old part ends, dated; the new one begins with its own evidence."""
    contact = access.contact_write(request.user, pk)
    membership, form = part_of(request, contact), MoveForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, first_error(form))
        return redirect("crm:contact", pk)
    fields = dict(form.cleaned_data)
    account = access.account_write(request.user, fields.pop("account").pk)
    try:
        memberships.move(membership, account, by=request.user, **fields)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, f"{contact} works at {account} now; {membership.account} keeps what was.")
    return redirect("crm:contact", pk)


@require_POST
@policy("member")
def contact_join(request: HttpRequest, pk: int) -> HttpResponse:
    """One more account for a person, or the first."""
    contact = access.contact_write(request.user, pk)
    back = back_to(request, reverse("crm:contact", args=[pk]))
    form = JoinForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, first_error(form))
        return redirect(back)
    fields = dict(form.cleaned_data)
    account = access.account_write(request.user, fields.pop("account").pk)
    source = "by hand" if fields["role"] else ""
    contacts.join(contact, account, by=request.user, source=source, **fields)
    toasts.say(request, f"{contact} is at {account}.")
    return redirect(back)


@policy("member")
def unplaced(request: HttpRequest) -> HttpResponse:
    """The worklist of people without an account: each with the account their address points to, if one does."""
    rows = lookups.unplaced(access.visible_contacts(request.user))
    page = paging.page(rows, keys=("last_name", "pk"), after=request.GET.get("after", ""))
    likely = lookups.accounts_of_domains(contact.email for contact in page.rows)
    for contact in page.rows:
        contact.likely = lookups.likely_account(contact, likely)
    return render(request, "crm/people_unplaced.html", {"page": page, "count": paging.count_up_to(rows)})


def first_error(form: JoinForm | MoveForm) -> str:
    name, problems = next(iter(form.errors.items()))
    label = form.fields[name].label or name.replace("_", " ").capitalize() if name in form.fields else ""
    return f"{label}: {problems[0]}" if label else str(problems[0])
