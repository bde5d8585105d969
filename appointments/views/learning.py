"""How replies are understood: the figures, what people corrected, the versions learnt, and the outside model."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import tasks
from appointments.filters import CorrectionFilter
from appointments.forms import OutsideModelForm
from appointments.models import Classification, ClassifierVersion, OutsideOpinion
from appointments.rules import learning as learning_rules
from appointments.rules import understanding as rules
from appointments.services import asking_outside, examples_to_learn, understanding
from appointments.services import learning as verbs
from crm import paging, toasts
from crm.access import holds, policy
from crm.exports import ALSO
from crm.models import User
from prospecting.rules import labels

FAMILIES = {
    "machine": "Machines", "gone": "Has left", "stop": "No more mail", "positive": "Positive", "redirect": "Sent elsewhere",
    "later": "Later", "objection": "Objections", "no": "Declines", "other": "Something else",
}  # fmt: skip
PHASES = {"learning": "Learning from the corrections", "judging": "Judging what was learnt"}
NEWEST = 8
VERSIONS = 20


@require_safe
@policy("lead")
def learning(request: HttpRequest) -> HttpResponse:
    rows = understanding.counted(request.user)
    context = {
        "verdict": rules.verdict(rows), "weeks": understanding.WEEKS, "any": bool(rows),
        "coverage": rules.coverage(rows), "accuracy": rules.accuracy(rows), "drift": rules.drift(rows),
        "layers": rules.layers(rows), "lines": rules.per_label(rows), "mixed_up": rules.mixed_up(rows),
        "calibration": rules.calibration(rows), **confusion(rows), **over_time(rows),
        "corrections": newest(request.user), "versions": versions(), "outside": outside_told(), **waiting(request.user),
    }  # fmt: skip
    return render(request, "appointments/learning.html", context)


def waiting(user: User) -> dict[str, Any]:
    """What there is to learn, and whether somebody is at it."""
    row = verbs.under_way()
    return {
        "row": row, "phase": PHASES.get(row.phase, "Waiting for a worker") if row else "",
        "unlearnt": examples_to_learn.unlearnt(), "may_roll_back": holds(user, "admin"),
        "learn_after": learning_rules.LEARN_AFTER,
    }  # fmt: skip


def confusion(rows: list[rules.Counted]) -> dict[str, Any]:
    columns, lines = rules.confusion(rows)
    shorts = [labels.LABELS[label].short for label in columns]
    return {"columns": shorts, "confusion": [(labels.words(final), cells) for final, cells in lines]}


def over_time(rows: list[rules.Counted]) -> dict[str, Any]:
    """Weeks as a table: how many came, how many of those decided were changed, and each family's share."""
    weeks = rules.weeks(rows, understanding.WEEKS)
    there = [family for family in labels.FAMILIES if any(week.shares.get(family) for week in weeks)]
    shown = [(week, [week.shares.get(family, 0) for family in there]) for week in weeks]
    shifted = [(FAMILIES[family], now, before) for family, now, before in rules.shift(rows)]
    return {"over_time": shown, "families": [FAMILIES[family] for family in there], "shifted": shifted}


def newest(user: User) -> list[Classification]:
    return list(told(understanding.corrections(user)).order_by("-at", "-pk")[:NEWEST])


def told(rows: Any) -> Any:
    """What a row shows; the heavy columns of the mail stay where they are."""
    heavy = ("html", "text", "quoted", "references")
    parts = rows.select_related("by", "reply__account", "reply__contact", "reply__message")
    return parts.defer(*(f"reply__message__{name}" for name in heavy))


def versions() -> list[dict[str, Any]]:
    rows = ClassifierVersion.objects.exclude(state=ClassifierVersion.State.CANDIDATE).defer("head", "learnt")
    found = list(rows.select_related("asked_by").order_by("-pk")[:VERSIONS])
    in_use = ClassifierVersion.objects.filter(state=ClassifierVersion.State.IN_USE).exists()
    shown = [{"row": row, "golds": [gold(row, name, words) for name, words in GOLDS]} for row in found]
    return [*shown, {"row": None, "in_use": not in_use}]


GOLDS = (("project", "Product's examples"), ("team", "Your own replies"))


def gold(row: ClassifierVersion, name: str, words: str) -> dict[str, Any]:
    """What one version reached on one gold, and what it was compared with."""
    pair = row.figures.get(name) or {}
    after, before = pair.get("after") or {}, pair.get("before") or {}
    lines = [(labels.words(label), line) for label, line in (after.get("per_label") or {}).items()]
    few = learning_rules.too_few(after.get("n", 0))
    return {"words": words, "after": after, "before": before, "too_few": few, "lines": lines}


def outside_told() -> dict[str, Any]:
    """Whether it is on, and how often it helped."""
    row = asking_outside.chosen()
    asked = OutsideOpinion.objects.count() if row.pk else 0
    return {"row": row, "asked": asked, "helped": OutsideOpinion.objects.exclude(became=None).count() if asked else 0}


@require_safe
@policy("lead")
def under_way(request: HttpRequest) -> HttpResponse:
    """The part that htmx asks for while something is being learnt; without it the page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("appointments:learning")
    return render(request, "appointments/learning_part.html", waiting(request.user))


@require_POST
@policy("lead")
def learn(request: HttpRequest) -> HttpResponse:
    verbs.ask(by=request.user)
    tasks.learn.delay_on_commit()
    toasts.say(request, "It is being learnt in the background; what is worse than before is refused.")
    return redirect("appointments:learning")


@require_POST
@policy("admin")
def roll_back(request: HttpRequest) -> HttpResponse:
    asked = request.POST.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    found = verbs.roll_back(number, by=request.user)
    name = str(found) if found else "The classifier that came with the product"
    toasts.say(request, f"{name} judges from now on.")
    return redirect("appointments:learning")


@require_safe
@policy("lead")
def corrections(request: HttpRequest) -> HttpResponse:
    listed = CorrectionFilter(request.GET, queryset=understanding.corrections(request.user))
    page = paging.page(told(listed.found(ALSO)), keys=("at", "pk"), after=request.GET.get("after", ""), down=True)
    return render(request, "appointments/corrections.html", {"filter": listed, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@policy("admin")
def outside(request: HttpRequest) -> HttpResponse:
    row = asking_outside.chosen()
    form = OutsideModelForm(request.POST if request.method == "POST" else None, initial={"on": row.on, "url": row.url})
    if request.method == "POST" and form.is_valid():
        row = asking_outside.choose(**form.cleaned_data, by=request.user)
        toasts.say(request, "It is asked from now on." if row.on else "Nothing is asked outside.")
        return redirect("appointments:learning_outside")
    opinions = OutsideOpinion.objects.select_related("classification").order_by("-pk")[:20]
    context = {"form": form, "model": row, "opinions": opinions}
    return render(request, "appointments/learning_outside.html", context, status=400 if form.errors else 200)
