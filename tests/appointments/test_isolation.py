"""What one team, one guest or one role must not reach by way of another's keys, links and rows."""

import pytest
from rest_framework.test import APIClient

from appointments.models import Meeting, MeetingType
from appointments.services import booking, meeting_mails, offers, qualifying
from prospecting.models import Outgoing
from prospecting.services import sending
from tests.appointments.world import at, item_of, replied

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


def api(user):
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def item(world):
    return item_of(replied(world, "Tuesday works, can you send an invite?"))


@pytest.fixture
def meeting(item, ada):
    return booking.book_for(item, at(16, 9), by=ada)


def test_a_key_of_an_answer_never_fetches_another_message(world, item, meeting, ben):
    confirmation = Outgoing.objects.get(key__startswith=f"meeting:{meeting.pk}:confirmed")
    asked = {"body": "Hello", "key": confirmation.key}

    for address in (f"work-items/{item.pk}", f"conversations/{item.conversation_id}"):
        answer = api(ben).post(f"/api/v1/{address}/answer/", asked, format="json").json()
        assert answer["id"] != confirmation.pk
        assert answer["body"] == "Hello"


def test_the_same_key_answers_once_in_its_conversation(item, ada):
    first, second = (sending.answer(item.conversation, "Hello", by=ada, key="k") for _ in range(2))

    assert first == second


def test_a_guest_who_sends_the_key_of_another_meeting_does_not_get_its_link(world, item, meeting, ada, client):
    anna = item_of(replied(world, "I would like to talk too.", sender="anna@maas-dekker.example", name="Anna"))
    theirs = offers.link(offers.offer(anna, [at(17, 9)], by=ada)).partition("8000")[2]
    form = {"slot": at(17, 9).isoformat(), "name": "Anna", "email": "anna@maas-dekker.example"}

    answer = client.post(theirs, {**form, "key": f"item:{item.pk}:{at(16, 9).isoformat()}"})

    token = answer.headers["Location"].partition("?")[0].rstrip("/").rpartition("/")[2]
    assert meeting_mails.read_link(token).guest_name == "Anna"


def test_an_executive_answers_in_no_thread_and_takes_no_answer_back(item, meeting, ada, noor):
    row = sending.answer(item.conversation, "See you then.", by=ada)

    answer = api(noor).post(f"/api/v1/conversations/{item.conversation_id}/answer/", {"body": "Hello"}, format="json")
    undo = api(noor).post(f"/api/v1/outgoing/{row.pk}/undo/", {}, format="json")

    assert (answer.status_code, undo.status_code) == (404, 404)


def test_whoever_set_the_meeting_does_not_accept_it_themselves(world, meeting, ada, noor, ruth):
    found = qualifying.qualification_for(world.account, world.enrollment)
    Meeting.objects.filter(pk=meeting.pk).update(state="held")
    address = f"/api/v1/qualifications/{found.pk}"

    refused = api(ada).post(f"{address}/refuse/", {"reason": "not now"}, format="json")
    own = api(ada).post(f"{address}/accept/", {}, format="json")

    assert (refused.status_code, own.status_code) == (409, 409)
    assert api(noor).post(f"{address}/accept/", {}, format="json").status_code == 200


def test_a_team_that_owns_the_account_does_not_read_what_another_team_found_out(world, stranger, as_):
    found = qualifying.qualification_for(world.account, world.enrollment)
    address = f"/qualify/{world.account.pk}/"
    type(world.account).objects.filter(pk=world.account.pk).update(owner=stranger)

    answer = as_(stranger).get(address)

    assert found.team != stranger.team
    assert answer.status_code == 404
    assert as_(world.ada).get(address).status_code == 200


def test_a_lead_keeps_only_the_kinds_of_meeting_of_their_team(north, south, ruth, as_):
    own = MeetingType.objects.create(name="Ours", slug="ours", team=north)
    other = MeetingType.objects.create(name="Theirs", slug="theirs", team=south)

    assert as_(ruth).get(f"/booking-pages/{own.pk}/").status_code == 200
    assert as_(ruth).get(f"/booking-pages/{other.pk}/").status_code == 404
    assert b"Theirs" not in as_(ruth).get("/booking-pages/").content


def test_handing_over_to_something_that_is_no_person_is_not_found(item, ada, as_):
    answer = as_(ada).post("/inbox/picked/", {"item": item.pk, "do": "hand_over", "to": "nobody"})

    assert answer.status_code == 404
