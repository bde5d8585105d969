"""Sentences of theirs answer questions of the checklist: with the sentence, never against a person."""

import re
from html import unescape

import pytest

from appointments.models import Question
from appointments.rules import sayings
from appointments.rules.sayings import Asked, Said, answers
from appointments.services import qualifying
from crm.rules.quoting import around
from tests.appointments.world import later, read_as, replied

MONEY, DECIDER, DATE = (
    sayings.starting(one) for one in ("Money is set aside, or can be", "Knows who decides", "A date that presses")
)


def read(text, words):
    found = answers(text, [Asked(1, *words)])
    return (found[0].value, found[0].sure) if found else None


@pytest.mark.parametrize(
    ("words", "text", "value"),
    [
        (MONEY, "Our budget was approved last week.", "yes"),
        (MONEY, "We have no budget this year.", "no"),
        (MONEY, "The budget is frozen until spring.", "no"),
        (MONEY, "Budget ist für das zweite Halbjahr eingeplant.", "yes"),
        (MONEY, "Dafür haben wir leider kein Budget.", "no"),
        (MONEY, "Nous avons un budget pour cela.", "yes"),
        (MONEY, "Sí, tenemos presupuesto.", "yes"),
        (MONEY, "Este año no hay presupuesto.", "no"),
        (DECIDER, "Our CFO signs off on anything above ten thousand.", "yes"),
        (DECIDER, "Bei uns unterschreibt der Geschäftsführer.", "yes"),
        (DECIDER, "C’est notre directrice qui décide.", "yes"),
        (DATE, "We have an inspection in the spring.", "yes"),
        (DATE, "Der Vertrag läuft im März aus.", "yes"),
        (DATE, "There is no hurry.", "no"),
    ],
)
def test_a_plain_sentence_answers(words, text, value):
    assert read(text, words) == (value, "likely")


@pytest.mark.parametrize(
    "text",
    [
        "Do you need to know whether we have a budget?",
        "If we had it our way and have a budget, yes.",
        "Wenn wir ein Budget haben, melden wir uns.",
        "We have never had a budget for that.",
        "Our budget is not yet approved.",
        "Das Budget ist noch nicht genehmigt, haben wir gehört.",
        "We have a budget. For you there is no budget.",
        "Nice harbour.",
    ],
)
def test_a_question_a_condition_a_denial_and_both_at_once_answer_no_yes(text):
    assert (read(text, MONEY) or ("no",))[0] != "yes"


def test_a_hint_is_a_guess_and_gives_way_to_what_is_plain():
    assert read("Anouk decides this.", DECIDER) == ("yes", "guess")
    assert answers("Anouk decides this. Our CFO signs.", [Asked(1, *DECIDER)])[0].sentence == "Our CFO signs."


def test_a_sentence_goes_on_where_its_line_was_only_wrapped():
    assert answers("Hi,\n\nour budget\nwas approved.\n\nJo", [Asked(7, *MONEY)]) == [
        Said(7, "yes", "likely", "our budget was approved.")
    ]


def test_what_is_denied_in_another_clause_does_not_count():
    assert read("No rush on your side, but our budget is approved.", MONEY) == ("yes", "likely")


@pytest.mark.parametrize("line", ["(open", "a)b", "…", "(a|)", "~", "x" * 700, "ab"])
def test_a_line_that_cannot_be_read_is_refused(line):
    with pytest.raises(ValueError, match=r"ine|letters"):
        sayings.check(f"have a budget\n{line}")


def test_all_our_own_phrases_can_be_read():
    for yes, no in sayings.STARTING.values():
        sayings.check(yes)
        sayings.check(no)


def test_a_long_text_of_nothing_but_beginnings_is_read_in_no_time():
    asked = [Asked(number, *words) for number, words in enumerate(sayings.STARTING.values())]
    assert answers("we have " * 2_500, asked) == []


