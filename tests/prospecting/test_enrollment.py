"""An account walks a route."""

from datetime import UTC, datetime, timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Event, Organisation
from prospecting.models import Enrollment, StageVisit, Touch
from prospecting.services import enrollment, planner, segments, sending
from tests.prospecting.world import MONDAY, account_named, enrolled, person_at


def test_enrolling_targets_the_account_and_plans_one_touch_for_the_open_stage(world):
    walk = enrolled(world)
    assert [t.contact for t in walk.touches.all()] == [world.joost]
    world.account.refresh_from_db()
    assert world.account.rung == "targeted"


def test_the_opened_stage_is_on_the_timeline_with_its_reason(world):
    enrolled(world)
    event = Event.objects.get(kind="stagevisit.open")
    assert event.why == "Problem owner opened: the first stage opens when the walk starts"


def test_one_account_walks_only_one_sequence_at_a_time(world):
    enrolled(world)
    with pytest.raises(Refused, match="Maas Dekker already has an active sequence"):
        enrolled(world)


def test_an_account_that_is_not_on_the_list_is_not_enrolled(world, ada):
    bakery = account_named("Bakery", owner=ada, industry="Bakery")
    with pytest.raises(Refused, match="Not on this segment's list"):
        enrolled(world, bakery)


def test_preview_groups_who_starts_waits_and_is_refused(world, ada):
    lonely, resting = account_named("Lonely", owner=ada), account_named("Resting", owner=ada)
    person_at(resting, "Rita Rest", "problem-owner")
    resting.rests_until = (MONDAY + timedelta(days=9)).date()
    resting.save()
    segments.refresh_list(world.segment)
    seen = enrollment.preview([world.account, lonely, resting], world.sequence, world.segment, prospector=ada)
    assert seen.starts == [world.account]
    assert seen.waits == [(resting, "Resting rests until Wed 17 June.")]
    assert seen.refused == {"Role unknown": [lonely]}


def test_the_day_of_an_account_without_a_zone_is_our_own(world, ada):
    Organisation.objects.update_or_create(pk=1, defaults={"name": "Us", "zone": "Pacific/Auckland"})
    world.account.zone, world.account.rests_until = "", (MONDAY + timedelta(days=9)).date()
    world.account.save()
    seen = enrollment.preview([world.account], world.sequence, world.segment, prospector=ada)
    assert seen.verdicts[world.account.pk].until == datetime(2026, 6, 16, 12, tzinfo=UTC)
    assert seen.waits == [(world.account, "Maas Dekker rests until Wed 17 June.")]


def test_preview_asks_the_same_number_of_queries_for_one_and_for_many(world, ada, django_assert_max_num_queries):
    many = [account_named(f"Store {n}", owner=ada) for n in range(12)]
    with django_assert_max_num_queries(14):
        enrollment.preview(many, world.sequence, world.segment, prospector=ada)


def test_the_later_stage_opens_after_silence_and_not_before(world, server):
    walk = enrolled(world)
    walked = {}
    for day in range(15):
        with clock.at(MONDAY + timedelta(days=day)):
            sending.send_due(hand_over=server)
            planner.plan_due()
            walked[day] = walk.visits.get(stage__order=2).state
    assert walked[6] == "waiting"
    assert walked[14] == "open"
    assert Touch.objects.filter(contact=world.willem).exists()


def test_a_walk_to_the_end_is_finished_after_its_patience(world, server):
    walk = enrolled(world)
    for day in range(60):
        with clock.at(MONDAY + timedelta(days=day)):
            sending.send_due(hand_over=server)
            planner.plan_due()
    walk.refresh_from_db()
    assert walk.state == Enrollment.State.FINISHED
    assert len(server.kept) == 4
    assert not walk.visits.filter(state=StageVisit.State.OPEN).exists()


def test_a_paused_walk_sends_nothing_and_resumes_where_it_was(world, server, ada):
    walk = enrolled(world)
    enrollment.pause(walk, "Ada talks to their board first.", by=ada)
    assert sending.send_due(hand_over=server) == 0
    enrollment.resume(walk, by=ada)
    assert sending.send_due(hand_over=server) == 1


def test_a_resting_account_wakes_at_the_same_stage(world, ada, server):
    walk = enrolled(world)
    enrollment.rest(walk, (MONDAY + timedelta(days=30)).date(), "Asked to come back in July.", by=ada)
    with clock.at(MONDAY + timedelta(days=31)):
        assert enrollment.wake_resting(clock.now()) == 1
        assert sending.send_due(hand_over=server) == 1
    assert walk.visits.get(state="open").stage.order == 1
