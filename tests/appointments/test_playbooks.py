"""Which draft answers a reply, how it is filled in, one answer to an objection, and answers that leave by themselves."""

import pytest

from appointments.models import AutoAnswerStop, MatrixRow, Playbook, WorkItem
from appointments.rules import tongues
from appointments.services import answering, auto_answers, classifying, playbooks
from crm import clock
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Outgoing
from prospecting.services.templates import save_snippet
from tests.appointments.world import item_of, judgement, later, leave_all, read_as, replied

pytestmark = pytest.mark.django_db
ASKS = "What does it cost per site?"
FRAGT = "Guten Tag, was kostet das denn für uns pro Standort? Können Sie mir bitte den Preis nennen?"
SUPPLIER = "We already have a supplier for this."


def book(**facts):
    return Playbook.objects.create(**{"name": "Price", "label": "question", "body": "It is 190 a site.", **facts})


@pytest.mark.parametrize(
    "text, language",
    [
        ("Thanks, but we have no need for this at the moment.", "en"),
        ("Danke, wir haben dafür im Moment keinen Bedarf.", "de"),
        ("Merci, mais nous n'en avons pas besoin pour le moment.", "fr"),
        ("Gracias, pero por ahora no lo necesitamos.", "es"),
        ("Bedankt, maar wij hebben dit nu niet nodig.", "nl"),
        ("Grazie, ma al momento non ne abbiamo bisogno.", "it"),
        ("Obrigado, mas não precisamos disso no momento.", "pt"),
        ("👍 2026", ""),
        ("anna@werk.example https://werk.example/und/die/der", ""),
    ],
)
def test_the_language_is_told_by_small_words_or_not_at_all(text, language):
    assert tongues.of(text) == language


def test_the_writers_language_counts_not_that_of_our_subject_and_picks_the_draft(world):
    german = book(name="Preis", language="de", body="Es sind 190 je Standort.")
    book()
    item = item_of(replied(world, FRAGT))
    assert (judgement(item.reply).language, playbooks.pick(item).playbook) == ("de", german)


def test_without_a_draft_in_their_language_the_english_one_stands_and_the_page_says_so(world, as_):
    book()
    item = item_of(replied(world, FRAGT))
    classifying.correct(item.reply, "question", by=world.ada)
    page = as_(world.ada).get(f"/replies/{item.pk}/").content.decode()
    assert "They write German. There is none in German, so the English one stands here." in page


def test_a_draft_for_what_they_say_too_goes_before_the_plain_one(world, ada):
    plain, both = book(name="Plain"), book(name="Both", also="interested")
    item = item_of(replied(world, ASKS))
    assert playbooks.pick(item).playbook == plain
    classifying.correct(item.reply, "question", secondary=["interested"], by=ada)
    item.reply.refresh_from_db()
    assert playbooks.pick(item).playbook == both


def test_where_the_label_has_none_one_for_what_they_say_too_stands(world, ada):
    book(name="Interested", label="interested")
    item = item_of(replied(world, ASKS))
    classifying.correct(item.reply, "question", secondary=["interested"], by=ada)
    item.reply.refresh_from_db()
    assert "which they say too" in playbooks.pick(item).why


def test_another_draft_is_picked_without_javascript(world, as_):
    book(name="First", body="The first words.")
    other = book(name="Second", body="The other words.")
    item = item_of(replied(world, ASKS))
    page = as_(world.ada).get(f"/replies/{item.pk}/?draft={other.pk}").content.decode()
    assert "The other words." in page.partition('id="id_body"')[2].partition("</textarea>")[0]


def test_a_snippet_stands_in_a_draft_and_can_be_put_in(world, ada, as_):
    save_snippet("proof", body='Nine plants near {{city|fallback "you"}} do it so.', by=ada)
    book(body="It is 190. {% snippet proof %}")
    item = item_of(replied(world, ASKS))
    page = as_(ada).get(f"/replies/{item.pk}/").content.decode()
    assert page.count("Nine plants near") >= 2


