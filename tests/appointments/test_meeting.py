"""Offered, booked, moved, cancelled, reminded, held or not, recovered: a meeting's whole life."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from appointments import queries
from appointments.models import Meeting, Offer, Recovery, Reminder, WorkItem
from appointments.services import (
    booking,
    meeting_mails,
    offers,
    outcomes,
    pencilling,
    qualifying,
    recovering,
    reminding,
    taking,
    work_items,
)
from crm import clock, links
from crm.errors import Refused
from crm.models import Event, Notification
from prospecting.models import Enrollment, Milestone, Outgoing
from tests.appointments.world import at, item_of, later, leave_all, replied

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}
TUESDAY, THURSDAY = at(16, 9), at(18, 10)


@pytest.fixture
def item(world):
    return item_of(replied(world, "Tuesday works, can you send an invite?"))


@pytest.fixture
def offer(item, ada):
    return offers.offer(item, [TUESDAY, THURSDAY], by=ada)


@pytest.fixture
def meeting(offer):
    return booking.book(offer, TUESDAY, key="form-1", **GUEST)


def enrollment(world):
    return Enrollment.objects.get(pk=world.enrollment.pk)


def after(meeting):
    return clock.at(meeting.ends_at + timedelta(minutes=20))


def test_a_guest_books_an_offered_time(meeting, noor, ada):
    assert (meeting.state, meeting.host, meeting.setter, meeting.starts_at) == ("booked", noor, ada, TUESDAY)


def test_booking_dates_the_rung_and_finishes_the_item(world, meeting, item):
    item.refresh_from_db()
    assert (item.state, item.outcome, item.next) == ("done", "booked", "wait")
    assert Milestone.objects.filter(enrollment=world.enrollment, rung="booked").exists()


def test_the_account_stays_paused_until_the_outcome(world, meeting):
    assert enrollment(world).state == "paused"


def test_the_same_form_twice_is_one_meeting(offer, meeting):
    assert booking.book(offer, TUESDAY, key="form-1", **GUEST) == meeting


def test_a_link_books_once(offer, meeting):
    with pytest.raises(Refused, match="booked already"):
        booking.book(offer, THURSDAY, key="form-2", **GUEST)


def test_a_taken_time_is_refused_with_the_three_nearest(world, meeting, ada):
    other = item_of(replied(world, "Tuesday works for me, send an invite.", sender=world.willem.email, name="Willem"))
    second = offers.offer(other, [TUESDAY], by=ada)
    with pytest.raises(Refused, match="taken while you were reading") as refused:
        booking.book(second, TUESDAY, key="form-3", **GUEST)
    assert len(refused.value.details["nearest"]) == 3


def test_a_buffer_keeps_the_next_half_hour_free(meeting, noor):
    free = [slot.start for slot in offers.free_slots(meeting.meeting_type, host=noor)]
    assert TUESDAY + timedelta(minutes=30) not in free


def test_a_pencil_keeps_the_time_for_fifteen_minutes(offer, noor):
    pencilling.pencil(offer, TUESDAY)
    kind = offer.meeting_type
    assert TUESDAY not in [slot.start for slot in offers.free_slots(kind, host=noor)]
    with later(minutes=16):
        assert TUESDAY in [slot.start for slot in offers.free_slots(kind, host=noor)]
        assert taking.lapse_due() == 1


def test_a_pencil_becomes_the_meeting(offer):
    pencilled = pencilling.pencil(offer, TUESDAY)
    assert booking.book(offer, TUESDAY, key="form-4", **GUEST).pk == pencilled.pk


def test_a_lapsed_pencil_does_not_stand_in_the_way(offer):
    pencilling.pencil(offer, TUESDAY)
    with later(minutes=20):
        assert booking.book(offer, TUESDAY, key="form-5", **GUEST).state == "booked"


@pytest.mark.parametrize("bad", [{"guest_name": " "}, {"guest_email": "nobody"}, {"guest_zone": "Mars/Phobos"}])
def test_what_a_guest_may_not_leave_out(offer, bad):
    with pytest.raises(Refused):
        booking.book(offer, TUESDAY, key="form-6", **{**GUEST, **bad})


def test_the_link_of_an_offer_cannot_be_changed(offer):
    token = offers.link(offer).rstrip("/").rsplit("/", 1)[1]
    assert offers.read_link(token) == offer
    with pytest.raises(Refused, match="does not work"):
        offers.read_link(token[:-3] + "xyz")


def test_a_link_for_another_purpose_opens_nothing(offer, meeting):
    with pytest.raises(Refused):
        offers.read_link(meeting_mails.token(meeting))


def test_an_old_link_says_so(offer):
    token = offers.link(offer).rstrip("/").rsplit("/", 1)[1]
    with later(days=31), pytest.raises(Refused, match="no longer valid"):
        offers.read_link(token)


def test_the_setter_books_what_was_agreed_in_plain_words(item, ada, world):
    meeting = booking.book_for(item, THURSDAY, by=ada)
    assert (meeting.guest_email, meeting.state) == (world.joost.email, "booked")


def test_a_try_that_died_after_its_pencil_is_not_in_the_way_of_the_next(item, ada, world, monkeypatch):
    def dies(*told):
        raise RuntimeError("killed")

    with monkeypatch.context() as killed:
        killed.setattr(booking, "_book", dies)
        with pytest.raises(RuntimeError):
            booking.book_for(item, at(16, 9), by=ada)
    assert booking.book_for(item, at(16, 9), by=ada).state == "booked"
    assert Offer.objects.count() == 1


def test_the_confirmation_carries_an_invitation(world, meeting):
    (attempt,) = leave_all(world)
    raw = bytes(attempt.raw).decode()
    assert attempt.recipient == GUEST["guest_email"] and "text/calendar" in raw
    stored = Outgoing.objects.get(key=f"meeting:{meeting.pk}:confirmed:0")
    (event,) = Calendar.from_ical(stored.calendar).walk("VEVENT")
    assert str(event["uid"]) == meeting.uid


def test_moving_keeps_the_uid_and_counts_the_sequence(meeting):
    moved = booking.move(meeting, THURSDAY, by="the guest")
    assert (moved.uid, moved.sequence, moved.starts_at) == (meeting.uid, 1, THURSDAY)
    assert "SEQUENCE:1" in Outgoing.objects.get(key=f"meeting:{meeting.pk}:moved:1").calendar


def test_moving_plans_the_reminders_anew(meeting):
    booking.move(meeting, THURSDAY, by="the guest")
    planned = Reminder.objects.filter(meeting=meeting, state="planned")
    assert set(planned.values_list("for_sequence", flat=True)) == {1}
    assert planned.get(kind="hour").due_at == THURSDAY - timedelta(hours=1)


def test_moving_within_its_own_buffer_is_possible(meeting):
    close = TUESDAY + timedelta(minutes=30)
    assert booking.move(meeting, close, by="the guest").starts_at == close


def test_moving_to_a_time_without_hours_is_refused(meeting):
    with pytest.raises(Refused):
        booking.move(meeting, at(20, 10), by="the guest")


def test_cancelling_tells_the_calendar_and_asks_a_person(meeting, item):
    cancelled = booking.cancel(meeting, reason="Ill", by="the guest")
    assert (cancelled.state, cancelled.sequence) == ("cancelled", 1)
    assert "METHOD:CANCEL" in Outgoing.objects.get(key=f"meeting:{meeting.pk}:cancelled:1").calendar
    assert work_items.open_items().get(what="rebook").setter == meeting.setter


def test_a_cancelled_time_is_free_again(meeting, noor):
    booking.cancel(meeting, reason="Ill", by="the guest")
    assert TUESDAY in [slot.start for slot in offers.free_slots(meeting.meeting_type, host=noor)]


def test_reminders_leave_when_due_and_once(world, meeting):
    with clock.at(TUESDAY - timedelta(hours=24)):
        assert reminding.send_due() == 2  # three days before is due as well, and gives way
        assert reminding.send_due() == 0
    assert Outgoing.objects.filter(key=f"meeting:{meeting.pk}:day:0").count() == 1


def test_of_reminders_that_piled_up_the_guest_gets_the_newest_only(meeting):
    with clock.at(TUESDAY - timedelta(hours=24)):
        reminding.send_due()
    states = dict(meeting.reminders.values_list("kind", "state"))
    assert (states["lead"], states["day"]) == ("dropped", "sent")


def test_a_reminder_due_while_nothing_ran_is_dropped_after_the_start(meeting):
    with clock.at(TUESDAY + timedelta(minutes=5)):
        reminding.send_due()
    assert not Reminder.objects.filter(meeting=meeting, kind="hour", state="sent").exists()


def test_an_unconfirmed_meeting_becomes_a_task_three_hours_before(meeting):
    with clock.at(TUESDAY - timedelta(hours=3)):
        reminding.send_due()
    assert work_items.open_items().filter(what="confirm_meeting").exists()


def test_a_confirmed_meeting_needs_no_such_task(meeting):
    booking.confirm(meeting, by="the guest")
    with clock.at(TUESDAY - timedelta(hours=3)):
        reminding.send_due()
    assert not work_items.open_items().exists()


def test_the_host_is_asked_for_the_outcome_a_quarter_of_an_hour_after(meeting, noor):
    with after(meeting):
        reminding.send_due()
        outcomes.ask_due()
    assert Notification.objects.filter(user=noor, kind="outcome").count() == 1


def test_a_missing_outcome_ages_on_todays_page(meeting, noor):
    with after(meeting):
        assert [one.pk for one in queries.today(noor, clock.now())["outcome_missing"]] == [meeting.pk]


def test_held_dates_the_rung_and_asks_what_comes_next(world, meeting, noor):
    with after(meeting):
        outcomes.mark_held(meeting, by=noor)
    assert Milestone.objects.filter(enrollment=world.enrollment, rung="held").exists()
    assert work_items.open_items().get().what == "decide_next"


def test_held_with_a_next_step_ends_the_pause(world, meeting, noor):
    with after(meeting):
        outcomes.mark_held(meeting, by=noor, next="resume")
    assert enrollment(world).state == "active"


def test_a_meeting_to_come_has_no_outcome(meeting, noor):
    with pytest.raises(Refused, match="not begun"):
        outcomes.mark_held(meeting, by=noor)


def test_a_no_show_starts_the_recovery(meeting, noor):
    with after(meeting):
        outcomes.mark_no_show(meeting, side="guest", by=noor)
        assert recovering.send_due() == 1
    recovery = Recovery.objects.get(meeting=meeting)
    assert (recovery.state, recovery.tries) == ("running", 1)
    assert Outgoing.objects.filter(key=f"recovery:{recovery.pk}:1").exists()


def test_a_no_show_of_ours_apologises(meeting, noor):
    with after(meeting):
        outcomes.mark_no_show(meeting, side="host", by=noor)
        recovering.send_due()
    assert "our fault" in Outgoing.objects.get(key__startswith="recovery:").body


def test_recovery_writes_twice_and_returns_to_a_person(meeting, noor):
    with after(meeting):
        outcomes.mark_no_show(meeting, side="guest", by=noor)
    for day in range(10):
        with clock.at(meeting.ends_at + timedelta(days=day, hours=9)):
            recovering.send_due()
    recovery = Recovery.objects.get(meeting=meeting)
    assert (recovery.state, recovery.tries) == ("returned", 2)
    assert work_items.open_items().filter(what="rebook").exists()


def test_rebooking_by_the_new_link_ends_the_recovery_and_names_the_old_meeting(meeting, noor):
    with after(meeting):
        outcomes.mark_no_show(meeting, side="guest", by=noor)
        recovering.send_due()
        recovery = Recovery.objects.get(meeting=meeting)
        new = booking.book(recovery.offer, offers.offered(recovery.offer)[0], key="form-9", **GUEST)
    recovery.refresh_from_db()
    assert (recovery.state, recovery.new_meeting, new.replaces) == ("rebooked", new, meeting)


def test_correcting_an_outcome_needs_a_reason(meeting, noor):
    with after(meeting):
        missed = outcomes.mark_no_show(meeting, side="guest", by=noor)
        with pytest.raises(Refused, match="why the outcome is corrected"):
            outcomes.mark_held(missed, by=noor)
        assert outcomes.mark_held(missed, by=noor, why="He was in the other room.").state == "held"
    assert Recovery.objects.get(meeting=meeting).state == "returned"


def test_the_executive_accepts_after_the_meeting(world, meeting, noor, ada):
    found = qualifying.qualification_for(world.account, world.enrollment)
    qualifying.qualify(found, by=ada, override="They asked for prices of all four sites.")
    with after(meeting):
        outcomes.mark_held(meeting, by=noor, next="resume")
        qualifying.accept(found, by=noor)
    assert Milestone.objects.filter(enrollment=world.enrollment, rung="accepted").exists()


def test_the_timeline_tells_the_story_in_order(world, meeting, noor):
    with after(meeting):
        outcomes.mark_held(meeting, by=noor, next="resume")
    kinds = list(Event.objects.filter(account=world.account).order_by("at", "pk").values_list("kind", flat=True))
    story = ["touch.sent", "reply.labelled", "workitem.opened", "offer.made", "meeting.booked", "meeting.held"]
    assert [kind for kind in kinds if kind in story] == story


def test_a_changed_meeting_link_is_refused(meeting):
    token = links.sign("meeting", meeting=meeting.pk, uid="another")
    with pytest.raises(Refused):
        meeting_mails.read_link(token)


def test_an_executive_sees_the_conversation_of_their_meeting_and_a_stranger_nothing(meeting, noor, stranger):
    assert Meeting.objects.filter(pk__in=queries.visible_meetings(noor).values("pk")).exists()
    assert not queries.visible_meetings(stranger).exists()


def test_items_of_a_meeting_belong_to_its_setter(meeting):
    booking.cancel(meeting, reason="Ill", by="the guest")
    assert WorkItem.objects.get(what="rebook").person_address == GUEST["guest_email"]


def test_booking_again_by_the_same_link_ends_the_task_to_offer_new_times(meeting, offer):
    booking.cancel(meeting, reason="Ill", by="the guest")
    assert work_items.open_items().filter(what="rebook").exists()
    booking.book(offer, THURSDAY, key="form-20", **GUEST)
    assert not work_items.open_items().exists()


def test_a_move_and_a_yes_end_what_was_asked_about_the_time(meeting):
    work_items.open_task(meeting, "confirm_meeting", 60)
    booking.confirm(meeting, by="the guest")
    assert not work_items.open_items().exists()
    work_items.open_task(meeting, "rebook", 240)
    booking.move(meeting, THURSDAY, by="the guest")
    assert not work_items.open_items().exists()


def test_an_outcome_ends_what_was_asked_before_it(meeting, noor):
    work_items.open_task(meeting, "confirm_meeting", 60)
    with later(days=8):
        outcomes.mark_held(meeting, by=noor, next="resume")
    assert not work_items.open_items().exists()


def test_a_task_about_a_meeting_ahead_runs_out_before_it_begins(meeting, ada, ben):
    ada.away_until = meeting.ends_at
    ada.save()
    with clock.at(meeting.starts_at - timedelta(minutes=30)):
        item = work_items.open_task(Meeting.objects.get(pk=meeting.pk), "answer_counter", 600)
    assert item.due_at == meeting.starts_at and item.setter != ada


def test_a_pencil_that_gives_way_says_who_took_its_place(offer, ada):
    pencilling.pencil(offer, THURSDAY)
    booking.book(offer, TUESDAY, key="form-21", by=ada, **GUEST)
    lapsed = Meeting.objects.get(state="lapsed")
    assert Event.objects.get(kind="meeting.lapsed", subject_id=lapsed.pk).actor == ada


def test_times_after_a_no_show_are_in_the_zone_the_guest_booked_in(offer, noor):
    met = booking.book(offer, TUESDAY, key="form-22", **{**GUEST, "guest_zone": "Asia/Tokyo"})
    assert "(Asia/Tokyo)" in Event.objects.get(kind="meeting.booked").why
    with after(met):
        outcomes.mark_no_show(met, side="guest", by=noor)
        recovering.send_due()
    letter = Outgoing.objects.get(key__startswith="recovery:").body
    assert "Asia/Tokyo" in letter and "Europe/Amsterdam" not in letter
