"""What a person paused stays paused, whatever the account writes, until a person resumes it."""

from datetime import timedelta

import pytest

from appointments.services import classifying, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Enrollment, Touch
from prospecting.services import enrollment as walks
from tests.appointments.world import item_of, replied

pytestmark = pytest.mark.django_db
WHY = "Ada talks to their board first."


@pytest.fixture
def walk(world):
    walks.pause(world.enrollment, WHY, by=world.ada)
    return world.enrollment


def standing(walk):
    walk.refresh_from_db()
    return (walk.state, walk.in_conversation, walk.paused_by_hand)


def test_a_label_that_ends_the_conversations_pause_leaves_the_one_by_hand(world, walk):
    reply = replied(world, "I think you have the wrong person, this is not my area.")
    assert reply.label == "wrong_person"
    assert standing(walk) == ("paused", False, True)
    assert walk.reason == WHY
    assert not Touch.objects.filter(enrollment=walk, state="planned").exists()
    assert Event.objects.filter(kind="enrollment.still_paused").exists()


def test_a_rest_that_is_over_gives_way_to_the_pause_by_hand(world, walk):
    replied(world, "Not now. Please come back in September.")
    assert standing(walk)[0] == "resting"
    with clock.at(clock.now() + timedelta(days=200)):
        walks.wake_resting(clock.now())
    assert standing(walk) == ("paused", False, True)
    assert walk.reason == WHY


def test_a_person_resumes_it(world, walk, ada):
    walks.resume(walk, by=ada)
    assert standing(walk) == ("active", False, False)


def test_a_person_who_finishes_the_reply_and_resumes_the_stage_resumes_it(world, walk, ada):
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    work_items.done(item, outcome="answered", next="resume", by=ada)
    assert standing(walk) == ("active", False, False)


def test_while_they_wait_for_an_answer_it_can_be_paused_by_hand_too(world, ada):
    reply = replied(world, "Sounds interesting, tell me more.")
    walks.pause(world.enrollment, WHY, by=ada)
    assert standing(world.enrollment) == ("paused", True, True)
    classifying.correct(reply, "wrong_person", by=ada)
    assert standing(world.enrollment) == ("paused", False, True)


def test_it_is_not_paused_twice(world, walk, ada):
    with pytest.raises(Refused):
        walks.pause(walk, "Again.", by=ada)


def test_without_a_pause_by_hand_the_label_lets_the_walk_go_on(world):
    replied(world, "I think you have the wrong person, this is not my area.")
    assert Enrollment.objects.get(pk=world.enrollment.pk).state == "active"
