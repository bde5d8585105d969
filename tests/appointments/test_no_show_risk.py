"""How likely a meeting is not to take place, and why."""

from datetime import timedelta

import pytest

from appointments.models import Meeting
from appointments.rules.risk import Facts, assess
from appointments.services import booking, no_show_risk, offers, outcomes
from crm import clock
from tests.appointments.world import at, item_of, replied

GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


def facts(**said):
    return Facts(**{"booked_ahead": timedelta(days=2), "starts_in": timedelta(days=2), **said})


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({}, "low"),
        ({"booked_ahead": timedelta(days=20)}, "some"),
        ({"starts_in": timedelta(hours=5)}, "some"),
        ({"starts_in": timedelta(hours=5), "confirmed": True}, "low"),
        ({"answer": "declined", "confirmed": True}, "high"),
        ({"person_missed": 2}, "high"),
        ({"person_missed": 1, "confirmed": True, "person_held": 3}, "low"),
        ({"booked_ahead": timedelta(days=20), "starts_in": timedelta(hours=5)}, "high"),
    ],
)
def test_the_level_follows_from_what_is_known(said, level):
    assert assess(facts(**said)).level == level


def test_the_reasons_are_those_that_speak_for_it_the_weightiest_first():
    found = assess(facts(answer="tentative", person_missed=2, moves=3))
    assert (
        found.reasons == ("missed twice before", "moved 3 times", "their calendar says perhaps")
        or found.reasons[0] == "missed twice before"
    )
    assert len(found.reasons) == 3


@pytest.mark.django_db
def test_a_guest_who_missed_one_is_shown_as_a_risk_with_the_reason(world, ada, noor, as_):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    first = booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)
    with clock.at(first.ends_at + timedelta(minutes=20)):
        outcomes.mark_no_show(first, side="guest", by=noor)
        second = booking.book(
            first.meeting_type, at(18, 10), key="form-2", host=noor, account=world.account, contact=world.joost, **GUEST
        )
        assert no_show_risk.of([second])[second.pk].reasons == ("missed once before",)
        page = as_(ada).get("/meetings/").content.decode()
    assert "May not come" in page and "Missed once before." in page
    assert no_show_risk.of([Meeting.objects.get(pk=first.pk)]) == {}
