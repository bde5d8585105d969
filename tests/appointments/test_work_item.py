"""Work items: taken, put off, handed over, done with a next step, escalated when their clock runs out."""

from datetime import date, timedelta

import pytest

from appointments import queries, reports
from appointments.models import WorkItem
from appointments.services import answering, escalating, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Event, Notification
from crm.services import people
from prospecting.models import Enrollment, Outgoing, Touch
from tests.appointments.world import item_of, later, leave_all, replied

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(world):
    return item_of(replied(world, "Sounds interesting, tell me more."))


def enrollment(world):
    return Enrollment.objects.get(pk=world.enrollment.pk)


def test_claiming_makes_it_mine(item, ben):
    assert work_items.claim(item, by=ben).setter == ben


def test_what_a_teammate_took_cannot_be_taken_again(item, ada, ben):
    work_items.claim(item, by=ben)
    with pytest.raises(Refused, match="Ben took this already"):
        work_items.claim(item, by=ada)


def test_putting_off_needs_a_time_to_come(item, ada, monday):
    with pytest.raises(Refused, match="still to come"):
        work_items.snooze(item, monday - timedelta(hours=1), by=ada)


def test_a_snooze_comes_back_by_itself(item, ada, monday):
    work_items.snooze(item, monday + timedelta(hours=3), by=ada)
    with later(hours=4):
        work_items.wake_snoozed()
    item.refresh_from_db()
    assert item.state == WorkItem.State.OPEN


def test_what_is_put_off_can_be_put_off_to_another_day(item, ada, monday):
    work_items.snooze(item, monday + timedelta(hours=3), by=ada)
    work_items.snooze(item, monday + timedelta(days=3), by=ada)
    item.refresh_from_db()
    assert (item.state, item.snoozed_until) == (WorkItem.State.SNOOZED, monday + timedelta(days=3))


def test_a_further_message_ends_a_snooze(world, item, ada, monday):
    work_items.snooze(item, monday + timedelta(hours=3), by=ada)
    with later(minutes=10):
        replied(world, "What does it cost?")
    item.refresh_from_db()
    assert item.state == WorkItem.State.OPEN


def test_done_asks_what_the_account_does_next(item, ada):
    with pytest.raises(Refused, match="what the account does next"):
        work_items.done(item, outcome="answered", by=ada)


def test_done_and_resume_goes_on_with_the_stage(world, item, ada):
    work_items.done(item, outcome="answered", next="resume", by=ada)
    assert enrollment(world).state == "active"


def test_the_pause_ends_only_when_everybody_was_answered(world, item, ada):
    other = item_of(replied(world, "What does it cost?", sender=world.willem.email, name="Willem Maas"))
    work_items.done(item, outcome="answered", next="resume", by=ada)
    assert enrollment(world).state == "paused"
    work_items.done(other, outcome="answered", next="resume", by=ada)
    assert enrollment(world).state == "active"


def test_done_and_rest_until_a_day(world, item, ada):
    work_items.done(item, outcome="nurture", next="rest", rest_until=date(2026, 9, 1), reason="timing", by=ada)
    assert (enrollment(world).state, str(enrollment(world).rests_until)) == ("resting", "2026-09-01")


def test_done_and_close_shuts_the_door(world, item, ada):
    work_items.done(item, outcome="closed", next="close", by=ada)
    world.account.refresh_from_db()
    assert world.account.is_closed


def test_waiting_for_a_meeting_needs_one(item, ada):
    with pytest.raises(Refused, match="no booked meeting"):
        work_items.done(item, outcome="answered", next="wait", by=ada)


def test_done_can_be_undone(world, item, ada):
    done = work_items.done(item, outcome="answered", next="resume", by=ada)
    again = work_items.reopen(done, by=ada)
    assert (again.state, enrollment(world).state) == (WorkItem.State.OPEN, "paused")


def test_done_twice_is_refused(item, ada):
    work_items.done(item, outcome="answered", next="resume", by=ada)
    with pytest.raises(Refused):
        work_items.done(item, outcome="answered", next="resume", by=ada)


def test_a_clock_that_runs_out_tells_the_lead_and_finds_someone_present(item, ruth, ben):
    with later(hours=3):
        assert escalating.escalate_due() == 1
    item.refresh_from_db()
    assert item.setter == ben and Notification.objects.filter(user=ruth, kind="escalation").exists()


def test_it_escalates_once(item):
    with later(hours=3):
        escalating.escalate_due()
        assert escalating.escalate_due() == 0
    assert Event.objects.filter(kind="workitem.escalated").count() == 1


def test_an_answered_item_does_not_escalate(world, item, ada):
    answering.send_answer(item, "Gladly.", by=ada)
    with later(hours=3):
        assert escalating.escalate_due() == 0


def test_replies_go_to_a_teammate_while_the_prospector_is_away(world, ada, ben, monday):
    people.go_away(ada, monday + timedelta(days=3))
    assert item_of(replied(world, "Sounds interesting, tell me more.")).setter == ben


