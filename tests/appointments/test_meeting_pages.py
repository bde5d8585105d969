"""Meetings on screen: the list, one meeting with its outcome, no-shows, and what hangs on the account page."""

from datetime import timedelta

import pytest

from appointments.models import Meeting, Recovery
from appointments.services import booking, offers, outcomes
from crm import clock
from crm.models import Event
from tests.appointments.test_today_pages import queries
from tests.appointments.world import item_of, later, replied

WANTS = "Tuesday works, can you send an invite?"


@pytest.fixture
def meeting(world):
    item = item_of(replied(world, WANTS))
    return booking.book_for(item, offers.propose(item)[0].start, by=world.ada)


def over(meeting):
    return later(seconds=int((meeting.ends_at - meeting.created_at).total_seconds()) + 1200)


def test_a_stranger_gets_404_for_every_way_in(meeting, stranger, as_):
    client = as_(stranger)
    assert client.get(f"/meetings/{meeting.pk}/").status_code == 404
    for what in ("held", "no-show", "confirm", "move", "cancel"):
        assert client.post(f"/meetings/{meeting.pk}/{what}/").status_code == 404


def test_looking_changes_nothing(meeting, world, as_):
    before = Event.objects.count()
    client = as_(world.ada)
    for address in (f"/meetings/{meeting.pk}/", "/meetings/", "/meetings/?when=missing", "/no-shows/"):
        assert client.get(address).status_code == 200
    assert Event.objects.count() == before


def test_nobody_has_said_until_someone_says(meeting, world, as_):
    with over(meeting):
        client = as_(world.noor)
        assert "Was it held?" in client.get(f"/meetings/{meeting.pk}/").content.decode()
        client.post(f"/meetings/{meeting.pk}/held/", {"next": "resume"})
    assert Meeting.objects.get().state == "held"


def test_a_meeting_that_has_not_begun_cannot_be_held(meeting, world, as_):
    answer = as_(world.noor).post(f"/meetings/{meeting.pk}/held/")
    assert answer.status_code == 409
    assert "has not begun yet" in answer.content.decode()


def test_a_no_show_starts_recovery_and_is_listed(meeting, world, as_):
    with over(meeting):
        client = as_(world.noor)
        client.post(f"/meetings/{meeting.pk}/no-show/", {"side": "guest"})
        page = client.get("/no-shows/").content.decode()
    assert Recovery.objects.get().state == "running"
    assert "being asked for a new time" in page and "First try waits" in page


def test_a_no_show_needs_a_side(meeting, world, as_):
    with over(meeting):
        assert as_(world.noor).post(f"/meetings/{meeting.pk}/no-show/", {"side": "moon"}).status_code == 400
    assert Meeting.objects.get().state == "booked"


def test_it_moves_to_a_free_time_and_says_so_on_its_timeline(meeting, world, as_):
    client = as_(world.ada)
    free = offers.free_slots(meeting.meeting_type, team_id=meeting.team_id, host=meeting.host, but=meeting)
    client.post(f"/meetings/{meeting.pk}/move/", {"start": free[-1].start.isoformat()})
    assert Meeting.objects.get().starts_at == free[-1].start
    assert "moved" in client.get(f"/meetings/{meeting.pk}/").content.decode().lower()


def test_cancelling_asks_for_a_reason(meeting, world, as_):
    client = as_(world.ada)
    assert client.post(f"/meetings/{meeting.pk}/cancel/").status_code == 400
    client.post(f"/meetings/{meeting.pk}/cancel/", {"reason": "Wrong company"})
    assert Meeting.objects.get().state == "cancelled"


def test_the_query_count_does_not_grow_with_the_rows(meeting, world, as_):
    client = as_(world.ada)
    few = queries(client, "/meetings/?when=all")
    kind = meeting.meeting_type
    for n, slot in enumerate(offers.free_slots(kind, team_id=meeting.team_id)[1:20:4]):
        booking.book(kind, slot.start, guest_name="G", guest_email="g@x.example", guest_zone="UTC", key=f"k{n}",
                     account=world.account)  # fmt: skip
    assert Meeting.objects.count() > 3
    assert queries(client, "/meetings/?when=all") == few


@pytest.mark.parametrize("what", ["meetings", "replies"])
def test_the_account_page_has_its_parts_from_here(meeting, world, stranger, as_, what):
    address = f"/accounts/{world.account.pk}/{what}/"
    part = as_(world.ada).get(address, headers={"HX-Request": "true"}).content.decode()
    assert "Joost Dekker" in part
    assert "<html" not in part
    assert "<html" in as_(world.ada).get(address).content.decode()
    assert "Joost" not in as_(stranger).get(address, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize("address", ["/confirmations/?only=all", "/no-shows/"])
def test_the_desks_ask_as_much_of_many_as_of_few(meeting, world, as_, address):
    kind, asked = meeting.meeting_type, []
    starts = [slot.start for slot in offers.free_slots(kind, team_id=meeting.team_id)]
    for n, start in enumerate(starts[2:20:3]):
        row = booking.book(
            kind, start, guest_name="G", guest_email="g@x.example", guest_zone="UTC", key=f"k{n}", account=world.account
        )
        if n % 2:
            with clock.at(row.ends_at + timedelta(minutes=20)):
                outcomes.mark_no_show(row, side="guest", by=world.noor)
        with clock.at(starts[20] + timedelta(days=1) if "no-shows" in address else starts[0] - timedelta(minutes=5)):
            asked.append(queries(as_(world.ada), address))
    assert len(asked) > 4
    assert asked[2] == asked[-1]


def test_the_executive_who_holds_it_reads_all_that_happened_to_it(meeting, world, noor, as_):
    booking.confirm(meeting, by="the guest")
    page = as_(noor).get(f"/meetings/{meeting.pk}/").content.decode()
    assert "Meeting booked" in page and "The time stands." in page


def test_an_outcome_is_corrected_with_a_reason_that_is_asked_for_at_its_field(meeting, world, as_):
    with over(meeting):
        outcomes.mark_held(meeting, by=world.noor)
        answer = as_(world.noor).post(f"/meetings/{meeting.pk}/no-show/", {"side": "guest"})
    meeting.refresh_from_db()
    assert (answer.status_code, meeting.state) == (400, "held")
    assert 'id="no-show" open' in answer.content.decode()
