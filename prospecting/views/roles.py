"""Who must be known at each account of a list: the template, how far it is filled, and whom to find where."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Role
from prospecting.models import Segment
from prospecting.queries import roles
from prospecting.services import role_templates
from prospecting.views.account import hole
from prospecting.views.frame import framed, segment_or_404
from prospecting.worklists import MissingForm


@policy("member")
def segment_roles(request: HttpRequest, pk: int) -> HttpResponse:
    """The role template of a segment, and how far its list is filled."""
    segment = segment_or_404(pk)
    return render(request, "prospecting/segment_roles.html", shown(request, segment))


def shown(request: HttpRequest, segment: Segment, **more: Any) -> dict[str, Any]:
    needed = {need.role_id: need.required for need in segment.roles_needed.all()}
    proposed = [] if needed else role_templates.proposed(segment)
    every = Role.objects.exclude(slug="unknown")
    return framed(
        request,
        segment,
        "roles",
        **{
            "cover": roles.cover(segment),
            "complete": roles.completeness(segment),
            "unknown": roles.unknown_share(segment),
            "wanted": [{"role": role, "required": needed.get(role.pk, 0)} for role in every],
            "proposed": proposed,
            "short": roles.fill(roles.missing(segment)[:8]),
            **more,
        },
    )


@require_POST
@policy("lead")
def segment_roles_set(request: HttpRequest, pk: int) -> HttpResponse:
    """How many of each role; nothing or 0 leaves a role out. `route` starts from the roles of the route."""
    segment = segment_or_404(pk)
    if "route" in request.POST:
        wanted = {role.slug: 1 for role in role_templates.proposed(segment)}
    else:
        slugs = Role.objects.exclude(slug="unknown").values_list("slug", flat=True)
        typed = {slug: request.POST.get(f"role-{slug}", "").strip() for slug in slugs}
        wrong = [
            slug for slug, text in typed.items() if text and not (text.isascii() and text.isdecimal() and len(text) < 4)
        ]
        if wrong:
            toasts.refuse(request, f"“{typed[wrong[0]][:20]}” is no number of people.")
            return redirect("prospecting:segment_roles", pk)
        wanted = {slug: int(text) for slug, text in typed.items() if text}
    try:
        role_templates.set_template(segment, wanted, by=request.user)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    else:
        toasts.say(request, "The role template is saved; the worklist follows it.")
    return redirect("prospecting:segment_roles", pk)


@policy("member")
def segment_unknown(request: HttpRequest, pk: int) -> HttpResponse:
    """The worklist of people on the list whose part nobody knows: said one by one, or by a rule for their title."""
    segment = segment_or_404(pk)
    rows = roles.unknown_people(segment)
    page = paging.page(
        rows, keys=("account__name", "contact__last_name", "pk"), after=request.GET.get("after", ""), size=25
    )
    may = access.workable_accounts(request.user).filter(pk__in={one.account_id for one in page.rows})
    own = {
        "page": page,
        "count": paging.count_up_to(rows),
        "may": set(may.values_list("pk", flat=True)),
        "every": Role.objects.exclude(slug="unknown"),
        "titles": roles.common_titles(rows) if access.holds(request.user, "admin") else [],
    }
    return render(request, "prospecting/segment_unknown.html", framed(request, segment, "roles", **own))


@policy("member")
def missing(request: HttpRequest) -> HttpResponse:
    """Whom to find, and where: members of lists that lack people in required roles."""
    form = MissingForm(request.GET, user=request.user)
    rows = roles.missing(**form.terms()) if form.is_valid() else roles.missing()
    page = paging.page(rows, keys=("account__name", "pk"), after=request.GET.get("after", ""))
    filled = roles.fill(page.rows)
    mine = set(
        access.workable_accounts(request.user)
        .filter(pk__in=[row["account"].pk for row in filled])
        .values_list("pk", flat=True)
    )
    for row in filled:
        row["may_work"] = row["account"].pk in mine
    narrowed = any(request.GET.get(name) for name in form.fields)
    return render(
        request,
        "prospecting/missing_roles.html",
        {
            "form": form,
            "page": page,
            "filled": filled,
            "narrowed": narrowed,
            "any_template": bool(filled) or roles.templates().exists(),
        },
    )


@policy("member")
def account_roles(request: HttpRequest, pk: int) -> HttpResponse:
    """For the account page: per list it stands on, which required roles are filled, and by whom."""
    account = access.account_read(request.user, pk)
    part = {"account": account, "lists": roles.of_account(account), "may_work": access.may_work(request.user, account)}
    return hole(request, "prospecting/account_roles_part.html", f"Who is known at {account}", part)
