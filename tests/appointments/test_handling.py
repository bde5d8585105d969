"""What arrives is judged, and books by itself only where the playbook says so; what hangs on a person can go."""

import pytest

from appointments.models import Meeting, Playbook, WorkItem
from appointments.services import answering, belongings, booking, handling, offers
from crm.services import registries
from tests.appointments.world import at, hear, item_of, judgement, replied
from tests.make import make_account

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}
TUESDAY = at(16, 9)


@pytest.fixture
def offered(world, ada):
    """Ada offered Tuesday at ten and Thursday at eleven, London time."""
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    answering.send_answer(item, "Gladly, for example:", by=ada, slots=[TUESDAY, at(18, 10)])
    return item


def test_a_time_accepted_in_plain_words_is_proposed_to_the_setter_as_one_button(world, offered):
    reply = replied(world, "Perfect, Tuesday 16 June at 10:00 works.")
    assert handling.suggestion(item_of(reply)) == TUESDAY
    assert not Meeting.objects.exists()


def test_it_books_by_itself_where_the_playbook_allows(world, offered):
    Playbook.objects.create(name="Meet", label="meeting_request", body="Gladly.", books_itself=True)
    replied(world, "Perfect, Tuesday 16 June at 10:00 works.")
    assert Meeting.objects.get().starts_at == TUESDAY
    assert WorkItem.objects.get().outcome == "booked"


def test_two_times_that_fit_stay_with_a_person(world, offered):
    Playbook.objects.create(name="Meet", label="meeting_request", body="Gladly.", books_itself=True)
    replied(world, "Perfect, Tuesday 16 June at 10:00 or Thursday 18 June at 11:00 works.")
    assert not Meeting.objects.exists()


def test_what_was_said_keeps_its_words_and_span(world):
    reply = replied(world, "Tuesday after 14:00 works for me.")
    (time,) = judgement(reply).entities["proposed_times"]
    assert reply.message.newest[time["start"] : time["end"]].strip() == time["text"].strip() == "Tuesday after 14:00"


def test_mail_of_no_account_waits_unmatched_and_opens_no_work(world):
    message = hear(world, "Hello, who are you?", sender="someone@elsewhere.example", name="Someone", In_Reply_To2="x")
    assert message.account is None or WorkItem.objects.filter(account=message.account).exists()


def test_a_merge_takes_work_and_meetings_along(world, offered, ada):
    kept = make_account("Maas Dekker Group", owner=ada)
    belongings.merge_accounts(kept, world.account)
    assert WorkItem.objects.get().account == kept
    assert belongings.merge_accounts in registries.merge_accounts


def test_an_erasure_takes_names_and_words_and_leaves_the_meeting(world, offered, ada):
    meeting = booking.book(offers.offer(offered, [TUESDAY], by=ada), TUESDAY, key="form", **GUEST)
    belongings.erase_contact(world.joost)
    meeting.refresh_from_db()
    assert (meeting.guest_name, meeting.guest_email, meeting.state) == ("", "", "booked")


def test_the_export_names_meetings_and_labels(world, offered, ada):
    booking.book(offers.offer(offered, [TUESDAY], by=ada), TUESDAY, key="form", **GUEST)
    found = belongings.export_contact(world.joost)
    assert len(found["meetings"]) == 1 and found["labels"][0]["label"] == "interested"
