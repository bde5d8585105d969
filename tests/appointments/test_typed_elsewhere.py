"""What somebody types is never lost, whatever happens to the reply meanwhile."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from appointments.models import WorkItem
from appointments.services import classifying, drafts, work_items
from crm import clock
from crm.models import Event
from tests.appointments.world import item_of, replied
from tests.conftest import PASSWORD

WANTS = "Tuesday works, can you send an invite?"
TYPED = "As far as I got"


@pytest.fixture
def item(world: SimpleNamespace) -> WorkItem:
    return item_of(replied(world, WANTS))


def finished(item: WorkItem, by: Any) -> WorkItem:
    return work_items.done(item, outcome="closed", next="resume", by=by)


def test_an_answer_refused_because_it_was_finished_meanwhile_shows_its_words(
    item: Any, world: Any, ben: Any, as_: Any
) -> None:
    page = as_(world.ada).get(f"/replies/{item.pk}/")
    finished(item, ben)
    said = as_(world.ada).post(f"/replies/{item.pk}/answer/", {"body": TYPED, "seen": page.context["seen"]})
    assert said.status_code == 409
    assert TYPED in said.content.decode()


def test_what_was_typed_is_shown_on_the_page_of_what_a_colleague_finished(
    item: Any, world: Any, ben: Any, as_: Any
) -> None:
    drafts.keep(item, TYPED, by=world.ada, version=0)
    finished(item, ben)
    assert TYPED in as_(world.ada).get(f"/replies/{item.pk}/").content.decode()
    assert TYPED not in as_(ben).get(f"/replies/{item.pk}/").content.decode()


def test_what_was_typed_goes_along_when_they_write_again(item: Any, world: Any, ben: Any, as_: Any) -> None:
    drafts.keep(item, TYPED, by=world.ada, version=0)
    finished(item, ben)
    again = WorkItem.objects.exclude(state="done").get(reply=replied(world, "And what does it cost?"))
    assert again.pk != item.pk
    assert TYPED in as_(world.ada).get(f"/replies/{again.pk}/").content.decode()
    assert TYPED not in as_(ben).get(f"/replies/{again.pk}/").content.decode()


def test_what_was_typed_goes_along_when_a_label_closes_the_reply_and_another_opens_it(
    item: Any, world: Any, ben: Any, as_: Any
) -> None:
    drafts.keep(item, TYPED, by=world.ada, version=0)
    classifying.correct(item.reply, "auto_reply", by=ben)
    classifying.correct(item.reply, "question", by=ben)
    again = WorkItem.objects.exclude(state="done").get(reply=item.reply)
    assert TYPED in as_(world.ada).get(f"/replies/{again.pk}/").content.decode()


def test_a_label_changed_by_a_colleague_is_told_to_whoever_reads_it(item: Any, world: Any, ben: Any, as_: Any) -> None:
    page = as_(world.ada).get(f"/replies/{item.pk}/")
    classifying.correct(item.reply, "question", by=ben)
    news = as_(world.ada).get(f"/replies/{item.pk}/news/?seen={page.context['seen']}").content.decode()
    assert "Ben" in news
    assert "uestion" in news


def test_a_label_that_closes_the_reply_says_who_changed_it(item: Any, world: Any, ben: Any, as_: Any) -> None:
    page = as_(world.ada).get(f"/replies/{item.pk}/")
    classifying.correct(item.reply, "auto_reply", by=ben)
    news = as_(world.ada).get(f"/replies/{item.pk}/news/?seen={page.context['seen']}").content.decode()
    assert "Someone" not in news
    assert "Ben" in news


def test_signing_in_brings_back_whom_the_clock_marked_away(world: Any, as_: Any) -> None:
    ada = world.ada
    ada.set_password(PASSWORD)
    ada.away_until, ada.marked_away = clock.now() + timedelta(hours=2), True
    ada.save()
    client = Client()
    client.get("/accounts/sign-in/login/")
    ada.refresh_from_db()
    assert ada.marked_away
    client.post("/accounts/sign-in/login/", {"login": ada.email, "password": PASSWORD})
    ada.refresh_from_db()
    assert (ada.marked_away, ada.away_until) == (False, None)


def test_the_picked_are_handed_to_the_pool_with_a_sentence(item: Any, world: Any, as_: Any) -> None:
    said = {"item": [item.pk], "do": "hand_over", "to": "pool", "words": "I am away"}
    as_(world.ada).post("/inbox/picked/", said)
    item.refresh_from_db()
    assert item.setter is None
    assert Event.objects.filter(kind="workitem.handed_over", why__contains="I am away").exists()
