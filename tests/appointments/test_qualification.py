"""Qualified needs fit and decision ownership, each with its evidence, or a sentence."""

import pytest

from appointments.models import Question
from appointments.services import qualifying
from crm.errors import Refused
from prospecting.models import Milestone
from tests.appointments.world import replied

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


def test_nothing_is_accepted_before_a_meeting_was_held(qualification, noor):
    with pytest.raises(Refused, match="no held meeting"):
        qualifying.accept(qualification, by=noor)
