"""Drafts for what was said: the list, and one draft with how it reads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments.forms import PlaybookForm
from appointments.models import AutoAnswerStop, Playbook
from appointments.services import auto_answers
from appointments.services import playbooks as drafts
from crm import clock, toasts
from crm.access import holds, policy
from crm.errors import Refused
from crm.models import Team, User
from prospecting.models import Snippet
from prospecting.rules import labels
from prospecting.services.sequences import FIELDS


@require_safe
@policy("member")
def playbooks(request: HttpRequest) -> HttpResponse:
    rows = list(
        Playbook.objects.filter(archived_at=None)
        .select_related("segment", "allowed_by")
        .order_by("label", "also", "language", "name")
    )
    covered = {row.label for row in rows}
    missing = [label.words for label in labels.LABELS.values() if label.key not in covered and labels.counts(label.key)]
    context: dict[str, Any] = {"playbooks": rows, "missing": missing, "may_write": holds(request.user, "lead")}
    if context["may_write"] and any(row.sends_itself for row in rows):
        context["stops"] = stops(request.user)
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
            form.keep(request.user)
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
    """The fields and paragraphs a draft may hold, and how it reads for someone made up."""
    fields = [("{{" + name + "}}", words) for name, words in FIELDS.items()]
    snippets = [
        ("{% snippet " + one.name + " %}", one.about or "A shared paragraph") for one in Snippet.objects.all()[:30]
    ]
    values = {name: SAMPLE.get(name, name.replace("_", " ")) for name in FIELDS}
    person = drafts.Addressee("Joost Dekker", row.language, values)
    return {"fields": fields, "snippets": snippets, "sample": drafts.fill(row.body, person).text if row.body else ""}


def stops(user: User) -> list[dict[str, Any]]:
    """Teams whose switch the user may turn, and how it stands."""
    teams = Team.objects.order_by("name")
    mine = teams if user.is_admin else teams.filter(pk=user.team_id or 0)
    stopped = {row.team_id: row for row in AutoAnswerStop.objects.select_related("by")}
    return [{"team": team, "stop": stopped.get(team.pk)} for team in mine]


@require_POST
@policy("lead")
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether answers may leave by themselves in a team: its lead says so, or an admin."""
    rows = Team.objects.all() if request.user.is_admin else Team.objects.filter(pk=request.user.team_id or 0)
    team = get_object_or_404(rows, pk=pk)
    if request.POST.get("on"):
        auto_answers.allow_in(team, by=request.user)
        toasts.say(request, f"In {team} answers may leave by themselves where a draft allows it.")
    else:
        auto_answers.stop_in(team, by=request.user)
        toasts.say(request, f"In {team} no answer leaves by itself any more.")
    return redirect("appointments:playbooks")
