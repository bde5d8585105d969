"""Sequences: their versions, how those differ, and putting a draft to use."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.forms import NameForm
from prospecting.models import Sequence, SequenceVersion
from prospecting.queries import screens
from prospecting.queries import sequences as asked
from prospecting.sequence_forms import PublishForm
from prospecting.services import returning, sequences


@policy("member")
def sequence_index(request: HttpRequest) -> HttpResponse:
    may_write = access.holds(request.user, "lead")
    return render(
        request, "prospecting/sequences.html", {"sequences": screens.sequences_shown(), "may_write": may_write}
    )


@policy("lead")
def sequence_new(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = sequences.create_sequence(
                form.cleaned_data["name"], form.cleaned_data["description"], by=request.user
            )
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            return redirect("prospecting:sequence_draft", row.pk)
    shown = {"form": form, "title": "New sequence", "back": "prospecting:sequences", "called": "Sequences",
             "says": "What is sent to which role. One sequence can walk any route that has these roles."}  # fmt: skip
    return render(request, "prospecting/name_new.html", shown)


@policy("member")
def sequence_page(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Sequence, pk=pk)
    return render(request, "prospecting/sequence.html", page_of(request, row))


def page_of(request: HttpRequest, row: Sequence, form: PublishForm | None = None) -> dict[str, Any]:
    versions = list(row.versions.exclude(state="discarded").select_related("by", "sequence"))
    number = request.GET.get("version", "")
    chosen = next((v for v in versions if str(v.number) == number), versions[0] if versions else None)
    walking = asked.walking_by_version(row)
    for version in versions:
        version.walking = walking.get(version.pk, 0)  # type: ignore[attr-defined]
    return {
        "sequence": row,
        "versions": versions,
        "version": chosen,
        "may_write": access.holds(request.user, "lead"),
        "walking": sum(walking.values()),
        "form": form or PublishForm(),
        "others": Sequence.objects.filter(versions__state="published").exclude(pk=row.pk).distinct(),
        **(about(chosen, versions) if chosen else {"steps": []}),
    }


def about(chosen: SequenceVersion, versions: list[SequenceVersion]) -> dict[str, Any]:
    """One version: its steps, what is new in it, what stands against using it, what was written anew since."""
    steps, before = asked.steps_in_order(chosen), asked.version_before(chosen)
    newest_used = next((v for v in versions if v.state == "published"), None)
    is_newest = chosen == newest_used
    return {
        "steps": steps,
        "mailboxes": list(chosen.mailboxes.all()),
        "before": before,
        "changes": asked.changes(before, chosen) if before else [],
        "problems": sequences.problems(steps) if chosen.state == "draft" else [],
        "snippets": list(chosen.snippets.select_related("snippet")),
        "texts_behind": asked.behind(chosen) if is_newest else [],
        "snippets_behind": asked.snippets_behind(chosen) if is_newest else [],
        "newest_used": newest_used,
        "older_walks": sum(v.walking for v in versions if newest_used and v.number < newest_used.number),  # type: ignore[attr-defined]
    }


@require_POST
@policy("lead")
def sequence_publish(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(SequenceVersion, sequence=pk, state=SequenceVersion.State.DRAFT)
    if "discard" in request.POST:
        sequences.discard(draft, by=request.user)
        toasts.say(request, "The draft is discarded.")
        return redirect("prospecting:sequence", pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return render(request, "prospecting/sequence.html", page_of(request, draft.sequence, form), status=422)
    sequences.publish(draft, by=request.user, reason=form.cleaned_data["reason"])
    toasts.say(request, f"{draft} can be used. Walks in progress stay on theirs.")
    return redirect("prospecting:sequence", pk)


@require_POST
@policy("lead")
def sequence_newest_texts(request: HttpRequest, pk: int) -> HttpResponse:
    version = sequences.draft_newest_texts(get_object_or_404(Sequence, pk=pk), by=request.user)
    toasts.say(request, f"{version} is a draft with every text as it was last saved.")
    return redirect("prospecting:sequence", pk)


@require_POST
@policy("lead")
def sequence_returns(request: HttpRequest, pk: int) -> HttpResponse:
    """What accounts get that come back from a rest."""
    row, chosen = get_object_or_404(Sequence, pk=pk), request.POST.get("with", "")
    other = get_object_or_404(Sequence, pk=int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else None
    returning.come_back_with(row, other, by=request.user)
    toasts.say(
        request, f"Accounts come back with {other}." if other else "Accounts come back with what they have not had."
    )
    return redirect("prospecting:sequence", pk)
