"""Corrections are kept, learnt from in the background, and what is worse is refused; an earlier version can judge again."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from appointments.models import Classification, ClassifierVersion
from appointments.services import belongings, classifier, classifying, examples_to_learn, learning, understanding
from crm.errors import Refused
from crm.models import Event, Message
from tests.appointments.little_head import held, judging, put_in
from tests.appointments.world import judgement, later, reached, replied
from tests.hostile import SCRIPT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_seen():
    classifier.forget()
    yield
    classifier.forget()


@pytest.fixture
def shown(monkeypatch):
    return put_in(monkeypatch)


def four_corrected(ada, noor):
    """Joost answered four times, and Ada said of each what it is."""
    world = reached(ada, noor)
    world.replies = [replied(world, f"Sounds good, parcel {number} works for us.") for number in range(4)]
    for reply in world.replies:
        classifying.correct(reply, "interested", by=ada)
    return world


@pytest.fixture
def heard(ada, ben, noor, ruth, monday, once):
    return once(four_corrected, ada, noor)


@pytest.fixture
def corrected(heard):
    return heard.replies


def learn(by):
    learning.ask(by=by)
    return learning.learn_waiting()


def test_a_correction_is_kept_with_who_and_when_and_what_stood_before(world, ada):
    reply = replied(world, "Please call me on Tuesday.")
    before = judgement(reply).label
    with later(hours=1):
        classifying.correct(reply, "question", by=ada)
    (row,) = understanding.corrections(ada)
    assert (row.by, row.was, row.label) == (ada, before, "question")
    assert row.at > reply.at


def test_learning_takes_what_people_said_and_what_came_with_the_product(corrected, shown, ruth):
    version = learn(ruth)
    assert version.state == "in_use" and version.asked_by == ruth and judging() == version.pk
    learnt, gold = [r for r in corrected if not held(r)], [r for r in corrected if held(r)]
    texts = [row["body"] for row in shown[0]]
    assert all(texts.count(reply.message.newest) == learning.TIMES for reply in learnt)
    assert not any(reply.message.newest in texts for reply in gold)
    assert version.corrections == len(learnt) and version.figures["team"]["after"]["n"] == len(gold)


def test_authors_who_judge_are_not_learnt_from(corrected, shown, ruth):
    version = learn(ruth)
    gold = version.figures["project"]["after"]["n"]
    assert version.project_rows + gold == 40 and gold > 0


def test_a_version_that_is_worse_is_refused_and_the_one_before_judges_on(corrected, monkeypatch, ruth):
    put_in(monkeypatch)
    first = learn(ruth)
    monkeypatch.undo()
    put_in(monkeypatch, spoilt=True)
    classifying.correct(corrected[0], "question", by=ruth)
    classifying.correct(corrected[1], "not_now", by=ruth)
    second = learn(ruth)
    assert second.state == "refused" and "left alone" in second.reason
    assert judging() == first.pk
    assert Event.objects.filter(kind="classifierversion.refused").count() == 1


def test_nothing_new_is_not_learnt_again(corrected, shown, ruth):
    learn(ruth)
    with pytest.raises(Refused, match="not learnt from already"):
        learning.ask(by=ruth)
    assert learning.ask_if_worth() is None


def test_it_learns_by_itself_after_enough_corrections(corrected, shown, monkeypatch):
    assert learning.ask_if_worth() is None
    monkeypatch.setattr(learning.rules, "LEARN_AFTER", 4)
    assert learning.ask_if_worth().asked_by is None
    assert learning.learn_waiting().state == "in_use"


def test_what_is_under_way_is_not_asked_for_twice(corrected, shown, ruth, adm):
    learning.ask(by=ruth)
    with pytest.raises(Refused, match="under way"):
        learning.ask(by=adm)
    assert ClassifierVersion.objects.count() == 1


def test_what_a_dead_worker_left_is_begun_again_and_not_for_ever(corrected, shown, ruth):
    row = learning.ask(by=ruth)
    assert learning._claim().pk == row.pk
    assert learning.learn_waiting() is None
    connection.cursor().execute("UPDATE appointments_classifierversion SET started_at = now() - interval '31 minutes'")
    assert learning.learn_waiting().state == "in_use"
    again = ClassifierVersion.objects.create(asked_at=row.asked_at, tries=learning.MOST_TRIES)
    assert learning.learn_waiting().reason == "It could not be finished."
    assert ClassifierVersion.objects.get(pk=again.pk).state == "refused"


def test_what_was_compared_with_another_than_the_one_in_use_is_refused(corrected, shown, ruth, adm, monkeypatch):
    first = learn(ruth)
    classifying.correct(corrected[0], "question", by=ruth)
    learning.ask(by=ruth)
    judged = learning._judged
    monkeypatch.setattr(learning, "_judged", lambda *a: (learning.roll_back(by=adm), judged(*a))[1])
    second = learning.learn_waiting()
    assert second.state == "refused" and "changed while this was learnt" in second.reason
    assert judging() == 0 and ClassifierVersion.objects.get(pk=first.pk).state == "replaced"


def test_an_erased_person_is_in_no_training_and_no_gold_any_more(heard, shown, ruth):
    learn(ruth)
    belongings.erase_contact(heard.joost)
    assert examples_to_learn.gone() == 4
    assert learning.ask_if_worth() is not None
    version = learning.learn_waiting()
    assert version.learnt == [] and version.corrections == 0
    assert not any("parcel" in row["body"] for row in shown[-1])
    assert learning.ask_if_worth() is None


def test_a_text_that_is_gone_is_not_learnt_from(corrected, ruth):
    Message.objects.filter(pk=corrected[0].message_id).update(newest="")
    assert examples_to_learn.unlearnt() == 3


def test_a_label_taken_back_to_nothing_teaches_nothing(world, ada):
    reply = replied(world, "Sounds good, tell me more.")
    classifying.undo(judgement(reply), by=ada)
    assert judgement(reply).label == "other" and not examples_to_learn.labelled().exists()


def test_rolling_back_goes_one_version_back_and_at_last_to_the_one_that_came(corrected, shown, ruth, adm):
    first = learn(ruth)
    classifying.correct(corrected[0], "question", by=ruth)
    second = learn(ruth)
    assert judging() == second.pk
    assert learning.roll_back(by=adm) == first and judging() == first.pk
    assert learning.roll_back(by=adm) is None and judging() == 0
    with pytest.raises(Refused, match="nothing before it"):
        learning.roll_back(by=adm)
    assert learning.roll_back(second.pk, by=adm) == second and judging() == second.pk
    assert learning.roll_back(0, by=adm) is None and judging() == 0


def test_what_was_refused_or_is_unknown_never_comes_to_judge(corrected, monkeypatch, ruth):
    put_in(monkeypatch, spoilt=True)
    refused = learn(ruth)
    with pytest.raises(Refused, match="was never in use: It would overlook"):
        learning.roll_back(refused.pk, by=ruth)
    with pytest.raises(Refused, match="There is no version 99999"):
        learning.roll_back(99_999, by=ruth)


def test_the_command_rolls_back_and_refuses_in_a_sentence(corrected, shown, ruth, capsys):
    version = learn(ruth)
    call_command("rollback_classifier")
    assert json.loads(capsys.readouterr().out) == {"in_use": 0, "trained_at": None}
    call_command("rollback_classifier", str(version.pk))
    assert json.loads(capsys.readouterr().out)["in_use"] == version.pk
    with pytest.raises(CommandError, match=f"Version {version.pk} is in use already"):
        call_command("rollback_classifier", str(version.pk), stderr=StringIO())


def test_a_head_of_another_release_gives_way_to_the_products_own(monkeypatch, adm):
    ClassifierVersion.objects.create(state="in_use", asked_at=adm.date_joined or Event.record("x").at, head=b"no head")
    monkeypatch.setattr(classifier, "shipped", lambda: "the product's own")
    assert classifier.current_model() == "the product's own"


def test_files_are_judged_by_what_is_in_use_and_without_a_database_by_what_came(monkeypatch):
    monkeypatch.setattr(classifier, "current_model", lambda: "in use")
    monkeypatch.setattr(classifier, "shipped", lambda: "the product's own")
    found = []
    for nothing in (False, True):
        monkeypatch.setattr(classifier, "nothing_made", lambda nothing=nothing: nothing)
        found.append(classifier.model_for_files())
    assert found == ["in use", "the product's own"]


def test_which_version_judges_is_not_asked_for_every_reply(db):
    classifier.current_version()
    with CaptureQueriesContext(connection) as asked:
        assert [classifier.current_version() for _ in range(50)] == [0] * 50
    assert len(asked) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_learn_once(adm):
    ClassifierVersion.objects.create(asked_at=Event.record("x").at)
    barrier, mine = threading.Barrier(2), []

    def work():
        barrier.wait(10)
        mine.append(learning._claim())
        connections["default"].close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(row is None for row in mine) == [False, True]


# The page --------------------------------------------------------------------------------------------------------


def test_leads_see_how_replies_are_understood_and_others_do_not(corrected, ruth, ada, noor, stranger, as_):
    page = as_(ruth).get("/learning/").content.decode()
    assert "Sounds good, parcel 3 works for us." in page and "Learn from the last 4 corrections" in page
    for user in (ada, noor, stranger):
        assert as_(user).get("/learning/").status_code == 403
        assert as_(user).post("/learning/learn/").status_code == 403
    assert "/learning/" in as_(ruth).get("/playbook/").content.decode()
    assert "/learning/" not in as_(ada).get("/playbook/").content.decode()


def test_a_lead_of_another_team_counts_and_reads_none_of_it(corrected, stranger, as_):
    type(stranger).objects.filter(pk=stranger.pk).update(job="lead")
    client = as_(stranger)
    page = client.get("/learning/").content.decode()
    assert "parcel" not in page and "No reply was judged yet" in page
    assert "parcel" not in client.get("/learning/corrections/").content.decode()
    assert b"parcel" not in b"".join(client.get("/export/corrections.csv"))


def test_the_button_asks_and_says_so(corrected, ruth, as_, shown):
    client = as_(ruth)
    answer = client.post("/learning/learn/", follow=True)
    assert "It is being learnt in the background" in answer.content.decode()
    assert "Waiting for a worker" in answer.content.decode()
    assert learning.learn_waiting().asked_by == ruth
    page = client.get("/learning/").content.decode()
    assert "Everything that people said was learnt from." in page and "too few to say" in page


def test_an_admin_rolls_back_and_a_lead_does_not(corrected, shown, ruth, adm, as_):
    version = learn(ruth)
    assert as_(ruth).post("/learning/roll-back/", {"version": 0}).status_code == 403
    assert judging() == version.pk
    answer = as_(adm).post("/learning/roll-back/", {"version": 0}, follow=True)
    assert "The classifier that came with the product judges from now on." in answer.content.decode()
    assert judging() == 0


def test_hostile_words_stand_on_the_page_as_words(world, ada, ruth, as_):
    classifying.correct(replied(world, f"{SCRIPT} {{{{ 7|add:7 }}}}"), "question", by=ada)
    for path in ("/learning/", "/learning/corrections/"):
        page = as_(ruth).get(path).content.decode()
        assert SCRIPT not in page and "&lt;script&gt;hit()" in page and "{{ 7|add:7 }}" in page


def test_more_corrections_ask_the_database_no_more(heard, ada, ruth, as_):
    client = as_(ruth)

    def queries(path):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    paths = ("/learning/", "/learning/corrections/")
    before = [queries(path) for path in paths]
    for number in range(6):
        classifying.correct(replied(heard, f"More of it, {number}"), "interested", by=ada)
    assert [queries(path) for path in paths] <= before


def test_corrections_narrow_and_leave_as_a_file(corrected, ada, ben, ruth, as_):
    classifying.correct(corrected[0], "question", by=ben)
    client = as_(ruth)
    assert len(client.get("/learning/corrections/?label=question").context["page"].rows) == 1
    assert len(client.get(f"/learning/corrections/?by={ada.pk}").context["page"].rows) == 4
    lines = b"".join(client.get("/export/corrections.csv?label=question")).decode().splitlines()
    assert len(lines) == 2 and "Ben" in lines[1] and "interested" in lines[1]
    assert client.get("/learning/corrections/?nonsense=1").status_code == 409


def test_the_page_and_the_api_count_alike(corrected, ruth, ada, as_):
    page = as_(ruth).get("/learning/").context
    answer = as_(ruth).get("/api/v1/classifier/").json()
    assert (answer["verdict"], answer["unlearnt"], answer["in_use"]) == (page["verdict"], 4, 0)
    assert {line["label"]: line["decided"] for line in answer["per_label"]} == {
        line.label: line.decided for line in page["lines"]
    }
    assert as_(ada).get("/api/v1/classifier/").status_code == 403


def test_what_was_worked_without_changing_its_label_counts_as_seen(world, ruth):
    reply = replied(world, "Sounds interesting, tell me more.")
    (row,) = understanding.counted(ruth)
    assert (row.said, row.sure, row.seen, row.n) == ("interested", True, False, 1)
    assert Classification.objects.get(reply=reply).decided_by == row.layer
