"""Segments: the rule, its dry run, its versions, and the list it keeps."""

from difflib import ndiff

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account
from crm.views.numbers import whole
from prospecting.forms import DraftForm, PinForm, PublishForm, SegmentForm
from prospecting.models import Pin, Segment, SegmentVersion
from prospecting.queries import screens
from prospecting.queries.rule_language import accounts_matching
from prospecting.services import segments


def segment_or_404(pk: int) -> Segment:
    return get_object_or_404(Segment.objects.select_related("target_list"), pk=pk, archived_at=None)


@policy("member")
def segment_index(request: HttpRequest) -> HttpResponse:
    return render(request, "prospecting/segments.html", {"segments": screens.segments_shown()})


@policy("member")
def segment_page(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    return render(request, "prospecting/segment.html", shown(request, segment))


def shown(request: HttpRequest, segment: Segment, **more: object) -> dict:
    version, draft = segments.current_version(segment), segments.draft_of(segment)
    source = draft or version
    return {
        "segment": segment,
        "version": version,
        "draft": draft,
        "run": dry_run(draft) if draft else None,
        "may_write": access.holds(request.user, "lead"),
        "draft_form": DraftForm(initial=rule_of(source)) if source else DraftForm(),
        "publish_form": PublishForm(),
        "fields": plain_fields(segments.rule_completions()),
        "changes": lines_changed(version.rule if version else "", source.rule) if source else [],
        "cover": screens.role_cover(segment, version) if version else [],
        "health": screens.list_health(segment),
        "health_sentence": segments.health_sentence(segment),
        "history": segment.versions.filter(state=SegmentVersion.State.PUBLISHED).select_related(
            "by", "route_version__route"
        ),
        "variants": segment.variants.select_related("route_version__route"),
        **more,
    }


def rule_of(version: SegmentVersion) -> dict:
    return {"rule": version.rule, "when_rule": version.when_rule, "route_version": version.route_version_id}


def dry_run(draft: SegmentVersion) -> object | None:
    """What the draft would do; nothing when a field it names is gone meanwhile."""
    try:
        return segments.dry_run(draft)
    except Refused:
        return None


def lines_changed(before: str, after: str) -> list[tuple[str, str]]:
    """The rule line by line, each kept, added or gone against the version in use."""
    if not before:
        return [("", line) for line in after.splitlines()]
    marks = {"- ": "gone", "+ ": "add", "  ": ""}
    lines = ndiff(before.splitlines(), after.splitlines())
    return [(marks[line[:2]], line[2:]) for line in lines if line[:2] in marks]


@policy("lead")
def segment_new(request: HttpRequest) -> HttpResponse:
    form = SegmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            segment = segments.create_segment(by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name" if "named" in refused.sentence else "rule", refused.sentence)
        else:
            toasts.say(request, f"{segment} has its first draft. Nothing is in use yet.")
            return redirect("prospecting:segment", segment.pk)
    return render(
        request, "prospecting/segment_new.html", {"form": form, "fields": plain_fields(segments.rule_completions())}
    )


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
            wrong = "when_rule" if refused.details.get("rule") == form.cleaned_data["when_rule"] else "rule"
            form.add_error(wrong, refused.sentence)
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


@policy("member")
def rule_check(request: HttpRequest) -> HttpResponse:
    """While someone types: how many accounts fit, or what is wrong. Reads only; a rule may be long, so it is posted."""
    rule = request.POST.get("rule", "")
    try:
        return render(
            request, "prospecting/rule_check.html", {"count": paging.count_up_to(accounts_matching(rule), 50_000)}
        )
    except Refused as refused:
        return render(request, "prospecting/rule_check.html", {"wrong": refused.sentence})


@policy("member")
def rule_fields(request: HttpRequest) -> HttpResponse:
    """The fields of the rule language with their kinds and known values, for the editor and for people."""
    fields = segments.rule_completions()
    return render(request, "prospecting/rule_fields.html", {"fields": plain_fields(fields)})


def plain_fields(found: dict) -> list[dict]:
    models = found.get("models", {})
    rows = models.get(found.get("current_model", ""), {})
    return [
        {"name": name, "type": row.get("type", ""), "options": bool(row.get("options"))} for name, row in rows.items()
    ]


@policy("member")
def segment_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts on the list, with since when and under which version."""
    segment = segment_or_404(pk)
    rows = screens.entries(segment)
    narrowed = request.GET.get("only", "")
    if narrowed == "free":
        rows = rows.filter(walks=None)
    elif narrowed == "closed":
        rows = rows.filter(window_open=False)
    page = paging.page(rows, keys=("account__name", "pk"), after=request.GET.get("after", ""))
    pins = segment.target_list.pins.select_related("account", "by").order_by("kind", "-at")[:100]
    shown = {
        "segment": segment,
        "page": page,
        "only": narrowed,
        "pins": pins,
        "pin_form": PinForm(),
        "health": screens.list_health(segment),
    }
    return render(request, "prospecting/segment_list.html", shown)


@require_POST
@policy("lead")
def segment_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    done = segments.refresh_list(segment_or_404(pk), by=request.user)
    toasts.say(request, f"{done.entered} entered, {done.left} left, {done.members} on the list.")
    return redirect("prospecting:segment_list", pk)


@require_POST
@policy("lead")
def segment_pin(request: HttpRequest, pk: int) -> HttpResponse:
    segment = segment_or_404(pk)
    if removed := request.POST.get("remove", ""):
        row = get_object_or_404(Pin, pk=whole(removed), target_list=segment.target_list)
        segments.unpin(row, by=request.user)
        toasts.say(request, "The rule decides about it again.")
        return redirect("prospecting:segment_list", pk)
    form = PinForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, "Name the account, what to do with it, and why.")
        return redirect("prospecting:segment_list", pk)
    account: Account = access.account_read(request.user, form.cleaned_data["account"])
    segments.pin(segment, account, form.cleaned_data["kind"], form.cleaned_data["reason"], by=request.user)
    toasts.say(request, f"{account}: done.")
    return redirect("prospecting:segment_list", pk)
