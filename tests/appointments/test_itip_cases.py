"""The cases of sabre-vobject's iTIP broker that an organizer of single meetings has, through the product's own doors."""

import json
import os
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from icalendar import Calendar

from appointments.models import Meeting, Rsvp
from appointments.services import booking
from crm import clock
from crm.services import intake
from prospecting.models import Outgoing
from tests.appointments.world import GUEST, at, booked

CORPORA = Path(os.environ.get("CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
FILE = CORPORA / "itip/sabre-vobject/itip_cases.json"
CASES = {case["test"]: case for case in json.loads(FILE.read_text())["cases"]} if FILE.exists() else {}
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.django_db,
    pytest.mark.skipif(not CASES, reason=f"no corpora at {CORPORA}"),
]

# What comes in, and what it leaves behind: an answer that counts, or nothing at all.
COUNTS = ("ReplyAccept", "ReplyWithTz", "ReplyRequestStatus")
NOTHING = (
    "ReplyNoOriginal", "ReplyPartyCrasher", "ReplyNewException", "ReplyNewExceptionRecurrenceIdInDifferentTz",
    "ReplyNewExceptionRecurrenceIdInUTC", "ReplyNewExceptionFirstOccurrence", "RequestUpdate", "Cancel",
    "CancelNoExistingEvent", "UnsupportedComponent", "UnsupportedMethod", "TimezoneInParseEventInfoWithoutMaster",
)  # fmt: skip
# What goes out: a deletion is a cancellation, a change of time an update; without anybody to tell nothing goes.
CANCELLED = ("OrganizerDeleteWithDtend", "OrganizerDeleteWithDuration", "InviteStatusCancelled")
UPDATED = ("InviteNoChange",)


@pytest.fixture
def world(ada, ben, noor, ruth, monday, once):
    return once(booked, ada, noor)


def became(case, world):
    """The booked meeting takes the place of the case's event: its UID, its version, its attendee as the guest."""
    text = case.get("ics_old") or case.get("ics_oldMessage") or case.get("ics_itip") or case["ics_calendar"]
    (event, *_) = Calendar.from_ical(text).walk("VEVENT") or Calendar.from_ical(text).walk("VTODO")
    attendees = event.get("attendee", [])
    first = next(
        (one for one in (attendees if isinstance(attendees, list) else [attendees]) if "strunk" not in one), ""
    )
    uid = event.get("uid")
    Meeting.objects.filter(pk=world.meeting.pk).update(
        uid=str(uid[0] if isinstance(uid, list) else uid), sequence=int(event.get("sequence", 0)),
        guest_email=str(first).removeprefix("mailto:") or GUEST["guest_email"],
    )  # fmt: skip
    return Meeting.objects.get()


def came(text, sender, world):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, world.mailbox.address, "Accepted"
    mail["Message-ID"], mail["In-Reply-To"] = f"<{uuid4().hex}@example.org>", world.touch.message.message_id
    mail.set_content(text, subtype="calendar", params={"method": "REPLY"})
    intake.receive(mail.as_bytes(), recipients=[world.mailbox.address], at=clock.now())


@pytest.mark.parametrize("name", COUNTS)
def test_an_answer_that_counts_is_kept_and_confirms(name, world):
    meeting = became(CASES[name], world)
    came(CASES[name]["ics_itip"], "foo@example.org", world)
    assert [(row.address, row.answer) for row in Rsvp.objects.all()] == [("foo@example.org", "accepted")]
    meeting.refresh_from_db()
    assert meeting.confirmed_at is not None


@pytest.mark.parametrize("name", NOTHING)
def test_what_does_not_count_changes_no_meeting(name, world):
    case = CASES[name]
    text = case.get("ics_itip") or case["ics_calendar"]
    if name != "ReplyNoOriginal" and name != "CancelNoExistingEvent":
        became(case, world)
    before = list(Meeting.objects.values())
    came(text, "crasher@example.org" if name == "ReplyPartyCrasher" else "foo@example.org", world)
    assert list(Meeting.objects.values()) == before and not Rsvp.objects.exists()


def left(before):
    """What went out since: (method, recipient) as the cases name them."""
    rows = Outgoing.objects.exclude(pk__in=before).exclude(calendar="").order_by("pk")
    return [(row.calendar_method, f"mailto:{row.to_address}") for row in rows], list(rows)


@pytest.mark.parametrize("name", [*CANCELLED, *UPDATED])
def test_what_an_organizer_does_goes_out_with_the_right_method(name, world, ada):
    case, before = CASES[name], set(Outgoing.objects.values_list("pk", flat=True))
    meeting = became(case, world)
    if name in CANCELLED:
        booking.cancel(meeting, reason="The organizer deleted it.", by=ada)
    else:
        booking.move(meeting, at(16, 9) + timedelta(minutes=30), by=ada)
    ((method, recipient),), (row,) = left(before)
    assert method == case["expected_methods"][0]
    assert recipient == (case["expected_recipients"] or ["mailto:one@example.org"])[0]
    (event,) = Calendar.from_ical(row.calendar).walk("VEVENT")
    assert (str(event["uid"]), int(event["sequence"])) == (meeting.uid, meeting.sequence + 1)


def test_every_case_is_in_scope_or_named_with_its_reason_in_the_documentation():
    told = (Path(__file__).parents[2] / "docs" / "meetings.md").read_text()
    tried = {*COUNTS, *NOTHING, *CANCELLED, *UPDATED}
    assert {name for name in CASES if name not in tried and f"`{name}`" not in told} == set()
