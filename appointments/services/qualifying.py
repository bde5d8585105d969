"""Is it worth an hour of an executive, and does this person own the decision: answers with their evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from appointments.models import Answer, Checklist, Meeting, Qualification, Question, WorkItem
from appointments.rules import sayings
from appointments.services import credits, work_items
from appointments.services.starting import ensure_checklist
from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Message, Note, Team, User
from crm.services import live, notifications
from crm.services.accounts import queue_up
from prospecting.models import Enrollment, Reply
from prospecting.queries.rule_language import accounts_matching
from prospecting.rules import ladder
from prospecting.services import milestones

DECIDE_MINUTES = 480
MOST_REPLIES = 30


@dataclass(frozen=True)
class Heard:
    """An answer in their own words: yes or no, how sure, the sentence, and the message in which it stands."""

    value: str
    sure: str
    sentence: str
    message: Message


@dataclass(frozen=True)
class Score:
    """Yeses of all questions of one kind; enough when every required one is a yes. `open`: what is missing for that."""

    yes: int
    of: int
    enough: bool
    open: list[str]


@transaction.atomic
def qualification_for(account: Account, enrollment: Enrollment | None, *, team: Team | None = None) -> Qualification:
    """The open judgement of this enrollment, or of an account that came by itself."""
    found = Qualification.objects.filter(account=account, enrollment=enrollment).order_by("-pk").first()
    if found:
        return found
    owner_team = account.owner.team if account.owner else None
    whose = team or (enrollment.prospector.team if enrollment else None) or owner_team or Team.objects.earliest("pk")
    made = Qualification.objects.create(
        account=account, enrollment=enrollment, team=whose, checklist=checklist_for(enrollment), created_at=clock.now()
    )
    prefill(made)
    return made


def asked(checklist: Checklist) -> list[Question]:
    """What is asked today, in order; what is asked no more keeps the answers it had."""
    return list(checklist.questions.filter(archived_at=None))


def heard(account: Account, questions: Iterable[Question], replies: QuerySet[Reply]) -> dict[int, Heard]:
    """By question what people there wrote that answers it: the newest message that says so, of those given."""
    asked_ = [sayings.Asked(one.pk, one.yes_words, one.no_words) for one in questions if one.yes_words or one.no_words]
    if not asked_:
        return {}
    found: dict[int, Heard] = {}
    rows = replies.filter(account=account, counts=True, message__kind="human").select_related("message")
    for reply in rows.order_by("-at", "-pk")[:MOST_REPLIES]:
        for said in sayings.answers(reply.message.newest, [one for one in asked_ if one.pk not in found]):
            found[said.question] = Heard(said.value, said.sure, said.sentence, reply.message)
    return found


def known(account: Account, questions: Iterable[Question]) -> dict[int, str]:
    """By question what the account's own facts already say: the rule that holds for it."""
    ruled = [(one, one.rule.strip()) for one in questions if one.rule.strip()]
    return {one.pk: rule for one, rule in ruled if _holds(rule, account)}


def _holds(rule: str, account: Account) -> bool:
    try:
        return accounts_matching(rule, Account.objects.filter(pk=account.pk)).exists()
    except Refused:  # a field that is no more; the checklist's page says so
        return False


@transaction.atomic
def prefill(qualification: Qualification) -> int:
    """What is known already, without asking: what they wrote to this team, shown by the sentence, before what the
    account's own facts say. A person's answer stays; one of ours follows what they write later. Returns how many changed."""
    rows = {row.question_id: row for row in qualification.answers.all()}
    by_person = {pk for pk, row in rows.items() if row.by_id and row.value != Answer.Value.UNKNOWN}
    open_ones = [one for one in asked(qualification.checklist) if one.pk not in by_person]
    said = heard(qualification.account, open_ones, Reply.objects.filter(team=qualification.team_id))
    facts = known(qualification.account, open_ones)
    changed = 0
    for question in open_ones:
        shown = _columns(said.get(question.pk), facts.get(question.pk, ""))
        before = rows.get(question.pk)
        if shown and not (before and all(getattr(before, name) == value for name, value in shown.items())):
            _keep(qualification, question, by=None, **shown)
            changed += 1
    return changed


