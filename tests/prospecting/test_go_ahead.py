"""A lead goes ahead against the guard, with a sentence that stands on the timeline and is counted."""

import pytest

from crm.models import Event
from crm.services import suppression
from prospecting.models import ListEntry, Override, StageVisit, Touch
from prospecting.services import guard, planner, sending, stages
from tests.prospecting.world import enrolled

pytestmark = pytest.mark.django_db
WHY = "He asked for it on the fair."


@pytest.fixture
def held(world, server, ruth):
    """The window of the segment closed, so the first mail waits."""
    enrolled(world)
    ListEntry.objects.update(window_open=False)
    sending.send_due(hand_over=server)
    return world


def why(client, world):
    return client.get(f"/accounts/{world.account.pk}/why/", headers={"HX-Request": "true"}).content.decode()


def go(client, world, **changes):
    said = {"contact": world.joost.pk, "reason": "timing_closed", "sentence": WHY, **changes}
    return client.post(f"/accounts/{world.account.pk}/go-ahead/", said)


def test_a_lead_sees_what_stands_against_it_and_goes_ahead(held, server, ruth, as_):
    client = as_(ruth)
    assert "Waits: Timing closed" in why(client, held) and "Go ahead all the same" in why(client, held)
    go(client, held)
    assert sending.send_due(hand_over=server) == 1
    assert Touch.objects.get(contact=held.joost).state == "sent"


def test_it_is_counted_and_stands_on_the_timeline(held, ruth, as_):
    go(as_(ruth), held)
    row = Override.objects.get()
    assert (row.by, row.reason, row.sentence) == (ruth, "timing_closed", WHY)
    event = Event.objects.get(kind="guard.overridden")
    assert (event.actor, event.why, event.account, event.contact) == (ruth, WHY, held.account, held.joost)


@pytest.mark.parametrize("sentence", ["", "  x "])
def test_without_a_sentence_nothing_happens(held, server, ruth, as_, sentence):
    page = as_(ruth)
    go(page, held, sentence=sentence)
    assert "Say in a sentence" in page.get(f"/accounts/{held.account.pk}/").content.decode()
    assert sending.send_due(hand_over=server) == 0 and not Override.objects.exists()


def test_what_is_no_matter_of_opinion_has_no_button_and_is_refused(held, server, ruth, as_):
    suppression.suppress_address(held.joost.email, reason="asked us to stop", by=ruth)
    client = as_(ruth)
    page = why(client, held)
    assert "Refused: Suppressed" in page and "Go ahead all the same" not in page
    go(client, held, reason="suppressed")
    assert not Override.objects.exists()


def test_a_page_from_before_cannot_go_against_something_else(held, ruth, as_):
    go(as_(ruth), held, reason="account_cap")
    assert not Override.objects.exists()


def test_an_sdr_neither_sees_the_button_nor_may_press_it(held, ada, as_):
    assert "Go ahead" not in why(as_(ada), held)
    assert go(as_(ada), held).status_code == 403
    assert not Override.objects.exists()


def test_the_lead_of_another_team_finds_nothing(held, south, as_):
    from tests.conftest import person  # noqa: PLC0415 - one more lead for this test alone

    assert go(as_(person("Sven", "lead", south)), held).status_code == 404


def test_a_person_of_another_account_is_not_here(held, ruth, as_):
    assert go(as_(ruth), held, contact=0).status_code == 404


def test_someone_whose_turn_it_is_without_a_touch_is_written_to_as_well(world, server, ruth, as_):
    walk = enrolled(world)
    Touch.objects.all().delete()
    ListEntry.objects.update(window_open=False)
    planner.plan(walk)
    client = as_(ruth)
    assert "Go ahead all the same" in why(client, world)
    go(client, world)
    planner.plan_due()
    assert sending.send_due(hand_over=server) == 1


def test_whose_stage_is_shut_is_not_offered(held, ruth):
    assert [one.contact for one in guard.standing_against(held.account)] == [held.joost]
    stages.close_stage(StageVisit.objects.get(account=held.account, state="open"), "Enough for now.", by=ruth)
    assert guard.standing_against(held.account) == []


def test_going_ahead_holds_for_one_mail_also_where_no_touch_was_there_yet(world, server, ruth):
    walk = enrolled(world)
    Touch.objects.all().delete()
    ListEntry.objects.update(window_open=False)
    guard.override(world.account, world.joost, "timing_closed", WHY, by=ruth)
    planner.plan(walk)
    assert guard.may_contact(world.account, world.joost).allowed
    assert sending.send_due(hand_over=server) == 1
    assert guard.may_contact(world.account, world.joost).reason == "timing_closed"


def test_going_ahead_ends_with_the_touch_that_was_taken_back(world, ruth):
    walk = enrolled(world)
    Touch.objects.all().delete()
    ListEntry.objects.update(window_open=False)
    guard.override(world.account, world.joost, "timing_closed", WHY, by=ruth)
    planner.plan(walk)
    stages.cancel_planned(walk, why="Not now.", by=ruth)
    assert guard.may_contact(world.account, world.joost).reason == "timing_closed"
