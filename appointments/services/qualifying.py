"""Is it worth an hour of an executive, and does this person own the decision: answers with their evidence."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from appointments.models import Answer, Checklist, Meeting, Qualification, Question
from appointments.services.starting import ensure_checklist
from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Message, Team, User
from crm.services import live, notifications
from prospecting.models import Enrollment
from prospecting.rules import ladder
from prospecting.services import milestones


@dataclass(frozen=True)
class Score:
    """Yeses of all questions of one kind; enough when every required one is a yes."""

    yes: int
    of: int
    enough: bool


@transaction.atomic
def qualification_for(account: Account, enrollment: Enrollment | None, *, team: Team | None = None) -> Qualification:
    """The open judgement of this enrollment, or of an account that came by itself."""
    found = Qualification.objects.filter(account=account, enrollment=enrollment).order_by("-pk").first()
    if found:
        return found
    owner_team = account.owner.team if account.owner else None
    whose = team or (enrollment.prospector.team if enrollment else None) or owner_team or Team.objects.earliest("pk")
    return Qualification.objects.create(
        account=account, enrollment=enrollment, team=whose, checklist=checklist_for(enrollment), created_at=clock.now()
    )


def checklist_for(enrollment: Enrollment | None) -> Checklist:
    """The segment's own list, else the common one."""
    segment = enrollment.segment_version.segment_id if enrollment else None
    own = Checklist.objects.filter(segment=segment).first() if segment else None
    return own or ensure_checklist()


@transaction.atomic
def answer(
    qualification: Qualification, question: Question, value: str, *, note: str = "", quote: str = "",
    message: Message | None = None, by: User,
) -> Answer:  # fmt: skip
    """One answer, with who says so and the sentence that shows it; a later one replaces it."""
    if question.checklist_id != qualification.checklist_id:
        raise Refused("This question is not on the list of this account.")
    if value not in Answer.Value.values:
        raise Refused("Answer with yes, no or not known yet.")
    row, _ = Answer.objects.update_or_create(
        qualification=qualification, question=question,
        defaults={"value": value, "note": note[:300], "quote": quote[:500], "message": message, "by": by, "at": clock.now()},
    )  # fmt: skip
    Event.record(
        "qualification.answered", by=by, subject=qualification, account=qualification.account, team=qualification.team,
        message=message, why=f"{question.text}: {row.get_value_display().lower()}", facts={"quote": row.quote},
    )  # fmt: skip
    return row


def scores(qualification: Qualification) -> dict[str, Score]:
    """Fit and decision ownership."""
    said = dict(qualification.answers.values_list("question_id", "value"))
    found = {}
    for key in Question.Score.values:
        questions = [one for one in qualification.checklist.questions.all() if one.score == key]
        yes = [one for one in questions if said.get(one.pk) == Answer.Value.YES]
        enough = bool(yes) and all(one in yes for one in questions if one.required)
        found[str(key)] = Score(len(yes), len(questions), enough)
    return found


def is_ready(qualification: Qualification) -> bool:
    return all(score.enough for score in scores(qualification).values())


@transaction.atomic
def qualify(qualification: Qualification, *, by: User, override: str = "") -> Qualification:
    """Both scores, or a sentence that says why not. The rung is dated the first time."""
    qualification = (
        Qualification.objects.select_for_update(of=("self",))
        .select_related("account", "enrollment")
        .get(pk=qualification.pk)
    )
    if qualification.qualified_at:
        return qualification
    ready, sentence = is_ready(qualification), override.strip()
    if not ready and len(sentence) < 10:
        raise Refused("Fit and decision ownership are not shown yet. Answer the questions, or write why it is enough.")
    qualification.qualified_at, qualification.qualified_by = clock.now(), by
    qualification.override = "" if ready else sentence[:300]
    qualification.save(update_fields=["qualified_at", "qualified_by", "override"])
    why = "Fit and decision ownership are shown." if ready else f"Without all answers: {sentence}"
    Event.record("qualification.qualified", by=by, subject=qualification, account=qualification.account,
                 team=qualification.team, why=why[:500], facts={"override": not ready})  # fmt: skip
    milestones.reach(qualification.account, ladder.QUALIFIED, enrollment=qualification.enrollment, by=by)
    live.tell("account", account=qualification.account_id)
    return qualification


def brief(qualification: Qualification) -> list[dict[str, Any]]:
    """What the executive reads before the meeting: each question with its answer and where it comes from."""
    answers = {row.question_id: row for row in qualification.answers.select_related("by", "message")}
    return [{"question": one, "answer": answers.get(one.pk)} for one in qualification.checklist.questions.all()]


@transaction.atomic
def accept(qualification: Qualification, *, by: User) -> Qualification:
    return _judge(qualification, True, "", by)


@transaction.atomic
def refuse(qualification: Qualification, *, by: User, reason: str) -> Qualification:
    """The executive says no, and why; the setter learns from it."""
    if len(reason.strip()) < 3:
        raise Refused("Say why, so that the next one is better.")
    return _judge(qualification, False, reason.strip(), by)


def _judge(qualification: Qualification, accepted: bool, reason: str, by: User) -> Qualification:
    held = Meeting.objects.filter(account=qualification.account, state=Meeting.State.HELD)
    meeting = held.select_related("setter").order_by("-starts_at").first()
    if meeting is None:
        raise Refused("There is no held meeting to judge yet.")
    qualification.accepted, qualification.refused_reason = accepted, reason[:300]
    qualification.judged_at, qualification.judged_by = clock.now(), by
    qualification.save(update_fields=["accepted", "refused_reason", "judged_at", "judged_by"])
    rung = ladder.ACCEPTED if accepted else ladder.NOT_ACCEPTED
    kind = "qualification.accepted" if accepted else "qualification.refused"
    Event.record(kind, by=by, subject=qualification, account=qualification.account, team=qualification.team, why=reason)
    milestones.reach(qualification.account, rung, enrollment=qualification.enrollment, by=by)
    if meeting.setter and meeting.setter != by:
        words = "accepted" if accepted else f"did not accept: {reason}"
        notifications.notify(meeting.setter, "meeting", f"{by} {words} ({qualification.account})")
    return qualification
