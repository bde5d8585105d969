"""Fit and decision ownership, each answer with the sentence that shows it."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from appointments import access
from appointments.forms import HeldForm
from appointments.models import Answer, Checklist, Qualification, Question, WorkItem
from appointments.services import qualifying
from crm import lookups, toasts
from crm.access import account_read, policy, visible_messages, visible_notes
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


def rows_of(
    checklist: Checklist | None,
    qualification: Qualification | None,
    account: Account | None = None,
    user: User | None = None,
) -> list[dict[str, Any]]:
    """Every question of the checklist with the answer it has, in order; with an account, what its facts and its people
    say too, as far as the reader may see it."""
    if checklist is None:
        return []
    shown = ("by", "message", "remark__by")
    given = {one.question_id: one for one in qualification.answers.select_related(*shown)} if qualification else {}
    questions = [one for one in checklist.questions.all() if one.archived_at is None or one.pk in given]
    facts = qualifying.known(account, questions) if account else {}
    said = qualifying.heard(account, questions, access.visible_replies(user)) if account and user else {}
    rows = [row(one, given.get(one.pk), facts.get(one.pk, ""), said.get(one.pk)) for one in questions]
    return linked(rows, user) if user else rows


def linked(rows: list[dict[str, Any]], user: User) -> list[dict[str, Any]]:
    """With the address of the sentence that shows an answer, in the mail it stands in, where the reader may open that."""
    named = {row["message"].pk for row in rows if row["message"]}
    open_ = set(visible_messages(user).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    for one in rows:
        if one["message"] and one["message"].pk in open_:
            there = reverse("crm:message", args=[one["message"].pk])
            one["there"] = f"{there}?{urlencode({'said': one['quote']})}#said" if one["quote"] else there
    return rows


def row(
    question: Question, answer: Answer | None, fact: str = "", heard: qualifying.Heard | None = None
) -> dict[str, Any]:
    """`value` and its evidence as the form proposes them: what was answered, else their sentence, else the fact."""
    unsaid = answer is None or answer.value == Answer.Value.UNKNOWN
    if answer is None:
        answer = Answer(question=question, value=Answer.Value.UNKNOWN)
    told = heard if unsaid and not answer.quote else None
    guessed = answer.by_id is None and answer.sure == Answer.Sure.GUESS
    return {
        "question": question,
        "value": told.value if told else "yes" if unsaid and fact else answer.value,
        "said": Answer.Value.UNKNOWN if guessed else answer.value,
        "proposed": told is not None,
        "quote": told.sentence if told else answer.quote,
        "note": answer.note,
        "sure": told.sure if told else answer.sure,
        "field": "" if told else fact if unsaid else answer.field,
        "message": told.message if told else answer.message,
        "remark": answer.remark,
        "by": answer.by,
        "at": answer.at,
    }


def score(rows: list[dict[str, Any]], half: str) -> dict[str, int]:
    of_half = [row for row in rows if row["question"].score == half]
    return {"yes": sum(row["said"] == "yes" for row in of_half), "whole": len(of_half)}


def standing(account: Account | None, enrollment: Enrollment | None, user: User) -> dict[str, Any] | None:
    """What the reply page and the meeting show of it; nothing where no checklist exists, or another team keeps it."""
    if account is None:
        return None
    found = of(account, enrollment)
    if found and not shown_to(user, found):
        return None
    rows = rows_of(found.checklist if found else checklist_for(enrollment), found, user=user)
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
    return show(request, account)


def show(request: HttpRequest, account: Account, *, status: int = 200, **more: Any) -> HttpResponse:
    enrollment = open_enrollment(account)
    found = of(account, enrollment)
    checklist = found.checklist if found else checklist_for(enrollment)
    if checklist is None:
        raise Refused("There is no checklist yet. An admin makes one.")
    rows = rows_of(checklist, found, account, request.user)
    context = {
        "account": account,
        "qualification": found or Qualification(account=account, checklist=checklist),
        "halves": [half("Fit", rows, Question.Score.FIT), half("Decision ownership", rows, Question.Score.OWNERSHIP)],
        "values": VALUES,
        "sureness": Answer.Sure.choices,
        "next_choices": HeldForm().fields["next"].choices,
        "may_judge": access.may_judge(request.user, account),
        "quotable": lookups.quotable(request.user, [account.pk]),
        "back": way_back(request, account),
        **more,
    }
    return render(request, "appointments/qualify.html", context, status=status)


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
    questions = list(found.checklist.questions.all())
    facts = qualifying.known(found.account, questions)
    heard = qualifying.heard(found.account, questions, access.visible_replies(request.user))
    for question in found.checklist.questions.filter(archived_at=None):
        said = {
            name: request.POST.get(f"{name}-{question.pk}", "").strip() for name in ("value", "note", "quote", "sure")
        }
        said |= {"note": said["note"][:300], "quote": said["quote"][:500], "sure": said["sure"] or Answer.Sure.CERTAIN}
        old = before.get(question.pk)
        same = old and all(getattr(old, name) == words for name, words in said.items())
        empty = old is None and said["value"] in ("", "unknown") and not said["note"] and not said["quote"]
        if said["value"] in Answer.Value.values and not same and not empty:
            told = heard.get(question.pk)
            shown = (
                qualifying.Evidence(message=told.message)
                if told and told.sentence == said["quote"]
                else where_it_stands(request.user, found.account, said["quote"])
            )
            fact = facts.get(question.pk, "") if said["value"] == Answer.Value.YES and not said["quote"] else ""
            qualifying.answer(
                found, question, said["value"], note=said["note"], quote=said["quote"], sure=said["sure"], field=fact,
                message=shown.message, remark=shown.remark, by=request.user,
            )  # fmt: skip


def where_it_stands(user: User, account: Account, quote: str) -> qualifying.Evidence:
    """The message or note of this account that the reader may see and that holds these words."""
    if not quote:
        return qualifying.Evidence()
    messages = visible_messages(user).filter(
        pk__in=access.visible_replies(user).filter(account=account).values("message")
    )
    return qualifying.evidence(quote, messages, visible_notes(user).filter(account=account))


@require_POST
@policy("member")
def qualify_now(request: HttpRequest, pk: int) -> HttpResponse:
    account = readable(request.user, pk)
    """What stands in the form is kept first: the verdict is about the answers that its reader sees."""
    found = qualifying.qualification_for(account, open_enrollment(account))
    keep(request, found)
    override = request.POST.get("override", "").strip()[:300]
    try:
        qualifying.qualify(found, by=request.user, override=override)
    except Refused as refused:
        return show(request, account, status=409, lacking=refused.sentence, override=override)
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
        form = HeldForm(request.POST)
        if not reason or not form.is_valid():
            why = "Say why it is refused; the one who set the meeting learns from it."
            when = "Say until when the account rests."
            return show(request, account, status=400, unsaid=when if reason else why, said=request.POST)
        said = form.cleaned_data
        qualifying.refuse(found, by=request.user, reason=reason, next=said["next"], rest_until=said["rest_until"])
        toasts.say(request, f"{account} is not accepted.")
    return redirect("appointments:qualify", account.pk)
