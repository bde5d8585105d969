"""Texts: written one language at a time, tried with a real person while one writes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from prospecting.models import Template, TemplateVersion
from prospecting.queries import sequences as asked
from prospecting.rules import languages, merge_fields, merge_language
from prospecting.sequence_forms import TextForm
from prospecting.services import previews, templates
from prospecting.views.person import chosen_person, people_found


@policy("member")
def template_index(request: HttpRequest) -> HttpResponse:
    find = request.GET.get("q", "").replace("\x00", "").strip()[:120]
    shown = {"texts": asked.templates_shown(find), "find": find, "may_write": access.holds(request.user, "lead")}
    return render(request, "prospecting/templates.html", shown)


@policy("lead")
def template(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One language of a text; saving makes a new version, and what is under way keeps the one it began with."""
    row = get_object_or_404(Template, pk=pk) if pk else None
    latest = row.versions.order_by("-number").first() if row else None
    code = language_asked(request, row)
    if request.method != "POST":
        return shown(request, row, latest, code, TextForm(initial=words(row, latest, code), saved=bool(row)))
    form = TextForm(request.POST, saved=bool(row))
    if not form.is_valid():
        return shown(request, row, latest, code, form, status=422)
    try:
        saved = save(request, row, latest, code, form.cleaned_data)
    except Refused as refused:
        form.add_error(field_of(refused, form), refused.sentence)
        return shown(request, row, latest, code, form, refused=refused, status=422)
    where = f" in {languages.name_of(code)}" if row and code != row.language else ""
    toasts.say(request, f"{saved} is kept{where}. Choose it in a sequence to use it.")
    answer = redirect("prospecting:template", saved.template_id)
    if code != saved.template.language:
        answer["Location"] += f"?language={code}"
    return answer


def language_asked(request: HttpRequest, row: Template | None) -> str:
    code = request.GET.get("language", "")
    return code if code in languages.NAMES else (row.language if row else "en")


def words(row: Template | None, latest: TemplateVersion | None, code: str) -> dict[str, str]:
    if row is None or latest is None:
        return {}
    own = {"subject": latest.subject, "body": latest.body}
    return own if code == row.language else latest.variants.get(code, {"subject": "", "body": ""})


def save(
    request: HttpRequest, row: Template | None, latest: TemplateVersion | None, code: str, data: dict[str, Any]
) -> TemplateVersion:
    part = {"subject": data["subject"], "body": data["body"]}
    if row is None or latest is None:
        name = row.name if row else data["name"]
        return templates.save_template(name, by=request.user, language=data.get("language", "en"), **part)
    if code == row.language:
        return templates.save_template(row.name, by=request.user, **part)
    others = {**latest.variants, code: part}
    if "remove" in request.POST:
        del others[code]
    return templates.save_template(row.name, subject=latest.subject, body=latest.body, by=request.user, variants=others)


def field_of(refused: Refused, form: TextForm) -> str:
    part = str(refused.details.get("part", "body"))
    return part if part in form.fields else "body"


def shown(
    request: HttpRequest, row: Template | None, latest: TemplateVersion | None, code: str, form: TextForm, *,
    refused: Refused | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    has = [row.language, *latest.variants] if row and latest else []
    seen = {
        "form": form, "row": row, "latest": latest, "code": code, "code_name": languages.name_of(code),
        "own_language": languages.name_of(row.language) if row else "",
        "tabs": [(one, languages.name_of(one)) for one in dict.fromkeys([*has, *([code] if row else [])])],
        "more": [(one, name) for one, name in sorted(languages.NAMES.items(), key=lambda r: r[1]) if one not in has],
        "groups": merge_fields.groups(), "snippets": asked.snippets_shown(),
        "uses": asked.uses_of_template(row) if row else [],
        "versions": row.versions.select_related("by")[:20] if row else [],
        "place": refused.details if refused else {}, "is_variant": bool(row and latest and code in latest.variants),
        **tried(request, form["subject"].value() or "", form["body"].value() or "", code, row),
    }  # fmt: skip
    return render(request, "prospecting/template.html", seen, status=status)


@require_POST
@policy("lead")
def template_preview(request: HttpRequest) -> HttpResponse:
    """What the words typed would say to the chosen person: a part beside the editor; nothing is kept."""
    code = request.POST.get("language", "")
    row = Template.objects.filter(pk=number(request.POST.get("text", ""))).first()
    subject, body = request.POST.get("subject", ""), request.POST.get("body", "")
    found = tried(request, subject, body, code if code in languages.NAMES else "en", row)
    return render(request, "prospecting/template_preview.html", found)


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def tried(request: HttpRequest, subject: str, body: str, code: str, row: Template | None) -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    person = chosen_person(request.user, given.get("contact", ""))
    body = merge_language.tidy(body)
    look = previews.look(
        subject.strip(), body, language=code, contact=person.contact if person else None,
        account=person.account if person else None, sender=(person and person.account.owner) or request.user,
        template=row,
    )  # fmt: skip
    return {"look": look, "person": person, **people_found(request.user, given)}
