"""What guests' calendars answer: known senders, newest version, nothing cancelled by itself."""

from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import pytest

from appointments.models import CounterProposal, Meeting, Rsvp, WorkItem
from appointments.services import booking, meeting_mails, work_items
from appointments.services import rsvp as answers
from crm import clock
from crm.errors import Refused
from crm.models import Event
from crm.services import intake
from prospecting.models import Outgoing, Reply
from prospecting.queries import enrollments
from tests.appointments.world import GUEST, at, booked, later, leave_all

pytestmark = pytest.mark.django_db
THURSDAY = at(18, 10)


@pytest.fixture
def world(ada, ben, noor, ruth, monday, once):
    return once(booked, ada, noor)


@pytest.fixture
def meeting(world):
    return world.meeting


def rsvp(
    world, meeting, partstat="ACCEPTED", method="REPLY", sender="", minutes=0, *, to=None, who="", more="", **facts
):
    """A calendar answers in the name of the guest, or of `who`; `to` is the time a COUNTER proposes."""
    stamp, who = clock.now() + timedelta(minutes=minutes), who or GUEST["guest_email"]
    start = to or meeting.starts_at
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", f"UID:{facts.get('uid', meeting.uid)}",
        f"SEQUENCE:{facts.get('sequence', meeting.sequence)}", f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}", f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"ATTENDEE;PARTSTAT={partstat}{more}:mailto:{who}", f"ORGANIZER:mailto:{world.mailbox.address}",
        *facts.get("lines", []), "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender or who, world.mailbox.address, "Accepted: our meeting"
    mail["Message-ID"] = f"<{uuid4().hex}@customer.example>"
    mail["In-Reply-To"] = world.touch.message.message_id
    mail.set_content("\r\n".join(lines), subtype="calendar", params={"method": method})
    return intake.receive(mail.as_bytes(), recipients=[world.mailbox.address], at=clock.now())


def counter(world, meeting, to, **said):
    rsvp(world, meeting, method="COUNTER", to=to, **said)
    return CounterProposal.objects.filter(meeting=meeting).order_by("pk").last()


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
    counter(world, meeting, THURSDAY)
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


def test_perhaps_is_kept_and_confirms_nothing(world, meeting):
    rsvp(world, meeting, "TENTATIVE")
    meeting.refresh_from_db()
    assert (Rsvp.objects.get().answer, meeting.confirmed_at) == ("tentative", None)


def test_a_no_after_a_yes_takes_the_confirmation_back(world, meeting):
    rsvp(world, meeting)
    rsvp(world, meeting, "DECLINED", minutes=5)
    meeting.refresh_from_db()
    assert (Rsvp.objects.get().answer, meeting.confirmed_at) == ("declined", None)


def test_the_same_answer_twice_is_one(world, meeting):
    for _ in range(2):
        rsvp(world, meeting)
    assert Event.objects.filter(kind="meeting.rsvp").count() == 1


def test_a_stamp_from_the_future_does_not_silence_what_comes_after(world, meeting):
    rsvp(world, meeting, minutes=60 * 24 * 400)
    with later(minutes=20):
        rsvp(world, meeting, "DECLINED")
    assert Rsvp.objects.get().answer == "declined"


@pytest.mark.parametrize("forged", [
    {"sender": "willem@maas-dekker.example"}, {"who": "mallory@elsewhere.example"}, {"sequence": 7},
    {"lines": ["RECURRENCE-ID:20260616T090000Z"]}, {"who": "mallory@elsewhere.example", "more": ';DELEGATED-FROM="mailto:joost@maas-dekker.example"'},
])  # fmt: skip
def test_what_nobody_invited_gave_changes_nothing_and_is_shown(world, meeting, forged):
    before = Meeting.objects.values().get()
    rsvp(world, meeting, "DECLINED", **forged)
    assert Meeting.objects.values().get() == before
    assert not Rsvp.objects.exists() and not WorkItem.objects.filter(what="rebook").exists()
    assert Event.objects.filter(kind="meeting.rsvp_unverified").count() == 1


def test_an_answer_after_the_end_of_the_meeting_changes_nothing(world, meeting):
    cancelled = booking.cancel(meeting, reason="Ill", by="the guest")
    rsvp(world, cancelled)
    assert not Rsvp.objects.exists()