def test_handing_over_stays_in_the_team(item, stranger, ada):
    with pytest.raises(Refused, match="not in Team North"):
        work_items.hand_over(item, stranger, by=ada)


def test_an_answer_leaves_in_the_thread_from_its_mailbox(world, item, ada):
    answering.send_answer(item, "Gladly. When suits you?", by=ada)
    (attempt,) = leave_all(world)
    assert (attempt.recipient, attempt.mailbox) == (world.joost.email, world.mailbox)


def test_an_answer_can_be_undone_for_ten_seconds(world, item, ada):
    from prospecting.services import sending  # noqa: PLC0415 - the sender is named by what it does here

    outgoing = answering.send_answer(item, "Gladly.", by=ada)
    sending.undo(outgoing, by=ada)
    assert leave_all(world) == []


def test_the_same_answer_form_sends_once(item, ada):
    first = answering.send_answer(item, "Gladly.", by=ada, key="form-1")
    assert answering.send_answer(item, "Gladly.", by=ada, key="form-1") == first
    assert Outgoing.objects.filter(purpose="answer").count() == 1


def test_an_empty_answer_is_refused(item, ada):
    with pytest.raises(Refused, match="Write something"):
        answering.send_answer(item, "  ", by=ada)


def test_the_draft_of_a_meeting_request_carries_three_times(world, ada):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    assert answering.draft(item, by=ada).count("\n- ") == 3


def test_times_go_out_with_a_link_bound_to_the_person(world, ada):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    answering.send_answer(item, answering.draft(item, by=ada), by=ada)
    offer = item.offers.get()
    assert (offer.contact, offer.reply) == (world.joost, item.reply)
    assert "/b/" in Outgoing.objects.get(purpose="answer").body


def test_proposed_times_follow_what_the_guest_said(world, ada):
    from appointments.services import offers  # noqa: PLC0415 - only this test looks inside the draft

    item = item_of(replied(world, "Thursday after 14:00 works for me."))
    first = offers.propose(item)[0].start
    assert any(slot.start.weekday() == 3 for slot in offers.propose(item)) and first > clock.now()


def test_today_puts_who_waits_too_long_first(world, item, ada):
    with later(hours=2):
        found = queries.today(ada, clock.now())
    assert [one.pk for one in found["late"]] == [item.pk] and found["replies"] == []


def test_today_does_not_ask_more_queries_for_more_items(world, item, ada, django_assert_max_num_queries):
    replied(world, "What does it cost?", sender=world.willem.email, name="Willem Maas")
    with django_assert_max_num_queries(8):
        assert len(queries.today(ada, clock.now())["replies"]) == 2


def test_a_stranger_sees_nothing_of_it(item, stranger):
    assert not queries.inbox(stranger).exists()


def test_a_lead_sees_what_escalated(item, ruth):
    with later(hours=3):
        escalating.escalate_due()
        assert [one.pk for one in queries.today(ruth, clock.now())["late"]] == [item.pk]


def test_touches_planned_for_colleagues_wait_while_someone_is_answered(world, item):
    assert not Touch.objects.filter(account=world.account, state="planned").exists()


def test_whoever_lets_a_person_wait_is_away_for_the_rest_of_the_day(item, ada, monday):
    with later(hours=3):
        escalating.escalate_due()
    ada.refresh_from_db()
    assert ada.away_until == monday.replace(hour=16, minute=30)


def test_the_first_answer_stays_the_first_when_they_write_again(world, item, ada, monday):
    with later(minutes=20):
        answering.send_answer(item, "Gladly. What would you like to know?", by=ada)
    with later(hours=2):
        replied(world, "What does it cost?")
        item.refresh_from_db()
        assert (item.answered_at, item.first_answer_at) == (None, monday + timedelta(minutes=20))
    with later(hours=3):
        answering.send_answer(item, "Forty a month.", by=ada)
    item.refresh_from_db()
    assert item.first_answer_at == monday + timedelta(minutes=20)
    assert item.answered_at == monday + timedelta(hours=3)


def test_the_speed_of_an_answer_counts_from_the_first_message_to_the_first_answer(world, item, ada, monday):
    with later(minutes=20):
        answering.send_answer(item, "Gladly.", by=ada)
    with later(hours=2):
        replied(world, "What does it cost?")
    found = {row["name"]: row["replies"] for row in reports.funnel({})["bands"]}
    assert (found["5 min to 1 h"], found["nobody yet"]) == (1, 0)


def test_whoever_writes_again_waits_again(world, item, ada):
    answering.send_answer(item, "Gladly.", by=ada)
    with later(hours=2):
        replied(world, "What does it cost?")
    with later(hours=6):
        assert escalating.escalate_due() == 1


def test_a_reply_that_was_closed_without_an_answer_waits_for_nobody(world, item, ada):
    work_items.done(
        item, outcome="nurture", next="rest", rest_until=clock.today() + timedelta(days=60), reason="timing", by=ada
    )
    found = {row["name"]: row["replies"] for row in reports.funnel({})["bands"]}
    assert (found["closed without one"], found["nobody yet"]) == (1, 0)
