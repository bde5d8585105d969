"""Snippets: paragraphs that many texts share, and where each is used."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.models import Snippet, SnippetVersion
from prospecting.queries import sequences as asked
from prospecting.rules import languages, merge_fields
from prospecting.sequence_forms import SnippetForm
from prospecting.services import templates


@policy("member")
def snippet_index(request: HttpRequest) -> HttpResponse:
    shown = {"snippets": asked.snippets_shown(), "may_write": access.holds(request.user, "lead")}
    return render(request, "prospecting/snippets.html", shown)


@policy("lead")
def snippet(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One language of a shared paragraph; saving makes a new version and says where it is used."""
    row = get_object_or_404(Snippet, pk=pk) if pk else None
    latest = row.versions.order_by("-number").first() if row else None
    code = request.GET.get("language", "")
    code = code if code in languages.NAMES else (row.language if row else "en")
    form = SnippetForm(request.POST or None, initial=words(row, latest, code), saved=bool(row))
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(request, row, latest, code, form.cleaned_data)
        except Refused as refused:
            form.add_error("body" if refused.details.get("part") == "body" or row else "name", refused.sentence)
        else:
            toasts.say(request, said(saved))
            return redirect("prospecting:snippet", saved.snippet_id)
    return render(
        request, "prospecting/snippet.html", shown(row, latest, code, form), status=422 if form.errors else 200
    )


def words(row: Snippet | None, latest: SnippetVersion | None, code: str) -> dict[str, str]:
    if row is None or latest is None:
        return {}
    return {"about": row.about, "body": latest.body if code == row.language else latest.variants.get(code, "")}


def save(
    request: HttpRequest, row: Snippet | None, latest: SnippetVersion | None, code: str, data: dict[str, Any]
) -> SnippetVersion:
    if row is None or latest is None:
        name = row.name if row else data["name"]
        return templates.save_snippet(
            name, body=data["body"], by=request.user, about=data["about"], language=data.get("language", "en")
        )
    more = {"by": request.user, "about": data["about"], "reason": data["reason"]}
    if code == row.language:
        return templates.save_snippet(row.name, body=data["body"], **more)
    others = {**latest.variants, code: "" if "remove" in request.POST else data["body"]}
    return templates.save_snippet(row.name, body=latest.body, variants=others, **more)


def said(saved: SnippetVersion) -> str:
    texts = asked.templates_naming(saved.snippet)
    if not texts:
        return f"{saved} is kept. No text names it yet."
    named = ", ".join(f"“{text.template}”" for text in texts[:3]) + (" and others" if len(texts) > 3 else "")
    return f"{saved} is kept. It stands in {named}; sequences in use keep theirs until their next version."


def shown(row: Snippet | None, latest: SnippetVersion | None, code: str, form: SnippetForm) -> dict[str, Any]:
    has = [row.language, *latest.variants] if row and latest else []
    return {
        "form": form, "row": row, "latest": latest, "code": code, "code_name": languages.name_of(code),
        "tabs": [(one, languages.name_of(one)) for one in dict.fromkeys([*has, *([code] if row else [])])],
        "more": [(one, name) for one, name in sorted(languages.NAMES.items(), key=lambda r: r[1]) if one not in has],
        "groups": merge_fields.groups(), "texts": asked.templates_naming(row) if row else [],
        "uses": asked.uses_of_snippet(row) if row else [], "is_variant": bool(latest and code in latest.variants),
        "versions": row.versions.select_related("by")[:20] if row else [],
    }  # fmt: skip
