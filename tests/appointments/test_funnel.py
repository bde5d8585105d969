"""The funnel counts accounts from dated rungs, by cohort, and its verdict keeps to what can be said."""

from datetime import timedelta

import pytest

from appointments import reports
from appointments.reports import money
from appointments.services import booking, offers, outcomes, qualifying, work_items
from crm import clock
from prospecting.models import Enrollment, Milestone, Standing
from prospecting.services import milestones
from tests.appointments.world import at, item_of, later, replied
from tests.prospecting.world import account_named

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


@pytest.fixture
def held(world, ada, noor):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    found = qualifying.qualification_for(world.account, world.enrollment)
    qualifying.qualify(found, by=ada, override="They asked for prices of all four sites.")
    meeting = booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)
    with clock.at(meeting.ends_at + timedelta(minutes=20)):
        outcomes.mark_held(meeting, by=noor, next="resume")
    return world


def steps(found, half):
    return {row["key"]: row["accounts"] for row in found[half]}


def test_one_account_walks_the_whole_funnel(held):
    with later(days=60):
        found = reports.funnel({})
    assert steps(found, "left") == {"targeted": 1, "contacted": 1, "engaged": 1}
    assert steps(found, "right") == {"engaged": 1, "qualified": 1, "booked": 1, "held": 1, "accepted": 0}


def test_both_rates_stand_side_by_side(held):
    with later(days=60):
        found = reports.funnel({})
    assert (found["reply_rate"]["share"], found["meeting_rate"]["share"]) == (1.0, 1.0)


def test_one_account_is_too_few_for_a_verdict(held):
    with later(days=60):
        verdict = reports.funnel({})["verdict"]
    assert verdict["key"] == "too_few" and "need about" in verdict["sentence"]


def test_a_held_meeting_without_qualified_is_not_in_the_rate(held):
    with later(days=60):
        milestones.void(held.enrollment, "qualified", why="qualified by mistake")
        assert steps(reports.funnel({}), "right")["held"] == 0


def test_young_cohorts_are_kept_out_of_the_verdict(held):
    with later(days=2):
        found = reports.funnel({})
    assert found["young"] == 1 and found["reply_rate"]["of"] == 0


def test_an_account_that_wrote_first_is_inbound_and_in_no_rate(held):
    with later(days=60):
        milestones.void(held.enrollment, "contacted", why="the mail bounced")
        found = reports.funnel({})
    assert (found["inbound"], steps(found, "left")["engaged"]) == (1, 0)


def test_a_count_opens_the_accounts_behind_it(held):
    with later(days=60):
        assert list(reports.accounts_behind({}, "held")) == [held.account]


def test_the_right_half_is_cut_by_setter(held, ada, ben):
    with later(days=60):
        assert steps(reports.funnel({"setter": ada.pk}), "right")["engaged"] == 1
        assert steps(reports.funnel({"setter": ben.pk}), "right")["engaged"] == 0


def test_a_fast_answer_is_counted_in_its_band(world, ada):
    from appointments.services import answering  # noqa: PLC0415 - only here

    item = item_of(replied(world, "Sounds interesting, tell me more."))
    with later(minutes=30):
        answering.send_answer(item, "Gladly.", by=ada)
    with later(days=60):
        bands = {row["name"]: row["replies"] for row in reports.funnel({})["bands"]}
    assert bands["5 min to 1 h"] == 1


@pytest.mark.parametrize(
    ("outcome", "band"), [("answered", "5 min to 1 h"), ("booked", "5 min to 1 h"), ("closed", "closed without one")]
)
def test_what_closed_a_reply_was_its_answer_if_it_says_so(world, ada, outcome, band):
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    with later(minutes=30):
        work_items.done(item, outcome=outcome, next="resume", by=ada)
    with later(days=60):
        bands = {row["name"]: row["replies"] for row in reports.funnel({})["bands"]}
    assert {name for name, number in bands.items() if number} == {band}


def test_nobody_worked_is_a_leak_with_its_number(world):
    replied(world, "Tuesday works, can you send an invite?")
    with later(days=60):
        leak = reports.funnel({})["leak"]
    assert (leak[0]["key"], leak[0]["count"], leak[0]["text"]) == ("unworked", 1, "1 wanted to meet.")


def test_usual_needs_a_year_of_enough_accounts(world, ada):
    assert reports.funnel({})["reply_rate"]["usual"] is None


def test_what_the_team_usually_has_comes_from_earlier_cohorts(world, ada):
    moment = clock.now() - timedelta(days=200)
    pins = {
        name: getattr(world.enrollment, name)
        for name in ("prospector", "segment_version", "route_version", "sequence_version", "policy")
    }
    old = [
        Enrollment.objects.create(account=account_named(f"Old {n}", owner=ada), started_at=moment, **pins)
        for n in range(40)
    ]
    Milestone.objects.bulk_create(
        Milestone(enrollment=one, account=one.account, rung=rung, at=moment)
        for rung, some in (("targeted", old), ("contacted", old), ("engaged", old[:10]))
        for one in some
    )
    assert reports.funnel({})["reply_rate"]["usual"] == 0.25


