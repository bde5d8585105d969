"""The draft of a sequence: steps moved, copied, taken out and added, and the days they fall on for a real person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, clock, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.models import Sequence, SequenceVersion
from prospecting.queries import sequences as asked
from prospecting.rules import step_calendar, step_editing
from prospecting.sequence_forms import Choices, MailboxesForm, StepFormSet, steps_of, typed
from prospecting.services import sequences
from prospecting.views.numbers import day_of
from prospecting.views.person import chosen_person, people_found

MOST_TYPED = 300


@policy("lead")
def sequence_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the newest version to change; a POST with `act` rearranges what is typed, without it keeps the draft."""
    row = get_object_or_404(Sequence, pk=pk)
    newest = row.versions.exclude(state=SequenceVersion.State.DISCARDED).order_by("-number").first()
    if request.method != "POST":
        return shown(request, row, newest, saved(newest))
    if "act" in request.POST:
        return rearranged(request, row, newest)
    choices = choices_for(typed(request.POST), newest)
    forms = StepFormSet(request.POST, form_kwargs={"choices": choices})
    boxes = MailboxesForm(request.POST, mailboxes=access.visible_mailboxes(request.user).filter(internal=False))
    if not (forms.is_valid() and boxes.is_valid()):
        return shown(request, row, newest, typed(request.POST), forms=forms, boxes=boxes, code=422)
    try:
        sequences.draft(row, steps_of(forms), by=request.user, mailboxes=boxes.cleaned_data["mailboxes"])
    except Refused as refused:
        return shown(request, row, newest, typed(request.POST), refused=refused.sentence, boxes=boxes, code=422)
    toasts.say(request, "The draft is kept.")
    return redirect("prospecting:sequence", pk)


def rearranged(request: HttpRequest, row: Sequence, newest: SequenceVersion | None) -> HttpResponse:
    """The form after one click; nothing is kept, and nothing typed is lost."""
    act = request.POST["act"]
    if act == "add":
        act = f"add-{request.POST.get('new_role', '')}"
    steps, at = step_editing.acted(typed(request.POST), act)
    return shown(request, row, newest, steps, act=act.partition("-")[0], moved=at)


def saved(version: SequenceVersion | None) -> list[dict[str, Any]]:
    keep = ("key", "channel", "wait_days", "same_thread", "task")
    return [
        {"role": step.role.slug, "template": step.template_id, **{name: getattr(step, name) for name in keep}}
        for step in (asked.steps_in_order(version) if version else [])
    ]


def choices_for(steps: Any, newest: SequenceVersion | None) -> Choices:
    """The texts one may choose: the newest of each, and those the steps have."""
    used = {int(s["template"]) for s in steps if str(s["template"]).isdecimal() and len(str(s["template"])) < 19}
    if newest:
        used |= set(newest.steps.filter(template__isnull=False).values_list("template", flat=True))
    return Choices.read(used)


def shown(
    request: HttpRequest, row: Sequence, newest: SequenceVersion | None, steps: Any, *, forms: Any = None,
    boxes: MailboxesForm | None = None, refused: str = "", act: str = "", moved: int | None = None, code: int = 200,
) -> HttpResponse:  # fmt: skip
    choices = choices_for(steps, newest)
    ours = access.visible_mailboxes(request.user).filter(internal=False)
    if forms is None:
        focus = steps[moved] if moved is not None else None
        steps = step_editing.in_order(steps, [slug for slug, _ in choices.roles])
        moved = next((n for n, step in enumerate(steps) if step is focus), None)
        forms = StepFormSet(initial=steps, form_kwargs={"choices": choices})
        if act == "add" and moved is not None:
            forms[moved].fields["channel"].widget.attrs["autofocus"] = True
    seen = {
        "sequence": row, "version": newest, "forms": forms, "groups": grouped(forms, steps, choices), "refused": refused,
        "act": act, "moved": moved, "roles": choices.roles, "boxes": boxes or boxes_of(request, newest, ours),
        **calendar(request, steps, choices),
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "sequence-editor"
    name = "prospecting/sequence_editor_part.html" if part else "prospecting/sequence_draft.html"
    return render(request, name, seen, status=code)


def boxes_of(request: HttpRequest, newest: SequenceVersion | None, ours: Any) -> MailboxesForm:
    if request.method == "POST":
        return MailboxesForm(request.POST, mailboxes=ours)
    return MailboxesForm(initial={"mailboxes": newest.mailboxes.all() if newest else []}, mailboxes=ours)


def grouped(forms: Any, steps: Any, choices: Choices) -> list[dict[str, Any]]:
    """The forms role by role, each with its place in the whole and in its role."""
    found: dict[str, dict[str, Any]] = {}
    for n, (form, step) in enumerate(zip(forms, steps, strict=False)):
        slug = str(step["role"])
        group = found.setdefault(slug, {"slug": slug, "name": choices.names.get(slug, "Nobody"), "rows": []})
        group["rows"].append({"n": n, "place": len(group["rows"]) + 1, "form": form})
    return list(found.values())


# Days --------------------------------------------------------------------------------------------------------------


@require_POST
@policy("lead")
def sequence_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The days on which the steps as typed would fall for the chosen person: a part of the editor."""
    row = get_object_or_404(Sequence, pk=pk)
    steps = typed(request.POST)
    choices = choices_for(steps, None)
    return render(request, "prospecting/sequence_calendar.html", {"sequence": row, **calendar(request, steps, choices)})


def calendar(request: HttpRequest, steps: Any, choices: Choices) -> dict[str, Any]:
    asked_for = request.POST if request.method == "POST" else request.GET
    person = chosen_person(request.user, asked_for.get("contact", ""))
    start = day_of(asked_for.get("start", "")) or clock.today()
    roles = list(dict.fromkeys(str(step["role"]) for step in steps))
    own = person.role_in(roles) if person else ""
    slug = own or next(iter(roles), "")
    country = person.country if person else ""
    mine = [step for step in steps if str(step["role"]) == slug]
    placed = step_calendar.placed([wait_of(step) for step in mine], start, country)
    return {
        "person": person, "start": start, "country": country, "whose": choices.names.get(slug, ""), "is_theirs": bool(own),
        "weeks": step_calendar.weeks(placed, country), "placed": list(zip(placed, map(words_of(choices), mine), strict=True)),
        **people_found(request.user, asked_for),
    }  # fmt: skip


def wait_of(step: Any) -> int:
    text = str(step["wait_days"])
    return min(int(text), 365) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def words_of(choices: Choices) -> Any:
    texts = dict(choices.texts)
    ways = {"email": "Mail", "call": "Call", "social": "Social note", "task": "Task"}

    def words(step: Any) -> str:
        what = texts.get(str(step["template"]), "") if step["channel"] == "email" else str(step["task"])[:MOST_TYPED]
        way = ways.get(str(step["channel"]), "Step")
        return f"{way}: {what}" if what else way

    return words
