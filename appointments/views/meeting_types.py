"""One kind of meeting: its words, hosts with their turns, and what is asked of the guest."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from appointments import access
from appointments.forms import CreditForm, MeetingTypeForm
from appointments.models import Credit, MeetingType
from appointments.rules import guest_words, turns
from appointments.services import credits, hosts, meeting_types
from crm import toasts
from crm.access import policy
from crm.models import User

EMPTY_ROWS = 2
LINES = 20
TRANSLATED = tuple(code for code in guest_words.LANGUAGES if code != "en")


@require_http_methods(["GET", "HEAD", "POST"])
@policy("lead")
def booking_page(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    kind = access.meeting_type_write(request.user, pk) if pk else MeetingType()
    form = MeetingTypeForm(request.POST if request.method == "POST" else None, instance=kind)
    if request.method == "POST" and form.is_valid():
        form.save(commit=False)
        meeting_types.keep(kind, weights=form.weights, questions=asked(request.POST), by=request.user)
        toasts.say(request, f"“{kind.name}” is kept.")
        return redirect("appointments:booking_pages")
    return show(request, kind, form)


def show(
    request: HttpRequest, kind: MeetingType, form: MeetingTypeForm, credit_form: CreditForm | None = None
) -> HttpResponse:
    bad = form.errors or (credit_form and credit_form.errors)
    people = hosts.hosts_of(kind) if kind.pk else []
    context = {
        "type": kind,
        "form": form,
        "weights": [{"user": user, "weight": form.weighed.get(user.pk, 1)} for user in form.fields["hosts"].queryset],
        "chosen": {str(one) for one in (form["hosts"].value() or [])},
        "questions": rows(kind, request.POST if form.is_bound else {}),
        "languages": [(code, guest_words.LANGUAGES[code]) for code in TRANSLATED],
        "turns": turns_of(kind, people) if len(people) > 1 else [],
        "lines": Credit.objects.filter(meeting_type=kind)
        .select_related("host", "by", "meeting__account")
        .order_by("-at", "-pk")[:LINES]
        if kind.pk
        else [],
        "ledger_query": f"?meeting_type={kind.pk}",
        "credit_form": credit_form or credit_for(people),
    }
    return render(request, "appointments/booking_page.html", context, status=400 if bad else 200)


def turns_of(kind: MeetingType, people: list[User]) -> list[dict[str, Any]]:
    """Who is next, with what they had; together nobody is."""
    if kind.hosting == MeetingType.Hosting.TOGETHER:
        return []
    found = {one.host_id: one for one in credits.hands(kind, people)}
    by_id = {user.pk: user for user in people}
    return [
        {"user": by_id[pk], "weight": found[pk].weight, "had": found[pk].had} for pk in turns.in_turn(found.values())
    ]


def credit_for(people: list[User], data: Any = None) -> CreditForm:
    form = CreditForm(data)
    form.fields["host"].queryset = User.objects.filter(pk__in=[user.pk for user in people])
    return form


def rows(kind: MeetingType, posted: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is asked, as it was typed, and room for more."""
    known = list(kind.questions.all()) if kind.pk else []
    names = [str(one.pk) for one in known] + [f"new{n}" for n in range(1, EMPTY_ROWS + 1)]
    by_name = {str(one.pk): one for one in known}
    return [row(name, by_name.get(name), posted) for name in names]


def row(name: str, one: Any, posted: Mapping[str, str]) -> dict[str, Any]:
    said = one.in_languages if one else {}
    return {
        "name": name,
        "text": posted.get(f"question-{name}", one.text if one else ""),
        "required": f"needed-{name}" in posted if posted else bool(one and one.required),
        "words": [
            {
                "code": code,
                "name": guest_words.LANGUAGES[code],
                "text": posted.get(f"{code}-{name}", said.get(code, "")),
            }
            for code in TRANSLATED
        ],
        "translated": any(said.values()),
    }


def asked(posted: Mapping[str, str]) -> list[meeting_types.Asked]:
    names = [key.removeprefix("question-") for key in posted if key.startswith("question-")]
    return [
        meeting_types.Asked(
            posted[f"question-{name}"][:200],
            f"needed-{name}" in posted,
            {code: posted.get(f"{code}-{name}", "")[:200] for code in TRANSLATED},
            int(name) if name.isdecimal() and len(name) < 19 else None,
        )
        for name in names[: meeting_types.MOST_QUESTIONS + EMPTY_ROWS]
    ]


@require_POST
@policy("lead")
def booking_page_archive(request: HttpRequest, pk: int) -> HttpResponse:
    kind = access.meeting_type_write(request.user, pk)
    if kind.archived_at:
        meeting_types.restore(kind, by=request.user)
        toasts.say(request, f"“{kind.name}” is offered again.")
    else:
        meeting_types.archive(kind, by=request.user)
        toasts.say(request, f"“{kind.name}” is put away.")
    return redirect("appointments:booking_pages")


@require_POST
@policy("lead")
def booking_page_credit(request: HttpRequest, pk: int) -> HttpResponse:
    kind = access.meeting_type_write(request.user, pk)
    form = credit_for(hosts.hosts_of(kind), request.POST)
    if not form.is_valid():
        return show(request, kind, MeetingTypeForm(instance=kind), form)
    said = form.cleaned_data
    credits.by_hand(kind, said["host"], said["amount"], note=said["note"], by=request.user)
    toasts.say(request, f"The turns of {said['host']} are put right.")
    return redirect("appointments:booking_page", kind.pk)
