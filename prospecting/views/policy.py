"""The politeness policy: the one in use, its draft, what that would change, and every version there was."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Organisation
from prospecting.models import PolitenessPolicy
from prospecting.rules import labels
from prospecting.services import policies
from prospecting.work_forms import PolicyForm, WhyForm, policy_initial

NAMES = {
    "people_at_once": "People at once",
    "touches_a_week": "Touches within seven days",
    "days_between_people": "Working days between two people",
}


@policy("member")
def politeness(request: HttpRequest) -> HttpResponse:
    """Everyone reads it; an admin keeps a draft here."""
    may_write = access.holds(request.user, "admin")
    now, draft = policies.in_use(), policies.the_draft()
    form = PolicyForm(request.POST or None, initial=policy_initial(draft or now)) if may_write else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            policies.draft(by=request.user, **form.policy())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, "The draft is kept. Nothing has changed yet.")
            return redirect("prospecting:politeness")
    return render(request, "prospecting/politeness.html", shown(now, draft, form, may_write=may_write))


def shown(now: PolitenessPolicy, draft: PolitenessPolicy | None, form: Any, *, may_write: bool) -> dict[str, Any]:
    versions = PolitenessPolicy.objects.filter(state="published").select_related("by").order_by("-number")[:50]
    organisation = Organisation.objects.first()
    return {
        "policy": now,
        "draft": draft,
        "form": form,
        "publish_form": WhyForm(),
        "changes": told(policies.changes(now, draft)) if draft else [],
        "effect": policies.effect(draft or now),
        "cooling": cooling(now),
        "versions": versions,
        "shares": organisation is None or organisation.sites_share_budget,
        "may_write": may_write,
    }


def cooling(row: PolitenessPolicy) -> list[tuple[str, int]]:
    return [(labels.words(label), days) for label, days in sorted(row.cool_off.items()) if days]


def told(changes: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """What, as it was, as it would be."""
    found = []
    for name, (was, now) in changes.items():
        label = name.partition(" ")[2]
        found.append((f"Cool-off after “{labels.words(label).lower()}”" if label else NAMES[name], was, now))
    return found


@require_POST
@policy("admin")
def politeness_publish(request: HttpRequest) -> HttpResponse:
    """The draft is the policy from now on, for whoever starts."""
    draft = policies.the_draft()
    if draft is None:
        toasts.refuse(request, "There is no draft any more.")
        return redirect("prospecting:politeness")
    try:
        if request.POST.get("do") == "discard":
            policies.discard(draft, by=request.user)
            toasts.say(request, "The draft is gone. The policy is as it was.")
        else:
            policies.publish(draft, request.POST.get("why", ""), by=request.user)
            toasts.say(request, f"{draft} holds for every account that starts from now on.")
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    return redirect("prospecting:politeness")