def test_cohorts_are_fortnights_with_both_rates(held):
    with later(days=60):
        (cohort,) = reports.funnel({})["cohorts"]
    assert (cohort["engaged"], cohort["held"], cohort["young"]) == (1, 1, False)


def test_the_page_does_not_ask_more_queries_for_more_accounts(held, django_assert_max_num_queries):
    with later(days=60), django_assert_max_num_queries(8):
        reports.funnel({})


@pytest.fixture
def booked_before_qualified(world, ada):
    """Four accounts booked a meeting, two of them are qualified, a third was qualified and never booked; one held."""
    pins = {
        name: getattr(world.enrollment, name)
        for name in ("prospector", "segment_version", "route_version", "sequence_version", "policy", "started_at")
    }
    walks = [Enrollment.objects.create(account=account_named(f"Site {n}", owner=ada), **pins) for n in range(5)]
    on = {
        "contacted": walks,
        "engaged": walks,
        "booked": walks[:4],
        "qualified": [*walks[:2], walks[4]],
        "held": walks[:1],
    }
    Milestone.objects.bulk_create(
        Milestone(enrollment=one, account=one.account, rung=rung, at=clock.now())
        for rung, some in on.items()
        for one in some
    )
    return walks


def test_a_share_counts_the_accounts_on_both_steps_and_never_passes_the_whole(booked_before_qualified):
    found = reports.funnel({})
    assert steps(found, "right") == {"engaged": 5, "qualified": 3, "booked": 4, "held": 1, "accepted": 0}
    shares = {row["key"]: row["share"] for row in found["right"]}
    assert (shares["qualified"], shares["booked"], shares["held"]) == (3 / 5, 2 / 3, 1 / 4)
    assert all(row["share"] <= 1 for row in [*found["left"], *found["right"]] if row["share"] is not None)


def test_the_shares_of_the_what_if_multiply_to_the_held_meetings(booked_before_qualified):
    asked = reports.funnel({})["what_if"]
    steps_ = ("contacted", "reply", "qualified", "booked", "held")
    assert all(asked[step] <= 1 for step in steps_)
    assert reports.what_if(asked["accounts"], asked, {}).held_before == pytest.approx(1)


@pytest.mark.parametrize("reply", [0.4, 1.0])
def test_no_slider_goes_beyond_the_whole(reply):
    assert money.bounds("reply", 100 * reply)[1] <= 100


def test_the_page_says_what_its_shares_count(booked_before_qualified, ada, as_):
    page = as_(ada).get("/funnel/").content.decode()
    assert "counts those that stand on both" in page


def lost(key, **cut):
    return {row["key"]: row["text"] for row in reports.funnel(cut)["leak"]}.get(key)


def test_a_meeting_is_lost_from_the_day_somebody_said_so(world, ada):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    meeting = booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)
    with later(days=1):
        called_off = clock.now()
        booking.cancel(meeting, reason="They moved house.", by=ada)
        assert lost("not_held") == "0 did not take place, 1 cancelled, 0 not said."
    with later(days=60):
        assert lost("not_held", on=called_off - timedelta(hours=1)) is None
        assert lost("not_held", on=called_off + timedelta(hours=1)) == lost("not_held")


def test_what_was_said_of_a_meeting_later_does_not_change_the_days_before(world, ada, noor):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    meeting = booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)
    with clock.at(meeting.ends_at + timedelta(days=3)):
        outcomes.mark_held(meeting, by=noor, next="resume")
    with later(days=60):
        assert (
            lost("not_held", on=meeting.ends_at + timedelta(days=1)) == "0 did not take place, 0 cancelled, 1 not said."
        )
        assert lost("not_held") is None


def test_the_same_question_today_and_as_of_today_has_the_same_answer(world):
    replied(world, "Tuesday works, can you send an invite?")
    with later(days=3):
        assert lost("unworked", on=clock.now()) == lost("unworked") == "1 wanted to meet."


def test_a_walk_is_old_enough_before_it_has_nobody_to_write_to(world):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(state="active")
    world.enrollment.touches.update(state="cancelled")
    Milestone.objects.filter(enrollment=world.enrollment, rung="contacted").delete()
    Standing.objects.filter(enrollment=world.enrollment).update(contacted_at=None)
    assert lost("nobody") is None
    with later(days=60):
        assert lost("nobody")


def test_a_rung_that_another_meeting_reached_stays_when_one_is_corrected(held, ada, noor):
    item = item_of(replied(held, "Tuesday works again, can you send an invite?"))
    second = booking.book(offers.offer(item, [at(16, 14)], by=ada), at(16, 14), key="again", **GUEST)
    with clock.at(second.ends_at + timedelta(minutes=20)):
        outcomes.mark_held(second, by=noor, next="resume")
        outcomes.mark_no_show(second, side="guest", by=noor, why="It was the other one.")
    with later(days=60):
        assert steps(reports.funnel({}), "right")["held"] == 1
