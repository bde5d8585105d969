"""What guests' calendars answer: known senders, newest version, nothing cancelled by itself."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from appointments.models import Meeting, WorkItem
from appointments.rules.ics import REQUEST, build
from appointments.services import booking, meeting_mails, offers
from crm import clock
from crm.models import Event
from crm.services import intake
from prospecting.models import Reply
from tests.appointments.world import at, item_of, replied

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


@pytest.fixture
def meeting(world, ada):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    return booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)


def rsvp(world, meeting, partstat="ACCEPTED", method="REPLY", sender="", minutes=0):
    """A calendar answers in the name of the guest."""
    stamp = clock.now() + timedelta(minutes=minutes)
    text = build(meeting_mails.invitation(meeting), REQUEST, stamp).replace("METHOD:REQUEST", f"METHOD:{method}")
    text = text.replace("PARTSTAT=NEEDS-ACTION", f"PARTSTAT={partstat}")
    mail = EmailMessage()
    mail["From"], mail["To"] = sender or GUEST["guest_email"], world.mailbox.address
    mail["Subject"], mail["Message-ID"] = (
        "Accepted: our meeting",
        f"<{partstat}{method}{minutes}{sender}@customer.example>",
    )
    mail["In-Reply-To"] = world.touch.message.message_id
    mail.set_content(text, subtype="calendar", params={"method": method})
    return intake.receive(mail.as_bytes(), recipients=[world.mailbox.address], at=stamp)


def test_a_yes_in_the_calendar_confirms(world, meeting):
    rsvp(world, meeting)
    meeting.refresh_from_db()
    assert meeting.confirmed_at is not None


def test_it_is_a_machine_and_engages_nobody(world, meeting):
    message = rsvp(world, meeting)
    assert not Reply.objects.get(message=message).counts


def test_a_no_in_the_calendar_cancels_nothing_and_asks_a_person(world, meeting):
    rsvp(world, meeting, "DECLINED")
    meeting.refresh_from_db()
    assert meeting.state == Meeting.State.BOOKED and WorkItem.objects.filter(what="rebook").exists()


def test_another_time_is_put_before_the_setter(world, meeting):
    rsvp(world, meeting, method="COUNTER")
    assert WorkItem.objects.filter(what="answer_counter").exists()


def test_an_older_answer_changes_nothing(world, meeting):
    rsvp(world, meeting, "DECLINED", minutes=5)
    rsvp(world, meeting, "ACCEPTED", minutes=1)
    meeting.refresh_from_db()
    assert meeting.confirmed_at is None


def test_an_answer_to_an_older_version_changes_nothing(world, meeting):
    old = Meeting.objects.get(pk=meeting.pk)
    booking.move(meeting, at(18, 10), by="the guest")
    rsvp(world, old)
    meeting.refresh_from_db()
    assert meeting.confirmed_at is None


def test_an_answer_from_another_address_is_shown_as_unverified(world, meeting):
    rsvp(world, meeting, sender=world.willem.email)
    meeting.refresh_from_db()
    assert meeting.confirmed_at is None and Event.objects.filter(kind="meeting.rsvp_unverified").exists()
