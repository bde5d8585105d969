"""Hosts' calendars on a real CalDAV server: busy is read, meetings are written, and what nobody can read is busy."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from appointments.gateways import calendars as gateway
from appointments.models import BusyTime, Calendar, CalendarConflict, CalendarEntry
from appointments.rules.calendar_event import address_in
from appointments.services import belongings, booking, calendar_reading, calendar_writing, calendars, offers, pencilling
from crm import clock
from crm.errors import Refused
from crm.models import Event, Notification, Organisation
from crm.services import mailboxes
from tests.appointments.world import at, item_of, later, replied
from tests.radicale import PASSWORD, USER, Radicale

pytestmark = [pytest.mark.django_db, pytest.mark.long]
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}
TUESDAY, THURSDAY = at(16, 9), at(18, 10)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    server = Radicale(tmp_path_factory.mktemp("radicale"))
    yield server
    server.stop()


@pytest.fixture
def server(radicale: Radicale, settings: Any) -> Radicale:
    settings.INSIDE_ADDRESSES = ["127.0.0.0/8"]
    for text in radicale.events():
        uid = text.split("UID:")[1].split("\r\n")[0]
        name = uid if "@" not in uid else calendar_address(uid)
        radicale.delete(name)
    return radicale


def calendar_address(uid: str) -> str:
    return address_in("", uid).strip("/").removesuffix(".ics")


@pytest.fixture
def calendar(server: Radicale, noor: Any, world: Any) -> Calendar:
    typed = calendars.Typed("caldav", server.calendar, USER, PASSWORD)
    return calendars.connect(noor, typed, by=noor, writes=True)[0]


@pytest.fixture
def offer(world: Any, ada: Any) -> Any:
    return offers.offer(item_of(replied(world, "Tuesday works, can you send an invite?")), [TUESDAY, THURSDAY], by=ada)


@pytest.fixture
def meeting(calendar: Calendar, offer: Any) -> Any:
    return booking.book(offer, TUESDAY, key="form-1", **GUEST)


def busy(server: Radicale, uid: str, start: Any, end: Any) -> None:
    server.put(uid, f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}", "SUMMARY:Dentist")


def free(offer: Any) -> set[Any]:
    return {slot.start for slot in offers.free_slots(offer.meeting_type, team_id=offer.team_id)}


def test_the_calendars_of_a_login_are_found(server: Radicale, noor: Any) -> None:
    found = calendars.connect(noor, calendars.Typed("caldav", f"{server.url}/", USER, PASSWORD), by=noor)

    assert [(row.name, row.url, row.busy, row.writes) for row in found] == [("Work", server.calendar, True, False)]
    assert PASSWORD not in found[0].secret


def test_what_keeps_a_calendar_from_being_connected_is_said_in_words(
    server: Radicale, noor: Any, settings: Any
) -> None:
    said = {}
    for name, typed in {
        "password": calendars.Typed("caldav", server.calendar, USER, "wrong"),
        "nothing there": calendars.Typed("feed", f"{server.url}/{USER}/none.ics"),
        "shut": calendars.Typed("caldav", "http://127.0.0.1:1/", USER, PASSWORD),
        "web page": calendars.Typed("feed", f"{server.url}/.web/"),
    }.items():
        with pytest.raises(Refused) as refused:
            calendars.connect(noor, typed, by=noor)
        said[name] = str(refused.value)
    settings.INSIDE_ADDRESSES = []
    with pytest.raises(Refused, match="must begin with https"):
        calendars.connect(noor, calendars.Typed("caldav", server.calendar, USER, PASSWORD), by=noor)
    with pytest.raises(Refused, match="inside this network"):
        calendars.connect(noor, calendars.Typed("feed", "https://127.0.0.1/x.ics"), by=noor)

    assert "does not let us in" in said["password"]
    assert "does not let us in" in said["nothing there"] or "no calendar" in said["nothing there"]
    assert "does not take connections" in said["shut"]
    assert not Calendar.objects.exists()


def test_what_the_calendar_holds_cannot_be_booked(calendar: Calendar, server: Radicale, offer: Any) -> None:
    before = free(offer)
    busy(server, "dentist", TUESDAY, TUESDAY + timedelta(hours=1))

    calendar_reading.read_now([calendar])

    assert before == set()  # never read so far
    assert TUESDAY not in free(offer) and THURSDAY in free(offer)
    assert not hasattr(BusyTime, "summary") and BusyTime.objects.count() == 1


def test_a_booking_asks_the_calendar_again_first(calendar: Calendar, server: Radicale, offer: Any) -> None:
    calendar_reading.read_now([calendar])
    busy(server, "late", TUESDAY, TUESDAY + timedelta(hours=1))

    with later(minutes=3), pytest.raises(Refused, match="taken while you were reading"):
        booking.book(offer, TUESDAY, key="form-1", **GUEST)


def test_a_pencil_gives_way_to_what_the_calendar_holds_by_now(calendar: Calendar, server: Radicale, offer: Any) -> None:
    calendar_reading.read_now([calendar])
    pencilling.pencil(offer, TUESDAY)
    busy(server, "late", TUESDAY, TUESDAY + timedelta(hours=1))

    with later(minutes=3), pytest.raises(Refused, match="taken while you were reading"):
        booking.book(offer, TUESDAY, key="form-1", **GUEST)


def test_a_server_that_is_down_is_busy_and_the_host_is_told_once(
    calendar: Calendar, server: Radicale, offer: Any, noor: Any
) -> None:
    calendar_reading.read_now([calendar])
    assert TUESDAY in free(offer)
    server.stop()
    try:
        for minutes in (6, 12, 30, 60):
            with later(minutes=minutes):
                calendar_reading.read_due()
                assert free(offer) == set()
        with later(minutes=61), pytest.raises(Refused):
            booking.book(offer, TUESDAY, key="form-1", **GUEST)
        Organisation.objects.update(unread_calendars_busy=False)
        assert TUESDAY in free(offer)
        Organisation.objects.update(unread_calendars_busy=True)
    finally:
        server.start()
    told = Notification.objects.filter(user=noor, kind="calendar")
    calendar.refresh_from_db()

    assert told.count() == 1 and "cannot be read" in told[0].text
    assert "does not take connections" in calendar.error
    with later(hours=3):
        calendar_reading.read_due()
        assert TUESDAY in free(offer)


def test_a_meeting_is_written_once_moved_and_taken_out(
    meeting: Any, server: Radicale, calendar: Calendar, offer: Any
) -> None:
    assert calendar_writing.write_due() == 1
    assert calendar_writing.write_due() == 0
    written = server.events()
    with later(minutes=3):
        moved = booking.move(meeting, THURSDAY, by="the guest")
        calendar_writing.write_due()
    there = server.events()
    with later(minutes=6):
        booking.cancel(moved, reason="They fell ill.", by="the guest")
        calendar_writing.write_due()

    assert len(written) == len(there) == 1
    assert f"UID:{meeting.uid}" in written[0] and "DTSTART:20260616T090000Z" in written[0]
    assert f"UID:{meeting.uid}" in there[0] and "DTSTART:20260618T100000Z" in there[0]
    assert "ATTENDEE" not in written[0] and "ORGANIZER" not in written[0]
    assert server.events() == []
    assert CalendarEntry.objects.get().state == "removed"


def test_who_is_erased_is_no_longer_named_in_the_calendar(meeting: Any, server: Radicale, world: Any, adm: Any) -> None:
    calendar_writing.write_due()
    before = server.events()[0]
    belongings.erase_contact(world.joost)
    with later(days=3):  # the meeting is over
        assert calendar_writing.write_due() == 1 and calendar_writing.write_due() == 0

    assert "Joost" in before and "joost@" not in server.events()[0] and "Joost" not in server.events()[0]


def test_a_new_key_locks_the_passwords_of_calendars_too(calendar: Calendar, settings: Any) -> None:
    settings.MAILBOX_KEYS = [Fernet.generate_key().decode(), *settings.MAILBOX_KEYS]
    mailboxes.lock_again()
    settings.MAILBOX_KEYS = settings.MAILBOX_KEYS[:1]
    calendar.refresh_from_db()

    assert calendars.login_of(calendar).password == PASSWORD


def test_its_own_meeting_keeps_nobody_busy(meeting: Any, calendar: Calendar, server: Radicale) -> None:
    calendar_writing.write_due()

    calendar_reading.read_now([calendar])

    assert not BusyTime.objects.exists() and not CalendarConflict.objects.exists()


def test_a_meeting_is_written_when_the_server_is_back_exactly_once(meeting: Any, server: Radicale) -> None:
    server.stop()
    try:
        assert calendar_writing.write_due() == 0
    finally:
        server.start()
    entry = CalendarEntry.objects.get()
    assert entry.tries == 1 and "does not take connections" in entry.error

    with later(minutes=2):
        calendar_writing.write_due()
    CalendarEntry.objects.update(state="waiting", sequence=-1)  # the answer to a write was lost
    with later(minutes=2):
        calendar_writing.write_due()

    assert len(server.events()) == 1 and CalendarEntry.objects.get().state == "written"


def test_an_event_the_host_took_in_from_the_invitation_is_written_over(meeting: Any, server: Radicale) -> None:
    server.put("theirs", "DTSTART:20260616T090000Z", "SUMMARY:x")
    text = server.ask("GET", f"{server.calendar}theirs.ics").text.replace("UID:theirs", f"UID:{meeting.uid}")
    server.delete("theirs")
    server.ask("PUT", f"{server.calendar}theirs.ics", text, "text/calendar")

    calendar_writing.write_due()

    assert [one.count(f"UID:{meeting.uid}") for one in server.events()] == [1]
    assert CalendarEntry.objects.get().href.endswith("theirs.ics")
    server.ask("DELETE", f"{server.calendar}theirs.ics")


def test_something_else_at_the_time_of_a_meeting_is_marked_and_nothing_is_cancelled(
    meeting: Any, calendar: Calendar, server: Radicale, noor: Any
) -> None:
    busy(server, "flight", TUESDAY - timedelta(hours=1), TUESDAY + timedelta(minutes=10))
    with later(minutes=6):
        calendar_reading.read_due()
        calendar_reading.read_now([calendar])
    marked = list(calendar_reading.conflicts_of(noor))
    server.delete("flight")
    with later(minutes=20):
        calendar_reading.read_due()
    meeting.refresh_from_db()

    assert [row.meeting for row in marked] == [meeting]
    assert meeting.state == "booked"
    assert Notification.objects.filter(user=noor, text__contains="something else then").count() == 1
    assert Event.objects.filter(kind="meeting.conflict", account=meeting.account).count() == 1
    assert not calendar_reading.conflicts_of(noor).exists()


def test_a_feed_is_read_and_never_written(
    server: Radicale, noor: Any, world: Any, offer: Any, monkeypatch: Any
) -> None:
    busy(server, "dentist", TUESDAY, TUESDAY + timedelta(hours=1))
    text = server.ask("GET", server.calendar).content
    monkeypatch.setattr(gateway, "feed", lambda login: text)
    [feed] = calendars.connect(
        noor, calendars.Typed("feed", "webcal://cal.halden.example/private-token/x.ics"), by=noor
    )

    calendar_reading.read_now([feed])

    assert TUESDAY not in free(offer) and THURSDAY in free(offer)
    assert "private-token" not in feed.url + feed.secret + feed.name
    with pytest.raises(Refused, match="only be read"):
        calendars.write_into(feed, True, by=noor)


def test_times_are_the_product_clocks(calendar: Calendar) -> None:
    with later(hours=1):
        calendar_reading.read_now([calendar])
        calendar.refresh_from_db()
        assert calendar.read_at == clock.now() and calendar.due_at == clock.now() + calendar_reading.EVERY
