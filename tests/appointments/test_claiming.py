"""One answer leaves: claims, taking over, and what is typed kept by the server."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from appointments.models import AnswerDraft, WorkItem
from appointments.services import answering, claiming, drafts, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Event, Notification
from prospecting.models import Outgoing
from tests.appointments.world import item_of, later, replied

WANTS = "Tuesday works, can you send an invite?"


@pytest.fixture
def item(world: SimpleNamespace) -> WorkItem:
    return item_of(replied(world, WANTS))


def answers() -> int:
    return Outgoing.objects.filter(purpose="answer").exclude(state="cancelled").count()


def test_whoever_begins_to_answer_has_it(item: Any, ben: Any, as_: Any) -> None:
    assert as_(ben).post(f"/replies/{item.pk}/answering/").json() == {"held": ""}
    item.refresh_from_db()
    assert (item.setter, item.state) == (ben, "claimed")


def test_looking_takes_nothing(item: Any, ben: Any, as_: Any) -> None:
    as_(ben).get(f"/replies/{item.pk}/")
    item.refresh_from_db()
    assert item.claimed_at is None


def test_a_colleague_reads_who_is_at_it_and_cannot_send(item: Any, world: Any, ben: Any, as_: Any) -> None:
    claiming.begin(item, by=world.ada)
    page = as_(ben).get(f"/replies/{item.pk}/").content.decode()
    sent = as_(ben).post(f"/replies/{item.pk}/answer/", {"body": "I was here first"})
    assert f"{world.ada} is answering this, last seen at" in page
    assert sent.status_code == 409
    assert "I was here first" in sent.content.decode()
    assert answers() == 0


def test_the_queue_says_who_is_at_it(item: Any, world: Any, ben: Any, as_: Any) -> None:
    claiming.begin(item, by=world.ada)
    assert "Ada is answering" in as_(ben).get("/inbox/?box=team").content.decode()


def test_of_two_who_read_it_unanswered_one_answers(item: Any, world: Any, ben: Any) -> None:
    as_ada, as_ben = WorkItem.objects.get(pk=item.pk), WorkItem.objects.get(pk=item.pk)
    answering.send_answer(as_ada, "Tuesday it is.", by=world.ada)
    with pytest.raises(Refused, match=f"{world.ada} answered this at"):
        answering.send_answer(as_ben, "Tuesday is fine.", by=ben)
    assert answers() == 1


def test_a_claim_ages_out(item: Any, world: Any, ben: Any) -> None:
    claiming.begin(item, by=world.ada)
    with later(minutes=11):
        claiming.begin(item, by=ben)
    item.refresh_from_db()
    assert item.setter == ben


def test_it_is_taken_over_with_a_word(item: Any, world: Any, ben: Any, as_: Any) -> None:
    claiming.begin(item, by=world.ada)
    client = as_(ben)
    assert client.post(f"/replies/{item.pk}/take-over/", {"words": " "}).status_code == 409
    client.post(f"/replies/{item.pk}/take-over/", {"words": "You are in a call"})
    with pytest.raises(Refused, match=f"{ben} is answering this"):
        answering.send_answer(item, "Too late", by=world.ada)
    assert "You are in a call" in Notification.objects.filter(user=world.ada).latest("pk").text
    assert "You are in a call" in Event.objects.get(kind="workitem.taken_over").why


def test_leaving_lets_go_and_only_ones_own(item: Any, world: Any, ben: Any, as_: Any) -> None:
    claiming.begin(item, by=world.ada)
    as_(ben).post(f"/replies/{item.pk}/let-go/")
    item.refresh_from_db()
    assert item.is_held(clock.now())
    as_(world.ada).post(f"/replies/{item.pk}/let-go/")
    item.refresh_from_db()
    assert not item.is_held(clock.now())


def test_being_at_a_snoozed_one_leaves_it_snoozed(item: Any, world: Any) -> None:
    work_items.snooze(item, clock.now() + timedelta(days=2), by=world.ada)
    claiming.begin(item, by=world.ada)
    item.refresh_from_db()
    assert item.state == "snoozed"


def test_what_is_typed_is_there_again_in_another_browser(item: Any, world: Any, as_: Any) -> None:
    as_(world.ada).post(f"/replies/{item.pk}/draft/", {"body": "Half a sen", "version": 0})
    assert "Half a sen</textarea>" in as_(world.ada).get(f"/replies/{item.pk}/").content.decode()


def test_a_second_window_is_told_and_overwrites_nothing(item: Any, world: Any, as_: Any) -> None:
    client = as_(world.ada)
    client.post(f"/replies/{item.pk}/draft/", {"body": "From the office", "version": 0})
    other = client.post(f"/replies/{item.pk}/draft/", {"body": "From the train", "version": 0})
    assert other.status_code == 409
    assert other.json()["body"] == "From the office"
    assert drafts.kept(item, world.ada).body == "From the office"
    chosen = client.post(f"/replies/{item.pk}/draft/", {"body": "From the train", "version": other.json()["version"]})
    assert chosen.json()["version"] == 2


def test_a_draft_is_kept_though_a_colleague_is_at_it(item: Any, world: Any, ben: Any, as_: Any) -> None:
    claiming.begin(item, by=world.ada)
    answer = as_(ben).post(f"/replies/{item.pk}/draft/", {"body": "Mine", "version": 0}).json()
    assert "is answering this" in answer["held"]
    assert drafts.kept(item, ben).body == "Mine"


def test_a_draft_is_gone_when_it_left_and_back_when_it_is_taken_back(item: Any, world: Any) -> None:
    drafts.keep(item, "Tuesday it is.", by=world.ada, version=0)
    sent = answering.send_answer(item, "Tuesday it is, at ten.", by=world.ada)
    assert drafts.kept(item, world.ada) is None
    answering.take_back(item, sent, by=world.ada)
    assert drafts.kept(item, world.ada).body == "Tuesday it is, at ten."


def test_a_draft_is_dropped_on_request_only(item: Any, world: Any, as_: Any) -> None:
    drafts.keep(item, "No", by=world.ada, version=0)
    as_(world.ada).post(f"/replies/{item.pk}/draft/drop/", {"body": "No"})
    assert not AnswerDraft.objects.exists()


@pytest.mark.parametrize("what", ["answering", "let-go", "take-over", "draft", "draft/drop"])
def test_a_stranger_claims_and_keeps_nothing(item: Any, stranger: Any, as_: Any, what: str) -> None:
    assert as_(stranger).post(f"/replies/{item.pk}/{what}/", {"body": "x", "words": "x"}).status_code == 404


def test_it_is_handed_to_the_pool_with_a_sentence(item: Any, world: Any, ben: Any) -> None:
    claiming.begin(item, by=world.ada)
    work_items.hand_over(item, None, by=world.ada, words="I am off at noon")
    claiming.begin(item, by=ben)
    item.refresh_from_db()
    assert item.setter == ben
    assert "to the pool: I am off at noon" in Event.objects.get(kind="workitem.handed_over").why
