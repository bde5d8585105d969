"""Calls, notes and tasks: what came of them acts as an answer, and can be taken back for ten seconds."""

from datetime import timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Event, Membership, Suppression
from prospecting.models import Call, Milestone, Touch
from prospecting.services import calls, enrollment, guard, planner, sending, sequences
from tests.prospecting.world import MONDAY, enrolled, person_at

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(seconds=11)


@pytest.fixture
def calling(world, ada):
    """A sequence that begins with a call."""
    steps = [
        {"role": "problem-owner", "channel": "call", "task": "Ask who signs off the logbook"},
        {"role": "problem-owner", "template": world.hello, "wait_days": 2},
        {"role": "approver", "template": world.hello},
    ]
    version = sequences.draft(sequences.create_sequence("Call first", by=ada), steps, by=ada)
    sequences.publish(version, by=ada)
    world.sequence = version
    world.walk = enrolled(world)
    world.touch = world.walk.touches.get()
    return world


def settled(world, outcome, **said):
    call = calls.log(world.account, world.joost, outcome, by=world.ada, touch=world.touch, **said)
    with clock.at(LATER):
        assert calls.settle_due() == 1
    world.walk.refresh_from_db()
    world.touch.refresh_from_db()
    return call


def test_a_call_counts_ten_seconds_later(calling):
    call = calls.log(calling.account, calling.joost, "connected", by=calling.ada, touch=calling.touch)
    assert calls.settle_due() == 0
    with clock.at(LATER):
        assert calls.settle_due() == 1 and calls.settle_due() == 0
    calling.touch.refresh_from_db()
    assert (calling.touch.state, calling.touch.outcome) == ("sent", "Spoke, nothing decided")
    assert Call.objects.get() == call


def test_until_then_it_can_be_taken_back(calling):
    call = calls.log(calling.account, calling.joost, "never", by=calling.ada, touch=calling.touch)
    calls.undo(call, by=calling.ada)
    with clock.at(LATER):
        assert calls.settle_due() == 0
    calling.touch.refresh_from_db()
    assert calling.touch.state == "planned" and not Suppression.objects.exists()


def test_what_counts_already_is_not_taken_back(calling):
    call = settled(calling, "connected")
    with pytest.raises(Refused, match="counts already"):
        calls.undo(call, by=calling.ada)


def test_a_call_that_reached_them_is_contact(calling):
    settled(calling, "connected")
    assert Milestone.objects.filter(rung="contacted", voids=False).exists()


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail"])
def test_one_that_did_not_is_none_and_the_steps_go_on(calling, outcome):
    settled(calling, outcome)
    assert not Milestone.objects.filter(rung="contacted").exists()
    with clock.at(LATER):
        planner.plan_due()
    assert Touch.objects.get(state="planned").step.order == 2


def test_no_answer_try_again_leaves_the_task_for_another_day(calling):
    settled(calling, "again", until=(MONDAY + timedelta(days=3)).date())
    assert (calling.touch.state, calling.touch.due_on) == ("planned", (MONDAY + timedelta(days=3)).date())


# outcome → walk, its reason or rest, whether the person is stopped
SAID = [
    ("interested", "paused", True),
    ("meeting", "paused", True),
    ("question", "paused", True),
    ("not_now", "resting", True),
    ("not_interested", "active", True),
    ("wrong_person", "active", False),
    ("left_company", "active", False),
    ("never", "paused", True),
]


@pytest.mark.parametrize(("outcome", "state", "stopped"), SAID)
def test_what_they_say_does_to_walk_and_person_what_a_reply_would(calling, outcome, state, stopped):
    settled(calling, outcome)
    calling.joost.refresh_from_db()
    assert (calling.walk.state, calling.joost.stopped_at is not None) == (state, stopped)


def test_not_now_rests_until_the_day_they_named(calling):
    settled(calling, "not_now", until=(MONDAY + timedelta(days=40)).date())
    calling.account.refresh_from_db()
    assert calling.account.rests_until == (MONDAY + timedelta(days=40)).date()


def test_not_now_without_a_day_rests_ninety(calling):
    settled(calling, "not_now")
    calling.account.refresh_from_db()
    assert calling.account.rests_until == (LATER + timedelta(days=90)).date()


def test_a_wrong_person_loses_the_role_and_the_next_holder_is_called(calling):
    second = person_at(calling.account, "Sanne Second", "problem-owner")
    settled(calling, "wrong_person")
    assert Membership.objects.get(contact=calling.joost).role.slug == "unknown"
    with clock.at(LATER):
        planner.plan_due()
    assert Touch.objects.get(state="planned").contact == second


def test_someone_who_declines_without_deciding_opens_the_next_role(calling):
    settled(calling, "not_interested")
    assert calling.walk.visits.get(stage__order=2).state == "open"


def test_never_again_on_the_phone_holds_as_in_writing(calling):
    settled(calling, "never")
    assert guard.may_contact(calling.account, calling.joost, purpose="answer").reason == "suppressed"