def test_a_guest_may_send_someone_else_whose_yes_then_counts(world, meeting):
    rsvp(world, meeting, "DELEGATED", more=';DELEGATED-TO="mailto:willem@maas-dekker.example"')
    assert WorkItem.objects.filter(what="confirm_meeting").exists()
    rsvp(
        world,
        meeting,
        who="willem@maas-dekker.example",
        minutes=5,
        more=';DELEGATED-FROM="mailto:joost@maas-dekker.example"',
    )
    meeting.refresh_from_db()
    assert meeting.confirmed_at is not None


def test_taking_their_other_time_moves_the_meeting_one_version_on(world, meeting, ada):
    moved = answers.accept(counter(world, meeting, THURSDAY), by=ada)
    assert (moved.starts_at, moved.sequence, moved.uid) == (THURSDAY, 1, meeting.uid)
    assert "METHOD:REQUEST" in Outgoing.objects.get(key=f"meeting:{meeting.pk}:moved:1").calendar
    assert CounterProposal.objects.get().state == "accepted"


def test_refusing_their_other_time_tells_their_calendar(world, meeting, ada):
    refused = answers.refuse(counter(world, meeting, THURSDAY), by=ada)
    mail = Outgoing.objects.get(key=f"counter:{refused.pk}")
    assert (mail.calendar_method, refused.state) == ("DECLINECOUNTER", "refused")
    assert "METHOD:DECLINECOUNTER" in mail.calendar and meeting.uid in mail.calendar
    (left,) = [one for one in leave_all(world) if b"DECLINECOUNTER" in bytes(one.raw)]
    assert left.recipient == GUEST["guest_email"]


def test_a_time_that_is_taken_is_not_moved_to_and_the_proposal_still_waits(world, meeting, ada):
    proposal = counter(world, meeting, at(20, 10))
    with pytest.raises(Refused):
        answers.accept(proposal, by=ada)
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_a_newer_proposal_takes_the_place_of_the_last(world, meeting):
    counter(world, meeting, THURSDAY)
    counter(world, meeting, at(18, 12), minutes=5)
    assert list(CounterProposal.objects.order_by("pk").values_list("state", flat=True)) == ["outdated", "open"]


def test_a_proposal_for_a_meeting_that_moved_waits_no_longer(world, meeting, ada):
    proposal = counter(world, meeting, THURSDAY)
    booking.move(meeting, at(18, 12), by=ada)
    with pytest.raises(Refused):
        answers.accept(proposal, by=ada)
    assert CounterProposal.objects.get().state == "outdated"


def test_only_who_sees_the_meeting_answers_a_proposal(world, meeting, stranger, ada, as_):
    proposal = counter(world, meeting, THURSDAY)
    address = f"/meetings/proposals/{proposal.pk}/"
    assert as_(stranger).post(address, {"do": "accept"}).status_code == 404
    page = as_(ada).get(f"/meetings/{meeting.pk}/").content.decode()
    assert "They propose another time" in page and "is free then" in page
    as_(ada).post(address, {"do": "accept"})
    assert Meeting.objects.get().starts_at == THURSDAY


def test_keeping_the_time_ends_the_task_to_answer_the_proposal(world, meeting, ada):
    answers.refuse(counter(world, meeting, THURSDAY), by=ada)
    assert not work_items.open_items().exists()


def test_taking_their_time_ends_the_task_too(world, meeting, ada):
    answers.accept(counter(world, meeting, THURSDAY), by=ada)
    assert not work_items.open_items().exists()


def test_the_task_shows_what_they_propose_and_offers_no_second_meeting(world, meeting, ada, as_):
    proposal = counter(world, meeting, THURSDAY)
    page = as_(ada).get(f"/replies/{work_items.open_items().get().pk}/").content.decode()
    assert f"/meetings/proposals/{proposal.pk}/" in page and 'name="slots"' not in page


def test_after_a_no_the_task_moves_the_meeting_and_its_draft_carries_the_guests_link(world, meeting, ada, as_):
    rsvp(world, meeting, "DECLINED")
    page = as_(ada).get(f"/replies/{work_items.open_items().get().pk}/").content.decode()
    assert f"/meetings/{meeting.pk}/#move" in page and 'name="slots"' not in page
    without_its_moment = meeting_mails.manage_link(meeting).rsplit(":", 2)[0]
    assert without_its_moment in page


def test_what_a_calendar_sends_does_not_hide_what_its_owner_said(world, meeting):
    rsvp(world, meeting)
    (stage, *_) = enrollments.route_map(world.account)["stages"]
    assert "Wants to meet" in [person["said"] for person in stage["people"]]
