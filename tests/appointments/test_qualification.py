"""Qualified needs fit and decision ownership, each with its evidence, or a sentence."""

import pytest

from appointments.models import Question, WorkItem
from appointments.services import booking, outcomes, qualifying
from crm import clock
from crm.errors import Refused
from prospecting.models import Milestone
from tests.appointments.world import at, item_of, replied
from tests.prospecting.world import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def qualification(world):
    return qualifying.qualification_for(world.account, world.enrollment)


def answer_required(qualification, by):
    for question in Question.objects.filter(checklist=qualification.checklist, required=True):
        qualifying.answer(qualification, question, "yes", quote="all four sites", by=by)


def test_an_account_has_one_judgement_per_enrollment(world, qualification):
    assert qualifying.qualification_for(world.account, world.enrollment) == qualification


def test_unanswered_questions_refuse_it(qualification, ada):
    with pytest.raises(Refused, match="not shown yet"):
        qualifying.qualify(qualification, by=ada)


def test_fit_alone_is_not_enough(qualification, ada):
    for question in qualification.checklist.questions.filter(score="fit"):
        qualifying.answer(qualification, question, "yes", by=ada)
    scores = qualifying.scores(qualification)
    assert scores["fit"].enough and not scores["ownership"].enough


def test_the_refusal_names_the_half_and_its_questions(qualification, ada):
    for question in qualification.checklist.questions.filter(score="fit"):
        qualifying.answer(qualification, question, "yes", by=ada)
    with pytest.raises(Refused) as refused:
        qualifying.qualify(qualification, by=ada)
    assert refused.value.sentence.startswith("Decision ownership is not shown yet: “Knows who decides”.")


def test_a_verdict_keeps_what_stands_in_the_form_and_a_refused_one_says_so_beside_it(world, qualification, as_, ada):
    first = qualification.checklist.questions.first()
    answer = as_(ada).post(f"/qualify/{world.account.pk}/now/", {f"value-{first.pk}": "yes", "override": "Soon"})
    page = answer.content.decode()
    assert (answer.status_code, 'value="Soon"' in page, "is not shown yet" in page) == (409, True, True)
    assert qualification.answers.get(question=first).value == "yes"
    as_(ada).post(f"/qualify/{world.account.pk}/now/", {"override": "Their CFO called and wants it."})
    qualification.refresh_from_db()
    assert qualification.qualified_at and qualification.answers.get(question=first).value == "yes"


def test_both_scores_qualify_and_date_the_rung(world, qualification, ada):
    answer_required(qualification, ada)
    qualifying.qualify(qualification, by=ada)
    assert Milestone.objects.filter(enrollment=world.enrollment, rung="qualified").exists()


def test_a_written_sentence_overrides_and_is_kept(qualification, ada):
    found = qualifying.qualify(qualification, by=ada, override="Their CFO called and wants it.")
    assert found.override == "Their CFO called and wants it."


def test_an_answer_keeps_who_and_the_sentence(world, qualification, ada):
    message = replied(world, "We have all four sites in scope, tell me more.").message
    question = qualification.checklist.questions.first()
    row = qualifying.answer(qualification, question, "yes", quote="all four sites", message=message, by=ada)
    assert (row.by, row.message, row.quote) == (ada, message, "all four sites")


def test_the_brief_shows_every_question(qualification, ada):
    answer_required(qualification, ada)
    rows = qualifying.brief(qualification)
    assert len(rows) == 6 and sum(row["answer"] is not None for row in rows) == 2


def test_a_foreign_question_is_refused(qualification, ada):
    from appointments.models import Checklist  # noqa: PLC0415 - only here

    other = Question.objects.create(checklist=Checklist.objects.create(name="Other"), text="?", score="fit")
    with pytest.raises(Refused, match="not on the list"):
        qualifying.answer(qualification, other, "yes", by=ada)


def test_what_the_account_says_itself_is_answered_beforehand_with_the_field_that_shows_it(world):
    world.account.sites = 4
    world.account.save()
    question = Question.objects.filter(score="fit").first()
    Question.objects.filter(pk=question.pk).update(rule="sites >= 3")
    made = qualifying.qualification_for(world.account, world.enrollment)
    row = made.answers.get()
    assert (row.question, row.value, row.field, row.by) == (question, "yes", "sites >= 3", None)


def test_a_persons_answer_is_never_overwritten_by_what_is_known(world, qualification, ada):
    question = qualification.checklist.questions.first()
    Question.objects.filter(pk=question.pk).update(rule="sites >= 0")
    qualifying.answer(qualification, question, "no", sure="likely", by=ada)
    qualifying.prefill(qualification)
    row = qualification.answers.get(question=question)
    assert (row.value, row.by, row.sure) == ("no", ada, "likely")


def test_a_quotation_on_the_page_is_tied_to_the_mail_it_stands_in(world, qualification, as_, ada):
    message = replied(world, "We have all four sites in scope, tell me more.").message
    question = qualification.checklist.questions.first()
    said = {f"value-{question.pk}": "yes", f"quote-{question.pk}": "all four sites", f"sure-{question.pk}": "guess"}
    as_(ada).post(f"/qualify/{world.account.pk}/", said)
    row = qualification.answers.get(question=question)
    assert (row.message, row.sure) == (message, "guess")


def test_a_question_that_is_put_away_counts_no_more(qualification, ada):
    Question.objects.filter(checklist=qualification.checklist, score="fit").update(archived_at=MONDAY)
    answer_required(qualification, ada)
    assert qualifying.scores(qualification)["fit"].of == 0


@pytest.fixture
def refusing(world, qualification, ada):
    meeting = booking.book_for(item_of(replied(world, "Tuesday works.")), at(16, 9), by=ada)
    with clock.at(at(16, 10)):
        outcomes.mark_held(meeting, by=world.noor)
        yield qualification


def test_a_refusal_comes_back_to_whoever_set_the_meeting(refusing, world):
    qualifying.refuse(refusing, by=world.noor, reason="They only rent the sites.")
    assert WorkItem.objects.exclude(state="done").get().what == "decide_next"


def test_a_refusal_may_close_the_account_at_once(refusing, world):
    qualifying.refuse(refusing, by=world.noor, reason="They only rent the sites.", next="close")
    world.account.refresh_from_db()
    assert world.account.closed_at


def test_nothing_is_accepted_before_a_meeting_was_held(qualification, noor):
    with pytest.raises(Refused, match="no held meeting"):
        qualifying.accept(qualification, by=noor)
