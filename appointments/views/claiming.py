"""While someone answers: the claim of whoever is at it, and what they type, kept as they type."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from appointments import access
from appointments.models import AnswerDraft, WorkItem
from appointments.services import claiming, drafts, offers
from crm import clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.views.numbers import whole


@require_POST
@policy("member")
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """The field is in focus: take it, or say who has it."""
    item = access.item_write(request.user, pk)
    return JsonResponse({"held": held_after_begin(item, request)})


@require_POST
@policy("member")
def let_go(request: HttpRequest, pk: int) -> HttpResponse:
    claiming.let_go(access.item_write(request.user, pk), by=request.user)
    return HttpResponse(status=204)


@require_POST
@policy("member")
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    claiming.take_over(item, request.POST.get("words", ""), by=request.user)
    toasts.say(request, "It is yours. Whoever had it is told why.")
    return redirect("appointments:reply", item.pk)


@require_POST
@policy("member")
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what is typed; 409 with the other text where another window of the same person went on meanwhile."""
    item = access.item_write(request.user, pk)
    typed, known = request.POST.get("body", ""), whole(request.POST.get("version")) or 0
    try:
        saved = drafts.keep(
            item, typed, by=request.user, version=known, slots=[one[:60] for one in request.POST.getlist("slots")[:6]],
            kind=offers.kind_named(item.team_id, whole(request.POST.get("kind"))),
        )  # fmt: skip
    except drafts.Conflict as conflict:
        return JsonResponse({**told(conflict.kept), "sentence": conflict.sentence}, status=409)
    return JsonResponse({**told(saved, body=False), "held": held_after_begin(item, request)})


@require_POST
@policy("member")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    drafts.drop(item, by=request.user)
    return redirect("appointments:reply", item.pk)


def held_after_begin(item: WorkItem, request: HttpRequest) -> str:
    """Empty where it is theirs now; else who has it, in words. What was typed is kept either way."""
    if item.state == WorkItem.State.DONE:
        return ""
    try:
        claiming.begin(item, by=request.user)
    except Refused as refused:
        return refused.sentence
    return ""


def told(saved: AnswerDraft, *, body: bool = True) -> dict[str, Any]:
    words = {"body": saved.body} if body else {}
    return {**words, "version": saved.version, "at": f"{timezone.localtime(saved.at):%H:%M}"}


def held_by_another(item: WorkItem, user: Any) -> str:
    """Who else is answering it just now, for the page; empty where nobody is."""
    other = item.setter_id != user.pk and item.state != WorkItem.State.DONE and item.is_held(clock.now())
    return claiming.held_words(item) if other else ""
