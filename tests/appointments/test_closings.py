"""What the right half knows when work is closed: the reason, the late answer; asked once, where it is finished."""

from datetime import timedelta

import pytest
from django.urls import reverse

from appointments.models import WorkItem
from appointments.services import closings, work_items
from crm import clock
from crm.models import Account
from prospecting.models import Attribution, Reply
from prospecting.rules import ladder
from prospecting.services import milestones, reactions
from tests.appointments.world import item_of, replied
from tests.prospecting.world import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(world):
    return item_of(replied(world, "Sounds interesting, tell me more."))


def closed(world):
    return Attribution.objects.get(enrollment=world.enrollment)


def test_done_says_what_it_came_down_to_and_is_not_asked_again(world, item, ada, as_):
    client = as_(ada)
    asked = client.get(reverse("appointments:reply", args=[item.pk])).content.decode()
    path = reverse("appointments:reply_done", args=[item.pk])
    client.post(path, {"outcome": "closed", "next": "close", "reason": "budget", "cause": "timing"})

    assert 'name="cause"' in asked
    assert (closed(world).cause, closed(world).by) == ("timing", ada)
    work_items.reopen(WorkItem.objects.get(pk=item.pk), by=ada)
    assert 'name="cause"' not in client.get(reverse("appointments:reply", args=[item.pk])).content.decode()


def test_done_promises_no_proposal_that_the_reason_or_a_held_meeting_would_change(world, item, ada, as_):
    path = reverse("appointments:reply", args=[item.pk])
    Reply.objects.update(label="not_now")
    assert "As proposed: " not in as_(ada).get(path).content.decode()
    milestones.reach(world.account, ladder.HELD, enrollment=world.enrollment, by="the test")
    assert 'name="cause"' not in as_(ada).get(path).content.decode()

    said = {"outcome": "closed", "next": "close", "reason": "budget", "cause": "timing"}
    assert as_(ada).post(reverse("appointments:reply_done", args=[item.pk]), said).status_code == 409
    assert not Attribution.objects.exists()


def test_the_reason_that_was_given_is_the_proposal(world, item, ada):
    work_items.done(item, outcome="closed", next="close", reason="priority", by=ada)

    assert (closed(world).cause, closed(world).confirmed_at, closed(world).team) == ("timing", None, ada.team)


def test_an_answer_that_came_too_late_and_nothing_after_it_is_a_slow_answer(world, item, ada):
    WorkItem.objects.filter(pk=item.pk).update(
        asked_at=MONDAY, due_at=MONDAY + timedelta(hours=1), first_answer_at=MONDAY + timedelta(hours=27)
    )
    world.enrollment.replies.update(label="interested", at=MONDAY)
    with clock.at(MONDAY + timedelta(days=9)):
        reactions.close_account(Account.objects.get(pk=world.account.pk), "Nothing came.", by=ada)

    assert (closed(world).cause, closed(world).because) == (
        "slow_answer", "They waited 1 day 3 h for an answer; nothing came after it.",
    )  # fmt: skip


def test_an_answer_in_time_or_one_they_answered_is_no_slow_one(world, item):
    late, soon = MONDAY + timedelta(hours=27), MONDAY + timedelta(minutes=20)
    rows = WorkItem.objects.filter(pk=item.pk)
    rows.update(asked_at=MONDAY, due_at=MONDAY + timedelta(hours=1), first_answer_at=soon)
    world.enrollment.replies.update(at=MONDAY)
    assert closings.of_walks([world.enrollment.pk])[world.enrollment.pk].went_cold_after is None
    rows.update(first_answer_at=late)
    assert closings.of_walks([world.enrollment.pk])[world.enrollment.pk].went_cold_after == timedelta(hours=27)
    world.enrollment.replies.update(at=late + timedelta(hours=1))
    assert closings.of_walks([world.enrollment.pk])[world.enrollment.pk].went_cold_after is None
