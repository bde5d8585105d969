"""One person: who they are, the parts they play, and what was said with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, clock, lookups, paging, toasts
from crm.access import policy
from crm.filters import ContactFilter
from crm.forms import ReasonForm, RoleForm
from crm.models import Membership
from crm.services import contacts
from crm.views.numbers import whole
from crm.views.timeline import days


@policy("member")
def contact_list(request: HttpRequest) -> HttpResponse:
    """Everyone, and the worklist of those who belong to no account yet."""
    rows = access.visible_contacts(request.user).prefetch_related(lookups.open_memberships())
    narrowed = ContactFilter(request.GET, queryset=rows, request=request)
    found = narrowed.found()
    page = paging.page(found, keys=("last_name", "pk"), after=request.GET.get("after", ""))
    shown = {"filter": narrowed, "page": page, "count": paging.count_up_to(found)}
    return render(request, "crm/contacts.html", shown)


@policy("member")
def contact_page(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_read(request.user, pk)
    memberships = contact.memberships.select_related("account", "role").order_by("until", "-since")
    page = lookups.contact_timeline(contact, request.user, after=request.GET.get("after", ""))
    shown = {
        "contact": contact,
        "memberships": list(memberships),
        "conversations": lookups.conversations_with(contact, request.user)[:20],
        "days": days(page.rows),
        "page": page,
        "today": clock.today(),
        "may_work": access.may_change_contact(request.user, contact),
        "suppressed": contact.suppressions.filter(lifted_at=None).order_by("-at").first(),
        "role_form": RoleForm(),
        "stop_form": ReasonForm(),
    }
    return render(request, "crm/contact.html", shown)


@require_POST
@policy("member")
def contact_role(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    membership = get_object_or_404(Membership, pk=whole(request.POST.get("membership")), contact=contact, until=None)
    form = RoleForm(request.POST)
    if form.is_valid():
        contacts.set_role(
            membership, form.cleaned_data["role"], by=request.user, evidence=form.cleaned_data["evidence"]
        )
        toasts.say(request, f"{contact} is {form.cleaned_data['role']} at {membership.account}.")
    else:
        toasts.refuse(request, "Choose a role, and say how you know.")
    return redirect("crm:contact", pk)


@require_POST
@policy("member")
def contact_left(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    membership = get_object_or_404(Membership, pk=whole(request.POST.get("membership")), contact=contact, until=None)
    contacts.end_membership(membership, by=request.user, why=request.POST.get("why", "")[:200] or "said to have left")
    toasts.say(request, f"{contact} is not at {membership.account} any more.")
    return redirect("crm:contact", pk)


@require_POST
@policy("member")
def contact_stop(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    if contact.stopped_at:
        contacts.unstop_contact(contact, by=request.user)
        toasts.say(request, f"{contact} may be written to again.")
        return redirect("crm:contact", pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        contacts.stop_contact(contact, form.cleaned_data["why"], by=request.user)
        toasts.say(request, f"No more outreach to {contact}.")
    else:
        toasts.refuse(request, "Say why nobody should write to them.")
    return redirect("crm:contact", pk)
