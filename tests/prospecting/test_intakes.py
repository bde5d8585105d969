"""A standing order takes so many accounts a day, once a day, and never makes up for a day that was missed."""

from datetime import timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Account, Organisation
from prospecting.models import Enrollment, IntakeDay, ListEntry
from prospecting.services import intakes, segments, stages
from prospecting.tasks import take_intakes
from tests.prospecting.world import MONDAY, account_named, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(world, ada):
    """Twelve accounts on the list besides the first, two of them without anybody."""
    for n in range(12):
        account = account_named(f"Store {n:02}", owner=ada)
        if n not in (3, 4):
            person_at(account, f"Pia P{n}", "problem-owner")
    segments.refresh_list(world.segment)
    return world


def standing(world, **how):
    fields = {
        "name": "Five a day", "segment": world.segment, "sequence": world.sequence.sequence, "per_day": 5,
        "weekdays": [0, 1, 2, 3, 4], "owners": "owner",
    }  # fmt: skip
    return intakes.create(by=world.ada, **{**fields, **how})


def on(day: int):
    return clock.at(MONDAY + timedelta(days=day))


def test_it_takes_its_number_and_says_who_was_passed_over(listed):
    row = standing(listed)
    assert intakes.take_due() == 5
    day = IntakeDay.objects.get()
    assert (day.intake, day.started, day.looked) == (row, 5, 7)
    assert day.refused == {"Role unknown": 2}


def test_the_same_day_again_takes_nobody(listed):
    standing(listed)
    intakes.take_due()
    assert take_intakes() == 0
    assert Enrollment.objects.count() == 5


def test_each_further_day_takes_the_next_until_nobody_is_left(listed):
    standing(listed)
    taken = []
    for day in range(4):
        with on(day):
            taken.append(intakes.take_due())
    assert taken == [5, 5, 1, 0]
    assert Enrollment.objects.values("account").distinct().count() == 11


def test_after_days_of_downtime_one_day_is_taken_and_no_more(listed):
    standing(listed)
    with on(3):
        assert intakes.take_due() == 5
        assert intakes.take_due() == 0
    assert [day.day for day in IntakeDay.objects.all()] == [(MONDAY + timedelta(days=3)).date()]


def test_on_other_weekdays_it_rests_and_says_when_next(listed):
    row = standing(listed, weekdays=[2])
    assert intakes.take_due() == 0
    assert intakes.next_day(row) == (MONDAY + timedelta(days=2)).date()


def test_a_holiday_of_ours_is_no_day_of_intake(listed):
    Organisation.objects.update(country="NL", zone="Europe/Amsterdam")
    row = standing(listed)
    with clock.at(MONDAY.replace(month=12, day=25)):
        assert intakes.next_day(row) == MONDAY.replace(month=12, day=28).date()
        assert intakes.take_due() == 0


def test_paused_it_takes_nobody_and_stopped_it_never_starts_again(listed, ada):
    row = standing(listed)
    intakes.pause(row, "Trade fair this week.", by=ada)
    assert intakes.take_due() == 0 and intakes.next_day(row) is None
    intakes.resume(row, by=ada)
    assert intakes.take_due() == 5
    intakes.stop(row, "The list is through.", by=ada)
    with pytest.raises(Refused):
        intakes.resume(row, by=ada)


def test_a_closed_window_is_left_alone(listed):
    ListEntry.objects.update(window_open=False)
    standing(listed)
    assert intakes.take_due() == 0


def test_who_was_walked_by_this_sequence_is_not_taken_again(listed, ada):
    standing(listed, per_day=500)
    intakes.take_due()
    for walk in Enrollment.objects.all():
        stages.close(walk, by=ada, why="Enough.")
    with on(1):
        assert intakes.take_due() == 0


def test_an_account_without_an_owner_is_passed_over_by_that_rule(listed):
    Account.objects.update(owner=None)
    standing(listed)
    assert intakes.take_due() == 0
    assert IntakeDay.objects.get().refused == {"Role unknown": 2, intakes.NOBODY: 11}


def test_a_team_takes_turns(listed, ada, ben):
    standing(listed, owners="team", team=ada.team, per_day=10)
    intakes.take_due()
    shares = [Enrollment.objects.filter(prospector=one).count() for one in (ada, ben)]
    assert sorted(shares) == [5, 5]


def test_it_may_ask_a_person_to_look_first(listed):
    standing(listed, approval=True)
    intakes.take_due()
    assert set(Enrollment.objects.values_list("approval", flat=True)) == {True}


@pytest.mark.parametrize(
    "wrong",
    [{"per_day": 0}, {"per_day": 501}, {"weekdays": []}, {"weekdays": [9]}, {"name": " "}, {"owners": "person"}],
)
def test_bad_input_is_refused_in_words(listed, wrong):
    with pytest.raises(Refused):
        standing(listed, **wrong)


def test_the_page_is_set_up_by_a_lead_and_shows_the_next_day(listed, ruth, ada, as_):
    said = {
        "name": "Five a day", "segment": listed.segment.pk, "sequence": listed.sequence.sequence_id, "per_day": 5,
        "weekdays": [0, 1, 2, 3, 4], "owners": "owner",
    }  # fmt: skip
    assert as_(ada).post("/intakes/new/", said).status_code == 403
    answer = as_(ruth).post("/intakes/new/", said)
    page = as_(ada).get(answer.headers["Location"]).content.decode()
    assert "within a few minutes" in page
    intakes.take_due()
    shown = as_(ada).get(answer.headers["Location"]).content.decode()
    assert "Tuesday" in shown and "<strong>5</strong>" in shown


def test_the_api_sets_one_up_and_pauses_it(listed, ruth, ada, as_):
    body = {
        "name": "Five a day", "segment": listed.segment.pk, "sequence": listed.sequence.sequence_id, "per_day": 5,
        "weekdays": [0, 1], "owners": "owner",
    }  # fmt: skip
    assert as_(ada).post("/api/v1/intakes/", body, "application/json").status_code == 403
    made = as_(ruth).post("/api/v1/intakes/", body, "application/json").json()
    assert made["next_day"] == "2026-06-08"
    paused = as_(ruth).post(f"/api/v1/intakes/{made['id']}/pause/", {"why": "The fair."}, "application/json").json()
    assert (paused["state"], paused["next_day"]) == ("paused", None)