def test_what_was_said_is_content_and_that_there_was_a_call_is_not(calling):
    settled(calling, "interested", words="Wants numbers for four sites.")
    assert Event.objects.get(kind="call.logged").team is None
    said = Event.objects.get(kind="call.said")
    assert (said.team, said.facts["text"]) == (calling.ada.team, "Wants numbers for four sites.")


def test_a_gate_opens_on_what_was_said_in_a_call(world, ada):
    from prospecting.services import routes, segments  # noqa: PLC0415 - another route for this test alone

    stages = [
        {"roles": ["problem-owner"], "gate": {"start": {}}},
        {"roles": ["approver"], "gate": {"reply": {"labels": ["wrong_person"]}}},
    ]
    version = routes.draft(world.route.route, stages, by=ada)
    routes.publish(version, by=ada)
    draft = segments.draft(world.segment, rule='industry = "Cold storage"', route_version=version, by=ada)
    segments.publish(draft, reason="Another way.", by=ada)
    walk = enrolled(world)
    person_at(world.account, "Sanne Second", "problem-owner")
    call = calls.log(world.account, world.joost, "wrong_person", by=ada)
    with clock.at(LATER):
        calls.settle(call.pk)
        planner.plan_due()
    assert walk.visits.get(stage__order=2).state == "open"


def test_a_call_beside_the_sequence_spends_the_same_budget(world, ada, server):
    walk = enrolled(world)
    walk.policy.touches_a_week = 1
    walk.policy.save()
    calls.log(world.account, world.joost, "connected", by=ada)
    assert guard.may_contact(world.account, world.joost).reason == "account_cap"
    assert sending.send_due(hand_over=server) == 0


def test_nothing_leaves_in_the_ten_seconds(world, ada, server):
    enrolled(world)
    calls.log(world.account, world.joost, "never", by=ada)
    assert sending.send_due(hand_over=server) == 0


def test_bad_input_is_refused_in_words(calling):
    with pytest.raises(Refused, match="still to come"):
        calls.log(calling.account, calling.joost, "not_now", by=calling.ada, until=MONDAY.date())
    with pytest.raises(Refused, match="Choose what came of it"):
        calls.log(calling.account, calling.joost, "sang a song", by=calling.ada)
    calls.log(calling.account, calling.joost, "connected", by=calling.ada, touch=calling.touch)
    with pytest.raises(Refused, match="just logged"):
        calls.log(calling.account, calling.joost, "connected", by=calling.ada, touch=calling.touch)


def test_a_walk_paused_meanwhile_keeps_its_task_and_the_call_counts(calling):
    call = calls.log(calling.account, calling.joost, "connected", by=calling.ada, touch=calling.touch)
    enrollment.pause(calling.walk, "Ruth talks to them.", by=calling.ada)
    with clock.at(LATER):
        assert calls.settle(call.pk)
    calling.touch.refresh_from_db()
    assert calling.touch.state == "paused"
    assert Milestone.objects.filter(rung="contacted").exists()


# Pages ------------------------------------------------------------------------------------------------------------


def test_today_leads_to_the_task_with_its_script_and_buttons(calling, ada, as_):
    client = as_(ada)
    today = client.get("/today/").content.decode()
    assert f"/tasks/{calling.touch.pk}/" in today and "Ask who signs off the logbook" in today
    page = client.get(f"/tasks/{calling.touch.pk}/").content.decode()
    assert "Ask who signs off the logbook" in page and "Left a voicemail" in page
    client.post(f"/tasks/{calling.touch.pk}/", {"outcome": "voicemail"})
    assert f"/tasks/{calling.touch.pk}/" not in client.get("/today/").content.decode()
    client.post(f"/calls/{Call.objects.get().pk}/undo/")
    assert f"/tasks/{calling.touch.pk}/" in client.get("/today/").content.decode()


def test_a_call_is_logged_from_the_accounts_page(world, ada, as_):
    said = {"contact": world.joost.pk, "channel": "call", "outcome": "connected", "words": "Call back in May."}
    assert as_(ada).post(f"/accounts/{world.account.pk}/call/", said).status_code == 302
    assert Call.objects.get().words == "Call back in May."


def test_a_stranger_finds_no_task_and_no_call(calling, stranger, as_):
    call = calls.log(calling.account, calling.joost, "connected", by=calling.ada, touch=calling.touch)
    client = as_(stranger)
    assert client.get(f"/tasks/{calling.touch.pk}/").status_code == 404
    assert client.post(f"/calls/{call.pk}/undo/").status_code == 404
    assert client.get(f"/accounts/{calling.account.pk}/call/").status_code == 404
    assert client.get("/api/v1/calls/").json()["results"] == []


def test_the_api_logs_and_takes_back(calling, ada, as_):
    client = as_(ada)
    found = client.post(f"/api/v1/touches/{calling.touch.pk}/log/", {"outcome": "voicemail"}, "application/json")
    assert found.status_code == 200
    call = Call.objects.get()
    undone = client.post(f"/api/v1/calls/{call.pk}/undo/", {}, "application/json")
    assert undone.json()["undone_at"]
