"""The reply page's primary action is what really comes next, in every state of the work item."""

import re
from datetime import timedelta

import pytest

from appointments.models import Offer, WorkItem
from appointments.services import answering, booking, classifying, offers, work_items
from crm import clock
from prospecting.services import sending
from tests.appointments.world import at, item_of, later, leave_all, replied
from tests.prospecting.world import Server

pytestmark = pytest.mark.django_db
WANTS = "Tuesday works, can you send an invite?"


def primary(client, item):
    """The words of the one primary button or link of the page."""
    page = client.get(f"/replies/{item.pk}/").content.decode()
    found = re.findall(r'class="btn primary[^>]*>(.*?)</(?:button|a)>', page, re.DOTALL)
    assert len(found) == 1, found
    return re.sub(r"<kbd>.*?</kbd>|<[^>]+>", "", found[0]).strip()


@pytest.fixture
def asked(world):
    return item_of(replied(world, WANTS))


@pytest.fixture
def curious(world):
    return item_of(replied(world, "Sounds interesting, tell me more."))


def test_who_wants_to_meet_is_offered_times(asked, world, as_):
    assert primary(as_(world.ada), asked) == "Send the times"


def test_with_times_sent_the_page_waits_for_the_guest(asked, world, as_):
    answering.send_answer(asked, answering.draft(asked, by=world.ada), by=world.ada)
    client = as_(world.ada)
    assert primary(client, asked) == "Back to Today"
    page = client.get(f"/replies/{asked.pk}/").content.decode()
    assert "to choose a time" in page and "Leaves in a few seconds" in page and "Send the" not in page


def test_who_has_their_times_is_not_the_next_reply(asked, world, as_):
    replied(world, "What does it cost?", sender=world.willem.email, name="Willem Maas")
    answering.send_answer(asked, answering.draft(asked, by=world.ada), by=world.ada)
    willem = WorkItem.objects.get(person_address=world.willem.email)
    answered = as_(world.ada).post(f"/replies/{willem.pk}/done/", {"outcome": "answered", "next": "resume"})
    assert answered.url == "/today/"


def test_the_next_reply_is_next_where_one_waits(asked, world, as_):
    replied(world, "What does it cost?", sender=world.willem.email, name="Willem Maas")
    answering.send_answer(asked, answering.draft(asked, by=world.ada), by=world.ada)
    assert primary(as_(world.ada), asked) == "Next reply"


def test_an_answer_without_times_leads_to_done(curious, world, as_):
    answering.send_answer(curious, "Gladly. We count leaks for you.", by=world.ada)
    leave_all(world)
    client = as_(world.ada)
    assert primary(client, curious) == "Done"
    assert "Answered. What comes next?" in client.get(f"/replies/{curious.pk}/").content.decode()


def test_times_that_are_over_wait_for_nobody(asked, world, as_):
    answering.send_answer(asked, answering.draft(asked, by=world.ada), by=world.ada)
    with later(days=20):
        assert primary(as_(world.ada), asked) == "Done"


def test_an_answer_taken_back_waits_again(curious, world, as_):
    client = as_(world.ada)
    sent = answering.send_answer(curious, "Gladly.", by=world.ada)
    client.post(f"/replies/{curious.pk}/unsend/{sent.pk}/")
    item = WorkItem.objects.get(pk=curious.pk)
    assert (item.answered_at, item.first_answer_at) == (None, None)
    assert primary(client, curious).startswith("Send")


@pytest.mark.parametrize(("label", "waits"), [("question", False), ("meeting_request", False), ("wrong_person", True)])
def test_what_a_person_answered_stays_answered_when_its_label_is_put_right(curious, world, label, waits):
    answering.send_answer(curious, "Gladly.", by=world.ada)
    with later(hours=1):
        classifying.correct(curious.reply, label, by=world.ada)
    item = WorkItem.objects.get(conversation=curious.conversation, done_at=None)
    assert (item.answered_at is None) is waits


