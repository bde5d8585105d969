"""The health of a list, and the queue of facts that are past their age."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, clock, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Contact
from crm.services import accounts, contact_facts, contacts
from crm.services import facts as facts_of_accounts
from crm.views.back import back_to
from crm.views.numbers import whole
from prospecting.queries import list_health, roles, screens, stale
from prospecting.queries.bounded import within
from prospecting.queries.dry_runs import version_in_use
from prospecting.views.frame import framed, segment_or_404

PATIENCE = 20_000


@policy("member")
def segment_health(request: HttpRequest, pk: int) -> HttpResponse:
    """How good the list is; each figure opens the accounts behind it."""
    segment = segment_or_404(pk)
    version = version_in_use(segment.pk)
    try:
        with within(PATIENCE):
            own = {
                "health": list_health.health(segment),
                "year_ago": clock.now() - list_health.LOOKED_BACK,
                "complete": roles.completeness(segment),
                "unknown": roles.unknown_share(segment),
                "cover": roles.cover(segment),
                "route_cover": screens.role_cover(segment, version) if version else [],
            }
    except OperationalError:
        own = {"health": None}
    return render(
        request, "prospecting/segment_health.html", framed(request, segment, "health", version=version, **own)
    )


@policy("member")
def segment_stale(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts past their age, oldest first; one button says that someone looked."""
    segment = segment_or_404(pk)
    noun = request.GET.get("of", "account")
    noun = noun if noun in stale.NOUNS else "account"
    seen = paging.read(request.GET.get("after", ""), 3)
    after = (str(seen[0]), whole(str(seen[1])) or 0, str(seen[2])) if seen else None
    field = request.GET.get("field", "")[:60].replace("\x00", "")
    rows, more, sampled = stale.queue(segment.target_list, noun, after=after, field=field)
    mine = access.workable_accounts(request.user).filter(pk__in={row.account.pk for row in rows})
    own = {
        "rows": rows,
        "noun": noun,
        "field": field,
        "known_fields": stale.fields_with_age(noun),
        "next": paging.token(more, ("at", "pk", "name")) if more else "",
        "back": bool(after),
        "sampled": sampled,
        "mine": set(mine.values_list("pk", flat=True)),
        "kinds": stale.EDITABLE[noun],
    }
    return render(request, "prospecting/segment_stale.html", framed(request, segment, "health", **own))


@require_POST
@policy("member")
def fact_checked(request: HttpRequest) -> HttpResponse:
    """Someone looked: the fact stays and is fresh, or says something else now."""
    name, value = request.POST.get("field", "")[:60], request.POST.get("value")
    about = subject(request)
    try:
        if value is None or value.strip() == stale.own(about, name):
            confirm(about, name, request)
            toasts.say(request, f"{about}: {name.replace('_', ' ')} is checked.")
        else:
            edit(about, name, value.strip(), request)
            toasts.say(request, f"{about}: {name.replace('_', ' ')} is {value.strip() or 'empty'} now.")
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    return redirect(back_to(request, reverse("prospecting:segments")))


def subject(request: HttpRequest) -> object:
    """The account or person one may change, or 404."""
    if contact := request.POST.get("contact", ""):
        return access.contact_write(request.user, whole(contact) or 0)
    return access.account_write(request.user, whole(request.POST.get("account", "")) or 0)


def confirm(about: object, name: str, request: HttpRequest) -> None:
    if isinstance(about, Contact):
        contact_facts.confirm(about, [name], by=request.user)
    else:
        facts_of_accounts.confirm(about, [name], by=request.user)


def edit(about: object, name: str, value: str, request: HttpRequest) -> None:
    noun = "contact" if isinstance(about, Contact) else "account"
    kind = stale.EDITABLE[noun].get(name)
    if kind is None:
        raise Refused(f"{name.replace('_', ' ').capitalize()} is changed on the page of {about}.")
    verb = contacts.edit_contact if noun == "contact" else accounts.edit_account
    verb(about, by=request.user, **{name: stale.read(about, kind, name, value)})