def _columns(said: Heard | None, fact: str) -> dict[str, Any]:
    """An answer of ours as it is kept: by their sentence, else by the fact; whole, so that nothing of an older one stays."""
    if said:
        return {"value": said.value, "sure": said.sure, "quote": said.sentence, "message": said.message, "field": ""}
    if fact:
        sure = Answer.Sure.CERTAIN
        return {"value": Answer.Value.YES, "sure": sure, "quote": "", "message": None, "field": fact[:200]}
    return {}


@transaction.atomic
def hear(reply: Reply) -> None:
    """They wrote again: whatever is asked about the account and answered by no person is read anew."""
    rows = Qualification.objects.filter(account=reply.account_id, team=reply.team_id, judged_at=None)
    for row in rows.select_related("account", "checklist").order_by("-pk")[:1]:
        if prefill(row):
            live.tell("account", account=row.account_id)


@dataclass(frozen=True)
class Evidence:
    """Where a quotation stands: in a message or in a note."""

    message: Message | None = None
    remark: Note | None = None


def evidence(quote: str, messages: QuerySet[Message], notes: QuerySet[Note]) -> Evidence:
    """The latest message, else note, among those given in which these words stand; at least two of them."""
    words = " ".join(quote.split())
    if len(words.split()) < 2:
        return Evidence()
    message = messages.filter(newest__icontains=words, direction=Message.Direction.IN).order_by("-at", "-pk").first()
    if message:
        return Evidence(message=message)
    text = words.partition(": ")[2] or words
    return Evidence(remark=notes.filter(text__icontains=text).order_by("-at", "-pk").first())


def checklist_for(enrollment: Enrollment | None) -> Checklist:
    """The segment's own list, else the common one."""
    segment = enrollment.segment_version.segment_id if enrollment else None
    own = Checklist.objects.filter(segment=segment).first() if segment else None
    return own or ensure_checklist()


@transaction.atomic
def answer(
    qualification: Qualification, question: Question, value: str, *, note: str = "", quote: str = "",
    message: Message | None = None, by: User, sure: str = Answer.Sure.CERTAIN, field: str = "", remark: Note | None = None,
) -> Answer:  # fmt: skip
    """One answer, with who says so, how sure, and the sentence, note or field that shows it; a later one replaces it."""
    if question.checklist_id != qualification.checklist_id:
        raise Refused("This question is not on the list of this account.")
    if value not in Answer.Value.values:
        raise Refused("Answer with yes, no or not known yet.")
    if sure not in Answer.Sure.values:
        raise Refused("Say certain, likely or a guess.")
    shown_by = {"message": message, "remark": remark, "field": field[:200], "quote": quote[:500], "note": note[:300]}
    return _keep(qualification, question, value, by=by, sure=sure, **shown_by)


def _keep(qualification: Qualification, question: Question, value: str, *, by: User | None, **columns: Any) -> Answer:
    row, _ = Answer.objects.update_or_create(
        qualification=qualification, question=question,
        defaults={"value": value, "by": by, "at": clock.now(), **columns},
    )  # fmt: skip
    Event.record(
        "qualification.answered", by=by or "what is known", subject=qualification, account=qualification.account,
        team=qualification.team, message=row.message, why=f"{question.text}: {row.get_value_display().lower()}",
        facts={"quote": row.quote, "sure": row.sure, "field": row.field},
    )  # fmt: skip
    return row


def scores(qualification: Qualification) -> dict[str, Score]:
    """Fit and decision ownership. A guess that no person agreed to counts for nothing."""
    rows = qualification.answers.exclude(by=None, sure=Answer.Sure.GUESS)
    said = dict(rows.values_list("question_id", "value"))
    found = {}
    for key in Question.Score.values:
        questions = [one for one in asked(qualification.checklist) if one.score == key]
        yes = [one for one in questions if said.get(one.pk) == Answer.Value.YES]
        enough = bool(yes) and all(one in yes for one in questions if one.required)
        needed = [one.text for one in questions if one.required and one not in yes]
        lacking = needed or ([] if yes else [one.text for one in questions])
        found[str(key)] = Score(len(yes), len(questions), enough, lacking)
    return found


