"""Fit and decision ownership, each answer with the sentence that shows it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from appointments import access
from appointments.models import Answer, Checklist, Qualification, Question, WorkItem
from appointments.services import qualifying
from crm import lookups, toasts
from crm.access import account_read, policy
from crm.errors import Refused
from crm.models import Account, User
from prospecting.models import Enrollment
from prospecting.models.enrollment import OPEN

VALUES = [("yes", "Yes"), ("no", "No"), ("unknown", "Not known yet")]


def open_enrollment(account: Account) -> Enrollment | None:
    return Enrollment.objects.filter(account=account, state__in=OPEN).select_related("segment_version").first()


def of(account: Account, enrollment: Enrollment | None) -> Qualification | None:
    rows = Qualification.objects.filter(account=account).select_related("checklist", "qualified_by", "judged_by")
    own = rows.filter(enrollment=enrollment).first() if enrollment else None
    return own or rows.order_by("-id").first()


def checklist_for(enrollment: Enrollment | None) -> Checklist | None:
    rows = Checklist.objects.all()
    own = rows.filter(segment=enrollment.segment_version.segment_id).first() if enrollment else None
    return own or rows.filter(segment=None).first()


def rows_of(checklist: Checklist | None, qualification: Qualification | None) -> list[dict[str, Any]]:
    """Every question of the checklist with the answer it has, in order."""
    if checklist is None:
        return []
    given = (
        {answer.question_id: answer for answer in qualification.answers.select_related("by")} if qualification else {}
    )
    return [row(question, given.get(question.pk)) for question in checklist.questions.all()]


def row(question: Question, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"question": question, "value": "unknown", "quote": "", "note": "", "by": None, "at": None}
    return {
        "question": question,
        "value": answer.value,
        "quote": answer.quote,
        "note": answer.note,
        "by": answer.by,
        "at": answer.at,
    }


def score(rows: list[dict[str, Any]], half: str) -> dict[str, int]:
    of_half = [row for row in rows if row["question"].score == half]
    return {"yes": sum(row["value"] == "yes" for row in of_half), "whole": len(of_half)}


def standing(account: Account | None, enrollment: Enrollment | None, user: User) -> dict[str, Any] | None:
    """What the reply page and the meeting show of it; nothing where no checklist exists, or another team keeps it."""
    if account is None:
        return None
    found = of(account, enrollment)
    if found and not shown_to(user, found):
        return None
    rows = rows_of(found.checklist if found else checklist_for(enrollment), found)
    if not rows:
        return None
    return {
        "rows": rows,
        "fit": score(rows, Question.Score.FIT),
        "ownership": score(rows, Question.Score.OWNERSHIP),
        "done_at": found.qualified_at if found else None,
        "by": found.qualified_by if found else None,
        "override": found.override if found else "",
    }


def shown_to(user: User, found: Qualification) -> bool:
    return access.visible_qualifications(user).filter(pk=found.pk).exists()


def readable(user: User, pk: int) -> Account:
    """Qualification is content: the owner's team's, and whoever already reads a reply or a meeting of the account."""
    account = account_read(user, pk)
    found = of(account, open_enrollment(account))
    if found and not shown_to(user, found):
        raise Http404
    own = user.is_admin or (user.team_id and account.owner and account.owner.team_id == user.team_id)
    reads = (access.visible_items(user), access.visible_meetings(user), access.visible_qualifications(user))
    if own or any(rows.filter(account=account).exists() for rows in reads):
        return account
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@policy("member")
def qualify(request: HttpRequest, pk: int) -> HttpResponse:
    account = readable(request.user, pk)
    enrollment = open_enrollment(account)
    if request.method == "POST":
        found = qualifying.qualification_for(account, enrollment)
        keep(request, found)
        toasts.say(request, "The answers are kept.")
        return redirect("appointments:qualify", account.pk)
    found = of(account, enrollment)
    checklist = found.checklist if found else checklist_for(enrollment)
    if checklist is None:
        raise Refused("There is no checklist yet. An admin makes one.")
    rows = rows_of(checklist, found)
    context = {
        "account": account,
        "qualification": found or Qualification(account=account, checklist=checklist),
        "halves": [half("Fit", rows, Question.Score.FIT), half("Decision ownership", rows, Question.Score.OWNERSHIP)],
        "values": VALUES,
        "may_judge": access.may_judge(request.user, account),
        "quotable": lookups.quotable(request.user, [account.pk]),
        "back": way_back(request, account),
    }
    return render(request, "appointments/qualify.html", context)


def half(name: str, rows: list[dict[str, Any]], score_name: str) -> dict[str, Any]:
    return {
        "name": name,
        "rows": [row for row in rows if row["question"].score == score_name],
        **score(rows, score_name),
    }


def way_back(request: HttpRequest, account: Account) -> str:
    item = (
        access.visible_items(request.user)
        .filter(account=account)
        .exclude(state=WorkItem.State.DONE)
        .order_by("due_at")
        .first()
    )
    return reverse("appointments:reply", args=[item.pk]) if item else ""


def keep(request: HttpRequest, found: Qualification) -> None:
    """Only what changed is answered, so that who and when stay true."""
    before = {answer.question_id: answer for answer in found.answers.all()}
    for question in found.checklist.questions.all():
        value = request.POST.get(f"value-{question.pk}", "")
        note = request.POST.get(f"note-{question.pk}", "").strip()[:300]
        quote = request.POST.get(f"quote-{question.pk}", "").strip()[:500]
        old = before.get(question.pk)
        same = old and (old.value, old.note, old.quote) == (value, note, quote)
        empty = old is None and value in ("", "unknown") and not note and not quote
        if value in Answer.Value.values and not same and not empty:
            qualifying.answer(found, question, value, note=note, quote=quote, by=request.user)


@require_POST
@policy("member")
def qualify_now(request: HttpRequest, pk: int) -> HttpResponse:
    account = readable(request.user, pk)
    found = qualifying.qualification_for(account, open_enrollment(account))
    qualifying.qualify(found, by=request.user, override=request.POST.get("override", "").strip()[:300])
    toasts.say(request, f"{account} is qualified.")
    return redirect("appointments:qualify", account.pk)


@require_POST
@policy("member")
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    account = readable(request.user, pk)
    found = of(account, open_enrollment(account))
    if found is None or not access.may_judge(request.user, account):
        raise Refused("Whoever holds the meeting accepts or refuses it.")
    if request.POST.get("verdict") == "accept":
        qualifying.accept(found, by=request.user)
        toasts.say(request, f"{account} is accepted.")
    else:
        reason = request.POST.get("reason", "").strip()[:300]
        if not reason:
            raise Refused("Say why it is refused; the one who set the meeting learns from it.")
        qualifying.refuse(found, by=request.user, reason=reason)
        toasts.say(request, f"{account} is not accepted.")
    return redirect("appointments:qualify", account.pk)
