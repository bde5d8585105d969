"""Mails wait for a person: read, worded anew, released, left out; nothing leaves before."""

from datetime import timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Event
from crm.services import suppression
from prospecting.models import Draft, Touch
from prospecting.queries import approvals, enrollments
from prospecting.services import approving, enrollment, planner, reactions, sending, skipping
from tests.prospecting.world import MONDAY, enrolled

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(world):
    """One mail to the problem owner, which a person looks at first."""
    approving.ask_first(world.sequence.sequence, True, by=world.ada)
    world.sequence.refresh_from_db()
    world.walk = enrolled(world)
    world.touch = world.walk.touches.get()
    return world


def test_a_sequence_that_asks_first_sends_nothing_by_itself(waiting, server):
    assert sending.send_due(hand_over=server) == 0
    assert not waiting.touch.released


def test_a_released_mail_leaves(waiting, server, ada):
    found = approving.release([waiting.touch], by=ada)
    assert found.done == [waiting.touch.pk]
    assert sending.send_due(hand_over=server) == 1
    assert Event.objects.get(kind="touch.released").actor == ada


def test_the_words_of_a_person_are_what_is_sent(waiting, server, ada):
    approving.edit(waiting.touch, "About the inspection", "Dear Joost,\n\nOctober is near.", by=ada)
    approving.release([waiting.touch], by=ada)
    sending.send_due(hand_over=server)
    raw = bytes(server.kept[0].raw).decode()
    assert "Subject: About the inspection" in raw and "October is near." in raw
    assert Draft.objects.get(touch=waiting.touch).by == ada


def test_the_own_text_of_the_step_comes_back(waiting, ada):
    approving.edit(waiting.touch, "Other", "Other words.", by=ada)
    approving.as_written(waiting.touch, by=ada)
    assert "Maas Dekker?" in approving.words_of(waiting.touch).body


@pytest.mark.parametrize("body", ["Hello {{first_name}},", "{% if sites %}x{% end %}", "   "])
def test_words_with_a_field_left_in_them_are_refused(waiting, ada, body):
    with pytest.raises(Refused):
        approving.edit(waiting.touch, "Hello", body, by=ada)
    assert not Draft.objects.exists()


def test_the_guard_is_asked_at_release(waiting, ada):
    suppression.suppress_address(waiting.joost.email, reason="asked us to stop", by=ada)
    found = approving.release([waiting.touch], by=ada)
    assert found.refused == {waiting.touch.pk: "We never write to Joost Dekker again."}
    waiting.touch.refresh_from_db()
    assert not waiting.touch.released


def test_the_guard_is_asked_again_at_sending(waiting, server, ada):
    approving.release([waiting.touch], by=ada)
    suppression.suppress_address(waiting.joost.email, reason="asked us to stop", by=ada)
    assert sending.send_due(hand_over=server) == 0
    assert server.kept == []


def test_a_wait_with_a_day_is_released_and_kept_by_the_sender(waiting, server, ada):
    waiting.account.rests_until = (MONDAY + timedelta(days=4)).date()
    waiting.account.save()
    found = approving.release([waiting.touch], by=ada)
    assert waiting.touch.pk in found.later and found.done
    assert sending.send_due(hand_over=server) == 0


def test_what_a_person_released_by_mistake_waits_again(waiting, server, ada):
    approving.release([waiting.touch], by=ada)
    assert approving.take_back([waiting.touch], by=ada) == 1
    assert sending.send_due(hand_over=server) == 0


def test_what_has_left_is_not_taken_back(waiting, server, ada):
    approving.release([waiting.touch], by=ada)
    sending.send_due(hand_over=server)
    assert approving.take_back([waiting.touch], by=ada) == 0


def test_while_a_colleague_talks_nothing_waits_to_be_released(waiting, ada):
    reactions.pause_account(waiting.account, "Joost Dekker wrote.", by="the intake")
    assert not approvals.unreleased().exists()
    assert waiting.touch.pk in approving.release([waiting.touch], by=ada).refused


def test_one_enrollment_may_ask_first_where_its_sequence_does_not(world, server):
    walk = enrollment.enroll(
        world.account, segment=world.segment, sequence_version=world.sequence, prospector=world.ada, by=world.ada,
        approval=True,
    )  # fmt: skip
    assert not walk.touches.get().released
    approving.look_first(walk, False, by=world.ada)
    assert sending.send_due(hand_over=server) == 1


def test_the_follow_up_waits_as_well(waiting, server, ada):
    approving.release([waiting.touch], by=ada)
    sending.send_due(hand_over=server)
    with clock.at(MONDAY + timedelta(days=3)):
        planner.plan_due()
        assert sending.send_due(hand_over=server) == 0
    assert approvals.unreleased().count() == 1


def test_a_batch_is_released_in_a_constant_number_of_queries(waiting, ada, django_assert_max_num_queries):
    with django_assert_max_num_queries(35):
        approving.release([waiting.touch], by=ada)


# Leaving out ------------------------------------------------------------------------------------------------------


def test_a_step_left_out_is_done_and_the_next_one_is_planned(waiting, ada):
    skipping.skip_steps([waiting.touch], "He knows us.", by=ada)
    planner.plan_due()
    following = Touch.objects.get(state="planned")
    assert (following.contact, following.step.order) == (waiting.joost, 2)


def test_a_step_left_out_spends_no_budget(waiting, ada, server):
    policy = waiting.walk.policy
    policy.touches_a_week = 1
    policy.save()
    skipping.skip_steps([waiting.touch], "He knows us.", by=ada)
    planner.plan_due()
    following = Touch.objects.get(state="planned")
    assert following.due_on <= (MONDAY + timedelta(days=2)).date()