@pytest.mark.parametrize(
    "body, words", [("{{frist_name}}", "first_name"), ("{% snippet prof %}", "there is no snippet")]
)
def test_an_unknown_field_or_snippet_refuses_at_save(ruth, as_, body, words):
    said = {"name": "Price", "label": "question", "language": "en", "body": body}
    answer = as_(ruth).post("/playbook/new/", said)
    assert (answer.status_code, words in answer.content.decode()) == (400, True)


def test_an_empty_field_without_a_fallback_stops_the_answer(world, ada, as_):
    book(body="For your {{employees}} people it is 190.")
    world.account.employees = None
    world.account.save(update_fields=["employees"])
    item = item_of(replied(world, ASKS))
    assert "this is not known: number of people" in as_(ada).get(f"/replies/{item.pk}/").content.decode()
    with pytest.raises(Refused, match="Fill this in first"):
        answering.send_answer(item, answering.draft(item, by=ada), by=ada)


# One answer to an objection ------------------------------------------------------------------------------------------


def test_a_second_answer_to_an_objection_needs_a_sentence_and_is_counted(world, ada):
    item = item_of(replied(world, SUPPLIER))
    answering.send_answer(item, "Understood.", by=ada)
    with later(days=1):
        again = read_as(world, "objection_competitor", f"As I said: {SUPPLIER}")
        item = WorkItem.objects.exclude(state="done").get(reply=again)
        with pytest.raises(Refused, match="One answer is allowed"):
            answering.send_answer(item, "But look.", by=ada)
        answering.send_answer(item, "But look.", by=ada, again="They asked for the list of differences.")
    assert Event.objects.get(kind="workitem.answered_again").why == "They asked for the list of differences."


def test_the_page_asks_for_the_sentence_and_keeps_what_was_typed(world, ada, as_):
    item = item_of(replied(world, SUPPLIER))
    answering.send_answer(item, "Understood.", by=ada)
    answer = as_(ada).post(f"/replies/{item.pk}/answer/", {"body": "My second words."})
    assert answer.status_code == 409
    assert "Why a second answer is right" in answer.content.decode() and "My second words." in answer.content.decode()


def test_the_matrix_may_refuse_a_second_answer_altogether(world, ada):
    MatrixRow.objects.filter(label="objection_competitor").update(settings={"second_answer": "refused"})
    item = item_of(replied(world, SUPPLIER))
    answering.send_answer(item, "Understood.", by=ada)
    with pytest.raises(Refused, match="no second"):
        answering.send_answer(item, "But look.", by=ada, again="Because.")


def test_a_question_may_be_answered_as_often_as_it_is_asked(world, ada):
    item = item_of(replied(world, ASKS))
    for _ in range(2):
        answering.send_answer(item, "It is 190.", by=ada)
    assert Outgoing.objects.filter(purpose="answer").count() == 2


# Answers that leave by themselves ------------------------------------------------------------------------------------


@pytest.fixture
def allowed(world, ruth):
    return book(sends_itself=True, least_confidence=0.9, allowed_by=ruth, allowed_at=clock.now())


def by_itself():
    return Outgoing.objects.filter(purpose="answer", automatic=True)


def test_by_default_nothing_is_answered_without_a_person(world):
    book()
    replied(world, ASKS)
    assert not Outgoing.objects.filter(purpose="answer").exists()


def test_where_a_draft_allows_it_the_answer_leaves_marked_and_says_who_allowed(world, allowed):
    item = item_of(replied(world, ASKS))
    (letter,) = leave_all(world)
    assert b"Auto-Submitted: auto-replied" in bytes(letter.raw if hasattr(letter, "raw") else letter)
    assert "which Ruth" in Event.objects.get(kind="workitem.answered_itself").why
    item.refresh_from_db()
    assert (item.state, item.answered_at is not None, item.first_answer_at) == ("open", True, None)