def lacking(qualification: Qualification) -> str:
    """Which half is not shown yet, and by which questions, in a sentence; empty where both are."""
    parts = [
        f"{Question.Score(key).label} is not shown yet: {', '.join(f'“{one}”' for one in score.open) or 'no question is asked'}."
        for key, score in scores(qualification).items()
        if not score.enough
    ]
    return " ".join(parts)


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
    missing, sentence = lacking(qualification), override.strip()
    ready = not missing
    if missing and len(sentence) < 10:
        raise Refused(f"{missing} Answer that, or write why it is enough.", override=sentence)
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
    answers = {row.question_id: row for row in qualification.answers.select_related("by", "message", "remark")}
    rows = [one for one in qualification.checklist.questions.all() if one.archived_at is None or one.pk in answers]
    return [{"question": one, "answer": answers.get(one.pk)} for one in rows]


@transaction.atomic
def accept(qualification: Qualification, *, by: User) -> Qualification:
    return _judge(qualification, True, "", by)


@transaction.atomic
def refuse(
    qualification: Qualification, *, by: User, reason: str, next: str = "", rest_until: date | None = None
) -> Qualification:
    """The executive says no, and why; the setter learns from it. The account goes on as said now, else its setter
    is asked; the meeting costs its host no turn."""
    if len(reason.strip()) < 3:
        raise Refused("Say why, so that the next one is better.")
    if next == WorkItem.Next.REST and not rest_until:
        raise Refused("Say until when the account rests.")
    return _judge(qualification, False, reason.strip(), by, next, rest_until)


def _judge(
    qualification: Qualification, accepted: bool, reason: str, by: User, next: str = "", rest_until: date | None = None
) -> Qualification:
    queue_up(qualification.account_id)
    held = Meeting.objects.filter(account=qualification.account, state=Meeting.State.HELD)
    parts = ("setter", "meeting_type", "conversation", "account", "contact", "team")
    meeting = held.select_related(*parts).order_by("-starts_at").first()
    if meeting is None:
        raise Refused("There is no held meeting to judge yet.")
    qualification.refresh_from_db()
    if qualification.accepted is accepted and qualification.refused_reason == reason[:300]:
        return qualification  # the same verdict came twice
    qualification.accepted, qualification.refused_reason = accepted, reason[:300]
    qualification.judged_at, qualification.judged_by = clock.now(), by
    qualification.save(update_fields=["accepted", "refused_reason", "judged_at", "judged_by"])
    rung = ladder.ACCEPTED if accepted else ladder.NOT_ACCEPTED
    kind = "qualification.accepted" if accepted else "qualification.refused"
    Event.record(kind, by=by, subject=qualification, account=qualification.account, team=qualification.team, why=reason)
    milestones.reach(
        qualification.account, rung, enrollment=qualification.enrollment, contact=meeting.contact, by=by,
        setter=meeting.setter,
    )  # fmt: skip
    if qualification.enrollment:
        other = ladder.NOT_ACCEPTED if accepted else ladder.ACCEPTED
        milestones.void(qualification.enrollment, other, why="judged anew", by=by)
    if accepted:
        credits.held(meeting)
    else:
        credits.give_back(meeting, credits.Why.REFUSED)
        _send_back(meeting, reason, next, rest_until, by)
    if meeting.setter and meeting.setter != by:
        words = "accepted" if accepted else f"did not accept: {reason}"
        notifications.notify(meeting.setter, "meeting", f"{by} {words} ({qualification.account})")
    live.tell("account", account=qualification.account_id)
    return qualification


def _send_back(meeting: Meeting, reason: str, next: str, rest_until: date | None, by: User) -> None:
    """The account goes where the executive says, else to whoever set the meeting, who is asked what comes next."""
    if next and next != WorkItem.Next.WAIT:
        why = f"Not accepted: {reason}"
        work_items.go_on(meeting.account, next, rest_until=rest_until, by=by, why=why[:300])
    else:
        work_items.open_task(meeting, "decide_next", DECIDE_MINUTES)