def test_a_step_left_out_by_mistake_is_planned_again(waiting, ada):
    skipping.skip_steps([waiting.touch], "He knows us.", by=ada)
    planner.plan_due()
    assert skipping.undo_steps([waiting.touch], by=ada) == 1
    planner.plan_due()
    assert [touch.step.order for touch in Touch.objects.filter(state="planned")] == [1]


def test_a_person_left_out_gets_nothing_and_comes_back(waiting, ada):
    row = skipping.skip_person(waiting.walk, waiting.joost, "On leave until spring.", by=ada)
    planner.plan_due()
    assert not Touch.objects.filter(state="planned").exists()
    waiting.walk.refresh_from_db()
    assert "left out: On leave until spring." in waiting.walk.next_words
    skipping.undo_person(row, by=ada)
    planner.plan_due()
    assert Touch.objects.filter(state="planned", contact=waiting.joost).exists()


def test_the_next_holder_of_the_role_is_written_to_instead(waiting, ada):
    from tests.prospecting.world import person_at  # noqa: PLC0415 - one more person for this test alone

    second = person_at(waiting.account, "Sanne Second", "problem-owner")
    skipping.skip_person(waiting.walk, waiting.joost, "On leave.", by=ada)
    planner.plan_due()
    assert Touch.objects.get(state="planned").contact == second


def test_the_account_left_out_ends_the_walk(waiting, ada):
    skipping.skip_account(waiting.walk, "A customer already.", by=ada)
    waiting.walk.refresh_from_db()
    assert (waiting.walk.state, waiting.walk.reason) == ("closed", "A customer already.")


@pytest.mark.parametrize("leave", ["steps", "person", "account"])
def test_nobody_is_left_out_without_a_reason(waiting, ada, leave):
    with pytest.raises(Refused, match="Say why"):
        {
            "steps": lambda: skipping.skip_steps([waiting.touch], " ", by=ada),
            "person": lambda: skipping.skip_person(waiting.walk, waiting.joost, "", by=ada),
            "account": lambda: skipping.skip_account(waiting.walk, "", by=ada),
        }[leave]()


# Pages ------------------------------------------------------------------------------------------------------------


def test_the_queue_shows_the_mail_and_releases_the_picked(waiting, ada, as_):
    client = as_(ada)
    page = client.get("/approvals/").content.decode()
    assert "1 mail waits" in page and "Joost Dekker" in page
    client.post("/approvals/picked/", {"touch": waiting.touch.pk, "do": "release"})
    waiting.touch.refresh_from_db()
    assert waiting.touch.released


def test_an_edit_on_the_page_is_kept_and_released(waiting, ada, as_, server):
    said = {"subject": "Short", "body": "One line only.", "do": "release"}
    assert as_(ada).post(f"/approvals/{waiting.touch.pk}/", said).status_code == 302
    sending.send_due(hand_over=server)
    assert "One line only." in bytes(server.kept[0].raw).decode()


def test_a_stranger_neither_sees_nor_releases(waiting, stranger, as_):
    client = as_(stranger)
    assert "Joost" not in client.get("/approvals/").content.decode()
    assert client.get(f"/approvals/{waiting.touch.pk}/").status_code == 404
    client.post("/approvals/picked/", {"touch": waiting.touch.pk, "do": "release"})
    waiting.touch.refresh_from_db()
    assert not waiting.touch.released


def test_the_queue_asks_no_more_queries_for_more_rows(waiting, ada, as_, django_assert_max_num_queries):
    client = as_(ada)
    client.get("/approvals/")
    with django_assert_max_num_queries(26):
        client.get("/approvals/")


def test_only_a_lead_decides_for_a_sequence(waiting, ada, ruth, as_):
    address = f"/approvals/sequences/{waiting.sequence.sequence_id}/"
    assert as_(ada).post(address, {"on": "0"}).status_code == 403
    as_(ruth).post(address, {"on": "0"})
    waiting.sequence.sequence.refresh_from_db()
    assert not waiting.sequence.sequence.approval


def test_the_switch_stands_on_the_page_of_the_sequence(waiting, ruth, as_):
    page = f"/sequences/{waiting.sequence.sequence_id}/"
    assert "Let its mails leave by themselves" in as_(ruth).get(page).content.decode()
    answer = as_(ruth).post(f"/approvals/sequences/{waiting.sequence.sequence_id}/", {"on": "0", "back": page})
    assert answer.url == page
    assert "Ask a person first" in as_(ruth).get(page).content.decode()


def test_the_api_releases_edits_and_leaves_out(waiting, ada, as_):
    client, address = as_(ada), f"/api/v1/touches/{waiting.touch.pk}/"
    assert client.post(f"{address}edit/", {"subject": "S", "body": "B"}, "application/json").status_code == 200
    assert client.post(f"{address}release/", {}, "application/json").json()["released"] is True
    assert client.post(f"{address}hold-back/", {}, "application/json").json()["released"] is False
    assert client.post(f"{address}leave-out/", {"why": "Known."}, "application/json").json()["state"] == "skipped"


def test_what_waits_for_a_person_is_not_counted_as_due(waiting, as_, ada):
    assert "0 are due" in as_(ada).get("/sending/").content.decode()


def test_the_route_map_says_who_was_left_out_and_why(waiting, ada):
    skipping.skip_person(waiting.walk, waiting.touch.contact, "She called us", by=ada)

    first = enrollments.route_map(waiting.walk.account)["stages"][0]
    assert first["people"][0]["why_not"] == "Left out: She called us"