def test_taking_back_a_second_answer_keeps_the_first(curious, world):
    answering.send_answer(curious, "Gladly.", by=world.ada)
    with later(hours=1):
        replied(world, "What does it cost?")
        sent = answering.send_answer(curious, "Forty.", by=world.ada)
        answering.take_back(curious, sent, by=world.ada)
    item = WorkItem.objects.get(pk=curious.pk)
    assert item.answered_at is None and item.first_answer_at == clock.now()


def test_a_time_accepted_in_plain_words_is_booked_with_one_button(asked, world, as_):
    slot = offers.propose(asked)[0]
    answering.send_answer(asked, "Here: [booking link]", by=world.ada, slots=[slot])
    with later(hours=1):
        again = item_of(replied(world, f"{slot.start:%A} at {slot.start + timedelta(hours=1):%H:%M} works for me."))
        client = as_(world.ada)
        assert primary(client, again).startswith("Book ")
        page = client.get(f"/replies/{again.pk}/").content.decode()
        value = re.search(r'primary big" formaction="[^"]*" formnovalidate name="start" value="([^"]*)"', page).group(1)
        client.post(f"/replies/{again.pk}/book/", {"start": value})
    assert Offer.objects.latest("pk").slots[0]["start"] == slot.start.isoformat()
    assert WorkItem.objects.get(pk=again.pk).outcome == "booked"


def test_once_booked_the_meeting_is_next(asked, world, as_):
    meeting = booking.book_for(asked, at(16, 9), by=world.ada)
    assert primary(as_(world.ada), asked).startswith("Open the meeting")
    assert f"/meetings/{meeting.pk}/" in as_(world.ada).get(f"/replies/{asked.pk}/").content.decode()


def test_a_question_after_the_booking_offers_no_times(asked, world, as_):
    booking.book_for(asked, at(16, 9), by=world.ada)
    with later(hours=1):
        again = item_of(replied(world, "What does it cost for three sites?"))
        client = as_(world.ada)
        assert primary(client, again).startswith("Send") and "Send the times" not in primary(client, again)
        assert "A meeting is booked" in client.get(f"/replies/{again.pk}/").content.decode()
        answering.send_answer(again, "Nothing, just bring your questions.", by=world.ada)
        assert primary(client, again) == "Done"
        assert "The meeting is booked" in client.get(f"/replies/{again.pk}/").content.decode()


def test_when_it_is_done_the_next_reply_is_next(curious, world, as_):
    work_items.done(curious, outcome="answered", next="resume", by=world.ada)
    assert primary(as_(world.ada), curious) == "Back to Today"


def test_what_nothing_could_read_is_read_by_a_person(world, as_):
    item = item_of(replied(world, "The harbour looks nice in June."))
    assert primary(as_(world.ada), item) == "Keep the label"


def test_a_task_leads_to_where_it_is_done(world, as_, ada):
    answered = item_of(replied(world, "Sounds interesting, tell me more."))
    sending.answer(answered.conversation, "Gladly.", by=ada, to=answered.person_address)
    with later(minutes=1):
        sending.send_due(hand_over=Server("permanent", "550 5.1.1 unknown"))
    item = WorkItem.objects.get(what="refresh_data")
    client = as_(world.ada)
    assert primary(client, item) == "Open Joost Dekker"
    assert "Write to" not in client.get(f"/replies/{item.pk}/").content.decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I think you have the wrong person, this is not my area.", "Open Joost Dekker"),
        ("Please contact our purchasing department about this.", "Add the person"),
        ("Not interested, thanks.", "Done"),
        ("We are too busy at the moment, perhaps later.", "Set the day on the account"),
    ],
)
def test_every_label_leads_on(world, as_, text, words):
    assert primary(as_(world.ada), item_of(replied(world, text))) == words


def test_a_colleague_in_the_same_thread_still_waits(asked, world, as_):
    other = item_of(replied(world, "What does it cost?", sender=world.willem.email, name="Willem Maas"))
    assert other.conversation == asked.conversation
    answering.send_answer(asked, answering.draft(asked, by=world.ada), by=world.ada)
    assert WorkItem.objects.get(pk=other.pk).answered_at is None
    assert primary(as_(world.ada), other).startswith("Send")
    answering.send_answer(other, "Forty a month.", by=world.ada)
    assert primary(as_(world.ada), other) == "Done"