def test_a_quotation_is_found_across_broken_lines():
    assert around("Hi\nour  budget\nwas approved. Bye", "Our budget was approved.") == (
        "Hi\n", "our  budget\nwas approved.", " Bye",
    )  # fmt: skip
    assert around("Hi", "not there") is None and around("Hi", " ") is None


# On the account ---------------------------------------------------------------------------------------------------


@pytest.fixture
def question(world):
    """Asked of this account: is money set aside."""
    return qualifying.checklist_for(world.enrollment).questions.get(text="Money is set aside, or can be")


@pytest.mark.django_db
def test_what_they_wrote_before_answers_when_the_judgement_begins(world, question):
    message = read_as(world, "interested", "Sounds interesting, tell me more. Our budget is approved.").message
    row = qualifying.qualification_for(world.account, world.enrollment, team=world.ada.team).answers.get(
        question=question
    )
    assert (row.value, row.sure, row.message, row.by) == ("yes", "likely", message, None)
    assert row.quote == "Our budget is approved."


@pytest.mark.django_db
def test_what_they_write_later_changes_it(world, question):
    made = qualifying.qualification_for(world.account, world.enrollment, team=world.ada.team)
    replied(world, "Sounds interesting, tell me more. Our budget is approved.")
    assert made.answers.get(question=question).value == "yes"
    with later(days=1):
        replied(world, "Sorry, the budget was cut.")
    assert made.answers.get(question=question).value == "no"


@pytest.mark.django_db
def test_a_person_who_answered_is_not_overruled_by_a_sentence(world, question, ada):
    made = qualifying.qualification_for(world.account, world.enrollment, team=world.ada.team)
    qualifying.answer(made, question, "no", by=ada)
    replied(world, "Sounds interesting, tell me more. Our budget is approved.")
    assert made.answers.get(question=question).value == "no"


@pytest.mark.django_db
def test_a_guess_that_nobody_agreed_to_opens_no_gate(world):
    Question.objects.filter(required=True).update(yes_words="~tell me more", no_words="")
    made = qualifying.qualification_for(world.account, world.enrollment, team=world.ada.team)
    replied(world, "Sounds interesting, tell me more.")
    assert made.answers.filter(sure="guess").count() == 2 and qualifying.lacking(made)


@pytest.mark.django_db
def test_the_page_proposes_the_sentence_and_leads_to_it(world, question, as_, ada):
    message = read_as(world, "interested", "Sounds interesting, tell me more. Our\nbudget is approved.").message
    client = as_(ada)
    page = client.get(f"/qualify/{world.account.pk}/").content.decode()
    assert f'name="value-{question.pk}" value="yes" checked' in page and 'value="Our budget is approved."' in page
    there = unescape(re.search(rf'href="(/messages/{message.pk}/[^"]*)"', page).group(1))
    assert '<mark id="said">Our\nbudget is approved.</mark>' in client.get(there).content.decode()


@pytest.mark.django_db
def test_a_proposal_that_is_kept_is_a_persons_answer_tied_to_the_mail(world, question, as_, ada):
    message = read_as(world, "interested", "Sounds interesting, tell me more. Our\nbudget is approved.").message
    said = {
        f"value-{question.pk}": "yes",
        f"quote-{question.pk}": "Our budget is approved.",
        f"sure-{question.pk}": "likely",
    }
    as_(ada).post(f"/qualify/{world.account.pk}/", said)
    row = qualifying.qualification_for(world.account, world.enrollment).answers.get(question=question)
    assert (row.message, row.value) == (message, "yes")


@pytest.mark.django_db
def test_another_teams_mail_answers_nothing_here(world, question, south):
    replied(world, "Sounds interesting, tell me more. Our budget is approved.")
    made = qualifying.qualification_for(world.account, None, team=south)
    assert not made.answers.exists()


@pytest.fixture
def south():
    from crm.models import Team  # noqa: PLC0415 - only here

    return Team.objects.create(name="South")
