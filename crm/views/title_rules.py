"""The rules for titles: kept in order, tried on titles, tried over everyone on file, and applied by a worker."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, lookups, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Membership, Role, TitleRule
from crm.rules import titles as words
from crm.services import titles
from crm.tasks import map_titles
from crm.title_forms import TitleRuleForm, TitlesForm

TRIED = "VP Operations, EMEA\nLeiterin Einkauf\nAssistant to the CEO\nformer CFO\nFinance Manager"


@policy("member")
def index(request: HttpRequest) -> HttpResponse:
    """Everyone may see why a title says what it says; admins change it."""
    rows = list(TitleRule.objects.select_related("role").order_by("order", "id"))
    fitting = lookups.title_rules(rows, request.GET)
    page = one_page(fitting, request.GET.get("after", ""))
    tried = TitlesForm(request.GET if "titles" in request.GET else None, initial={"titles": TRIED})
    lines = tried.lines() if tried.is_bound and tried.is_valid() else TRIED.splitlines()
    return render(
        request,
        "crm/titles.html",
        {
            "page": page,
            "fitting": len(fitting),
            "all": len(rows),
            "asked": request.GET,
            "functions": functions(rows),
            "levels": words.LEVELS.items(),
            "roles": Role.objects.all(),
            "languages": sorted({row.language for row in rows if row.language}),
            "tried": tried,
            "readings": readings(lines, rows),
            "may_write": access.holds(request.user, "admin"),
            "waiting": titles.waiting(),
            "changes": titles.would_change()
            if request.GET.get("dry") and access.holds(request.user, "admin")
            else None,
            "people": paging.count_up_to(Membership.objects.filter(until=None)),
        },
    )


def one_page(rows: list[TitleRule], after: str, size: int = 40) -> paging.Page:
    """The rules after the one with this number."""
    start = next((place for place, row in enumerate(rows, 1) if str(row.pk) == after), 0)
    shown = rows[start : start + size]
    return paging.Page(shown, str(shown[-1].pk) if start + size < len(rows) else "", bool(start))


def functions(rows: list[TitleRule]) -> list[tuple[str, str]]:
    used = [row.function for row in rows if row.function]
    return list({**words.FUNCTIONS, **{slug: words.FUNCTIONS.get(slug, slug) for slug in used}}.items())


def readings(lines: list[str], rows: list[TitleRule]) -> list[dict]:
    """What each title says, and which rule said it."""
    reader, by = titles.reader(), {row.pk: row for row in rows}
    names = dict(Role.objects.values_list("slug", "name"))
    found = []
    for line in lines:
        reading = reader.read(line)
        said = [
            {"what": what, "rule": by[pk], "phrase": reading.words.get(what, "")}
            for what, pk in reading.by.items()
            if pk in by
        ]
        found.append(
            {
                "title": line,
                "function": words.FUNCTIONS.get(reading.function, reading.function),
                "level": words.LEVELS.get(reading.level, reading.level),
                "role": names.get(reading.role, reading.role),
                "is_unknown": reading.role == words.UNKNOWN,
                "weak": reading.role != words.UNKNOWN and reading.certain_role == words.UNKNOWN,
                "said": said,
            }
        )
    return found


@policy("admin")
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    rule = get_object_or_404(TitleRule, pk=pk) if pk else None
    words_asked = {"phrases": request.GET.get("words", "")[:160].replace("\x00", "")}
    form = TitleRuleForm(request.POST or None, instance=rule, initial=None if rule else words_asked)
    if request.method == "POST" and form.is_valid():
        try:
            titles.save_rule(rule, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            toasts.say(request, "The rule holds for everyone added from now on. Try it over those on file below.")
            return redirect("crm:titles")
    shown: dict[str, Any] = {"form": form, "rule": rule, "functions": functions([])}
    if words_asked["phrases"].strip() and not rule:
        shown["reading"] = readings([words_asked["phrases"]], list(TitleRule.objects.select_related("role")))[0]
    return render(request, "crm/title_rule.html", shown)


@require_POST
@policy("admin")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(TitleRule, pk=pk)
    titles.move_rule(rule, up=request.POST.get("way") == "up", by=request.user)
    return redirect(f"{reverse('crm:titles')}?{urlencode(kept(request.POST))}#rule-{pk}")


def kept(posted: QueryDict) -> dict[str, str]:
    """The filters under which someone moved a rule: they come back to the same list."""
    return {name: posted[name] for name in ("function", "level", "language", "role", "q", "after") if posted.get(name)}


@require_POST
@policy("admin")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(TitleRule, pk=pk)
    titles.drop_rule(rule, by=request.user)
    toasts.say(request, f"The rule “{rule}” is gone.")
    return redirect("crm:titles")


@require_POST
@policy("admin")
def apply(request: HttpRequest) -> HttpResponse:
    """A worker reads everyone's title anew; the request stands in the database until one has."""
    titles.ask_to_apply(by=request.user)
    map_titles.delay_on_commit()
    toasts.say(request, "The titles of everyone on file are being read by these rules.")
    return redirect("crm:titles")
