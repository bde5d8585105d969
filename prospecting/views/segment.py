"""Segments: the rule, its draft and what it would change, and putting it to use."""

from difflib import ndiff
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import paging, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.forms import DraftForm, PlaceForm, PublishForm, SegmentForm, WordsForm
from prospecting.models import Segment, SegmentVersion
from prospecting.queries import bounded, dry_runs, list_health, screens, why
from prospecting.queries.rule_language import fields
from prospecting.rules.rule_text import by_term
from prospecting.services import archiving, priorities, segments
from prospecting.views.frame import framed, segment_ever_or_404, segment_or_404

DRY = 8_000  # milliseconds a dry run may take while a page waits for it
SHOWN = 6
MOVES = {"enter": "Would enter", "leave": "Would leave", "stay": "Would stay"}


@policy("member")
def segment_index(request: HttpRequest) -> HttpResponse:
    shown = {
        "segments": screens.segments_shown(),
        "put_away": Segment.objects.exclude(archived_at=None).order_by("name"),
    }
    return render(request, "prospecting/segments.html", shown)


@policy("member")
def segment_page(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_ever_or_404(pk)
    if segment.archived_at:
        return redirect("prospecting:segment_versions", pk)
    return render(request, "prospecting/segment.html", shown(request, segment))


def shown(request: HttpRequest, segment: Segment, **more: Any) -> dict[str, Any]:
    version, draft = segments.current_version(segment), segments.draft_of(segment)
    source = draft or version
    run, late = dry_run(draft) if draft else (None, "")
    size = list_health.size(segment.target_list)
    own = {
        "version": version,
        "draft": draft,
        "run": run,
        "late": late,
        "because": because(run, version, draft) if run else {},
        "draft_form": DraftForm(initial=rule_of(source)) if source else DraftForm(),
        "publish_form": PublishForm(initial={"reason": draft.reason, "expected": draft.expected} if draft else None),
        "place_form": PlaceForm(initial={"place": segment.priority, "every_hours": segment.target_list.every_hours}),
        "ranked": priorities.ranked(),
        "fields": fields(),
        "changes": lines_changed(version.rule if version else "", source.rule) if source else [],
        "when_changes": lines_changed(version.when_rule if version else "", source.when_rule) if source else [],
        "size": size,
        "two_ways": segments.health_sentence(segment) if version and size.exact else "",
        "last": list_health.last_run(segment.target_list),
        "history": segment.versions.filter(state=SegmentVersion.State.PUBLISHED).select_related("by")[:4],
        "variants": segment.variants.select_related("route_version__route"),
    }
    return framed(request, segment, "rule", **own | more)


def rule_of(version: SegmentVersion) -> dict[str, Any]:
    return {"rule": version.rule, "when_rule": version.when_rule, "route_version": version.route_version_id}


def dry_run(draft: SegmentVersion) -> tuple[Any, str]:
    """What the draft would do, or why that cannot be said here."""
    try:
        with bounded.within(DRY):
            return segments.dry_run(draft), ""
    except Refused:
        return None, "The draft's rule cannot be read any more. Change it first."
    except OperationalError:
        return (
            None,
            "This takes too long to show here. It can be used all the same; the list follows in the background.",
        )


def because(run: dry_runs.DryRun, version: SegmentVersion | None, draft: SegmentVersion) -> dict[int, Any]:
    """Beside each account of the samples the term that moves it: of the old rule for who enters, of the new for who leaves."""
    found = why.first_failing(draft.rule, run.leave_sample[:SHOWN]) if run.leave_sample else {}
    if version and run.enter_sample:
        found |= why.first_failing(version.rule, run.enter_sample[:SHOWN])
    return found


def lines_changed(before: str, after: str) -> list[tuple[str, str]]:
    """The rule term by term, each kept, added or gone against the version in use."""
    if not before:
        return [("", line) for line in by_term(after)]
    marks = {"- ": "gone", "+ ": "add", "  ": ""}
    lines = ndiff(by_term(before), by_term(after))
    return [(marks[line[:2]], line[2:]) for line in lines if line[:2] in marks]


@policy("lead")
def segment_new(request: HttpRequest) -> HttpResponse:
    form = SegmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            segment = segments.create_segment(by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(wrong_field(refused, form.cleaned_data, "name"), refused.sentence)
        else:
            toasts.say(request, f"{segment} has its first draft. Nothing is in use yet.")
            return redirect("prospecting:segment", segment.pk)
    return render(request, "prospecting/segment_new.html", {"form": form, "fields": fields()})


def wrong_field(refused: Refused, given: dict[str, Any], otherwise: str) -> str:
    """Which field of the form a refusal is about."""
    if refused.details.get("rule") == given["when_rule"]:
        return "when_rule"
    return "rule" if "rule" in refused.details or refused.sentence.startswith("A rule") else otherwise


@require_POST
@policy("lead")
def segment_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps the draft; a rule that cannot be read comes back with what is wrong and what was typed."""
    segment = segment_or_404(pk)
    form = DraftForm(request.POST)
    if form.is_valid():
        try:
            segments.draft(segment, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(wrong_field(refused, form.cleaned_data, "rule"), refused.sentence)
        else:
            toasts.say(request, "The draft is kept. Below is what it would change.")
            return redirect("prospecting:segment", pk)
    return render(
        request, "prospecting/segment.html", shown(request, segment, draft_form=form, editing=True), status=422
    )


@require_POST
@policy("lead")
def segment_publish(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    draft = get_object_or_404(segment.versions, state=SegmentVersion.State.DRAFT)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return render(request, "prospecting/segment.html", shown(request, segment, publish_form=form), status=422)
    segments.publish(draft, by=request.user, **form.cleaned_data)
    toasts.say(request, f"v{draft.number} is in use; the list follows it.")
    return redirect("prospecting:segment", pk)


@require_POST
@policy("lead")
def segment_discard(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(segment_or_404(pk).versions, state=SegmentVersion.State.DRAFT)
    segments.discard(draft, by=request.user)
    toasts.say(request, "The draft is discarded; the rule in use stays.")
    return redirect("prospecting:segment", pk)


@policy("lead")
def segment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Its name and its decision statement."""
    segment = segment_or_404(pk)
    form = WordsForm(request.POST or None, initial={"name": segment.name, "statement": segment.statement})
    if request.method == "POST" and form.is_valid():
        try:
            segments.edit_segment(segment, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            toasts.say(request, f"{segment} is saved.")
            return redirect("prospecting:segment", pk)
    means = archiving.consequences(segment)
    return render(request, "prospecting/segment_edit.html", framed(request, segment, "", form=form, means=means))


@require_POST
@policy("lead")
def segment_archive(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    try:
        archiving.archive(segment, request.POST.get("reason", "").replace("\x00", ""), by=request.user)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
        return redirect("prospecting:segment_edit", pk)
    toasts.say(request, f"{segment} is put away.", undo=reverse("prospecting:segment_restore", args=[pk]))
    return redirect("prospecting:segments")


@require_POST
@policy("lead")
def segment_restore(request: HttpRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.exclude(archived_at=None), pk=pk)
    archiving.restore(segment, by=request.user)
    toasts.say(request, f"{segment} is in use again, as it was.")
    return redirect("prospecting:segment", pk)


@require_POST
@policy("lead")
def segment_place(request: HttpRequest, pk: int) -> HttpResponse:
    """How often the list is refreshed, and its place among those that share no account."""
    segment = segment_or_404(pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, "; ".join(problem for problems in form.errors.values() for problem in problems))
        return redirect("prospecting:segment", pk)
    segments.set_schedule(segment, form.cleaned_data["every_hours"], by=request.user)
    moved = priorities.set_place(segment, form.cleaned_data["place"], by=request.user)
    toasts.say(request, f"Kept. {moved:,} entries moved for it." if moved else "Kept.")
    return redirect("prospecting:segment", pk)


@policy("member")
def segment_dry_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Every account that would enter, leave or stay, page by page."""
    segment = segment_or_404(pk)
    draft = get_object_or_404(segment.versions.select_related("route_version__route"), state=SegmentVersion.State.DRAFT)
    which = request.GET.get("show", "enter")
    if which not in MOVES:
        raise Http404
    rows = dry_runs.moved(draft, which).select_related("owner")
    page = paging.page(rows, keys=("name", "pk"), after=request.GET.get("after", ""))
    current = segments.current_version(segment)
    rule = draft.rule if which == "leave" else current.rule if current and which == "enter" else ""
    page_shown = {"draft": draft, "which": which, "moves": MOVES, "page": page, "version": current}
    reasons = why.first_failing(rule, page.rows) if rule and page.rows else {}
    return render(
        request, "prospecting/segment_dry_run.html", framed(request, segment, "rule", **page_shown, because=reasons)
    )


@policy("member")
def segment_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version, and two of them side by side: rule, window, route."""
    segment = segment_ever_or_404(pk)
    history = list(
        segment.versions.exclude(state=SegmentVersion.State.DISCARDED).select_related("by", "route_version__route")
    )
    older, newer = two(history, request.GET.get("older", ""), request.GET.get("newer", ""))
    compared = compare(older, newer) if older and newer else None
    alone = lines_changed("", newer.rule) if newer else []
    own = {"history": history, "older": older, "newer": newer, "compared": compared, "alone": alone}
    return render(request, "prospecting/segment_versions.html", framed(request, segment, "versions", **own))


def two(history: list[SegmentVersion], older: str, newer: str) -> tuple[SegmentVersion | None, SegmentVersion | None]:
    """The versions asked for by number; else the newest and the one before it."""
    by_number = {str(version.number): version for version in history}
    newest = by_number.get(newer) or (history[0] if history else None)
    before = next((one for one in history if newest and one.number < newest.number), None)
    return by_number.get(older) or before, newest


def compare(older: SegmentVersion, newer: SegmentVersion) -> dict[str, Any]:
    return {
        "rule": lines_changed(older.rule, newer.rule),
        "when": lines_changed(older.when_rule or "always", newer.when_rule or "always"),
        "route": older.route_version != newer.route_version,
    }
