"""The rule editor: what fits while someone types, what a rule may ask, and values to choose from."""

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from crm.access import policy
from crm.errors import Refused
from prospecting.queries import bounded, rule_language
from prospecting.queries.rule_hints import hints
from prospecting.queries.rule_language import accounts_matching
from prospecting.rules.rule_text import by_term

VALUES = 300  # milliseconds for values to choose from


@policy("member")
def rule_check(request: HttpRequest) -> HttpResponse:
    """How many accounts fit and some of them, or what is wrong and where. Reads only; a rule may be long, so it is posted."""
    rule, when = request.POST.get("rule", ""), request.POST.get("when_rule", "")
    try:
        rows = accounts_matching(rule) if rule.strip() else accounts_matching("")
        found: dict[str, Any] = {"empty": not rule.strip(), "count": bounded.count(rows)}
        found["sample"] = bounded.sample(rows) if rule.strip() else []
    except Refused as refused:
        return render(request, "prospecting/rule_check.html", so_far(refused, rule) | wrong(refused, rule, "rule"))
    try:
        if when.strip():
            found["open"] = bounded.count(accounts_matching(when, rows))
        found["hints"] = [*hints(rule), *hints(when)]
    except Refused as refused:
        return render(request, "prospecting/rule_check.html", found | wrong(refused, when, "when_rule"))
    return render(request, "prospecting/rule_check.html", found)


def so_far(refused: Refused, rule: str) -> dict[str, Any]:
    """Where the last term is not finished yet: how many fit the terms before it."""
    if refused.details.get("at") != len(rule.rstrip()):
        return {}
    before = "\n".join(by_term(rule)[:-1])
    try:
        return {"unfinished": True, "before_it": bounded.count(accounts_matching(before)) if before else None}
    except Refused:
        return {"unfinished": True}


def wrong(refused: Refused, rule: str, name: str) -> dict[str, Any]:
    """The sentence, and the line with the place marked in it."""
    found = {"wrong": refused.sentence, "of": name}
    at: Any = refused.details.get("at")
    if at is None:
        return found
    start = rule.rfind("\n", 0, at) + 1
    end = rule.find("\n", at)
    line = rule[start : len(rule) if end == -1 else end]
    word = len(line[at - start :].split(" ", 1)[0]) or 1
    cut = at - start
    return found | {"at": at, "before": line[:cut], "word": line[cut : cut + word], "after": line[cut + word :]}


@policy("member")
def rule_fields(request: HttpRequest) -> HttpResponse:
    """Everything a rule may ask, made from the language itself."""
    groups: dict[str, list[Any]] = {}
    for one in rule_language.fields():
        groups.setdefault(one.group, []).append(one)
    return render(request, "prospecting/rule_fields.html", {"groups": groups})


@policy("member")
def rule_values(request: HttpRequest) -> HttpResponse:
    """Known values of a field that begin as typed; none when that takes too long."""
    name, text = request.GET.get("field", ""), request.GET.get("q", "")
    try:
        with bounded.within(VALUES):
            values = rule_language.known_values(name, text)
    except OperationalError:
        values = []
    return JsonResponse({"values": values})
