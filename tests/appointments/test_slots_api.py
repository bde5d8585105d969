"""Free times through the API: the ones the product would offer, of kinds of meeting one may see."""

import pytest
from rest_framework.test import APIClient

from appointments.models import Meeting, MeetingType, Offer
from appointments.services import offers
from crm import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(world):
    return offers.meeting_type_for(world.ada.team_id)


def ask(user, **asked):
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client.get("/api/v1/slots/", asked)


def test_it_finds_what_the_product_would_offer(world, kind):
    said = ask(world.ada, meeting_type=kind.pk, days=7).json()["slots"]
    found = offers.free_slots(kind, days=7, team_id=world.ada.team_id)
    assert [(one["start"], one["host"]) for one in said] == [
        (slot.start.isoformat().replace("+00:00", "Z"), slot.host_id) for slot in found
    ]
    assert said and all(one["end"] > one["start"] for one in said)


def test_looking_holds_nothing(world, kind):
    ask(world.ada, meeting_type=kind.pk)
    assert not Offer.objects.exists() and not Meeting.objects.exists()


def test_one_host_may_be_asked_for_and_only_one_who_holds_it(world, kind, stranger):
    said = ask(world.ada, meeting_type=kind.pk, host=world.noor.pk).json()["slots"]
    assert {one["host"] for one in said} == {world.noor.pk}
    assert ask(world.ada, meeting_type=kind.pk, host=stranger.pk).status_code == 404


def test_a_stranger_does_not_see_another_teams_kind_of_meeting(world, stranger):
    own = MeetingType.objects.create(name="North only", slug="north-only", team=world.ada.team, minutes=30)
    assert ask(stranger, meeting_type=own.pk).status_code == 400
    assert ask(None, meeting_type=own.pk).status_code == 401


@pytest.mark.parametrize("asked", [{}, {"days": 0}, {"days": 999}, {"meeting_type": "x"}, {"owner": 1}])
def test_what_it_does_not_know_is_refused_by_name(world, kind, asked):
    answer = ask(world.ada, **({"meeting_type": kind.pk} if asked else {}) | asked)
    assert answer.status_code == 400


def test_the_clock_of_the_product_decides_what_is_ahead(world, kind):
    said = ask(world.ada, meeting_type=kind.pk).json()["slots"]
    assert min(one["start"] for one in said) > clock.now().isoformat()
