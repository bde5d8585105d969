"""One person: who they are, the parts they play, and what was said with them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, clock, lookups, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.filters import ContactFilter
from crm.forms import ContactEditForm, JoinForm, MoveForm, NoteForm, PartForm, ReasonForm, RoleForm
from crm.models import Contact, Membership
from crm.services import contact_facts, contacts, notes
from crm.views.back import back_to
from crm.views.moved import elsewhere
from crm.views.numbers import whole
from crm.views.timeline import days


@policy("member")
def contact_list(request: HttpRequest) -> HttpResponse:
    """Everyone, and the worklist of those who belong to no account yet."""
    narrowed = ContactFilter(request.GET, queryset=access.visible_contacts(request.user), request=request)
    page = paging.narrowed(
        narrowed.found(),
        keys=("last_name", "first_name", "pk"),
        after=request.GET.get("after", ""),
        dress=lambda rows: rows.prefetch_related(lookups.open_memberships()),
    )
    shown = {"filter": narrowed, "page": page, "count": page.said}
    return render(request, "crm/contacts.html", shown)


@policy("member")
def contact_page(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        contact = access.contact_read(request.user, pk)
    except Http404:
        return elsewhere("contacts", pk)
    memberships = list(contact.memberships.select_related("account", "role").order_by("-since", "-pk"))
    here = sorted((one for one in memberships if one.until is None), key=lambda one: not one.main)
    page = lookups.contact_timeline(contact, request.user, after=request.GET.get("after", ""))
    shown = {
        "contact": contact,
        "here": here,
        "past": sorted((one for one in memberships if one.until), key=lambda one: one.until, reverse=True),
        "facts": lookups.facts_shown(contact),
        "further": list(contact.addresses.order_by("pk")),
        "place": lookups.place_of(contact, here),
        "conversations": lookups.conversations_with(contact, request.user)[:20],
        "days": days(page.rows, places=len({one.account_id for one in memberships}) > 1),
        "page": page,
        "today": clock.today(),
        "may_work": access.may_change_contact(request.user, contact),
        "suppressed": contact.suppressions.filter(lifted_at=None).order_by("-at").first(),
        "quotable": lookups.quotable(request.user, [one.account_id for one in here]),
        "role_form": RoleForm(auto_id=False),
        "part_form": PartForm(auto_id=False),
        "move_form": MoveForm(auto_id=False),
        "join_form": JoinForm(auto_id="join_%s"),
        "stop_form": ReasonForm(),
    }
    return render(request, "crm/contact.html", shown)


@policy("member")
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    form = ContactEditForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            contact = contacts.edit_contact(Contact.objects.get(pk=pk), by=request.user, **changed)
        except Refused as refused:
            form.add_error("email" if "email" in changed else None, refused.sentence)
        else:
            toasts.say(request, f"{contact} is saved.")
            return redirect("crm:contact", pk)
    return render(request, "crm/contact_edit.html", {"contact": contact, "form": form})


@require_POST
@policy("member")
def contact_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone looked, and it is as it was: the fact is fresh again."""
    contact = access.contact_write(request.user, pk)
    contact_facts.confirm(contact, request.POST.getlist("field")[:100], by=request.user)
    toasts.say(request, "Checked today.")
    return redirect("crm:contact", pk)


@require_POST
@policy("member")
def contact_role(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    membership = get_object_or_404(Membership, pk=whole(request.POST.get("membership")), contact=contact, until=None)
    form = RoleForm(request.POST)
    if form.is_valid():
        contacts.set_role(
            membership, form.cleaned_data["role"], by=request.user, evidence=form.cleaned_data["evidence"],
            confidence=form.cleaned_data["confidence"] or "certain",
        )  # fmt: skip
        toasts.say(request, f"{contact} is {form.cleaned_data['role']} at {membership.account}.")
    else:
        toasts.refuse(request, "Choose a role, and say how you know.")
    return redirect(back_to(request, reverse("crm:contact", args=[pk])))


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
def contact_note(request: HttpRequest, pk: int) -> HttpResponse:
    """A note about a person stands at the account they mainly work for; it can be quoted as evidence."""
    contact = access.contact_write(request.user, pk)
    account = contacts.main_account(contact)
    form = NoteForm(request.POST)
    try:
        if account is None:
            raise Refused(f"Give {contact} an account first; a note stands on its timeline.")
        if form.is_valid():
            notes.add_note(account, form.cleaned_data["text"], by=request.user, contact=contact)
            toasts.say(request, "The note is on the timeline.")
            return redirect("crm:contact", pk)
    except Refused as refused:
        form.add_error("text", refused.sentence)
    context = {"account": account, "contact": contact, "form": form}
    return render(request, "crm/note_again.html", context, status=400)


@require_POST
@policy("member")
def contact_stop(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_write(request.user, pk)
    back = back_to(request, reverse("crm:contact", args=[pk]))
    if contact.stopped_at:
        contacts.unstop_contact(contact, by=request.user)
        toasts.say(request, f"{contact} may be written to again.")
        return redirect(back)
    form = ReasonForm(request.POST)
    if form.is_valid():
        contacts.stop_contact(contact, form.cleaned_data["why"], by=request.user)
        toasts.say(request, f"No more outreach to {contact}.")
    else:
        toasts.refuse(request, "Say why nobody should write to them.")
    return redirect(back)
