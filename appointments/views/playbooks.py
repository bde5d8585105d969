"""Drafts for what was said: the list, and one draft with how it reads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from appointments.forms import PlaybookForm
from appointments.models import Playbook
from crm import clock, toasts
from crm.access import holds, policy
from crm.errors import Refused
from prospecting.rules import labels, merge_language
from prospecting.services.sequences import FIELDS


@require_safe
@policy("member")
def playbooks(request: HttpRequest) -> HttpResponse:
    rows = list(
        Playbook.objects.filter(archived_at=None).select_related("segment").order_by("label", "language", "name")
    )
    covered = {row.label for row in rows}
    missing = [label.words for label in labels.LABELS.values() if label.key not in covered and labels.counts(label.key)]
    context = {"playbooks": rows, "missing": missing, "may_write": holds(request.user, "lead")}
    return render(request, "appointments/playbooks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@policy("member")
def playbook(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    row = get_object_or_404(Playbook, pk=pk, archived_at=None) if pk else Playbook()
    may_write = holds(request.user, "lead")
    form = PlaybookForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST":
        if not may_write:
            raise Refused("Leads and admins change the playbook.")
        if pk and "archive" in request.POST:
            return put_away(request, row)
        if form.is_valid():
            form.save()
            toasts.say(request, f"The draft “{row.name}” is kept.")
            return redirect("appointments:playbooks")
    context = {"playbook": row, "form": form, "may_write": may_write, **help_of(row)}
    return render(request, "appointments/playbook.html", context, status=400 if form.errors else 200)


def put_away(request: HttpRequest, row: Playbook) -> HttpResponse:
    Playbook.objects.filter(pk=row.pk).update(archived_at=clock.now())
    toasts.say(request, f"The draft “{row.name}” is put away.")
    return redirect(reverse("appointments:playbooks"))


SAMPLE = {
    "first_name": "Joost",
    "last_name": "Dekker",
    "company": "Maas & Dekker",
    "sites": "4",
    "title": "Technical manager",
}


def help_of(row: Playbook) -> dict[str, Any]:
    """The fields a draft may hold, and how it reads for someone made up."""
    fields = [("{{" + name + "}}", words) for name, words in FIELDS.items()]
    values = {name: SAMPLE.get(name, name.replace("_", " ")) for name in FIELDS}
    try:
        sample = merge_language.render(merge_language.parse(row.body, fields=FIELDS), values)
    except (merge_language.TemplateError, merge_language.Missing):
        sample = ""
    return {"fields": fields, "sample": sample}