def test_it_can_be_taken_back_for_ten_seconds_on_the_page(world, allowed, as_):
    item = item_of(replied(world, ASKS))
    sent = by_itself().get()
    page = as_(world.ada).get(f"/replies/{item.pk}/").content.decode()
    assert f"/replies/{item.pk}/unsend/{sent.pk}/" in page and "by itself" in page
    as_(world.ada).post(f"/replies/{item.pk}/unsend/{sent.pk}/")
    item.refresh_from_db()
    assert (by_itself().get().state, item.answered_at) == ("cancelled", None)


def test_one_in_a_day_to_one_person(world, allowed):
    replied(world, ASKS)
    leave_all(world)
    with later(hours=23):
        replied(world, "And what does it cost per year?")
    assert by_itself().count() == 1
    assert "within 24 hours" in Event.objects.get(kind="answer.kept_for_a_person").why
    with later(hours=25):
        replied(world, "Does it cost more per month?")
    assert by_itself().count() == 2


@pytest.mark.parametrize("change", [{"least_confidence": 1}, {"label": "interested"}, {"body": "{{referrer}}"}])
def test_less_sure_another_label_or_an_empty_field_stays_with_a_person(world, allowed, change):
    Playbook.objects.filter(pk=allowed.pk).update(**change)
    replied(world, ASKS)
    assert not by_itself().exists()


def test_a_machine_is_never_answered(world, allowed):
    replied(world, f"{ASKS} This is an automatic reply.", Auto_Submitted="auto-replied")
    assert not by_itself().exists()


def test_the_lead_switches_it_off_for_the_team(world, allowed, ruth, as_):
    page = as_(ruth).get("/playbook/").content.decode()
    assert "Switch off" in page
    as_(ruth).post(f"/playbook/by-itself/{ruth.team_id}/")
    replied(world, ASKS)
    assert (AutoAnswerStop.objects.count(), by_itself().count()) == (1, 0)


def test_an_sdr_and_a_lead_of_another_team_switch_nothing(world, allowed, ada, stranger, as_):
    assert as_(ada).post(f"/playbook/by-itself/{ada.team_id}/").status_code in (403, 404, 409)
    assert as_(stranger).post(f"/playbook/by-itself/{ada.team_id}/").status_code in (403, 404, 409)
    assert not AutoAnswerStop.objects.exists()


def test_a_corrected_label_calls_back_what_has_not_left(world, allowed, ada):
    reply = replied(world, ASKS)
    classifying.correct(reply, "not_interested", by=ada)
    assert by_itself().get().state == "cancelled"
    assert "did not leave" in Event.objects.get(kind="reply.label_undone").why


def test_what_has_left_stays_and_the_undo_says_so(world, allowed, ada):
    reply = replied(world, ASKS)
    leave_all(world)
    classifying.correct(reply, "not_interested", by=ada)
    assert by_itself().get().state == "sent"
    assert "1 message had left already and stays sent" in Event.objects.get(kind="reply.label_undone").why


def test_who_lets_a_draft_send_itself_is_kept(world, ruth, as_):
    said = {
        "name": "Price",
        "label": "question",
        "language": "en",
        "body": "190.",
        "sends_itself": "on",
        "percent": "98",
    }
    as_(ruth).post("/playbook/new/", said)
    row = Playbook.objects.get()
    assert (row.allowed_by, row.least_confidence, row.allowed_at is not None) == (ruth, 0.98, True)


def test_an_opt_out_is_never_answered_by_itself(ruth, as_):
    said = {"name": "Bye", "label": "unsubscribe", "language": "en", "body": "Bye.", "sends_itself": "on"}
    answer = as_(ruth).post("/playbook/new/", said)
    assert "never answered without a person" in answer.content.decode()


def test_a_retried_message_is_answered_once(world, allowed):
    reply = replied(world, ASKS)
    for _ in range(2):
        auto_answers.answer(item_of(reply), judgement(reply))
    assert by_itself().count() == 1
