"""Sequences: what is sent to which role, and the texts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.forms import NameForm, StepFormSet, TextForm
from prospecting.models import Enrollment, Sequence, SequenceVersion, Template
from prospecting.models.enrollment import OPEN
from prospecting.queries import screens
from prospecting.services import sequences


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
    versions = list(row.versions.exclude(state="discarded").select_related("by"))
    chosen = next(
        (v for v in versions if str(v.number) == request.GET.get("version")), versions[0] if versions else None
    )
    steps = (
        list(chosen.steps.select_related("role", "template__template").order_by("role__order", "role", "order"))
        if chosen
        else []
    )
    shown = {
        "sequence": row,
        "versions": versions,
        "version": chosen,
        "steps": steps,
        "mailboxes": list(chosen.mailboxes.all()) if chosen else [],
        "may_write": access.holds(request.user, "lead"),
        "walking": Enrollment.objects.filter(sequence_version__sequence=row, state__in=OPEN).count(),
    }
    return render(request, "prospecting/sequence.html", shown)


@policy("lead")
def sequence_draft(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Sequence, pk=pk)
    if request.method == "POST":
        forms = StepFormSet(request.POST)
        if forms.is_valid():
            used = [f for f in forms if f.cleaned_data.get("role") and not f.cleaned_data.get("DELETE")]
            used.sort(key=lambda form: form.cleaned_data["ORDER"] or 99)
            try:
                sequences.draft(row, [form.step() for form in used], by=request.user)
            except Refused as refused:
                toasts.refuse(request, refused.sentence)
            else:
                toasts.say(request, "The draft is kept.")
                return redirect("prospecting:sequence", pk)
    else:
        forms = StepFormSet(initial=steps_to_edit(row))
    return render(request, "prospecting/sequence_draft.html", {"sequence": row, "forms": forms})


def steps_to_edit(row: Sequence) -> list[dict]:
    newest = row.versions.exclude(state="discarded").order_by("-number").first()
    steps = newest.steps.select_related("role").order_by("role__order", "order") if newest else []
    keep = ("channel", "wait_days", "same_thread", "task")
    return [
        {"role": step.role.slug, "template": step.template_id, **{name: getattr(step, name) for name in keep}}
        for step in steps
    ]


@require_POST
@policy("lead")
def sequence_publish(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(SequenceVersion, sequence=pk, state=SequenceVersion.State.DRAFT)
    if "discard" in request.POST:
        sequences.discard(draft, by=request.user)
        toasts.say(request, "The draft is discarded.")
        return redirect("prospecting:sequence", pk)
    sequences.publish(draft, by=request.user)
    toasts.say(request, f"{draft} can be used. Walks in progress stay on theirs.")
    return redirect("prospecting:sequence", pk)


@policy("lead")
def template(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A text; saving makes a new version, and what is under way keeps the one it began with."""
    row = get_object_or_404(Template, pk=pk) if pk else None
    latest = row.versions.order_by("-number").first() if row else None
    initial = (
        {"name": row.name, "language": row.language, "subject": latest.subject, "body": latest.body}
        if row and latest
        else {}
    )
    form = TextForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            saved = sequences.save_template(by=request.user, **{**data, "name": row.name if row else data["name"]})
        except Refused as refused:
            form.add_error("subject" if "The subject" in refused.sentence else "body", refused.sentence)
        else:
            toasts.say(request, f"{saved} is kept. Choose it in a sequence to use it.")
            return redirect("prospecting:template", saved.template_id)
    shown = {"form": form, "row": row, "latest": latest, "fields": sequences.FIELDS, "texts": Template.objects.all()}
    return render(request, "prospecting/template.html", shown)
